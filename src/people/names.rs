//! A person's names, and the forms in which we show them.

use serde::{Deserialize, Serialize};

/// The names of one person. Civil names are kept as the roster gives them; only usage names are ever shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Names {
    /// The name at birth; the only name of somebody who has one name.
    pub birth_name: String,
    /// The name in use, when it differs.
    pub usage_name: Option<String>,
    /// The given names, first one first; empty for somebody who has one name.
    pub given_names: Vec<String>,
    /// The given name in use, when it differs.
    pub usage_given_name: Option<String>,
}

impl Names {
    /// Names of somebody whose usage names are the civil ones.
    pub fn new(given_name: &str, birth_name: &str) -> Self {
        Self {
            birth_name: birth_name.to_owned(),
            given_names: Some(given_name)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }

    /// The surname in use; empty when there is none.
    pub fn surname(&self) -> &str {
        self.usage_name
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or(&self.birth_name)
    }

    /// The given name in use; empty when there is none.
    pub fn given_name(&self) -> &str {
        let first = self.given_names.first().map_or("", String::as_str);
        self.usage_given_name
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or(first)
    }

    /// The name as shown: `Camille Orsonneau`.
    pub fn display_name(&self) -> String {
        join(self.given_name(), self.surname())
    }

    /// Enough to recognise oneself and too little to be found by: `Camille O.` (activation, before the charter).
    pub fn short_name(&self) -> String {
        let (given, surname) = (self.given_name(), self.surname());
        match (given.is_empty(), initial(surname)) {
            (true, _) => surname.to_owned(),
            (false, None) => given.to_owned(),
            (false, Some(letter)) => format!("{given} {letter}."),
        }
    }

    /// One or two capitals for a small picture: `CO`.
    pub fn initials(&self) -> String {
        [self.given_name(), self.surname()]
            .into_iter()
            .filter_map(initial)
            .collect()
    }
}

fn join(left: &str, right: &str) -> String {
    [left, right]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first letter, as a capital; `Œ` counts as one letter.
fn initial(name: &str) -> Option<String> {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .map(|c| c.to_uppercase().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_names_are_shown_and_civil_ones_are_not() {
        let names = Names {
            usage_name: Some("Kerlodoc".to_owned()),
            usage_given_name: Some("Alex".to_owned()),
            ..Names::new("Alexandra", "Tarnevoix")
        };

        assert_eq!(names.display_name(), "Alex Kerlodoc");
        assert_eq!(names.short_name(), "Alex K.");
        assert_eq!(names.initials(), "AK");
    }

    #[test]
    fn one_name_is_enough() {
        for names in [Names::new("", "Maheswari"), Names::new("Maheswari", "")] {
            assert_eq!(names.display_name(), "Maheswari");
            assert_eq!(names.short_name(), "Maheswari");
            assert_eq!(names.initials(), "M");
        }
    }

    #[test]
    fn the_short_name_gives_one_capital_of_the_surname() {
        assert_eq!(Names::new("Noémie", "d’Aigueperle").short_name(), "Noémie D.");
        assert_eq!(Names::new("Zoë", "Œillardet").short_name(), "Zoë Œ.");
    }
}
