//! Percent-encoding (RFC 3986 §2.1) and its form variant: read byte by byte without a copy, written in the two
//! ways this server needs.

use std::fmt::Write as _;

/// The bytes that an encoded text stands for. A `%` that two hexadecimal digits do not follow stands for itself.
#[derive(Debug, Clone)]
pub struct Decoded<'a> {
    rest: &'a [u8],
    plus_is_space: bool,
}

/// Decodes a part of a path, where `+` is a plus.
pub fn decoded(text: &str) -> Decoded<'_> {
    Decoded {
        rest: text.as_bytes(),
        plus_is_space: false,
    }
}

/// Decodes a form value, where `+` is a space.
pub fn form_decoded(text: &[u8]) -> Decoded<'_> {
    Decoded {
        rest: text,
        plus_is_space: true,
    }
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match first {
            b'%' => {
                let Some(byte) = escaped(rest) else {
                    return Some(b'%');
                };
                self.rest = &rest[2..];
                Some(byte)
            }
            b'+' if self.plus_is_space => Some(b' '),
            _ => Some(first),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len() / 3, Some(self.rest.len()))
    }
}

/// Whether two hexadecimal digits follow each `%`.
pub fn is_well_formed(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        rest = &rest[at + 1..];
        if escaped(rest).is_none() {
            return false;
        }
    }
    true
}

/// The text as a `Location` header may hold it: spaces and bytes from 0x80 up are encoded, every other byte,
/// existing escapes included, is left alone ([S-6]).
pub fn for_location(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if character == ' ' || !character.is_ascii() {
            push_escaped(&mut out, character);
        } else {
            out.push(character);
        }
    }
    out
}

/// Appends `text` as the value of a form field (`application/x-www-form-urlencoded`).
pub fn push_form_encoded(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '*' | '-' | '.' | '_' => out.push(character),
            ' ' => out.push('+'),
            _ => push_escaped(out, character),
        }
    }
}

fn push_escaped(out: &mut String, character: char) {
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a String cannot fail.
        let _ = write!(out, "%{byte:02X}");
    }
}

fn escaped(digits: &[u8]) -> Option<u8> {
    let [high, low, ..] = digits else { return None };
    let high = char::from(*high).to_digit(16)?;
    let low = char::from(*low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form_text(encoded: &str) -> Vec<u8> {
        form_decoded(encoded.as_bytes()).collect()
    }

    #[test]
    fn p2_hexadecimal_digits_of_either_case_are_read_once() {
        assert_eq!(form_text("a%2fb%2Fc%252F+d"), b"a/b/c%2F d");
    }

    #[test]
    fn a_percent_sign_alone_stands_for_itself_in_a_path() {
        assert!(decoded("100%/%2/%zz+").eq(*b"100%/%2/%zz+"));
        assert!(!is_well_formed(b"100%"));
        assert!(!is_well_formed(b"%2"));
        assert!(!is_well_formed(b"%zz"));
        assert!(is_well_formed(b"100%25%2f"));
    }

    #[test]
    fn s6_a_location_encodes_spaces_and_bytes_from_0x80_only() {
        assert_eq!(
            for_location("https://a/my d\u{f6}cs/%2f?x=\"<>{}|^`#é"),
            "https://a/my%20d%C3%B6cs/%2f?x=\"<>{}|^`#%C3%A9"
        );
    }

    proptest! {
        #[test]
        fn form_encoding_is_undone_by_decoding(text in any::<String>()) {
            let mut encoded = String::new();
            push_form_encoded(&mut encoded, &text);
            prop_assert!(is_well_formed(encoded.as_bytes()));
            prop_assert_eq!(form_text(&encoded), text.into_bytes());
        }
    }
}
