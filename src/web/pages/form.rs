//! What is wrong with a form that was sent in.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::words::Message;

/// One thing wrong, at one field or with the form as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The name of the field, or the empty text when it is the form as a whole.
    pub field: &'static str,
    /// What to say.
    #[serde(flatten)]
    pub message: Message,
}

impl FieldError {
    /// The message `key` at `field`.
    pub fn new(field: &'static str, key: &'static str) -> Self {
        Self {
            field,
            message: Message::new(key),
        }
    }

    /// The message `key` about the form as a whole.
    pub fn form(key: &'static str) -> Self {
        Self::new("", key)
    }

    /// The same error with `value` where the message says `{ $name }`.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.message = self.message.with(name, value);
        self
    }
}

/// Everything wrong with a form, in the order of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// Nothing wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one more thing.
    pub fn push(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<FieldError>> for Errors {
    fn from(errors: Vec<FieldError>) -> Self {
        Self(errors)
    }
}

impl From<FieldError> for Errors {
    fn from(error: FieldError) -> Self {
        Self(vec![error])
    }
}

/// As `list`, for the summary, and as `on`, the first error of each field, for the fields.
impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut on = BTreeMap::new();
        for error in &self.0 {
            on.entry(error.field).or_insert(&error.message);
        }
        let mut fields = serializer.serialize_struct("Errors", 2)?;
        fields.serialize_field("list", &self.0)?;
        fields.serialize_field("on", &on)?;
        fields.end()
    }
}

/// A secret on its way to a page: it is shown to its owner and never printed to a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Shown(String);

impl Shown {
    /// `secret`, to be shown.
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// The secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Shown {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
