//! What the pages say: the Fluent messages of one language, and the values named in them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::Serialize;
use tera::Value;
use unic_langid::LanguageIdentifier;

use super::PagesError;
use super::locale::Locale;
use super::sources::MESSAGES;

/// A message to show: its key and the values it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The Fluent key.
    pub key: &'static str,
    /// The values, by the names the message gives them.
    pub args: BTreeMap<&'static str, String>,
}

impl Message {
    /// The message called `key`.
    pub fn new(key: &'static str) -> Self {
        Self {
            key,
            args: BTreeMap::new(),
        }
    }

    /// The same message with `value` where it says `{ $name }`.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.args.insert(name, value.to_string());
        self
    }
}

/// The messages of one language.
pub(super) struct Words {
    locale: Locale,
    bundle: FluentBundle<FluentResource>,
    terms: Vec<(&'static str, String)>,
    fixed: HashMap<String, Value>,
}

impl Words {
    /// Reads the messages of `locale`; `terms` are values any message may name.
    pub(super) fn load(locale: Locale, terms: Vec<(&'static str, String)>) -> Result<Self, PagesError> {
        let language: LanguageIdentifier = locale.code().parse().expect("our language codes are well-formed");
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // The isolation marks (U+2068, U+2069) would be copied along with addresses and codes.
        bundle.set_use_isolating(false);
        for (name, text) in MESSAGES[locale as usize] {
            let resource = FluentResource::try_new((*text).to_owned())
                .map_err(|(_, errors)| PagesError::words(locale, name, &errors))?;
            bundle
                .add_resource(resource)
                .map_err(|errors| PagesError::words(locale, name, &errors))?;
        }
        let mut words = Self {
            locale,
            bundle,
            terms,
            fixed: HashMap::new(),
        };
        words.fix();
        Ok(words)
    }

    /// Says once and for all every message that needs no value but the site's: a login page has some twenty of
    /// them and one or two others.
    fn fix(&mut self) {
        let mut fixed = HashMap::new();
        for key in MESSAGES[self.locale as usize]
            .iter()
            .flat_map(|(_, text)| keys(text))
        {
            if let Ok(text) = self.say(key, []) {
                let mut html = Vec::with_capacity(text.len());
                tera::escape_html(&text, &mut html).expect("writing to memory does not fail");
                let html = String::from_utf8(html).expect("escaped text is still text");
                fixed.insert(key.to_owned(), Value::safe_string(&html));
            }
        }
        self.fixed = fixed;
    }

    /// The HTML of the message called `key`, if it needs no value but the site's.
    pub(super) fn fixed(&self, key: &str) -> Option<&Value> {
        self.fixed.get(key)
    }

    /// Whether there is a message called `key`.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The text of the message called `key`. A key, or a value named by the message, that is missing is an error.
    pub(super) fn say<'a>(
        &'a self,
        key: &str,
        args: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Result<String, PagesError> {
        let pattern = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value())
            .ok_or_else(|| PagesError::words(self.locale, key, &"no such message"))?;
        let mut values = FluentArgs::with_capacity(self.terms.len() + 2);
        for (name, term) in &self.terms {
            values.set(*name, FluentValue::from(term.as_str()));
        }
        for (name, value) in args {
            values.set(name, FluentValue::from(value));
        }
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&values), &mut errors)
            .into_owned();
        if errors.is_empty() {
            Ok(text)
        } else {
            Err(PagesError::words(self.locale, key, &errors))
        }
    }

    /// The text of `message`.
    pub(super) fn tell(&self, message: &Message) -> Result<String, PagesError> {
        self.say(
            message.key,
            message.args.iter().map(|(name, value)| (*name, value.clone())),
        )
    }
}

/// The keys of a message file, in order. Ours have one message to a line and nothing fancier.
pub(super) fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key)
}
