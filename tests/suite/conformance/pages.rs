//! The stored reports and the page made of them.

use std::fs;
use std::path::PathBuf;

use vestibule::conformance::report::Report;
use vestibule::conformance::table;

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reference")
}

/// A stored report.
pub fn stored(name: &str) -> Report {
    let path = docs().join(format!("conformance/{name}.json"));
    let text = fs::read_to_string(path).expect("the report is there");
    serde_json::from_str(&text).expect("a report reads")
}

#[test]
fn the_table_on_the_page_is_made_of_the_stored_reports() {
    let page = fs::read_to_string(docs().join("cas-conformance.md")).expect("the page");
    let reports = ["vestibule", "django-cas-server", "lemonldap-ng"].map(stored);

    let made = table::replaced(&page, &table::section(&reports)).expect("the page has a place for the table");

    assert!(page == made, "run: tests/conformance/table");
}
