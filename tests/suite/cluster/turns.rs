//! The writing lanes of several nodes take turns: no two wait for each other, and nobody is told what is not so.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use vestibule::store::{Conn, Database, Engine, StoreError};

use crate::support::database::{execute, lines};
use crate::support::{Postgres, TestServer};

/// Two nodes and a third connection that only looks on.
struct Nodes {
    _postgres: Arc<Postgres>,
    pair: [Database; 2],
    onlooker: Database,
}

impl Nodes {
    fn start() -> Self {
        let postgres = Postgres::running();
        let address = postgres.database();
        let node = || Database::open(address.parse().expect("an address"), 1).expect("a database");
        Self {
            pair: [node(), node()],
            onlooker: node(),
            _postgres: postgres,
        }
    }
}

fn touch(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    execute(
        conn,
        &format!("UPDATE revisions SET number = number + 1 WHERE name = '{name}'"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_lock_the_same_rows_in_opposite_orders_are_both_served() {
    let Nodes {
        pair: [one, other],
        onlooker,
        _postgres,
    } = Nodes::start();
    let rows = |conn: &mut Conn| execute(conn, "INSERT INTO revisions VALUES ('a', 0), ('b', 0)");
    one.write(rows).await.unwrap();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (leave, may_go_on) = std::sync::mpsc::channel::<()>();

    let first = tokio::spawn(async move {
        one.write(move |conn| {
            touch(conn, "a")?;
            begun.send(()).ok();
            may_go_on.recv().ok();
            touch(conn, "b")
        })
        .await
    });
    tokio::task::spawn_blocking(move || has_begun.recv())
        .await
        .unwrap()
        .unwrap();
    let second = tokio::spawn(async move {
        other
            .write(|conn| {
                touch(conn, "b")?;
                touch(conn, "a")
            })
            .await
    });
    // The second waits: for its turn, or, if there were no turns, for the row of the first.
    let waiting = "SELECT pid::text AS line FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while onlooker
        .read(|conn| lines(conn, waiting))
        .await
        .unwrap()
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    drop(leave);

    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    let numbers = onlooker.read(|conn| {
        lines(
            conn,
            "SELECT number::text AS line FROM revisions WHERE name IN ('a', 'b')",
        )
    });
    assert_eq!(numbers.await.unwrap(), ["2", "2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_a_commit_when_another_of_the_batch_broke_the_transaction() {
    let Nodes {
        pair: [one, _],
        onlooker,
        _postgres,
    } = Nodes::start();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (leave, may_go_on) = std::sync::mpsc::channel::<()>();

    let hold = one.write(move |_| {
        begun.send(()).ok();
        may_go_on.recv().ok();
        Ok(())
    });
    let kept = one.write(|conn| execute(conn, "INSERT INTO revisions VALUES ('kept', 0)"));
    let breaking = one.write(|conn| {
        // It ends the savepoint it runs in, and takes the failure that follows for success.
        let Engine::Postgres(conn) = &mut conn.engine else {
            unreachable!()
        };
        let _ = conn.batch_execute("ROLLBACK TO SAVEPOINT nowhere");
        Ok(())
    });
    let letting = async {
        tokio::task::spawn_blocking(move || has_begun.recv())
            .await
            .unwrap()
            .unwrap();
        drop(leave);
    };
    let (_, kept, _, ()) = tokio::join!(hold, kept, breaking, letting);

    let there = onlooker.read(|conn| lines(conn, "SELECT name AS line FROM revisions WHERE name = 'kept'"));
    assert_eq!(there.await.unwrap().len(), usize::from(kept.is_ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_nodes_that_start_at_once_make_the_tables_once() {
    let postgres = Postgres::running();
    let address = postgres.database();

    let opening: Vec<_> = (0..16)
        .map(|_| {
            let address = address.clone();
            std::thread::spawn(move || Database::open(address.parse().unwrap(), 1).map(drop))
        })
        .collect();

    for node in opening {
        node.join().unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_keeps_commits_and_limits_what_could_last_for_ever() {
    let postgres = Postgres::running();
    let address = postgres.database();
    let name = address.rsplit('/').next().unwrap();
    postgres.sql(
        "postgres",
        &format!("ALTER DATABASE {name} SET synchronous_commit = off"),
    );
    let server = TestServer::with().set("database.url", &address).start().await;
    let settings = "SELECT name || '=' || setting AS line FROM pg_settings WHERE name IN
        ('synchronous_commit', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
         'TimeZone', 'default_transaction_isolation', 'application_name') ORDER BY name COLLATE \"C\"";
    let expected = [
        "TimeZone=UTC",
        "application_name=vestibule",
        "default_transaction_isolation=read committed",
        "idle_in_transaction_session_timeout=10000",
        "lock_timeout=5000",
        "statement_timeout=10000",
        "synchronous_commit=on",
    ];

    assert_eq!(server.lines(settings).await, expected);
    let writing = server.app.db.write(|conn| lines(conn, settings)).await;
    assert_eq!(writing.unwrap(), expected);
}
