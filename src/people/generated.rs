//! Passwords that the server proposes: lower-case letters that nobody misreads, in groups of four.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::folding::is_dash;
use super::password::is_listed;
use crate::kernel::entropy::Entropy;

/// 21 letters, without i, l, o, q and u. No capitals and no digits: both need Shift on a French keyboard and another
/// screen on a telephone, and handwriting blurs them. Twelve letters are 52.7 bits.
const LETTERS: &[u8; 21] = b"abcdefghjkmnprstvwxyz";
const GROUP: usize = 4;

/// Words that such letters can form and that nobody should find on a sheet of the university.
const RUDE: [&str; 27] = [
    "arse", "ass", "batard", "bast", "crap", "cnt", "damn", "fag", "fart", "fck", "fesse", "garce", "gay",
    "kkk", "merd", "naz", "negr", "nsdap", "pede", "pedz", "rape", "sex", "tare", "tramp", "twat", "wank",
    "zgeg",
];

/// A proposed password. It may be kept for ever: nobody else has seen it.
#[derive(Clone, PartialEq, Eq)]
pub struct GeneratedPassword(Zeroizing<String>);

impl GeneratedPassword {
    /// Draws `groups` groups of four letters (3 by default, 4 for staff and administrators; never less than 3), again
    /// while the draw is a common password or contains a rude word.
    pub fn generate(entropy: &Entropy, groups: usize) -> Self {
        loop {
            let letters = (0..groups.max(3) * GROUP)
                .filter_map(|_| entropy.pick(LETTERS))
                .map(|c| char::from(*c));
            let drawn = Zeroizing::new(letters.collect::<String>());
            if !is_listed(&drawn) && !RUDE.iter().any(|word| drawn.contains(word)) {
                return Self(drawn);
            }
        }
    }

    /// The form that is shown: `bakt-mwez-hvdr`.
    pub fn display(&self) -> Zeroizing<String> {
        let mut shown = Zeroizing::new(String::with_capacity(self.0.len() * 5 / 4));
        for (place, letter) in self.0.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                shown.push('-');
            }
            shown.push(letter);
        }
        shown
    }

    /// The form that is hashed: letters only.
    pub fn canonical(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GeneratedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeneratedPassword([REDACTED])")
    }
}

/// Returns `typed` as it was hashed, for an account whose password the server proposed: without spaces, hyphens and
/// dots, in lower case. A telephone's capital and a missing hyphen then cost no second try.
pub fn canonical(typed: &str) -> Zeroizing<String> {
    let letters = typed
        .nfkc()
        .filter(|c| !(c.is_whitespace() || *c == '.' || is_dash(*c)))
        .flat_map(char::to_lowercase);
    Zeroizing::new(letters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_has_twelve_letters_in_three_groups() {
        let password = GeneratedPassword::generate(&Entropy::seeded(3), 3);
        let shown = password.display();
        let groups: Vec<&str> = shown.split('-').collect();

        assert_eq!(groups.len(), 3);
        assert!(
            groups
                .iter()
                .all(|group| group.len() == 4 && group.bytes().all(|c| LETTERS.contains(&c)))
        );
        assert_eq!(
            GeneratedPassword::generate(&Entropy::seeded(3), 4)
                .canonical()
                .len(),
            16
        );
        assert_eq!(
            GeneratedPassword::generate(&Entropy::seeded(3), 0)
                .canonical()
                .len(),
            12
        );
    }

    #[test]
    fn however_it_is_typed_the_canonical_form_is_the_same() {
        for typed in [
            "bakt-mwez-hvdr",
            "baktmwezhvdr",
            "Bakt-mwez-hvdr",
            " BAKT MWEZ HVDR",
            "bakt–mwez.hvdr",
        ] {
            assert_eq!(*canonical(typed), "baktmwezhvdr", "{typed}");
        }
        assert_ne!(*canonical("bakt-mwez-hvdq"), "baktmwezhvdr");
    }

    #[test]
    fn no_proposal_contains_a_rude_word() {
        let entropy = Entropy::seeded(5);
        for _ in 0..2_000 {
            let password = GeneratedPassword::generate(&entropy, 3);
            assert!(
                !RUDE.iter().any(|word| password.canonical().contains(word)),
                "{}",
                password.canonical()
            );
        }
    }

    #[test]
    fn the_rude_words_can_come_up_at_all() {
        // A word with a letter that is never drawn would be dead weight.
        for word in RUDE {
            assert!(word.bytes().all(|letter| LETTERS.contains(&letter)), "{word}");
        }
    }

    #[test]
    fn a_proposal_never_prints_itself() {
        let password = GeneratedPassword::generate(&Entropy::seeded(3), 3);
        assert_eq!(format!("{password:?}"), "GeneratedPassword([REDACTED])");
    }
}
