//! What is meant to happen to the audit leaves it whole: retention, errors, several nodes, a move, a new version.

use std::sync::Arc;

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use vestibule::store::audit::{self, Misfit, Place, Record};
use vestibule::store::copy::{Compared, Stage, Use, Watch, copy};
use vestibule::store::{Conn, StoreError, Target};

use super::{add, chain_of, found, past, record, tamper, ten_rows, verified, verified_with, whole};
use crate::support::database::{Bare, chain, execute, lines};
use crate::support::people::{CAMILLE, EMILE, MAIL_URL};
use crate::support::server::start;
use crate::support::{Postgres, TestServer};

/// Removes what is older than row `number`, three rows a time.
async fn forget_before(bare: &Bare, number: i64) -> Vec<usize> {
    let mut removed = Vec::new();
    loop {
        let before = past() + Duration::minutes(number);
        let swept = bare
            .db
            .write(move |conn| audit::sweep(conn, before, 3))
            .await
            .expect("a sweep");
        assert_eq!(swept.misfit, None);
        if swept.removed == 0 {
            return removed;
        }
        removed.push(swept.removed);
    }
}

async fn what_retention_leaves_is_whole(bare: Bare) {
    ten_rows(&bare).await;
    let noted = whole(&bare).head;

    assert_eq!(forget_before(&bare, 6).await, [3, 2]);

    let left = verified_with(bare.db.target(), &chain(), Some(&noted)).expect("the rest is whole");
    assert_eq!((left.rows, left.removed.seq, left.head.seq), (5, 5, 10));
    let gone = Place {
        seq: 4,
        link: String::new(),
    };
    assert_eq!(
        verified_with(bare.db.target(), &chain(), Some(&gone)),
        Err(Misfit::Forgotten(4))
    );
    add(&bare.db, vec![record(11)]).await;
    assert_eq!(found(&bare), "whole: 6 rows");
    assert_eq!(forget_before(&bare, 100).await, [3, 3]);
    assert_eq!(whole(&bare).head.seq, 11);
    add(&bare.db, vec![record(12)]).await;
    assert_eq!(found(&bare), "whole: 1 rows");
    tamper(&bare, "DELETE FROM audit").await;
    assert_eq!(found(&bare), "row 12 was removed from the end");
}

#[tokio::test]
async fn s81_what_retention_leaves_is_whole_until_nothing_is_left_and_after() {
    what_retention_leaves_is_whole(Bare::sqlite()).await;
}

#[tokio::test]
async fn s81_what_retention_leaves_is_whole_until_nothing_is_left_and_after_on_postgres() {
    what_retention_leaves_is_whole(Bare::postgres()).await;
}

async fn only_the_beginning_can_go(bare: Bare) {
    ten_rows(&bare).await;
    let young = Record {
        at: start(),
        ..record(11)
    };
    add(&bare.db, vec![young]).await;
    add(&bare.db, vec![record(12)]).await;

    for forbidden in [
        "DELETE FROM audit WHERE seq = 5",
        "DELETE FROM audit WHERE seq <= 5",
    ] {
        let refused = bare.db.write(move |conn| execute(conn, forbidden)).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{forbidden}: {refused:?}"
        );
    }
    let removed = forget_before(&bare, 100).await;

    assert_eq!(
        removed.iter().sum::<usize>(),
        10,
        "an old row behind a young one waits for it"
    );
    assert_eq!(found(&bare), "whole: 2 rows");
}

#[tokio::test]
async fn s81_a_row_with_older_ones_before_it_cannot_be_removed() {
    only_the_beginning_can_go(Bare::sqlite()).await;
}

#[tokio::test]
async fn s81_a_row_with_older_ones_before_it_cannot_be_removed_on_postgres() {
    only_the_beginning_can_go(Bare::postgres()).await;
}

#[tokio::test]
async fn s81_what_retention_removes_although_it_does_not_fit_is_written_down() {
    let deeds = [
        (
            "UPDATE audit SET actor = 'nobody' WHERE seq = 2",
            "row 2 was changed",
            None,
        ),
        // What the row behind it was linked to is lost with the link: the place is there now.
        (
            "UPDATE audit SET link = 'of three words' WHERE seq = 3",
            "row 3 was changed",
            Some(Misfit::Changed(4)),
        ),
    ];
    for (deed, why, then) in deeds {
        let server = TestServer::start().await;
        for login in [CAMILLE, EMILE, CAMILLE] {
            server.browser().sign_in(login).await;
        }
        // The database goes by the machine's clock.
        let triggers = "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_kept_half_a_year";
        server.execute(&format!("{triggers}; {deed}")).await;
        server.wait(Duration::days(400));

        let stop = tokio_util::sync::CancellationToken::new();
        vestibule::jobs::sweep::sweep(&server.app, &stop).await.unwrap();

        let left = "SELECT seq || ' ' || event || ' ' || detail AS line FROM audit";
        assert_eq!(
            server.lines(left).await,
            [format!("4 audit_did_not_fit {{\"why\":\"{why}\"}}")]
        );
        assert_eq!(verified(server.app.db.target()).err(), then, "{deed}");
    }
}

#[tokio::test]
async fn s81_a_job_that_is_undone_leaves_no_gap() {
    let bare = Bare::sqlite();
    let held = bare.hold_the_writer().begun().await;

    let jobs = futures_util::future::join3(
        bare.db.write(|conn| audit::append(conn, &record(1))),
        bare.db.write(|conn| {
            audit::append(conn, &record(2))?;
            audit::append(conn, &record(3))?;
            execute(conn, "INSERT INTO nowhere VALUES (1)")
        }),
        bare.db.write(|conn| audit::append(conn, &record(4))),
    );
    let (answers, _) = futures_util::future::join(jobs, async { held.release().await }).await;

    assert!(answers.0.is_ok() && answers.1.is_err() && answers.2.is_ok());
    assert_eq!(found(&bare), "whole: 2 rows");
}

#[tokio::test]
async fn without_a_key_nothing_is_added_to_the_audit() {
    let bare = Bare::sqlite();
    let keyless = vestibule::store::Database::open(Target::Sqlite(bare.file()), 1).unwrap();

    let refused = keyless.write(|conn| audit::append(conn, &record(1))).await;

    assert!(
        matches!(refused, Err(StoreError::Unavailable(None))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn s81_two_nodes_that_add_at_the_same_time_make_one_chain() {
    let bare = Arc::new(Bare::postgres());
    let other = Bare::again(&bare, chain());

    let adding = (0..200).map(|number| {
        let db = if number % 2 == 0 {
            bare.db.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move { db.write(move |conn| audit::append(conn, &record(number))).await })
    });
    let added = futures_util::future::join_all(adding.collect::<Vec<_>>()).await;

    assert!(added.into_iter().all(|one| one.expect("no panic").is_ok()));
    assert_eq!(found(&bare), "whole: 200 rows");
}

/// Nobody watches.
struct Unwatched;

impl Watch for Unwatched {
    fn begin(&mut self, _: Stage, _: &'static str, _: u64, _: u64) {}

    fn step(&mut self, _: u64) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Continue(())
    }

    fn end(&mut self) {}
}

#[tokio::test]
async fn s81_a_copy_is_as_whole_as_its_source_and_goes_on() {
    let server = TestServer::start().await;
    for login in [CAMILLE, EMILE] {
        server.browser().sign_in_to(login, MAIL_URL).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.db");
    let mut conn = SqliteConnection::establish(server.database().to_str().unwrap()).unwrap();
    conn.batch_execute(&format!("VACUUM INTO '{}'", old.display()))
        .unwrap();
    let here = verified(&Target::Sqlite(old.clone())).unwrap();
    let postgres = Postgres::running();
    let address = postgres.database();
    let there: Target = address.parse().unwrap();

    let compared = copy(&Target::Sqlite(old), &there, Use::AtRest, &mut Unwatched).unwrap();

    assert!(compared.iter().all(Compared::is_equal));
    assert_eq!(here.rows, 2);
    assert_eq!(verified(&there), Ok(here.clone()));
    let moved = TestServer::with().joining(&address).start().await;
    moved.browser().sign_in(CAMILLE).await;
    let later = verified_with(&there, &chain(), Some(&here.head)).unwrap();
    assert_eq!(later.rows, 3);
}

/// Takes the chain back, and leaves what a version without it wrote: not in the order of its identifiers.
fn back_in_time(conn: &mut Conn) -> Result<(), StoreError> {
    let down = match conn.engine {
        vestibule::store::Engine::Sqlite(_) => {
            include_str!("../../../migrations/sqlite/2026-11-24-000022_audit_chain/down.sql")
        }
        vestibule::store::Engine::Postgres(_) => {
            include_str!("../../../migrations/postgres/2026-11-24-000022_audit_chain/down.sql")
        }
    };
    execute(conn, down)?;
    execute(
        conn,
        "DELETE FROM __diesel_schema_migrations WHERE version = '20261124000022';
         INSERT INTO audit (id, at, event, actor, detail) VALUES
             ('c', 1, 'signed_in', 'person', '{}'), ('b', 3, 'signed_out', 'person', '{}'),
             ('a', 2, 'throttled', 'person', '{}')",
    )
}

const EVENTS: &str = "SELECT seq || ' ' || event || ' ' || detail AS line FROM audit ORDER BY seq";

async fn an_old_audit_is_taken_in(bare: Bare, address: String) {
    bare.db.write(back_in_time).await.expect("the older schema");
    let older = audit::view(bare.db.target(), |conn| Ok(audit::verify(conn, &chain(), None)?));
    assert!(
        older.is_err_and(|why| why.to_string().contains("has an older schema")),
        "to look at it changes nothing"
    );

    let server = TestServer::with().joining(&address).start().await;

    assert_eq!(
        server.lines(EVENTS).await,
        [
            "1 signed_in {}",
            "2 throttled {}",
            "3 signed_out {}",
            "4 audit_taken_in {\"first\":1,\"last\":3}",
        ]
    );
    assert_eq!(found(&bare), "whole: 4 rows");
    // A node of the older version goes on meanwhile, and knows of no chain.
    let row = "INSERT INTO audit (id, at, event, actor, detail) VALUES ('d', 4, 'signed_in', 'person', '{}')";
    server.execute(row).await;
    assert!(
        found(&bare).starts_with("rows in no chain: 1;"),
        "{}",
        found(&bare)
    );
    let _again = TestServer::with().joining(&address).start().await;
    assert_eq!(
        server.lines(EVENTS).await[4..],
        ["5 signed_in {}", "6 audit_taken_in {\"first\":5,\"last\":5}"]
    );
    assert_eq!(found(&bare), "whole: 6 rows");
    tamper(
        &bare,
        "UPDATE audit SET actor = 'nobody' WHERE seq = 2;
             UPDATE audit SET link = 'of two words' WHERE seq = 3",
    )
    .await;
    assert_eq!(found(&bare), "row 2 was changed");
}

#[tokio::test]
async fn s81_an_audit_from_before_the_chain_is_taken_in_at_the_first_start() {
    let bare = Bare::sqlite();
    let address = format!("sqlite://{}", bare.file().display());
    an_old_audit_is_taken_in(bare, address).await;
}

#[tokio::test]
async fn s81_an_audit_from_before_the_chain_is_taken_in_at_the_first_start_on_postgres() {
    let bare = Bare::postgres();
    let address = bare.address();
    an_old_audit_is_taken_in(bare, address).await;
}

#[tokio::test]
async fn s85_that_another_key_was_put_in_force_is_written_down_and_the_chain_goes_on() {
    let server = TestServer::start().await;
    server.browser().sign_in(CAMILLE).await;
    let address = format!("sqlite://{}", server.database().display());

    let later = TestServer::with().keys(8, &[7]).joining(&address).start().await;
    later.browser().sign_in(CAMILLE).await;

    assert_eq!(later.events().await, ["signed_in", "key_replaced", "signed_in"]);
    let left = verified_with(later.app.db.target(), &chain_of(8, Some(7)), None);
    assert_eq!(left.unwrap().rows, 3);
    let shown = lines_of(&later).await;
    assert!(shown[0].contains("fingerprint"), "{shown:?}");
}

async fn lines_of(server: &TestServer) -> Vec<String> {
    let detail = |conn: &mut Conn| {
        lines(
            conn,
            "SELECT detail AS line FROM audit WHERE event = 'key_replaced'",
        )
    };
    server.app.db.read(detail).await.expect("the audit")
}
