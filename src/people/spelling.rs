//! Letters and digits as one says them on the telephone, for screen readers and for the helpdesk.

use serde::{Deserialize, Serialize};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// French, the default.
    #[default]
    Fr,
    /// English.
    En,
}

impl Locale {
    /// `fr` or `en`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// Reads `fr` or `en`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Fr, Self::En]
            .into_iter()
            .find(|locale| locale.as_str() == text)
    }
}

const FRENCH_LETTERS: [&str; 26] = [
    "Anatole",
    "Berthe",
    "Célestin",
    "Désiré",
    "Eugène",
    "François",
    "Gaston",
    "Henri",
    "Irma",
    "Joseph",
    "Kléber",
    "Louis",
    "Marcel",
    "Nicolas",
    "Oscar",
    "Pierre",
    "Quintal",
    "Raoul",
    "Suzanne",
    "Thérèse",
    "Ursule",
    "Victor",
    "William",
    "Xavier",
    "Yvonne",
    "Zoé",
];
const ENGLISH_LETTERS: [&str; 26] = [
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo",
    "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor",
    "Whiskey", "X-ray", "Yankee", "Zulu",
];
const FRENCH_DIGITS: [&str; 10] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf",
];
const ENGLISH_DIGITS: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

/// Returns one spoken entry for each letter and digit of `text`: `b comme Berthe`, `4, quatre`. Hyphens are left out.
pub fn spelling(text: &str, locale: Locale) -> Vec<String> {
    text.chars().filter_map(|symbol| spoken(symbol, locale)).collect()
}

fn spoken(symbol: char, locale: Locale) -> Option<String> {
    let (letters, digits, as_in) = match locale {
        Locale::Fr => (&FRENCH_LETTERS, &FRENCH_DIGITS, "comme"),
        Locale::En => (&ENGLISH_LETTERS, &ENGLISH_DIGITS, "as in"),
    };
    if let Some(digit) = symbol.to_digit(10) {
        return Some(format!("{symbol}, {}", digits[digit as usize]));
    }
    let place = u32::from(symbol.to_ascii_lowercase()).checked_sub(u32::from('a'))?;
    let word = letters.get(usize::try_from(place).ok()?)?;
    Some(format!("{symbol} {as_in} {word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_has_a_word_that_begins_with_it() {
        for (letter, (french, english)) in ('a'..='z').zip(FRENCH_LETTERS.iter().zip(ENGLISH_LETTERS)) {
            assert!(
                crate::people::folding::fold(french).starts_with(letter),
                "{french}"
            );
            assert!(english.to_lowercase().starts_with(letter), "{english}");
        }
    }

    #[test]
    fn passwords_and_codes_are_spelled_in_both_languages() {
        assert_eq!(
            spelling("bk-t", Locale::Fr),
            ["b comme Berthe", "k comme Kléber", "t comme Thérèse"]
        );
        assert_eq!(spelling("V4", Locale::En), ["V as in Victor", "4, four"]);
        assert_eq!(spelling("é - ﬁ", Locale::Fr), Vec::<String>::new());
    }
}
