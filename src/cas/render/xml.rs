//! The only writer of XML text: escaping, and which names and characters XML 1.0 allows.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Appends `text` as the content of an element: `&`, `<` and `>` escaped, characters that XML 1.0 forbids dropped,
/// nothing else touched ([V-8]: a PAM client does not decode entities).
pub fn push_text(out: &mut String, text: &str) {
    text.chars().for_each(|character| push(out, character));
}

/// Appends `text` as the value of an attribute in double quotes: the quote is escaped as well, and tabs and line ends
/// are the spaces that a reader would make of them (XML 1.0 section 3.3.3).
pub fn push_attribute(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            _ => push(out, character),
        }
    }
}

fn push(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        _ if is_char(character) => out.push(character),
        _ => {}
    }
}

/// The element under which the attribute `name` is written: spaces become `_`, and what then is no `NCName`
/// becomes `_` and the hexadecimal digits of its bytes ([A-5]).
pub fn element_name(name: &str) -> Cow<'_, str> {
    let name = if name.contains(' ') {
        Cow::Owned(name.replace(' ', "_"))
    } else {
        Cow::Borrowed(name)
    };
    if is_nc_name(&name) {
        return name;
    }
    let mut encoded = String::with_capacity(1 + 2 * name.len());
    encoded.push('_');
    for byte in name.bytes() {
        // Writing to a String cannot fail.
        let _ = write!(encoded, "{byte:02x}");
    }
    Cow::Owned(encoded)
}

/// Whether `text` is a name without colon (Namespaces in XML 1.0, production 4).
pub fn is_nc_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(starts_name) && characters.all(continues_name)
}

/// Whether XML 1.0 allows the character at all (production 2).
pub fn is_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn starts_name(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn continues_name(character: char) -> bool {
    starts_name(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        let mut out = String::new();
        push_text(&mut out, raw);
        out
    }

    #[test]
    fn v8_only_markup_is_escaped_and_only_forbidden_characters_are_dropped() {
        assert_eq!(
            text("a&b<c>d]]>'\"é\u{1f600}\t"),
            "a&amp;b&lt;c&gt;d]]&gt;'\"é\u{1f600}\t"
        );
        assert_eq!(
            text("a\0b\u{1}c\u{b}d\u{1f}e\u{fffe}f\u{ffff}g\u{7f}"),
            "abcdefg\u{7f}"
        );
    }

    #[test]
    fn m4_an_attribute_value_cannot_leave_its_quotes() {
        let mut out = String::new();
        push_attribute(&mut out, "a\"b'c<d>&e\tf\ng\rh\0i");

        assert_eq!(out, "a&quot;b'c&lt;d&gt;&amp;e f g hi");
    }

    #[test]
    fn a5_names_become_valid_elements() {
        assert_eq!(element_name("memberOf"), "memberOf");
        assert_eq!(element_name("date of birth"), "date_of_birth");
        assert_eq!(element_name("prénom"), "prénom");
        assert_eq!(element_name("a:b"), "_613a62");
        assert_eq!(element_name("a@b"), "_614062");
        assert_eq!(element_name("1st"), "_317374");
        assert_eq!(element_name("1 é"), "_315fc3a9");
        assert_eq!(element_name("-x"), "_2d78");
        assert_eq!(element_name(""), "_");
        assert_eq!(element_name("x><y"), "_783e3c79");
    }
}
