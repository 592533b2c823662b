//! The documentation of the configuration, written from the same table that reads it.

use std::fmt::Write;

use super::kind::Kind;
use super::overlay::PREFIX;
use super::raw::{Key, SECTIONS};

/// The file that `vestibule init` writes: every key with its explanation, all at their built-in values.
pub fn annotated_file() -> String {
    let mut text = String::from(
        "# Vestibule. Every key is shown with its built-in value; what you delete keeps that value.\n\
         # Durations are written 30s, 20m, 2h, 14d. Check this file with: vestibule check\n",
    );
    for section in SECTIONS {
        text.push('\n');
        comment(&mut text, section.doc);
        line(&mut text, format_args!("[{}]", section.name));
        for key in section.keys {
            text.push('\n');
            comment(&mut text, key.doc);
            if !matches!(key.kind, Kind::Text) {
                comment(&mut text, &[&capitalised(&key.kind)]);
            }
            line(
                &mut text,
                format_args!("{} = {}", key.name, key.kind.read(key.default)),
            );
        }
    }
    text
}

/// The page `docs/reference/configuration.md`.
pub fn page() -> String {
    let mut text = format!(
        "# Configuration\n\n\
         <!-- Written by `vestibule config reference`; a test compares it with the program. -->\n\n\
         One TOML file holds every setting; each has a value that works when it is left out. A key that does not exist\n\
         is refused, with the nearest that does, and all mistakes are reported at once.\n\n\
         Any key can be given in the environment instead: `{PREFIX}SESSION__IDLE=1h` takes the place of `idle` in\n\
         `[session]`. There, text has no quotes and lists are separated by commas.\n\n\
         Durations are written `30s`, `20m`, `2h`, `14d`. Relative paths start in the working directory.\n"
    );
    for section in SECTIONS {
        line(
            &mut text,
            format_args!("\n## [{}]\n\n{}\n", section.name, flowing(section.doc)),
        );
        text.push_str("| key | value | default | |\n| --- | --- | --- | --- |\n");
        for key in section.keys {
            row(&mut text, key);
        }
    }
    text
}

fn row(text: &mut String, key: &Key) {
    let default = match key.default {
        "" => "none".to_owned(),
        value => format!("`{value}`"),
    };
    line(
        text,
        format_args!(
            "| `{}` | {} | {default} | {} |",
            key.name,
            key.kind,
            flowing(key.doc)
        ),
    );
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "{content}").expect("writing to text does not fail");
}

fn comment(text: &mut String, doc: &[&str]) {
    for sentence in doc {
        line(text, format_args!("# {}", sentence.trim()));
    }
}

fn flowing(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// `A duration from 5m to 1d.`
fn capitalised(kind: &Kind) -> String {
    let text = kind.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::raw::keys;

    #[test]
    fn the_annotated_file_is_a_configuration_that_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vestibule.toml");
        std::fs::write(&path, annotated_file()).unwrap();

        let config = Config::load(Some(&path), std::iter::empty()).unwrap();

        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn the_page_has_one_line_per_key() {
        let page = page();
        for key in keys() {
            assert_eq!(
                page.matches(&format!("\n| `{}` | ", key.name)).count(),
                same_name(key),
                "{}",
                key.path()
            );
        }
    }

    /// How many sections have a key of that name.
    fn same_name(key: &Key) -> usize {
        keys().filter(|other| other.name == key.name).count()
    }
}
