//! What the program is built from: what can be said without cargo-deny, which `tests/supply` asks for the rest.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn table(path: &str) -> Table {
    text(path).parse().expect("it is TOML")
}

#[test]
fn s86_unsafe_code_does_not_compile_in_this_crate() {
    let manifest = table("Cargo.toml");

    // `forbid`, unlike `deny`, is not lifted by an attribute further in.
    assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
}

#[test]
fn s86_every_dependency_is_a_version_of_crates_io_with_its_digest() {
    let lock = table("Cargo.lock");
    let packages = lock["package"].as_array().expect("packages");
    let field = |package: &Value, name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);

    let elsewhere: Vec<_> = packages
        .iter()
        .filter(|package| {
            let source = field(package, "source");
            let is_ours = field(package, "name").as_deref() == Some(env!("CARGO_PKG_NAME"));
            let is_whole = field(package, "checksum").is_some_and(|digest| digest.len() == 64);
            let is_crates_io =
                source.as_deref() == Some("registry+https://github.com/rust-lang/crates.io-index");
            !(is_ours && source.is_none() || is_crates_io && is_whole)
        })
        .map(|package| field(package, "name"))
        .collect();

    assert!(packages.len() > 200, "{}", packages.len());
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[test]
fn s86_tests_run_checks_licences_sources_duplicates_and_advisories() {
    let script = text("tests/supply");
    let rules = table("deny.toml");

    assert!(text("tests/run").lines().any(|line| line == "tests/supply"));
    assert!(script.contains("check licenses sources bans"), "{script}");
    // Once with the list of today, once with that of an earlier day.
    assert_eq!(script.matches("check advisories").count(), 2, "{script}");
    assert!(script.contains("NOT CHECKED"), "{script}");
    for (section, key) in [
        ("sources", "unknown-registry"),
        ("sources", "unknown-git"),
        ("bans", "multiple-versions"),
        ("bans", "wildcards"),
        ("advisories", "yanked"),
    ] {
        assert_eq!(rules[section][key].as_str(), Some("deny"), "{section}.{key}");
    }
}
