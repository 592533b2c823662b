//! Databases of former versions, kept in `tests/data/schemas`, are brought to this version's schema with all that is in them.

mod keep;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vestibule::store::{Conn, Database, Engine, Target, TicketPlace};

use crate::support::database::{chain, columns, declared, lines};
use crate::support::people::{CAMILLE, EMILE, MAIL_URL};
use crate::support::{Postgres, TestServer};

/// The folders of the versions that are kept, the oldest first: each is named after the last migration it had.
fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schemas");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut found: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// What is in each column of each table, the lines of a table in alphabetical order.
type Rows = BTreeMap<String, Vec<String>>;

/// The query for the lines of each table in these columns (`table.column: type`).
fn queries(columns: &[String], is_sqlite: bool) -> BTreeMap<String, String> {
    let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for column in columns {
        let (name, _) = column.split_once(": ").expect("a name and a type");
        let (table, column) = name.split_once('.').expect("a table and a column");
        tables.entry(table).or_default().push(column);
    }
    let query = |(table, columns): (&str, Vec<&str>)| {
        let line = if is_sqlite {
            format!("quote({})", columns.join(") || ',' || quote("))
        } else {
            format!("ROW({})::text", columns.join(", "))
        };
        // Tickets of sessions that have ended: one migration forgets them, and says so.
        let among = match table {
            "service_tickets" => " WHERE session IN (SELECT digest FROM sessions)",
            _ => "",
        };
        (
            table.to_owned(),
            format!("SELECT {line} AS line FROM {table}{among}"),
        )
    };
    tables.into_iter().map(query).collect()
}

fn rows(queries: BTreeMap<String, String>, mut ask: impl FnMut(&str) -> Vec<String>) -> Rows {
    let sorted = |(table, query): (String, String)| {
        let mut lines = ask(&query);
        lines.sort();
        (table, lines)
    };
    queries.into_iter().map(sorted).collect()
}

/// Opens a database of a former version as this version does, and looks at it before and after.
async fn comes_along(address: &str, before: Rows, queries: BTreeMap<String, String>) {
    let target: Target = address.parse().expect("an address");
    let tables = TicketPlace::tables();
    let db = Database::open_with(target, 1, tables, Some(chain())).expect("it is brought up to date");

    assert_eq!(db.read(columns).await.expect("the tables"), declared());
    let after = db
        .read(|conn| {
            Ok(rows(queries, |query| {
                lines(conn, query).expect("no column has gone")
            }))
        })
        .await
        .expect("the rows");
    let empty: Vec<_> = before.iter().filter(|(_, lines)| lines.is_empty()).collect();
    assert!(empty.len() < 4, "nothing is kept of {empty:?}");
    for (table, lines) in before {
        assert_eq!(after[&table], lines, "{table}");
    }
}

/// A server on it knows whoever was signed in, lets others sign in, and accepts no ticket twice.
async fn goes_on(address: &str, kept: &Path) {
    let words = fs::read_to_string(kept).expect("they are kept");
    let (cookie, ticket) = words.trim().split_once('\n').expect("a cookie and a ticket");
    let server = TestServer::with().joining(address).start().await;
    let known = server.app.refresh_catalogue().await;
    known.expect("the services are read");
    let (signed_in, other) = (server.browser(), server.browser());
    signed_in.plant("TGC", cookie);

    assert!(signed_in.is_in().await, "{}", kept.display());
    let replayed = other.validate(MAIL_URL, ticket).await;
    replayed.assert_failure("INVALID_TICKET");
    let ticket = other.sign_in_to(EMILE, MAIL_URL).await;
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(EMILE);
    let ticket = signed_in.visit(MAIL_URL).await;
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
}

/// The columns of a kept SQLite database as it is; both engines have the same ones.
fn look(file: &Path) -> (Conn, Vec<String>) {
    let former = diesel::Connection::establish(&file.to_string_lossy()).expect("a database");
    let mut former = Engine::Sqlite(Box::new(former)).into();
    let columns = columns(&mut former).expect("the tables");
    (former, columns)
}

#[tokio::test]
async fn sqlite_databases_of_former_versions_come_along_with_their_rows_and_sessions() {
    for folder in kept() {
        let there = tempfile::tempdir().expect("a temporary directory");
        let file = there.path().join("former.db");
        fs::copy(folder.join("vestibule.db"), &file).expect("a copy");
        let (mut former, columns) = look(&file);
        let queries = queries(&columns, true);
        let before = rows(queries.clone(), |query| lines(&mut former, query).expect("rows"));
        drop(former);

        let address = format!("sqlite://{}", file.display());
        comes_along(&address, before, queries).await;
        goes_on(&address, &folder.join("sqlite.words")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_databases_of_former_versions_come_along_with_their_rows_and_sessions() {
    let postgres = Postgres::running();
    for folder in kept() {
        let there = tempfile::tempdir().expect("a temporary directory");
        let file = there.path().join("former.db");
        fs::copy(folder.join("vestibule.db"), &file).expect("a copy");
        let queries = queries(&look(&file).1, false);
        let dump = fs::read_to_string(folder.join("postgres.sql")).expect("a dump");
        let address = postgres.loaded(&dump);
        let name = address.rsplit('/').next().expect("a name").to_owned();
        let before = rows(queries.clone(), |query| postgres.lines(&name, query));

        comes_along(&address, before, queries).await;
        goes_on(&address, &folder.join("postgres.words")).await;
    }
}

/// The last migration there is.
fn newest() -> String {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let entries = fs::read_dir(migrations).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    names.max().expect("a migration")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_schema_is_kept_for_the_versions_to_come() {
    let newest = newest();
    if std::env::var_os("VESTIBULE_KEEP_SCHEMA").is_some() {
        keep::keep(&newest).await;
    }
    let is_kept = kept().iter().any(|folder| folder.ends_with(&newest));
    assert!(
        is_kept,
        "{newest} is not kept: tests/data/schemas/README.md says how"
    );
}
