//! `audit` by words.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::*;

impl Desk {
    /// Has two accounts made, one of which is suspended: three events of the audit.
    fn act(&self) {
        for login in ["cpaquin", "lbrivanchet"] {
            let made = self.run(&["user", "create", login]);
            assert_eq!(made.code, ExitCode::SUCCESS, "{}", made.err);
        }
        assert_eq!(self.run(&["user", "lock", "cpaquin"]).code, ExitCode::SUCCESS);
    }

    /// As whoever owns the file can.
    fn tamper(&self, sql: &str) {
        let file = self.path("v.db").display().to_string();
        let mut conn = SqliteConnection::establish(&file).unwrap();
        // The command before may still be closing it.
        conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        conn.batch_execute("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_kept_half_a_year")
            .unwrap();
        conn.batch_execute(sql).unwrap();
    }
}

#[test]
fn a_whole_audit_is_verified_and_its_head_is_told_to_be_written_down() {
    let desk = Desk::new();
    desk.act();

    let verified = desk.run(&["audit", "verify"]);

    assert_eq!(verified.code, ExitCode::SUCCESS, "{}", verified.err);
    assert_eq!(verified.err, "the audit is whole: 3 rows, 1 to 3\n");
    assert!(
        verified.out.starts_with("3:") && verified.out.ends_with('\n'),
        "{}",
        verified.out
    );
    let head = desk.run(&["audit", "head"]);
    assert_eq!(head.out, verified.out);
    desk.run(&["user", "unlock", "cpaquin"]);
    let later = desk.run(&["audit", "verify", "--expect", head.out.trim()]);
    assert_eq!(later.code, ExitCode::SUCCESS, "{}", later.err);
    let other = desk.run(&["audit", "verify", "--expect", "3:0123.ff"]);
    assert_eq!(other.code, ExitCode::from(1));
    assert!(
        other.err.contains("row 3 is not the one expected"),
        "{}",
        other.err
    );
    let typed = desk.run(&["audit", "verify", "--expect", "three"]);
    assert_eq!(typed.code, ExitCode::from(1));
}

#[test]
fn what_does_not_fit_is_told_in_one_line() {
    let desk = Desk::new();
    desk.act();
    desk.tamper("UPDATE audit SET actor = 'operator nobody' WHERE seq = 2");

    let verified = desk.run(&["audit", "verify"]);

    assert_eq!(verified.code, ExitCode::from(1));
    assert_eq!(
        (verified.out.as_str(), verified.err.as_str()),
        ("", "vestibule: the audit does not fit: row 2 was changed\n")
    );
}

#[test]
fn to_look_at_an_audit_makes_neither_a_database_nor_a_key() {
    let desk = Desk::new();

    for words in [["audit", "verify"], ["audit", "head"], ["audit", "export"]] {
        let looked = desk.run(&words);
        assert_eq!(looked.code, ExitCode::from(1));
        assert_eq!(looked.err.lines().count(), 1, "{}", looked.err);
    }

    assert!(!desk.path("v.db").exists());
}

/// The parsed lines of an export.
fn rows(ran: &Ran) -> Vec<serde_json::Value> {
    assert_eq!(ran.code, ExitCode::SUCCESS, "{}", ran.err);
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn an_export_is_a_line_a_row_and_its_last_one_is_the_head() {
    let desk = Desk::new();
    desk.act();

    let exported = desk.run(&["audit", "export"]);

    let found = rows(&exported);
    assert_eq!(exported.err, "rows: 3\n");
    let last = &found[2];
    assert_eq!(last["event"], "standing_changed");
    assert_eq!(last["detail"]["to"], "suspended");
    assert_eq!(last["actor"], "operator sophie");
    assert_eq!(last["at"], "2026-09-01T08:00:00.000000Z");
    assert!(last["address"].is_null());
    let place = format!("{}:{}\n", last["seq"], last["link"].as_str().unwrap());
    assert_eq!(desk.run(&["audit", "head"]).out, place);
}

#[test]
fn an_export_is_narrowed_by_time_and_by_account() {
    let desk = Desk::new();
    desk.act();
    let count = |words: &[&str]| rows(&desk.run(&[&["audit", "export"], words].concat())).len();

    assert_eq!(count(&["--account", "cpaquin"]), 2);
    assert_eq!(count(&["--account", "LBRIVANCHET"]), 1);
    assert_eq!(count(&["--since", "2026-09-01", "--until", "2026-09-02"]), 3);
    assert_eq!(count(&["--since", "2026-09-01T10:00:00+02:00"]), 3);
    assert_eq!(count(&["--since", "2026-09-01T08:00:01Z"]), 0);
    assert_eq!(count(&["--until", "2026-09-01T08:00:00Z"]), 0);
    assert_eq!(count(&["--until", "1h"]), 0);
    let nobody = desk.run(&["audit", "export", "--account", "nobody"]);
    assert_eq!(nobody.err, "vestibule: nobody has the login nobody\n");
    let typed = desk.run(&["audit", "export", "--since", "yesterday"]);
    assert_eq!(typed.code, ExitCode::from(1));
}

#[test]
fn an_export_to_a_file_is_private_and_replaces_none() {
    let desk = Desk::new();
    desk.act();
    let file = desk.path("audit.jsonl");
    let words = ["audit", "export", "--out", &file.display().to_string()];

    let first = desk.run(&words);
    let second = desk.run(&words);

    assert_eq!(
        (first.code, first.out.as_str()),
        (ExitCode::SUCCESS, ""),
        "{}",
        first.err
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
    let half = desk.path("half.jsonl");
    let words = ["--account", "nobody", "--out", &half.display().to_string()];
    let refused = desk.run(&[&["audit", "export"], &words[..]].concat());
    assert_eq!(refused.code, ExitCode::from(1));
    assert!(!half.exists());
    assert_eq!(second.code, ExitCode::from(1));
    assert!(
        second.err.contains("cannot be written: File exists"),
        "{}",
        second.err
    );
}
