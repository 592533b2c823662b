//! YAML as Apereo writes it: a tag such as `!<org.apereo.cas.services.CasRegisteredService>` stands for `@class`.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use serde_json::{Map, Number, Value};

use super::text::{DEPTH, Unreadable};

/// Reads a file of one document. Aliases are refused: a few lines of them make gigabytes.
///
/// # Errors
/// Where it stops being a definition in YAML.
pub(super) fn read(text: &str) -> Result<Value, Unreadable> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Level> = Vec::new();
    let mut document = None;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(scanned)?;
        let wrong = |what: &str| unreadable(&span, what);
        let done = match event {
            Event::MappingStart(_, tag) => {
                let class = tag.map(|tag| format!("{}{}", tag.handle.trim_start_matches('!'), tag.suffix));
                open.push(Level::map(class));
                None
            }
            Event::SequenceStart(..) => {
                open.push(Level::List(Vec::new()));
                None
            }
            Event::Scalar(text, style, _, _) => Some(scalar(&text, style)),
            Event::MappingEnd | Event::SequenceEnd => open.pop().map(Level::value),
            Event::Alias(_) => return Err(wrong("an alias: write the value out")),
            Event::DocumentStart(_) if document.is_some() => {
                return Err(wrong("a second document: one definition a file"));
            }
            _ => None,
        };
        if open.len() > DEPTH {
            return Err(wrong(&format!("more than {DEPTH} levels deep")));
        }
        match (done, open.last_mut()) {
            (Some(value), Some(level)) => level.take(value).map_err(|what| wrong(&what))?,
            (Some(value), None) => document = Some(value),
            (None, _) => {}
        }
    }
    document.ok_or_else(|| Unreadable {
        line: 1,
        column: 1,
        what: "the text ends too early".to_owned(),
    })
}

/// A list or a map that is being read.
enum Level {
    List(Vec<Value>),
    Map {
        map: Map<String, Value>,
        name: Option<String>,
    },
}

impl Level {
    fn map(class: Option<String>) -> Self {
        let class = class.filter(|class| !class.starts_with("tag:yaml.org,2002:"));
        Self::Map {
            map: class
                .map(|class| ("@class".to_owned(), class.into()))
                .into_iter()
                .collect(),
            name: None,
        }
    }

    fn take(&mut self, value: Value) -> Result<(), String> {
        match self {
            Self::List(list) => list.push(value),
            Self::Map { map, name } => match (name.take(), value) {
                (Some(name), value) => {
                    map.insert(name, value);
                }
                (None, Value::Object(_) | Value::Array(_)) => return Err("a name that is no word".to_owned()),
                (None, value) => {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    if map.contains_key(&text) {
                        return Err(format!("{text:?} stands here twice"));
                    }
                    *name = Some(text);
                }
            },
        }
        Ok(())
    }

    fn value(self) -> Value {
        match self {
            Self::List(list) => Value::Array(list),
            Self::Map { map, .. } => Value::Object(map),
        }
    }
}

/// A word without quotes may be a number, a truth or nothing (YAML 1.2, core schema).
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => text.parse::<i64>().map_or_else(
            |_| Value::String(text.to_owned()),
            |number| Number::from(number).into(),
        ),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn scanned(error: ScanError) -> Unreadable {
    Unreadable {
        line: error.marker().line(),
        column: error.marker().col() + 1,
        what: error.info().to_owned(),
    }
}

fn unreadable(span: &Span, what: &str) -> Unreadable {
    Unreadable {
        line: span.start.line(),
        column: span.start.col() + 1,
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tag_is_the_class_and_a_plain_word_has_its_type() {
        let text = "--- !<org.apereo.cas.services.CasRegisteredService>\nserviceId: ^https://a\\.univ\\.example/.*\nid: 7\n\
                    name: \"8\" # eight\npolicy: !<org.x.Allowed>\n  allowed: !<java.util.HashSet>\n    - mail\n    - ~\n  \
                    yes: true\nmap: !!map\n  a: b\n";

        assert_eq!(
            read(text).unwrap(),
            json!({
                "@class": "org.apereo.cas.services.CasRegisteredService",
                "serviceId": "^https://a\\.univ\\.example/.*",
                "id": 7,
                "name": "8",
                "policy": { "@class": "org.x.Allowed", "allowed": ["mail", null], "yes": true },
                "map": { "a": "b" },
            })
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, said) in [
            ("", "line 1, column 1: the text ends too early"),
            (
                "a: &x 1\nb: *x\n",
                "line 2, column 4: an alias: write the value out",
            ),
            (
                "a: 1\n---\nb: 1\n",
                "line 2, column 1: a second document: one definition a file",
            ),
            ("a: 1\na: 2\n", "line 2, column 1: \"a\" stands here twice"),
            ("[a]: 2\n", "line 1, column 3: a name that is no word"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), said, "{text}");
        }
        let deep = read(&format!("{}{}", "[".repeat(500), "]".repeat(500))).unwrap_err();
        assert_eq!(deep.line, 1);
        assert!(read("a: [1\nb: 2").is_err());
        assert!(read("\ta: 'x").is_err());
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "[\\[\\]{}:,\"'\\\\/*&!<>#a-c0-9\\n -]{0,40}") {
            let _ = read(&text);
        }
    }
}
