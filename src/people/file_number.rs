//! The number that names a person to the registrar: printed on the card, known to many, secret to nobody.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::folding::{is_dash, is_invisible};
use super::ine::Ine;

/// A file number: text, because leading zeros matter.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileNumber(String);

/// What a file number looks like at this university.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileNumberFormat {
    /// The fewest digits.
    pub min_digits: u8,
    /// The most digits.
    pub max_digits: u8,
    /// The most letters that may stand before the digits (`E` at Nantes, `MU` for former students at Paris 1).
    pub max_letters: u8,
}

impl Default for FileNumberFormat {
    fn default() -> Self {
        Self {
            min_digits: 7,
            max_digits: 8,
            max_letters: 0,
        }
    }
}

/// What is wrong with a typed file number. None of these costs a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FileNumberError {
    /// Nothing was typed.
    #[error("no file number was typed")]
    Missing,
    /// Not the shape of a file number.
    #[error("the file number has an unexpected format")]
    Format,
    /// The national identifier was typed instead.
    #[error("the national identifier was typed instead of the file number")]
    LooksLikeIne,
}

impl FileNumber {
    /// Reads a number as typed or as found in a roster: spaces, dots and hyphens do not count, letters become capitals.
    pub fn parse(typed: &str, format: &FileNumberFormat) -> Result<Self, FileNumberError> {
        let number: String = typed
            .nfkc()
            .filter(|c| !(c.is_whitespace() || *c == '.' || is_dash(*c) || is_invisible(*c)))
            // A number is short; what follows only has to make it wrong.
            .take(40)
            .flat_map(char::to_uppercase)
            .collect();
        if number.is_empty() {
            return Err(FileNumberError::Missing);
        }
        let digits = number.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letters = number.len() - digits.len();
        let fits = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (usize::from(format.min_digits)..=usize::from(format.max_digits)).contains(&digits.len())
            && letters <= usize::from(format.max_letters);
        if fits {
            Ok(Self(number))
        } else if Ine::shape(&number).is_some() {
            Err(FileNumberError::LooksLikeIne)
        } else {
            Err(FileNumberError::Format)
        }
    }

    /// The number as stored and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FileNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileNumber({}…)", self.0.get(..2).unwrap_or(""))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(typed: &str) -> Result<String, FileNumberError> {
        FileNumber::parse(typed, &FileNumberFormat::default()).map(|number| number.as_str().to_owned())
    }

    #[test]
    fn spaces_dots_and_hyphens_do_not_count_but_zeros_do() {
        for typed in [
            "02601234",
            " 02 60 12 34 ",
            "02.601.234",
            "0260-1234",
            "０２６０１２３４",
            "0260\u{a0}1234",
        ] {
            assert_eq!(parse(typed).as_deref(), Ok("02601234"), "{typed}");
        }
        assert_eq!(parse("2601234").as_deref(), Ok("2601234"));
    }

    #[test]
    fn a_national_identifier_is_recognised_as_a_mix_up() {
        for ine in ["0123456789A", "012 345 678 9a", "000123456XY", "0ab1c2345d6"] {
            assert_eq!(parse(ine), Err(FileNumberError::LooksLikeIne), "{ine}");
        }
    }

    #[test]
    fn anything_else_is_a_free_mistake() {
        assert_eq!(parse(" - "), Err(FileNumberError::Missing));
        for wrong in [
            "123456",
            "123456789",
            "E2601234",
            "2260123O",
            "2,2E+07",
            "22601234'--",
            "٢٢٦٠١٢٣٤",
        ] {
            assert_eq!(parse(wrong), Err(FileNumberError::Format), "{wrong}");
        }
    }

    #[test]
    fn a_university_may_put_letters_before_its_digits() {
        let format = FileNumberFormat {
            min_digits: 5,
            max_digits: 8,
            max_letters: 2,
        };

        assert!(FileNumber::parse("mu 12345", &format).is_ok_and(|number| number.as_str() == "MU12345"));
        assert_eq!(
            FileNumber::parse("MUX12345", &format),
            Err(FileNumberError::Format)
        );
    }

    #[test]
    fn only_the_first_two_characters_are_printed() {
        let number = FileNumber::parse("22601234", &FileNumberFormat::default()).unwrap();
        assert_eq!(format!("{number:?}"), "FileNumber(22…)");
    }

    proptest! {
        #[test]
        fn a_number_read_twice_is_the_same(typed in "\\PC{0,24}") {
            if let Ok(once) = parse(&typed) {
                prop_assert_eq!(parse(&once), Ok(once));
            }
        }
    }
}
