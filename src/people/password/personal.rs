//! What a password must not contain because anybody who knows the person would try it.

use crate::people::birth_date::BirthDate;
use crate::people::folding::{fold, fold_alphanumeric, is_apostrophe};

use super::blocklist::unmask;

/// What is known about a person and their university, to be kept out of the password.
#[derive(Clone, Copy, Default)]
pub struct Personal<'a> {
    /// The login.
    pub login: &'a str,
    /// Birth and usage surnames.
    pub surnames: &'a [&'a str],
    /// All given names.
    pub given_names: &'a [&'a str],
    /// The file number.
    pub file_number: &'a str,
    /// The birth date.
    pub birth_date: Option<BirthDate>,
    /// The university's names and domains, from configuration.
    pub university: &'a [&'a str],
}

/// Shorter words come up by chance.
const SHORTEST: usize = 4;

impl Personal<'_> {
    /// Whether `password` contains one of these, whatever separates its letters and digits.
    pub(super) fn is_in(&self, password: &str) -> bool {
        let plain = fold_alphanumeric(password);
        let unmasked: String = fold(password)
            .chars()
            .map(unmask)
            .filter(char::is_ascii_alphanumeric)
            .collect();
        self.terms()
            .iter()
            .filter(|term| term.len() >= SHORTEST)
            .any(|term| {
                // A number is looked for as a number: read as letters, 0571 would be in `postier`.
                let has_letter = term.bytes().any(|byte| byte.is_ascii_alphabetic());
                let as_letters = || term.chars().map(unmask).collect::<String>();
                plain.contains(term.as_str()) || (has_letter && unmasked.contains(&as_letters()))
            })
    }

    fn terms(&self) -> Vec<String> {
        let words = self
            .surnames
            .iter()
            .chain(self.given_names)
            .chain(self.university);
        let mut terms: Vec<String> = words.flat_map(|name| whole_and_parts(name)).collect();
        terms.push(fold_alphanumeric(self.login));
        terms.push(fold_alphanumeric(self.file_number));
        terms.extend(self.birth_date.into_iter().flat_map(writings));
        terms
    }
}

/// A name, and each word of it: `Kerlodoc-Saint-Évroult` is also `kerlodoc`, `saint` and `evroult`.
fn whole_and_parts(name: &str) -> Vec<String> {
    let joined: String = name.chars().filter(|c| !is_apostrophe(*c)).collect();
    let parts = joined
        .split(|c: char| !c.is_alphanumeric())
        .map(fold_alphanumeric);
    parts.chain([fold_alphanumeric(name)]).collect()
}

/// A birth date as people write it, without separators. A year alone, or a day and a month, is too common in
/// innocent passwords to be refused.
fn writings(date: BirthDate) -> Vec<String> {
    let (Some(month), Some(day)) = (date.month(), date.day()) else {
        return Vec::new();
    };
    let year = date.year();
    let short = year % 100;
    let (french, english) = MONTHS[usize::from(month - 1)];
    let mut writings = vec![
        format!("{day:02}{month:02}{year}"),
        format!("{day:02}{month:02}{short:02}"),
        format!("{day}{month}{year}"),
        format!("{year}{month:02}{day:02}"),
        format!("{short:02}{month:02}{day:02}"),
        format!("{month:02}{day:02}{year}"),
    ];
    for name in [french, english] {
        writings.extend([
            format!("{day}{name}{year}"),
            format!("{day:02}{name}{year}"),
            format!("{name}{day}{year}"),
            format!("{day}{name}{short:02}"),
        ]);
    }
    writings
}

const MONTHS: [(&str, &str); 12] = [
    ("janvier", "january"),
    ("fevrier", "february"),
    ("mars", "march"),
    ("avril", "april"),
    ("mai", "may"),
    ("juin", "june"),
    ("juillet", "july"),
    ("aout", "august"),
    ("septembre", "september"),
    ("octobre", "october"),
    ("novembre", "november"),
    ("decembre", "december"),
];
