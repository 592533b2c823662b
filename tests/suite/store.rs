//! The store on the embedded engine: its schema, its lanes, and what it refuses.

use chrono::{DateTime, Duration, Utc};
use vestibule::store::audit::{self, Record};
use vestibule::store::outbox::{Message, Outcome};
use vestibule::store::{self, Database, StoreError, Target};

use crate::support::database::{Bare, columns, declared, execute, go_down_and_up_again, lines};
use crate::support::server::start;

#[tokio::test]
async fn the_schema_of_the_code_is_what_the_migrations_make() {
    let bare = Bare::sqlite();

    let made = bare.db.read(columns).await.unwrap();

    assert!(made.len() > 100, "{made:?}");
    assert_eq!(made, declared());
}

#[tokio::test]
async fn the_migrations_go_up_and_down_and_up_again() {
    go_down_and_up_again(&Bare::sqlite()).await;
}

#[tokio::test]
async fn s82_a_new_database_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let bare = Bare::sqlite();
    bare.db.write(|conn| remember(conn, "something")).await.unwrap();

    for file in std::fs::read_dir(bare.folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.path());
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_program_sees_that_a_running_server_has_the_database_open() {
    use std::os::unix::fs::MetadataExt;

    let bare = Bare::sqlite();
    bare.db.write(|conn| remember(conn, "something")).await.unwrap();
    // The reading lane connects now, after the writing one: opening the file must not drop what that one holds.
    bare.db.read(remembered).await.unwrap();

    let held = std::fs::read_to_string("/proc/locks").unwrap();

    let place = format!(":{} ", std::fs::metadata(bare.file()).unwrap().ino());
    let pid = format!(" {} ", std::process::id());
    assert!(
        held.lines()
            .any(|line| line.contains(&place) && line.contains(&pid)),
        "a backup would take itself for the last and remove the log: {held}"
    );
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_in_words() {
    let bare = Bare::sqlite();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    bare.db.write(|conn| execute(conn, newer)).await.unwrap();

    let refused = Database::open(Target::Sqlite(bare.file()), 1)
        .err()
        .unwrap()
        .to_string();

    assert!(
        refused.contains("written by a newer version of Vestibule"),
        "{refused}"
    );
    assert!(refused.contains("20991231000000"), "{refused}");
    assert!(refused.contains("bare.db"), "{refused}");
}

#[test]
fn a_database_that_cannot_be_opened_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let not_one = folder.path().join("notes.txt");
    std::fs::write(
        &not_one,
        "the shopping list, which is longer than the header of a database would be".repeat(20),
    )
    .unwrap();

    let cases = [
        (
            folder.path().join("nowhere/vestibule.db"),
            "No such file or directory",
        ),
        (folder.path().to_owned(), "unable to open database file"),
        // Read-only even for root.
        ("/sys/kernel/uevent_seqnum".into(), ""),
        (not_one, "not a database"),
    ];

    for (path, words) in cases {
        let line = Database::open(Target::Sqlite(path.clone()), 1)
            .err()
            .unwrap()
            .to_string();
        assert!(
            line.starts_with(&format!("the database {} cannot be opened: ", path.display())),
            "{line}"
        );
        assert!(line.contains(words), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
}

#[tokio::test]
async fn a_database_that_another_process_keeps_for_itself_is_refused_in_one_line() {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept.db");
    let mut other = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    other
        .batch_execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE mine (x)")
        .unwrap();

    let line = Database::open(Target::Sqlite(file), 1).err().unwrap().to_string();

    assert!(line.ends_with("cannot be opened: database is locked"), "{line}");
}

fn record(id: &str, at: chrono::DateTime<chrono::Utc>) -> Record {
    Record {
        id: id.into(),
        at,
        event: "signed_in".into(),
        account: None,
        actor: "person".into(),
        address: None,
        service: None,
        detail: "{}".into(),
    }
}

#[tokio::test]
async fn s81_the_audit_is_added_to_and_never_changed() {
    let bare = Bare::sqlite();
    refuses_changes_to_the_audit(&bare).await;
}

/// The same on either engine.
pub async fn refuses_changes_to_the_audit(bare: &Bare) {
    // The database goes by the machine's clock, so the young row is of a time that has not come yet.
    let young = start() + chrono::Duration::days(36_500);
    let old = start() - chrono::Duration::days(36_500 / 4);
    bare.db
        .write(move |conn| {
            audit::append(conn, &record("old", old))?;
            audit::append(conn, &record("young", young))
        })
        .await
        .expect("rows may be added");

    for forbidden in [
        "UPDATE audit SET event = 'signed_out'",
        "UPDATE audit SET event = 'signed_out' WHERE id = 'old'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 'young'",
        "DELETE FROM audit WHERE id = 'old'",
    ] {
        let refused = bare.db.write(move |conn| execute(conn, forbidden)).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{forbidden}: {refused:?}"
        );
    }
    bare.db
        .write(|conn| audit::sweep(conn, start(), 9))
        .await
        .expect("an old row may go with a mark that says so");

    let left = bare.db.read(|conn| audit::newest(conn, None, 9)).await;
    let left = left.expect("the audit can be read");
    assert_eq!(left, [record("young", young)]);
}

/// Leaves a word in the database.
fn remember(conn: &mut store::Conn, word: &str) -> Result<(), StoreError> {
    store::services::put(conn, word, "{}", start())
}

/// The words left, in the order they came.
fn remembered(conn: &mut store::Conn) -> Result<Vec<String>, StoreError> {
    lines(conn, "SELECT key AS line FROM services ORDER BY rowid")
}

#[tokio::test]
async fn what_is_old_is_removed_a_batch_at_a_time_and_what_is_not_stays() {
    let bare = Bare::sqlite();
    let past = start() - Duration::days(400);
    let fill = move |conn: &mut store::Conn| {
        for number in 0..5_u8 {
            let (old, new) = ([number; 32], [number + 100; 32]);
            store::forms::spend(conn, &old, past)?;
            store::forms::spend(conn, &new, start())?;
            store::throttles::with_ledger(conn, &old, past, |_: &mut Vec<u8>| ())?;
            store::throttles::with_ledger(conn, &new, start(), |_: &mut Vec<u8>| ())?;
            store::journeys::start(conn, &journey(old, past))?;
            store::journeys::start(conn, &journey(new, start()))?;
            audit::append(conn, &record_of(number, past))?;
            store::outbox::enqueue(conn, &message(number, Some(past)))?;
            store::outbox::enqueue(conn, &message(number + 100, Some(start())))?;
            // One that nobody has answered is kept, however old.
            store::outbox::enqueue(conn, &message(number + 200, None))?;
        }
        // The audit loses its beginning only.
        (100..105).try_for_each(|number| audit::append(conn, &record_of(number, start())))
    };
    bare.db.write(fill).await.unwrap();

    for expected in [3, 2, 0] {
        let removed = bare.db.write(|conn| {
            let before = start() - Duration::days(300);
            Ok([
                store::forms::sweep(conn, before, 3)?,
                store::throttles::sweep(conn, before, 3)?,
                store::journeys::sweep(conn, before, 3)?,
                audit::sweep(conn, before, 3)?.removed,
                store::outbox::sweep(conn, before, 3)?,
            ])
        });
        assert_eq!(removed.await.unwrap(), [expected; 5]);
    }

    for (table, count) in [
        ("spent_forms", 5),
        ("throttles", 5),
        ("journeys", 5),
        ("audit", 5),
        ("logout_messages", 10),
    ] {
        let sql = format!("SELECT '' AS line FROM {table}");
        let left = bare.db.read(move |conn| lines(conn, &sql)).await.unwrap();
        assert_eq!(left.len(), count, "{table}");
    }
}

fn message(number: u8, done_at: Option<DateTime<Utc>>) -> Message {
    Message {
        id: format!("LR-{number}"),
        batch: [0; 32],
        account: "camille".into(),
        service_key: "mail".into(),
        address: "https://mail.univ.example/".into(),
        name_id: "camille".into(),
        session_index: "ST-1".into(),
        queued_at: start() - Duration::days(400),
        tries: 1,
        outcome: done_at.map_or(Outcome::Pending, |_| Outcome::Received),
        status: None,
        done_at,
        retried_at: None,
    }
}

fn journey(digest: [u8; 32], expires_at: DateTime<Utc>) -> store::journeys::Journey {
    store::journeys::Journey {
        digest,
        kind: "activation".into(),
        step: "confirm".into(),
        person: None,
        typed: Vec::new(),
        details: "{}".into(),
        sheet: None,
        expires_at,
    }
}

fn record_of(number: u8, at: DateTime<Utc>) -> Record {
    Record {
        id: number.to_string(),
        at,
        event: "signed_in".into(),
        account: None,
        actor: "person".into(),
        address: None,
        service: None,
        detail: "{}".into(),
    }
}

#[tokio::test]
async fn an_error_in_one_job_undoes_that_job_alone() {
    let bare = Bare::sqlite();
    let held = bare.hold_the_writer().begun().await;

    let jobs = futures_util::future::join3(
        bare.db.write(|conn| remember(conn, "before")),
        bare.db.write(|conn| {
            remember(conn, "undone")?;
            remember(conn, "undone too")?;
            execute(conn, "INSERT INTO nowhere VALUES (1)")
        }),
        bare.db.write(|conn| remember(conn, "after")),
    );
    let (answers, released) = futures_util::future::join(jobs, async { held.release().await }).await;

    released.unwrap();
    assert!(answers.0.is_ok() && answers.2.is_ok());
    assert!(
        matches!(answers.1, Err(StoreError::Refused(_))),
        "{:?}",
        answers.1
    );
    assert_eq!(bare.db.read(remembered).await.unwrap(), ["before", "after"]);
}

#[tokio::test]
async fn a_job_that_panics_is_answered_and_the_lane_goes_on() {
    let bare = Bare::sqlite();
    let held = bare.hold_the_writer().begun().await;

    let jobs = futures_util::future::join3(
        bare.db.write(|conn| remember(conn, "in the same commit")),
        bare.db.write(|conn| -> Result<(), StoreError> {
            remember(conn, "undone")?;
            panic!("a bug in a job, on purpose")
        }),
        bare.db.write(|conn| remember(conn, "behind")),
    );
    let (answers, released) = futures_util::future::join(jobs, async { held.release().await }).await;

    // Those before it in the same commit are told the truth: nothing of it was kept.
    assert!(released.is_ok(), "a commit of its own: {released:?}");
    assert!(
        matches!(answers.0, Err(StoreError::Unavailable(_))),
        "{:?}",
        answers.0
    );
    assert!(
        matches!(answers.1, Err(StoreError::Unavailable(_))),
        "{:?}",
        answers.1
    );
    assert!(answers.2.is_ok(), "{:?}", answers.2);
    bare.db.write(|conn| remember(conn, "later")).await.unwrap();
    assert_eq!(bare.db.read(remembered).await.unwrap(), ["behind", "later"]);
}

#[tokio::test]
async fn a_reading_job_that_panics_is_answered_and_the_lane_goes_on() {
    let bare = Bare::sqlite();

    let answer: Result<(), _> = bare.db.read(|_| panic!("a bug in a job, on purpose")).await;

    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert!(bare.db.read(remembered).await.is_ok());
}

#[tokio::test]
async fn jobs_that_share_a_commit_run_in_the_order_in_which_they_came() {
    let bare = Bare::sqlite();
    let held = bare.hold_the_writer().begun().await;

    let words: Vec<String> = (0..600).map(|number| format!("word {number}")).collect();
    let jobs = words
        .clone()
        .into_iter()
        .map(|word| bare.db.write(move |conn| remember(conn, &word)));
    let (answers, _) = futures_util::future::join(futures_util::future::join_all(jobs), async {
        held.release().await
    })
    .await;

    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(bare.db.read(remembered).await.unwrap(), words);
}

#[tokio::test]
async fn when_the_commit_fails_nobody_is_told_that_it_did_not() {
    let bare = Bare::sqlite();
    let held = bare.hold_the_writer().begun().await;

    let jobs = futures_util::future::join(
        bare.db.write(|conn| remember(conn, "an innocent word")),
        // Found out at the commit, and not before: a row that refers to nobody.
        bare.db.write(|conn| {
            execute(
                conn,
                "PRAGMA defer_foreign_keys = ON;
                 INSERT INTO recovery_codes (id, person_id, secret, year, origin, issued_at, expires_at, tries)
                 VALUES ('c', 'nobody', '', 0, '', 0, 0, 0)",
            )
        }),
    );
    let (answers, released) = futures_util::future::join(jobs, async { held.release().await }).await;

    assert!(released.is_ok(), "a commit of its own: {released:?}");
    for answer in [answers.0, answers.1] {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    bare.db.write(|conn| remember(conn, "later")).await.unwrap();
    assert_eq!(bare.db.read(remembered).await.unwrap(), ["later"]);
}

#[tokio::test]
async fn more_jobs_than_can_wait_are_refused_at_once_and_none_is_lost() {
    let bare = Bare::sqlite();
    let held = bare.hold_the_writer().begun().await;

    let jobs = (0..5_000).map(|_| {
        bare.db
            .write(|conn| execute(conn, "UPDATE revisions SET number = number + 1"))
    });
    let (answers, _) = futures_util::future::join(futures_util::future::join_all(jobs), async {
        held.release().await
    })
    .await;

    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(done, 4_096);
    let counted = bare.db.read(store::services::revision).await.unwrap();
    assert_eq!(usize::try_from(counted).unwrap(), done);
}
