//! The rules of the house, read from the sources: which way things lean, what stays out, and what the documents promise.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file and its text.
struct Source {
    /// Its path from the root of the repository, `src/cas/judge.rs`.
    path: String,
    text: String,
}

impl Source {
    /// The module directly under `src` that it belongs to.
    fn module(&self) -> &str {
        let rest = self.path.strip_prefix("src/").unwrap_or(&self.path);
        rest.split('/').next().unwrap_or(rest).trim_end_matches(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("tests.rs")
    }

    /// The lines of the program: without comments, and without the tests that stand below it.
    fn program(&self) -> impl Iterator<Item = &str> {
        let end = self.text.find("\n#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        let lines = self.text[..end].lines();
        lines.filter(|line| !line.trim_start().starts_with("//"))
    }

    /// The modules of this crate that it names.
    fn uses(&self) -> BTreeSet<&str> {
        let names = self
            .program()
            .flat_map(|line| line.split("crate::").skip(1))
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
        names.flatten().filter(|name| !name.is_empty()).collect()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let short = path.strip_prefix(root()).expect("below the root");
            found.push(Source {
                path: short.display().to_string(),
                text: fs::read_to_string(&path).expect("a source is text"),
            });
        }
    }
}

/// What each module may use of the others. A module that is not listed may use everything.
const MAY_USE: [(&str, &[&str]); 13] = [
    ("kernel", &[]),
    ("cas", &["kernel"]),
    ("people", &["kernel"]),
    ("roster", &["kernel", "people"]),
    ("config", &["kernel"]),
    ("telemetry", &["config"]),
    ("store", &["kernel", "cas", "people"]),
    ("password", &["kernel", "people"]),
    ("outbound", &[]),
    ("audit", &["kernel", "store"]),
    (
        "app",
        &[
            "kernel", "cas", "people", "store", "password", "outbound", "audit", "config",
        ],
    ),
    (
        "flow",
        &[
            "kernel", "cas", "people", "roster", "store", "password", "outbound", "audit", "config", "app",
        ],
    ),
    (
        "jobs",
        &[
            "kernel", "cas", "people", "store", "outbound", "audit", "config", "app", "flow",
        ],
    ),
];

/// Words that must not stand in a module: the libraries of another ring, and what makes a rule impure.
const NEVER_IN: [(&[&str], &[&str]); 5] = [
    (
        &["kernel", "cas", "people", "roster"],
        &[
            "tokio::", "actix", "diesel", "reqwest", "async fn", "std::fs", "std::net",
        ],
    ),
    (
        &["cas", "people", "roster", "flow", "store"],
        &["Utc::now", "SystemTime::now"],
    ),
    (&["flow", "jobs", "app"], &["actix", "diesel::", "tera::"]),
    (&["web", "cli"], &["diesel::", ".db.write("]),
    (
        &["store", "password", "outbound", "config", "audit"],
        &["actix", "tera::"],
    ),
];

#[test]
fn every_ring_uses_only_the_rings_below_it() {
    let mut broken = Vec::new();
    for source in sources("src").iter().filter(|source| !source.is_test()) {
        let module = source.module();
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            continue;
        };
        for used in source.uses() {
            if used != module && !allowed.contains(&used) {
                broken.push(format!("{} uses crate::{used}", source.path));
            }
        }
    }

    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn rules_stay_pure_and_libraries_stay_in_their_ring() {
    let mut broken = Vec::new();
    for source in sources("src").iter().filter(|source| !source.is_test()) {
        for (modules, words) in NEVER_IN {
            if !modules.contains(&source.module()) {
                continue;
            }
            for line in source.program() {
                for word in words.iter().filter(|word| line.contains(**word)) {
                    broken.push(format!("{}: {word} in {}", source.path, line.trim()));
                }
            }
        }
    }

    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_sample_services_know_nothing_of_the_server() {
    let sources = sources("src/demo/services");
    let broken: Vec<_> = sources
        .iter()
        .flat_map(|source| source.uses().into_iter().map(move |used| (&source.path, used)))
        .filter(|(_, used)| !matches!(*used, "demo" | "kernel"))
        .collect();

    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn the_clauses_for_any_server_know_nothing_of_this_one() {
    let sources = sources("src/conformance");
    let broken: Vec<_> = sources
        .iter()
        .flat_map(|source| source.uses().into_iter().map(move |used| (&source.path, used)))
        .filter(|(_, used)| *used != "conformance")
        .collect();

    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn no_source_file_is_longer_than_500_lines() {
    let long: Vec<_> = sources("src")
        .into_iter()
        .filter(|source| !source.is_test() && source.text.lines().count() > 500)
        .map(|source| source.path)
        .collect();

    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let mut silent = Vec::new();
    for source in sources("src").into_iter().chain(sources("tests")) {
        if !source.text.starts_with("//! ") && !source.path.ends_with("tests.rs") {
            silent.push(source.path);
        }
    }

    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn no_test_is_left_out_and_none_sleeps() {
    // Written in two halves, or this file would break its own rule.
    let banned = [concat!("#[ign", "ore"), concat!("sle", "ep(")];
    let mut broken = Vec::new();
    for source in sources("tests").iter().chain(&sources("src")) {
        let start = if source.is_test() {
            0
        } else {
            source
                .text
                .find("\n#[cfg(test)]\nmod ")
                .unwrap_or(source.text.len())
        };
        for word in banned {
            if source.text[start..].contains(word) {
                broken.push(format!("{}: {word}", source.path));
            }
        }
    }

    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    let mut broken = Vec::new();
    for source in sources("src").iter().filter(|source| !source.is_test()) {
        for line in source.program().filter(|line| line.contains(".unwrap()")) {
            broken.push(format!("{}: {}", source.path, line.trim()));
        }
    }

    assert!(broken.is_empty(), "{broken:#?}");
}

/// The page that says which clause is shown by which test.
const CONFORMANCE: &str = "docs/reference/cas-conformance.md";

/// How many clauses each letter of the protocol has.
const CLAUSES: [(char, u32); 13] = [
    ('E', 3),
    ('P', 8),
    ('S', 7),
    ('T', 8),
    ('C', 5),
    ('L', 12),
    ('O', 16),
    ('V', 13),
    ('A', 8),
    ('X', 7),
    ('M', 9),
    ('H', 8),
    ('R', 14),
];

/// A line of the table.
#[derive(Debug)]
struct Row {
    label: String,
    tests: Vec<String>,
    state: String,
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join(CONFORMANCE)).expect("the page is there");
    let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
    page.lines()
        .filter(|line| line.starts_with("| ["))
        .map(|line| {
            let cells = cells(line);
            let [_, label, _, tests, state, _] = cells.as_slice() else {
                panic!("a row has four cells: {line}")
            };
            let names = tests.split('`').skip(1).step_by(2).map(str::to_owned);
            Row {
                label: label.trim_matches(['[', ']']).to_owned(),
                tests: names.collect(),
                state: state.clone(),
            }
        })
        .collect()
}

fn test_names() -> BTreeSet<String> {
    let every = sources("src").into_iter().chain(sources("tests"));
    let mut names = BTreeSet::new();
    for source in every {
        let functions = source.text.split("fn ").skip(1);
        names.extend(
            functions
                .filter_map(|rest| rest.split_once('('))
                .map(|(name, _)| name.to_owned()),
        );
    }
    names
}

#[test]
fn the_conformance_page_has_one_row_for_every_clause() {
    let mut count: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows() {
        *count.entry(row.label).or_default() += 1;
    }

    for (letter, last) in CLAUSES {
        for number in 1..=last {
            let label = format!("{letter}-{number}");
            assert_eq!(count.get(&label), Some(&1), "{label}");
        }
    }
    assert!(count.values().all(|rows| *rows == 1), "{count:?}");
}

#[test]
fn every_test_that_the_conformance_page_names_exists_and_carries_the_label() {
    let known = test_names();
    for row in rows() {
        for test in &row.tests {
            assert!(
                known.contains(test),
                "[{}] names {test}, which is not there",
                row.label
            );
        }
        match row.state.as_str() {
            "shown" => {
                let word = row.label.to_lowercase().replace('-', "");
                let carries = |test: &String| test.split('_').any(|part| part == word);
                assert!(
                    row.tests.iter().any(carries),
                    "[{}] has no test of its own",
                    row.label
                );
            }
            "not yet" | "deployment" => {}
            other => panic!("[{}] is {other:?}", row.label),
        }
    }
}

/// The pages that say what an attack can reach and what is promised, and which test shows it.
const SHOWN: [&str; 2] = ["docs/concepts/threat-model.md", "docs/reference/promises.md"];

#[test]
fn every_test_that_the_pages_of_threats_and_promises_name_exists() {
    let known = test_names();
    for path in SHOWN {
        let page = fs::read_to_string(root().join(path)).expect("the page is there");
        let words = page.split('`').skip(1).step_by(2);
        let names: Vec<&str> = words
            .filter(|word| word.matches('_').count() > 3)
            .filter_map(|word| word.rsplit("::").next())
            .collect();

        assert!(names.len() > 10, "{path}: {names:?}");
        for name in names {
            assert!(known.contains(name), "{path} names {name}, which is not there");
        }
    }
}
