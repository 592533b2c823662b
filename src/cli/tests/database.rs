//! `database copy` by words, from one file to another.

use diesel::connection::SimpleConnection;

use super::*;
use crate::store::copy::{self, Stage, Use, Watch};
use crate::store::{Database, Target};

impl Desk {
    fn copy(&self, to: &str, more: &[&str]) -> Ran {
        let to = format!("sqlite://{}", self.path(to).display());
        self.run(&[&["database", "copy", "--to", &to], more].concat())
    }

    /// Has an invented roster imported.
    fn move_in(&self) {
        let roster = self.path("r.csv").display().to_string();
        self.run(&["demo-roster", "--n", "30", "--year", "2026", "--out", &roster]);
        let codes = self.path("codes.csv").display().to_string();
        let imported = self.run(&["import", &roster, "--apply", "--codes", &codes]);
        assert_eq!(imported.code, ExitCode::SUCCESS, "{}", imported.err);
    }
}

#[test]
fn a_copy_says_each_table_and_its_checksum_and_where_the_key_goes() {
    let desk = Desk::new();
    desk.move_in();

    let copied = desk.copy("new.db", &[]);

    assert_eq!(copied.code, ExitCode::SUCCESS, "{}", copied.err);
    assert_eq!(copied.out.lines().count(), 15, "{}", copied.out);
    let people: Vec<&str> = copied.out.lines().next().unwrap().split('\t').collect();
    assert_eq!((people[0], people[1], people[2].len()), ("people", "34", 64));
    assert!(
        copied.err.contains("\npeople                  34 rows\n"),
        "{}",
        copied.err
    );
    assert!(copied.err.contains("every table is equal"), "{}", copied.err);
    assert!(copied.err.contains("keys.file"), "{}", copied.err);
    let configuration = format!("[database]\nurl = 'sqlite://{}'", desk.path("new.db").display());
    desk.write("v.toml", &configuration);
    let check = desk.run(&["check"]);
    assert!(check.err.contains("new.db: 34 accounts"), "{}", check.err);
    assert_eq!(check.code, ExitCode::SUCCESS, "{}", check.err);
}

#[test]
fn a_copy_that_is_refused_says_why_in_one_line() {
    let desk = Desk::new();
    let nothing = desk.copy("new.db", &[]);
    desk.move_in();
    assert_eq!(desk.copy("new.db", &[]).code, ExitCode::SUCCESS);

    let full = desk.copy("new.db", &[]);
    let same = desk.copy("v.db", &[]);
    let nowhere = desk.copy("folder/new.db", &[]);
    let none = desk.run(&["database", "copy"]);

    assert!(nothing.err.contains("there is no database at"), "{}", nothing.err);
    assert!(
        full.err.contains("new.db is not empty: people has rows (34)"),
        "{}",
        full.err
    );
    assert!(same.err.contains("are the same database"), "{}", same.err);
    assert!(
        nowhere.err.contains("No such file or directory"),
        "{}",
        nowhere.err
    );
    for refused in [nothing, full, same, nowhere] {
        assert_eq!(refused.code, ExitCode::from(1), "{}", refused.err);
        assert_eq!(refused.err.lines().count(), 2, "{}", refused.err);
    }
    assert_eq!(none.code, ExitCode::from(1));
}

#[test]
fn a_source_that_somebody_has_open_is_copied_for_a_rehearsal_only() {
    let desk = Desk::new();
    desk.move_in();
    let mut somebody = desk.database();
    // It has read something, and waits.
    somebody.batch_execute("DELETE FROM people WHERE 1 = 0").unwrap();

    let refused = desk.copy("new.db", &[]);
    let rehearsed = desk.copy("new.db", &["--rehearse"]);

    drop(somebody);
    assert_eq!(refused.code, ExitCode::from(1));
    assert!(refused.err.contains("stop every server on it"), "{}", refused.err);
    assert_eq!(rehearsed.code, ExitCode::SUCCESS, "{}", rehearsed.err);
    assert!(
        rehearsed.err.ends_with("stays closed to servers\n"),
        "{}",
        rehearsed.err
    );
    let new = Database::open(Target::Sqlite(desk.path("new.db")), 1);
    assert!(new.is_err(), "what is written meanwhile would be lost");
}

/// Ends the copy after its first page.
struct Interrupted;

impl Watch for Interrupted {
    fn begin(&mut self, _: Stage, _: &'static str, _: u64, _: u64) {}

    fn step(&mut self, _: u64) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Break(())
    }

    fn end(&mut self) {}
}

#[test]
fn a_copy_that_is_not_equal_names_the_table_ends_with_2_and_stays_closed() {
    let desk = Desk::new();
    desk.move_in();
    let target = |name| Target::Sqlite(desk.path(name));
    let interrupted = copy::copy(&target("v.db"), &target("new.db"), Use::AtRest, &mut Interrupted);
    assert!(interrupted.is_err());
    desk.sql("UPDATE people SET birth_name = 'Autre' WHERE id = (SELECT min(id) FROM people)");

    let copied = desk.copy("new.db", &[]);

    assert_eq!(copied.code, ExitCode::from(2), "{}", copied.err);
    let differs = copied.err.lines().filter(|line| line.contains("differs"));
    let differs: Vec<&str> = differs.collect();
    assert_eq!(differs.len(), 1, "{}", copied.err);
    assert!(
        differs[0].starts_with("people differs: 34 rows in the source ("),
        "{differs:?}"
    );
    assert!(
        copied.err.contains("new.db stays closed to servers"),
        "{}",
        copied.err
    );
    desk.write(
        "v.toml",
        &format!("[database]\nurl = 'sqlite://{}'", desk.path("new.db").display()),
    );
    let check = desk.run(&["check"]);
    assert!(
        check
            .err
            .contains("it holds an unfinished copy: run the same vestibule database copy again"),
        "{}",
        check.err
    );
}

#[test]
fn s80_an_address_comes_from_a_file_and_no_part_of_a_password_is_printed() {
    let desk = Desk::new();
    desk.move_in();
    let secret = desk.write(
        "to.url",
        "postgres://cas:s3cret@%2Fnowhere/vestibule?sslmode=disable\n",
    );

    let refused = desk.run(&["database", "copy", "--to-file", &secret]);
    let malformed = desk.run(&["database", "copy", "--to", "postgres://cas:s3cret@[/x"]);
    let missing = desk.run(&["database", "copy", "--to-file", "/nowhere/to.url"]);

    assert!(
        refused.err.contains("vestibule on PostgreSQL cannot be opened"),
        "{}",
        refused.err
    );
    assert!(
        missing.err.contains("/nowhere/to.url cannot be read"),
        "{}",
        missing.err
    );
    for ran in [refused, malformed, missing] {
        assert_eq!(ran.code, ExitCode::from(1));
        assert!(
            !ran.err.contains("s3cret") && !ran.out.contains("s3cret"),
            "{}",
            ran.err
        );
    }
}
