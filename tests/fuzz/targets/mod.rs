//! What each fuzz target does with its input. cargo-fuzz looks for new inputs, the suite keeps to those that were found and
//! to mutations of them: both run these functions, which panic when something does not hold.

mod addresses;
mod files;
mod forms;
mod xml;

/// What is done with an input.
pub type Run = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const ALL: [(&str, Run); 13] = [
    ("answers", xml::answers),
    ("apereo", files::apereo),
    ("configuration", files::configuration),
    ("definition", files::definition),
    ("form", forms::form),
    ("json", forms::json),
    ("matcher", addresses::matcher),
    ("places", files::places),
    ("roster", files::roster),
    ("service", addresses::service),
    ("soap", xml::soap),
    ("ticket", forms::ticket),
    ("typed", forms::typed),
];

/// Two texts out of one input, parted at the first line that holds nothing but `--`.
fn halves(text: &str) -> (&str, &str) {
    text.split_once("\n--\n").unwrap_or((text, ""))
}
