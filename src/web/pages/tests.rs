//! Every sample of every page, in both languages.

mod corpus;
mod html;
mod language;
mod stencil;
