//! Lays the file over the built-in values and the environment over both, noting every key that does not fit.

use toml::{Table, Value};

use super::problem::Problems;
use super::raw::{Key, Raw, SECTIONS, keys};

/// What the names of environment variables start with; section and key follow, in capitals, joined by two underscores.
pub const PREFIX: &str = "VESTIBULE__";

/// The values in force after the file and the environment had their say. A value that does not fit is noted in
/// `problems` and leaves the one below it in place, so that every other key is still checked.
pub(super) fn overlay(
    file: &Table,
    environment: impl Iterator<Item = (String, String)>,
    problems: &mut Problems,
) -> Raw {
    let mut values = built_in();
    for (section, content) in file {
        lay_section(section, content, &mut values, problems);
    }
    for (variable, text) in environment {
        lay_variable(&variable, &text, &mut values, problems);
    }
    values
        .try_into()
        .expect("every value has the shape its key asks for")
}

fn built_in() -> Table {
    let mut values = Table::new();
    for key in keys() {
        put(&mut values, key, key.kind.read(key.default));
    }
    values
}

fn put(values: &mut Table, key: &Key, value: Value) {
    let section = values
        .entry(key.section)
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(key.name.to_owned(), value);
    }
}

fn lay_section(section: &str, content: &Value, values: &mut Table, problems: &mut Problems) {
    if !SECTIONS.iter().any(|known| known.name == section) {
        // A key written above the first [section] lands here as well; its own name finds its place.
        let hint = if content.is_table() {
            similar_section(section)
        } else {
            similar_key("", section)
        };
        return problems.note(section, format!("is not known{hint}"));
    }
    let Value::Table(content) = content else {
        return problems.note(
            section,
            format!("is a section: write [{section}] and its keys below"),
        );
    };
    for (name, value) in content {
        match find(section, name) {
            Some(key) => lay(key, &key.path(), value.clone(), values, problems),
            None => problems.note(
                format!("{section}.{name}"),
                format!("is not known{}", similar_key(section, name)),
            ),
        }
    }
}

fn lay_variable(variable: &str, text: &str, values: &mut Table, problems: &mut Problems) {
    let Some(path) = variable.strip_prefix(PREFIX) else {
        return;
    };
    let path = path.to_lowercase();
    let (section, name) = path.split_once("__").unwrap_or(("", path.as_str()));
    match find(section, name) {
        Some(key) => lay(key, variable, key.kind.read(text), values, problems),
        None => problems.note(variable, format!("is not known{}", similar_key(section, name))),
    }
}

fn lay(key: &Key, at: &str, value: Value, values: &mut Table, problems: &mut Problems) {
    match key.kind.check(&value) {
        Ok(()) => put(values, key, value),
        Err(why) => problems.note(at, why),
    }
}

fn find(section: &str, name: &str) -> Option<&'static Key> {
    keys().find(|key| key.section == section && key.name == name)
}

fn similar_section(name: &str) -> String {
    let names = SECTIONS.iter().map(|section| section.name.to_owned());
    closest(names.map(|known| (strsim::jaro_winkler(name, &known), known)))
}

/// The key most like this one. Its own section is looked at first: half the slips are keys in the wrong section,
/// the other half are letters in the wrong place.
fn similar_key(section: &str, name: &str) -> String {
    closest(keys().map(|key| {
        let bonus = if key.section == section { 0.05 } else { 0.0 };
        (strsim::jaro_winkler(name, key.name) + bonus, key.path())
    }))
}

fn closest(candidates: impl Iterator<Item = (f64, String)>) -> String {
    candidates
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"))
}
