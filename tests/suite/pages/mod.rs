//! Pages under attack: where an answer may lead, and which forms are taken. Headers and cookies are looked at elsewhere, on
//! every answer of every test: `support::headers`.

mod forms;
mod leads;
mod redirects;
mod tricks;
mod walks;
