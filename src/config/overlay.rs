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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::kind::Kind;

    fn lines(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
        let environment = environment
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let mut problems = Problems::default();
        overlay(&file.parse().unwrap(), environment, &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_table_of_keys_and_the_structs_that_read_it_name_the_same_keys() {
        let raw = overlay(&Table::new(), std::iter::empty(), &mut Problems::default());

        let struct_side = serde_json::to_value(raw).unwrap();
        let mut fields = Vec::new();
        for (section, content) in struct_side.as_object().unwrap() {
            fields.extend(
                content
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(|name| format!("{section}.{name}")),
            );
        }
        let mut named: Vec<String> = keys().map(Key::path).collect();
        fields.sort();
        named.sort();
        assert_eq!(named, fields);
        assert!(named.len() <= 64, "{} keys are too many to read", named.len());
    }

    #[test]
    fn every_built_in_value_fits_its_own_key() {
        for key in keys() {
            assert_eq!(
                key.kind.check(&key.kind.read(key.default)),
                Ok(()),
                "{}",
                key.path()
            );
        }
    }

    #[test]
    fn every_shape_a_kind_accepts_is_one_its_field_can_hold() {
        for key in keys() {
            let shapes = [
                Value::Boolean(true),
                Value::Integer(12),
                Value::String("off".to_owned()),
                Value::Array(vec![Value::String("10.0.0.0/8".to_owned())]),
            ];
            for shape in shapes.into_iter().filter(|shape| key.kind.check(shape).is_ok()) {
                let mut values = built_in();
                put(&mut values, key, shape);
                assert!(values.try_into::<Raw>().is_ok(), "{}", key.path());
            }
        }
    }

    #[test]
    fn every_unknown_key_is_named_with_the_nearest_known_one() {
        let found = lines(
            "iddle = '1h'\n[sesion]\nidle = '1h'\n[session]\nidel = '1h'\nlisten = 'x'\n[log]\nqwfpgj = 1",
            &[
                ("VESTIBULE__SESSION__IDDLE", "1h"),
                ("VESTIBULE__LISTEN", "x"),
                ("PATH", "/bin"),
            ],
        );

        assert_eq!(
            found,
            [
                "iddle is not known; did you mean session.idle?",
                "log.qwfpgj is not known",
                "sesion is not known; did you mean session?",
                "session.idel is not known; did you mean session.idle?",
                "session.listen is not known; did you mean server.listen?",
                "VESTIBULE__SESSION__IDDLE is not known; did you mean session.idle?",
                "VESTIBULE__LISTEN is not known; did you mean server.listen?",
            ]
        );
    }

    #[test]
    fn every_value_out_of_its_range_is_named_with_the_range() {
        let found = lines(
            "log = 3\n[session]\nidle = '1m'\n[tickets]\nservice_ticket = 30\n[server]\ntrusted_proxies = ['::/0']",
            &[
                ("VESTIBULE__HASHING__QUEUE", "many"),
                ("VESTIBULE__LOGOUT__FOLLOW_SERVICE", "yes"),
            ],
        );

        assert_eq!(
            found,
            [
                "log is a section: write [log] and its keys below",
                "server.trusted_proxies holds ::/0, which is every address there is",
                "session.idle must be a duration from 5m to 1d",
                "tickets.service_ticket must be a duration from 5s to 5m",
                "VESTIBULE__HASHING__QUEUE must be a whole number from 1 to 1024",
                "VESTIBULE__LOGOUT__FOLLOW_SERVICE must be true or false",
            ]
        );
    }

    #[test]
    fn the_environment_has_the_last_word() {
        let file: Table = "[session]\nidle = '1h'\n[throttle]\ncampus_networks = ['10.0.0.0/8']"
            .parse()
            .unwrap();
        let environment = [
            ("VESTIBULE__SESSION__IDLE", "30m"),
            (
                "VESTIBULE__THROTTLE__CAMPUS_NETWORKS",
                "10.1.0.0/16, 2001:db8::/32",
            ),
        ];
        let environment = environment.map(|(name, text)| (name.to_owned(), text.to_owned()));

        let raw = overlay(&file, environment.into_iter(), &mut Problems::default());

        assert_eq!(raw.session.idle, "30m");
        assert_eq!(raw.throttle.campus_networks, ["10.1.0.0/16", "2001:db8::/32"]);
        assert_eq!(raw.session.absolute, "10h");
    }

    #[test]
    fn a_forbidden_value_leaves_the_one_below_in_place() {
        let mut problems = Problems::default();
        let file: Table = "[hashing]\npasses = 99".parse().unwrap();

        let raw = overlay(&file, std::iter::empty(), &mut problems);

        assert_eq!(raw.hashing.passes, 2);
        assert_eq!(problems.iter().count(), 1);
        assert!(matches!(
            keys().find(|key| key.name == "passes").unwrap().kind,
            Kind::Whole(1, 16)
        ));
    }
}
