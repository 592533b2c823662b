//! `check` tells all that is wrong and changes nothing.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use super::*;

impl Desk {
    /// The database, as somebody else would open it; the threads of the run before may still be about to close it.
    pub(super) fn database(&self) -> SqliteConnection {
        let path = self.path("v.db").display().to_string();
        let mut conn = SqliteConnection::establish(&path).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        conn
    }

    /// Runs SQL on it.
    pub(super) fn sql(&self, sql: &str) {
        self.database().batch_execute(sql).unwrap();
    }

    /// What one query answers, in one line of text.
    fn asked(&self, sql: &str) -> String {
        use diesel::prelude::*;
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(sql))
            .get_result(&mut self.database())
            .unwrap()
    }

    /// Has a roster imported, which makes database and key.
    fn populate(&self) {
        let roster = self.write("r.csv", ROSTER);
        let codes = self.path("codes.csv").display().to_string();
        let imported = self.run(&["import", &roster, "--apply", "--codes", &codes]);
        assert_eq!(imported.code, ExitCode::SUCCESS, "{}", imported.err);
    }
}

const SCHEMAS: &str = "(SELECT group_concat(version) FROM __diesel_schema_migrations)";

#[test]
fn check_reports_every_mistake_of_the_file_at_once() {
    let desk = Desk::new();
    desk.write("v.toml", "[session]\nidle = '1s'\ncolour = 'red'\n");

    let refused = desk.run(&["check"]);

    assert_eq!(refused.code, ExitCode::from(1));
    assert_eq!(refused.err.lines().count(), 2, "{}", refused.err);
    assert!(
        refused
            .err
            .lines()
            .all(|line| line.starts_with("vestibule: session."))
    );
}

#[test]
fn check_makes_neither_database_nor_key_and_says_that_serve_will() {
    let desk = Desk::new();

    let sound = desk.run(&["check"]);

    assert_eq!(sound.code, ExitCode::SUCCESS, "{}", sound.err);
    for name in ["v.db", "vestibule.key"] {
        let path = desk.path(name);
        let told = format!("{}: will be made by serve", path.display());
        assert!(sound.err.contains(&told), "{}", sound.err);
        assert!(!path.exists(), "{name}");
    }
}

#[test]
fn check_says_what_it_found() {
    let desk = Desk::new();
    desk.populate();

    let sound = desk.run(&["check"]);

    assert_eq!(sound.code, ExitCode::SUCCESS, "{}", sound.err);
    assert!(
        sound.err.contains("2 accounts, 0 registered services"),
        "{}",
        sound.err
    );
    assert!(!sound.err.contains("migrated"), "{}", sound.err);
}

#[test]
fn check_tells_of_an_older_schema_and_leaves_it() {
    let desk = Desk::new();
    desk.populate();
    desk.sql("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)");
    let before = desk.asked(SCHEMAS);
    let older = desk.asked("(SELECT max(version) FROM __diesel_schema_migrations)");

    let sound = desk.run(&["check"]);

    assert_eq!(sound.code, ExitCode::SUCCESS, "{}", sound.err);
    let told = format!("will be migrated by serve (schema {older}, 1 behind)\n");
    assert!(sound.err.contains(&told), "{}", sound.err);
    assert_eq!(desk.asked(SCHEMAS), before);
}

#[test]
fn check_reports_a_newer_schema_every_key_and_a_folder_that_is_not_there() {
    let desk = Desk::new();
    desk.populate();
    let path = |name| desk.path(name).display().to_string();
    let configuration = std::fs::read_to_string(desk.path("v.toml")).unwrap();
    let former = format!(
        "[keys]\nformer_files = ['{}', '{}']\n",
        path("a.key"),
        path("b.key")
    );
    desk.write("v.toml", &(configuration.clone() + &former));
    std::fs::set_permissions(desk.path("vestibule.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    desk.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')");

    let refused = desk.run(&["check"]);

    assert_eq!(refused.code, ExitCode::from(1));
    let problems: Vec<&str> = refused
        .err
        .lines()
        .filter(|line| line.starts_with("vestibule: "))
        .collect();
    assert_eq!(problems.len(), 4, "{}", refused.err);
    for (line, words) in problems.iter().zip([
        "newer version of Vestibule (schema 20991231000000)",
        "chmod 600",
        "a.key does not exist",
        "b.key does not exist",
    ]) {
        assert!(line.contains(words), "{line}");
    }
    assert!(!refused.err.contains("can start"));

    desk.write("v.toml", &configuration.replace("v.db", "nowhere/v.db"));
    let refused = desk.run(&["check"]);
    assert!(
        refused.err.contains("No such file or directory"),
        "{}",
        refused.err
    );
}

#[test]
fn check_reports_every_service_that_cannot_be_read_and_a_lost_key() {
    let desk = Desk::new();
    desk.populate();
    desk.sql(
        "INSERT INTO services (key, definition, updated_at) VALUES ('mail', '{', 0), ('files', '[]', 0)",
    );
    std::fs::remove_file(desk.path("vestibule.key")).unwrap();

    let refused = desk.run(&["check"]);

    assert_eq!(refused.code, ExitCode::from(1));
    for words in [
        "read: mail: ",
        "read: files: ",
        "vestibule.key is missing, and the database",
    ] {
        let told = refused.err.lines().filter(|line| line.contains(words)).count();
        assert_eq!(told, 1, "{words}: {}", refused.err);
    }
    assert!(!desk.path("vestibule.key").exists());
}

#[test]
fn check_tells_of_a_key_that_is_not_the_one_the_database_is_used_with() {
    let desk = Desk::new();
    desk.populate();
    std::fs::rename(desk.path("vestibule.key"), desk.path("first.key")).unwrap();
    desk.run(&["init", "--dir", &desk.path("other").display().to_string()]);
    std::fs::rename(desk.path("other/vestibule.key"), desk.path("vestibule.key")).unwrap();

    let refused = desk.run(&["check"]);

    assert_eq!(refused.code, ExitCode::from(1));
    let told = refused.err.lines().last().unwrap_or_default();
    assert!(
        told.contains("vestibule.key is not the one that the database"),
        "{}",
        refused.err
    );
    // As a former key, the one in force is enough.
    let configuration = std::fs::read_to_string(desk.path("v.toml")).unwrap();
    let former = format!(
        "[keys]\nformer_files = ['{}']\n",
        desk.path("first.key").display()
    );
    desk.write("v.toml", &(configuration + &former));
    let sound = desk.run(&["check"]);
    assert_eq!(sound.code, ExitCode::SUCCESS, "{}", sound.err);
}

#[test]
fn a_key_that_was_lost_before_anybody_had_an_account_is_missing_all_the_same() {
    let desk = Desk::new();
    let first = desk.run(&["service", "list"]);
    assert_eq!(first.code, ExitCode::SUCCESS, "{}", first.err);
    std::fs::remove_file(desk.path("vestibule.key")).unwrap();

    for command in [&["check"][..], &["service", "list"]] {
        let refused = desk.run(command);
        assert_eq!(refused.code, ExitCode::from(1), "{}", refused.err);
        assert!(
            refused.err.contains("(0 accounts) is used with it"),
            "{}",
            refused.err
        );
        assert!(!desk.path("vestibule.key").exists());
    }
}
