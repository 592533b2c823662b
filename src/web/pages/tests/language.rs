//! What the words hold to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::corpus::{faces, pages};
use crate::web::pages::sources::{MESSAGES, TEMPLATES};
use crate::web::pages::words::keys;
use crate::web::pages::{Letter, Locale, Message};

/// The messages of a language: key and text.
fn messages(locale: Locale) -> BTreeMap<&'static str, &'static str> {
    MESSAGES[locale as usize]
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .collect()
}

/// The names between `{ $` and ` }`.
fn placeables(text: &str) -> BTreeSet<&str> {
    text.split("{ $")
        .skip(1)
        .filter_map(|rest| rest.split_once(" }"))
        .map(|(name, _)| name)
        .collect()
}

/// Everything that may name a key: the templates, and every Rust file of the web edge but the tests.
fn sources() -> String {
    fn gather(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                gather(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut text: String = TEMPLATES.iter().map(|(_, template)| *template).collect();
    let here = fs::canonicalize(file!()).unwrap();
    let web = here.ancestors().nth(3).unwrap();
    gather(web, &mut text);
    text
}

#[test]
fn both_languages_have_the_same_messages_naming_the_same_values() {
    let (french, english) = (messages(Locale::Fr), messages(Locale::En));

    assert_eq!(
        french.keys().collect::<Vec<_>>(),
        english.keys().collect::<Vec<_>>()
    );
    for (key, text) in &french {
        assert_eq!(placeables(text), placeables(english[key]), "{key}");
    }
}

#[test]
fn every_message_stands_on_one_line_and_only_once() {
    for (name, text) in MESSAGES.iter().copied().flatten() {
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            assert!(
                line.contains(" = ") && line.is_ascii() | !line.starts_with(' '),
                "{name}: {line}"
            );
        }
    }
    for locale in Locale::ALL {
        let all = MESSAGES[locale as usize]
            .iter()
            .flat_map(|(_, text)| keys(text))
            .count();
        assert_eq!(all, messages(locale).len(), "{}", locale.code());
    }
}

#[test]
fn every_message_is_used() {
    let sources = sources();
    for key in messages(Locale::Fr)
        .into_keys()
        .filter(|key| !key.starts_with("attr-"))
    {
        assert!(sources.contains(&format!("\"{key}\"")), "{key}");
    }
}

#[test]
fn every_key_that_a_template_names_exists() {
    let known = messages(Locale::Fr);
    for (name, template) in TEMPLATES {
        for used in template.split("t(key=\"").skip(1) {
            let key = used.split('"').next().unwrap();
            assert!(known.contains_key(key), "{name}: {key}");
        }
    }
}

#[test]
fn no_page_shows_a_key_or_a_brace() {
    let known = messages(Locale::Fr);
    for face in faces() {
        assert!(
            !face.html.contains(['{', '}', '\u{2068}', '\u{2069}']),
            "{}",
            face.name
        );
        for key in known
            .keys()
            .filter(|key| key.contains('-') && !["page-title"].contains(key))
        {
            assert!(!face.html.contains(&format!(">{key}<")), "{}: {key}", face.name);
        }
    }
}

#[test]
fn french_punctuation_never_begins_a_line() {
    for (key, text) in messages(Locale::Fr) {
        for mark in [" :", " ;", " ?", " !", " »", "« ", "'", "} min", "} h"] {
            assert!(!text.contains(mark), "{key}: {mark}");
        }
    }
    for (key, text) in messages(Locale::En) {
        assert!(!text.contains('\''), "{key}");
    }
}

#[test]
fn a_letter_says_what_happened_and_holds_no_link() {
    let moment = chrono::NaiveDate::from_ymd_opt(2026, 9, 12)
        .unwrap()
        .and_hms_opt(8, 4, 0)
        .unwrap();
    for letter in [Letter::Activated, Letter::PasswordChanged, Letter::Recovered] {
        for locale in Locale::ALL {
            let text = pages().letter(letter, locale, "corsonneau2", moment).unwrap();

            assert!(text.body.contains("corsonneau2") && text.body.contains("2026"));
            assert!(!text.body.contains("://") && !text.subject.contains('\n'));
        }
    }
}

#[test]
fn a_message_that_does_not_exist_or_lacks_a_value_is_an_error() {
    let pages = pages();

    assert!(pages.text(Locale::Fr, &Message::new("no-such-key")).is_err());
    assert!(
        pages
            .text(Locale::Fr, &Message::new("step").with("current", 1))
            .is_err()
    );
    assert!(
        pages
            .text(
                Locale::Fr,
                &Message::new("step").with("current", 1).with("total", 3)
            )
            .is_ok()
    );
}

#[test]
fn a_message_with_a_plain_value_is_shown_as_typed() {
    let said = pages()
        .text(
            Locale::En,
            &Message::new("err-service-text").with("host", "a & b"),
        )
        .unwrap();

    assert!(said.contains("The site a & b is"));
}
