//! Values as the original's writer of JSON leaves them, with the names of Java classes in between.

use serde_json::{Map, Value};

/// An object of a definition: the definition itself or one of its policies.
pub(super) type Object = Map<String, Value>;

/// The last part of an object's class: `RegexRegisteredService`.
pub(super) fn class(object: &Object) -> Option<&str> {
    let full = object.get("@class")?.as_str()?;
    full.rsplit(['.', '$']).next()
}

/// A list without the name of its class: `["java.util.HashSet", ["a"]]` is `["a"]`.
pub(super) fn list(value: &Value) -> Option<&[Value]> {
    match value.as_array()?.as_slice() {
        [Value::String(class), Value::Array(items)] if class.starts_with("java.") => Some(items),
        items => Some(items),
    }
}

/// The texts of a list, or the one text that stands for a list.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    if let Value::String(text) = value {
        return Some(vec![text.clone()]);
    }
    let texts = list(value)?.iter().map(|item| item.as_str().map(str::to_owned));
    texts.collect()
}

/// A truth, also when it was written as a text.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// A whole number, also when it was written as a text.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whether it sets anything: an empty list, a zero, `false` and an object of nothing else do not.
pub(super) fn sets_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.trim(), "" | "NONE" | "UNDEFINED" | "NOT_SET"),
        Value::Array(_) => list(value).is_some_and(|items| items.iter().any(sets_something)),
        Value::Object(object) => settings(object).next().is_some(),
    }
}

/// The members that set something.
pub(super) fn settings(object: &Object) -> impl Iterator<Item = (&str, &Value)> {
    object
        .iter()
        .filter(|(name, value)| *name != "@class" && sets_something(value))
        .map(|(name, value)| (name.as_str(), value))
}
