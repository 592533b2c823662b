//! Which passwords people may choose. No composition rules, no meter: long enough, not guessable, not oneself.

mod blocklist;
mod pattern;
mod personal;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use self::personal::Personal;

/// The most characters of a chosen password. Longer ones are refused, never cut.
pub const MAX_LENGTH: usize = 128;

/// More bytes than that are refused before anything is computed from them (`[S-31]`).
const MAX_BYTES: usize = 1_024;

/// The rules for a chosen password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The fewest characters (code points after normalisation).
    pub min_length: usize,
    /// The fewest bits, as the CNIL counts them: length × log2 of the classes used.
    pub min_bits: u32,
    /// The fewest characters of a password made of digits only.
    pub digits_only_min: usize,
    /// Words refused besides the built-in list, as `with_extra` folded them.
    #[serde(skip)]
    extra: HashSet<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min_length: 12,
            min_bits: 50,
            digits_only_min: 16,
            extra: HashSet::new(),
        }
    }
}

/// A reason to refuse a chosen password. Each has one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Refusal {
    /// Too short.
    #[error("the password has fewer than {min} characters")]
    Short {
        /// The fewest characters that would do.
        min: usize,
    },
    /// Only digits, and too few of them.
    #[error("the password is made of fewer than {min} digits and nothing else")]
    DigitsOnly {
        /// The fewest digits that would do.
        min: usize,
    },
    /// Too long.
    #[error("the password has more than {max} characters")]
    Long {
        /// The most characters.
        max: usize,
    },
    /// On a list of common passwords, or as easy to guess.
    #[error("the password is common or easy to guess")]
    Common,
    /// Contains something about the person or the university.
    #[error("the password contains personal information")]
    Personal,
    /// Contains a control character, which some keyboards cannot type again.
    #[error("the password contains a control character")]
    Control,
    /// Equal to the current password or to something issued to the person. Found by the flow, which has the hashes.
    #[error("the password is the current one")]
    Same,
}

impl Policy {
    /// The same policy, refusing `words` too (an offline extract of leaked passwords).
    pub fn with_extra<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.extra.extend(words.into_iter().map(blocklist::fold));
        self
    }

    /// Judges `password` for the person `about`. An error holds at least one refusal, the most useful first.
    pub fn check(&self, password: &str, about: &Personal) -> Result<(), Vec<Refusal>> {
        if password.len() > MAX_BYTES {
            return Err(vec![Refusal::Long { max: MAX_LENGTH }]);
        }
        let normal = normalise(password);
        let length = normal.chars().count();
        if length > MAX_LENGTH || normal.len() > MAX_BYTES {
            return Err(vec![Refusal::Long { max: MAX_LENGTH }]);
        }
        let refusals: Vec<Refusal> = [
            self.shortness(&normal, length),
            normal.chars().any(char::is_control).then_some(Refusal::Control),
            self.is_common(&normal).then_some(Refusal::Common),
            about.is_in(&normal).then_some(Refusal::Personal),
        ]
        .into_iter()
        .flatten()
        .collect();
        if refusals.is_empty() {
            Ok(())
        } else {
            Err(refusals)
        }
    }

    /// Whether somebody guessing would try `password` early. Also asked at sign-in, when the list has grown.
    pub fn is_common(&self, password: &str) -> bool {
        let listed = |word: &str| blocklist::contains(word) || self.extra.contains(word);
        blocklist::is_made_of_one_word(password, listed) || pattern::is_pattern(password)
    }

    fn shortness(&self, password: &str, length: usize) -> Option<Refusal> {
        let alphabet = alphabet(password);
        // Nothing typed uses no class: it is told the shortest length there is.
        let enough = if alphabet == 0 {
            0
        } else {
            needed(self.min_bits, alphabet)
        };
        if alphabet == 10 && length < self.digits_only_min.max(enough) {
            return Some(Refusal::DigitsOnly {
                min: self.digits_only_min.max(enough),
            });
        }
        let min = self.min_length.max(if alphabet == 10 { 0 } else { enough });
        (length < min).then_some(Refusal::Short { min })
    }
}

/// Returns the form of a chosen password that is hashed: NFKC, so that a letter typed as one sign or as two, or on a
/// keyboard set to full width, is the same password everywhere. Nothing is trimmed, cut or put in lower case (`[S-31]`).
///
/// NFKC where the PRECIS profile (RFC 8265) says NFC: the length is counted after it, and what people type is never
/// changed by the difference.
pub fn normalise(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

/// Whether `password` is made of one word of the built-in list of common passwords.
pub fn is_listed(password: &str) -> bool {
    blocklist::is_made_of_one_word(password, blocklist::contains)
}

/// The number of characters to choose from, as the CNIL counts: 26, 26, 10 and 37 for each class used.
fn alphabet(password: &str) -> u32 {
    let uses = |class: fn(&char) -> bool, size| {
        if password.chars().any(|c| class(&c)) {
            size
        } else {
            0
        }
    };
    uses(char::is_ascii_lowercase, 26)
        + uses(char::is_ascii_uppercase, 26)
        + uses(char::is_ascii_digit, 10)
        + uses(|c| !c.is_ascii_alphanumeric(), 37)
}

/// The fewest characters of `alphabet` that make `bits` bits.
fn needed(bits: u32, alphabet: u32) -> usize {
    let each = f64::from(alphabet.max(10)).log2();
    (1_u16..1_024)
        .find(|length| f64::from(*length) * each >= f64::from(bits))
        .map_or(1_024, usize::from)
}

#[cfg(test)]
mod tests;
