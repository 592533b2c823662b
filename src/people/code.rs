//! The code of the certificate sheet, which also serves as the backup code: ten symbols, the last one a check.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::folding::is_dash;
use crate::kernel::entropy::Entropy;

/// No 0, 1, I, L or O: nobody has to guess which one is printed. 31 is prime, so that the check catches every
/// wrong symbol and every swap of neighbours.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH: usize = 10;

/// A code whose check symbol is right: nine random symbols (44.6 bits) and the check.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateCode(Zeroizing<String>);

/// What is wrong with a typed code. Neither costs a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodeError {
    /// Nothing was typed.
    #[error("no code was typed")]
    Missing,
    /// Not ten symbols of the alphabet, or a typing mistake that the check symbol shows.
    #[error("the code has a typing mistake")]
    Format,
}

impl CertificateCode {
    /// A fresh code.
    pub fn generate(entropy: &Entropy) -> Self {
        let values: Vec<u32> = (1..LENGTH).map(|_| entropy.below(31)).collect();
        let check = check(values.iter().copied());
        let symbols = values
            .into_iter()
            .chain([check])
            .map(|value| char::from(ALPHABET[value as usize]));
        Self(Zeroizing::new(symbols.collect()))
    }

    /// Reads a code in capitals or lower case, with spaces, hyphens or dots anywhere.
    pub fn parse(typed: &str) -> Result<Self, CodeError> {
        let symbols = typed
            .chars()
            .filter(|c| !(c.is_whitespace() || *c == '.' || is_dash(*c)))
            .take(LENGTH + 1)
            .map(|c| c.to_ascii_uppercase());
        let code = Zeroizing::new(symbols.collect::<String>());
        if code.is_empty() {
            return Err(CodeError::Missing);
        }
        let values: Option<Vec<u32>> = code.chars().map(value).collect();
        match values.as_deref() {
            Some([random @ .., last])
                if random.len() + 1 == LENGTH && check(random.iter().copied()) == *last =>
            {
                Ok(Self(code))
            }
            _ => Err(CodeError::Format),
        }
    }

    /// The form that is printed: `VZJG4-PH2G8`.
    pub fn display(&self) -> Zeroizing<String> {
        let (left, right) = self.0.split_at(LENGTH / 2);
        Zeroizing::new(format!("{left}-{right}"))
    }

    /// The form that is digested: `VZJG4PH2G8`.
    pub fn canonical(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CertificateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateCode([REDACTED])")
    }
}

/// The check value: Σ (i + 2)·vᵢ modulo 31, i from 0.
fn check(values: impl Iterator<Item = u32>) -> u32 {
    (2..)
        .zip(values)
        .map(|(weight, value)| weight * value)
        .sum::<u32>()
        % 31
}

fn value(symbol: char) -> Option<u32> {
    ALPHABET
        .iter()
        .zip(0..)
        .find(|(known, _)| char::from(**known) == symbol)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_printed_example_is_read_however_it_is_typed() {
        for typed in [
            "VZJG4-PH2G8",
            "vzjg4ph2g8",
            " VZJG4 PH2G8 ",
            "v-z-j-g-4-p-h-2-g-8",
            "VZJG4–PH2G8",
        ] {
            let code = CertificateCode::parse(typed).unwrap();
            assert_eq!(code.canonical(), "VZJG4PH2G8", "{typed}");
            assert_eq!(*code.display(), "VZJG4-PH2G8");
        }
    }

    #[test]
    fn every_single_wrong_symbol_and_every_swap_of_neighbours_is_caught() {
        let entropy = Entropy::seeded(11);
        for _ in 0..300 {
            let code = CertificateCode::generate(&entropy);
            let right = code.canonical().as_bytes();
            for place in 0..LENGTH {
                for symbol in ALPHABET {
                    let mut wrong = right.to_vec();
                    wrong[place] = *symbol;
                    let read = CertificateCode::parse(std::str::from_utf8(&wrong).unwrap());
                    assert_eq!(read.is_ok(), wrong == right);
                }
                let mut wrong = right.to_vec();
                wrong.swap(place, (place + 1).min(LENGTH - 1));
                let read = CertificateCode::parse(std::str::from_utf8(&wrong).unwrap());
                assert_eq!(read.is_ok(), wrong == right);
            }
        }
    }

    #[test]
    fn nothing_typed_is_not_a_typing_mistake() {
        assert_eq!(CertificateCode::parse(" - "), Err(CodeError::Missing));
        for wrong in [
            "VZJG4-PH2G",
            "VZJG4-PH2G88",
            "VZJG4-PH2GO",
            "0000000000",
            "ÀZJG4-PH2G8",
            "ſZJG4-PH2G8",
        ] {
            assert_eq!(CertificateCode::parse(wrong), Err(CodeError::Format), "{wrong}");
        }
    }

    #[test]
    fn codes_do_not_repeat_and_do_not_print_themselves() {
        let entropy = Entropy::system();
        let codes: std::collections::HashSet<String> = (0..2_000)
            .map(|_| CertificateCode::generate(&entropy).canonical().to_owned())
            .collect();

        assert_eq!(codes.len(), 2_000);
        assert!(format!("{:?}", CertificateCode::generate(&entropy)).ends_with("([REDACTED])"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(typed in "\\PC{0,30}") {
            let _ = CertificateCode::parse(&typed);
        }
    }
}
