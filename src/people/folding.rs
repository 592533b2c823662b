//! Text as people compare it: without case, accents or the letters a keyboard lacks.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Returns `text` in lower case, without accents, with the letters that no decomposition splits spelled out
/// (œ → oe, ß → ss, ł → l). Spaces, punctuation and other scripts stay.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
    {
        match letter {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            other => folded.push(other),
        }
    }
    folded
}

/// Returns what [`fold`] leaves of `text` that is a letter or a digit of ASCII.
pub fn fold_alphanumeric(text: &str) -> String {
    let mut folded = fold(text);
    folded.retain(|c| c.is_ascii_alphanumeric());
    folded
}

/// Whether `c` writes an apostrophe: the straight one, and those that text processors put in its place.
pub fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '´' | '`' | '′')
}

/// Whether `c` writes a hyphen or a dash.
pub fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Whether `c` changes how its neighbours are shown without being seen: marks of writing direction, zero-width
/// signs, tags. They make two names that look alike differ.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns `text` in canonical composition (NFC), borrowed when it is ASCII already.
pub fn compose(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_of_the_whole_of_europe_and_beyond_fold_to_ascii() {
        for (written, folded) in [
            ("Éloïse", "eloise"),
            ("Œillardet", "oeillardet"),
            ("Søren Bjælkegård", "soren bjaelkegard"),
            ("Łucja Żwirkoszewska", "lucja zwirkoszewska"),
            ("Thị Hồng Hạnh Nguyễn", "thi hong hanh nguyen"),
            ("Straße", "strasse"),
            ("ÐórÞur", "dorthur"),
            ("Işık İnce", "isik ince"),
            ("e\u{301}te\u{301}", "ete"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
