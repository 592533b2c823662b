//! JSON as people write it by hand: comments, commas too many, names without quotes.

use serde_json::{Map, Number, Value};

use super::text::{DEPTH, Unreadable};

/// Reads one value and nothing after it.
///
/// `//`, `#` and `/* */` begin comments, a comma may stand before a closing bracket or be left out at the end of a
/// line, and a name of letters, digits, `@`, `_`, `.` and `-` needs no quotes.
///
/// # Errors
/// Where it stops being JSON: the first place only.
pub(super) fn read(text: &str) -> Result<Value, Unreadable> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.skip().and_then(|()| reader.value(0));
    let value = value.and_then(|value| {
        reader.skip()?;
        match reader.peek() {
            None => Ok(value),
            Some(_) => Err("something follows the definition".to_owned()),
        }
    });
    value.map_err(|what| {
        let before = &text[..reader.at];
        let line = before.rsplit('\n').next().unwrap_or_default();
        Unreadable {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            what,
        }
    })
}

type Read<T> = Result<T, String>;

struct Reader<'a> {
    text: &'a str,
    /// Always at a character.
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    /// Goes to what is neither blank nor comment.
    fn skip(&mut self) -> Read<()> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
            let rest = &rest[blank..];
            let comment = if rest.starts_with('#') || rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").ok_or("the comment has no end")? + 2
            } else {
                0
            };
            self.at += blank + comment;
            if comment == 0 {
                return Ok(());
            }
        }
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        if depth > DEPTH {
            return Err(format!("more than {DEPTH} levels deep"));
        }
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"' | '\'') => self.string().map(Value::String),
            Some(_) => self.word(),
            None => Err("the text ends too early".to_owned()),
        }
    }

    fn object(&mut self, depth: usize) -> Read<Value> {
        let mut object = Map::new();
        self.eat('{');
        loop {
            self.skip()?;
            if self.eat('}') {
                return Ok(Value::Object(object));
            }
            let start = self.at;
            let name = self.name()?;
            self.skip()?;
            if !self.eat(':') {
                return Err(format!("expected `:` after {name:?}"));
            }
            self.skip()?;
            let value = self.value(depth + 1)?;
            if object.contains_key(&name) {
                self.at = start;
                return Err(format!("{name:?} stands here twice"));
            }
            object.insert(name, value);
            self.separator('}')?;
        }
    }

    fn array(&mut self, depth: usize) -> Read<Value> {
        let mut array = Vec::new();
        self.eat('[');
        loop {
            self.skip()?;
            if self.eat(']') {
                return Ok(Value::Array(array));
            }
            array.push(self.value(depth + 1)?);
            self.separator(']')?;
        }
    }

    /// A comma, or the end of the line, or what closes.
    fn separator(&mut self, close: char) -> Read<()> {
        let before = self.at;
        self.skip()?;
        let line_ended = self.text[before..self.at].contains('\n');
        if self.eat(',') || self.peek() == Some(close) || line_ended && self.peek().is_some() {
            Ok(())
        } else {
            Err(format!("expected `,` or `{close}`"))
        }
    }

    fn name(&mut self) -> Read<String> {
        if matches!(self.peek(), Some('"' | '\'')) {
            return self.string();
        }
        let end = self.bare();
        if end == 0 {
            return Err("expected a name in quotes".to_owned());
        }
        let name = self.rest()[..end].to_owned();
        self.at += end;
        Ok(name)
    }

    /// How long the word without quotes is that stands here.
    fn bare(&self) -> usize {
        let rest = self.rest();
        let is_bare = |c: char| c.is_alphanumeric() || matches!(c, '@' | '_' | '.' | '-' | '+');
        rest.find(|c| !is_bare(c)).unwrap_or(rest.len())
    }

    /// `true`, `false`, `null` or a number.
    fn word(&mut self) -> Read<Value> {
        let end = self.bare();
        let word = &self.rest()[..end];
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => {
                let number: Option<Number> = serde_json::from_str(word).ok();
                Value::Number(number.ok_or("expected a value: texts stand in quotes")?)
            }
        };
        self.at += end;
        Ok(value)
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        let quote = self.peek().unwrap_or('"');
        self.at += 1;
        let mut text = String::new();
        loop {
            let c = self.peek();
            match c {
                Some(c) if c == quote => {
                    self.at += 1;
                    return Ok(text);
                }
                None | Some('\n') => {
                    self.at = start;
                    return Err("the text has no closing quote in its line".to_owned());
                }
                Some('\\') => text.push(self.escape()?),
                Some(c) => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let rest = self.rest();
        let unit = |from: usize| {
            let digits = rest.get(from..from + 4)?;
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
            u16::from_str_radix(digits, 16).ok()
        };
        let (c, length) = match rest[1..].chars().next() {
            Some('u') => {
                let units = [unit(2), unit(8).filter(|_| rest.get(6..8) == Some("\\u"))];
                let mut decoded = char::decode_utf16(units.into_iter().flatten());
                let c = decoded
                    .next()
                    .and_then(Result::ok)
                    .ok_or("`\\u` and four hexadecimal digits")?;
                (c, 6 * c.len_utf16())
            }
            Some('n') => ('\n', 2),
            Some('r') => ('\r', 2),
            Some('t') => ('\t', 2),
            Some('b') => ('\u{8}', 2),
            Some('f') => ('\u{c}', 2),
            Some(c @ ('"' | '\'' | '\\' | '/')) => (c, 2),
            // In a regular expression written for another language: what was meant cannot be known.
            _ => return Err("a backslash in a text is written twice".to_owned()),
        };
        self.at += length;
        Ok(c)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn comments_spare_commas_and_bare_names_are_read() {
        let text = "\u{feff}// one\n# two\n{ /* three\n */ a: 1, 'b' : \"x // y # z\", @class: \"c\"\n  \"d\": [1, 2,],\n \
                    e: {} // four\n f: -1.5e3, g: null,\n}\n# end";

        assert_eq!(
            read(text).unwrap(),
            json!({"a": 1, "b": "x // y # z", "@class": "c", "d": [1, 2], "e": {}, "f": -1500.0, "g": null})
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        for (text, said) in [
            ("", "line 1, column 1: the text ends too early"),
            ("{", "line 1, column 2: expected a name in quotes"),
            ("{\n  \"a\" 1 }", "line 2, column 7: expected `:` after \"a\""),
            ("{ \"a\": 1 \"b\": 2 }", "line 1, column 10: expected `,` or `}`"),
            (
                "{ \"a\": }",
                "line 1, column 8: expected a value: texts stand in quotes",
            ),
            (
                "{ \"a\": ^https }",
                "line 1, column 8: expected a value: texts stand in quotes",
            ),
            (
                "{ \"é\": \"x\n\" }",
                "line 1, column 8: the text has no closing quote in its line",
            ),
            (
                "{ \"a\": \"\\.\" }",
                "line 1, column 9: a backslash in a text is written twice",
            ),
            (
                "{ \"a\": \"\\ud800\" }",
                "line 1, column 9: `\\u` and four hexadecimal digits",
            ),
            (
                "{ \"a\": 1,\n \"a\": 2 }",
                "line 2, column 2: \"a\" stands here twice",
            ),
            ("{} {}", "line 1, column 4: something follows the definition"),
            ("{ /* ", "line 1, column 2: the comment has no end"),
            (deep.as_str(), "line 1, column 34: more than 32 levels deep"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), said, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_a_writer_of_json_writes_is_read_back(text in any::<String>(), number in any::<i64>()) {
            let value = json!({ "text": text, text.clone(): [number, true, null, { "x": text }] });
            for written in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert_eq!(read(&written).unwrap(), value.clone());
            }
        }

        #[test]
        fn no_text_upsets_the_reader(text in "[\\[\\]{}:,\"'\\\\/*#a-c0-9\\n \u{e9}-]{0,40}") {
            let _ = read(&text);
        }
    }
}
