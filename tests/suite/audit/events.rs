//! Every event that the requirements ask for is recorded by a story.

use std::path::Path;

/// What [S-81] names, and the events that are written for it. A ticket's issue and each answer to one are in the ticket's
/// own row, as decision 7 says; of them the audit has what is not ordinary.
const ASKED_FOR: [(&str, &[&str]); 10] = [
    ("login ok", &["SignedIn", "CredentialsConfirmed"]),
    ("login failed", &["SignInRefused", "FailureTide"]),
    ("throttled", &["Throttled"]),
    ("logout", &["SignedOut", "SessionClosed", "LogoutRetried"]),
    (
        "validation failed",
        &["TicketReplayed", "ServiceMismatch", "LoopStopped"],
    ),
    (
        "PGT, PT",
        &[
            "ProxyGranted",
            "ProxyCallbackFailed",
            "ProxyTicketIssued",
            "ProxyTicketRefused",
        ],
    ),
    (
        "activation, recovery",
        &[
            "IdentityRefused",
            "ActivationDisowned",
            "ActivationTide",
            "Activated",
            "CodeRefused",
            "CodeIssued",
            "Recovered",
        ],
    ),
    ("change", &["PasswordChanged", "PasswordChangeRefused"]),
    (
        "admin actions",
        &[
            "RosterApplied",
            "AccountCreated",
            "StandingChanged",
            "ServiceChanged",
        ],
    ),
    (
        "configuration load",
        &["ServerStarted", "KeyReplaced", "AuditTakenIn", "AuditDidNotFit"],
    ),
];

fn text_of(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| !path.ends_with("tests") && !path.ends_with("tests.rs"))
        .map(|path| {
            if path.is_dir() {
                text_of(&path)
            } else {
                std::fs::read_to_string(&path).expect("a source")
            }
        })
        .collect()
}

/// The events that the code knows.
fn declared() -> Vec<String> {
    let text = include_str!("../../../src/audit.rs");
    let events = text.split("pub enum Event {").nth(1).expect("the events");
    let events = events.split("\n}").next().expect("their end");
    let is_name = |line: &&str| line.starts_with("    ") && line[4..].starts_with(char::is_uppercase);
    let name = |line: &str| line.trim().trim_end_matches([',', '{', ' ']).to_owned();
    events.lines().filter(is_name).map(name).collect()
}

#[test]
fn s81_each_event_asked_for_is_one_that_a_story_records() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let told: String = ["flow", "jobs", "audit"]
        .map(|room| text_of(&source.join(room)))
        .concat()
        + &std::fs::read_to_string(source.join("app.rs")).expect("a source");
    let mut asked: Vec<String> = Vec::new();
    for (asked_for, events) in ASKED_FOR {
        for event in events {
            let named = format!("Event::{event}");
            let is_told = told
                .match_indices(&named)
                .any(|(at, _)| !told[at + named.len()..].starts_with(char::is_alphanumeric));
            assert!(is_told, "{asked_for}: no story records {event}");
            asked.push((*event).to_owned());
        }
    }
    let mut declared = declared();
    asked.sort();
    declared.sort();

    assert_eq!(asked, declared);
}
