//! From the bytes of a spreadsheet's export to text, whatever it was saved as.

use std::borrow::Cow;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Serialize;

use crate::people::folding::compose;

/// The encoding a file was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-16 with a byte order mark: "Unicode text" in Excel.
    #[serde(rename = "UTF-16")]
    Utf16,
    /// Windows-1252, which holds ISO 8859-1 and the œ, ’ and € that French files really have.
    #[serde(rename = "Windows-1252")]
    Windows1252,
}

impl Encoding {
    /// The registered name (IANA).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// Decodes a file. `None` when a byte order mark announces what the bytes do not hold.
pub fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, Encoding)> {
    let strictly = |encoding: &'static encoding_rs::Encoding, skip: usize| {
        encoding.decode_without_bom_handling_and_without_replacement(&bytes[skip..])
    };
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some((strictly(UTF_8, 3)?, Encoding::Utf8)),
        [0xff, 0xfe, ..] => Some((strictly(UTF_16LE, 2)?, Encoding::Utf16)),
        [0xfe, 0xff, ..] => Some((strictly(UTF_16BE, 2)?, Encoding::Utf16)),
        _ => Some(strictly(UTF_8, 0).map_or_else(
            // Every byte means something in Windows-1252, so that this one cannot fail.
            || {
                (
                    WINDOWS_1252.decode_without_bom_handling(bytes).0,
                    Encoding::Windows1252,
                )
            },
            |text| (text, Encoding::Utf8),
        )),
    }
}

/// Whether `text`, read as Windows-1252, holds what UTF-8 looks like in it (`Ã©`): somebody glued two files together.
pub fn looks_mixed(text: &str) -> bool {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let lead = matches!(letter, 'Â' | 'Ã' | 'Å');
        if lead
            && letters
                .peek()
                .is_some_and(|next| !next.is_alphabetic() && !next.is_ascii())
        {
            return true;
        }
    }
    false
}

/// Returns a cell as it is kept: composed (NFC), without spaces at the ends, each run of spaces (non-breaking ones
/// included) as one.
pub fn tidy(cell: &str) -> String {
    let mut tidied = String::with_capacity(cell.len());
    for word in compose(cell).split_whitespace() {
        if !tidied.is_empty() {
            tidied.push(' ');
        }
        tidied.push_str(word);
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_recognised() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Zoë".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for (bytes, encoding) in [
            ("Zoë".as_bytes(), Encoding::Utf8),
            ("\u{feff}Zoë".as_bytes(), Encoding::Utf8),
            (b"Zo\xeb", Encoding::Windows1252),
            (&utf16, Encoding::Utf16),
        ] {
            assert_eq!(decode(bytes), Some((Cow::Borrowed("Zoë"), encoding)));
        }
        assert_eq!(decode(b"\x8cillardet \x92").unwrap().0, "Œillardet ’");
    }

    #[test]
    fn a_byte_order_mark_that_lies_is_not_believed() {
        assert_eq!(decode(b"\xef\xbb\xbfZo\xeb"), None);
        assert_eq!(decode(b"\xff\xfea"), None);
    }

    #[test]
    fn two_files_glued_together_show() {
        assert!(looks_mixed("Éloïse;ClÃ©ment"));
        assert!(!looks_mixed("Éloïse;Clément;ÂGE;Ångström"));
    }

    #[test]
    fn cells_are_tidied() {
        assert_eq!(tidy("  de\u{a0}La   Roche \u{202f}"), "de La Roche");
        assert_eq!(tidy("e\u{301}"), "é");
    }
}
