//! A whole database moves to another, of either engine, and everything goes on there.

use std::ops::ControlFlow;

use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use tempfile::TempDir;
use vestibule::store::copy::{Compared, Stage, Uncopied, Use, Watch, copy};
use vestibule::store::{Database, Target};

use crate::support::database::execute;
use crate::support::listener::Listener;
use crate::support::people::{CAMILLE, EMILE, STAFF};
use crate::support::{Postgres, TestServer};

/// What happens during a copy.
struct During<'a> {
    /// It is cut off behind so many pages.
    pages: usize,
    /// Between the copy and its comparison.
    between: Option<Box<dyn FnOnce() + Send + 'a>>,
}

impl<'a> During<'a> {
    fn nothing() -> Self {
        Self::cut(usize::MAX)
    }

    fn cut(pages: usize) -> Self {
        Self { pages, between: None }
    }

    fn change(between: impl FnOnce() + Send + 'a) -> Self {
        Self {
            between: Some(Box::new(between)),
            ..Self::nothing()
        }
    }
}

impl Watch for During<'_> {
    fn begin(&mut self, stage: Stage, _: &'static str, _: u64, _: u64) {
        if stage != Stage::Copying {
            self.pages = usize::MAX;
        }
    }

    fn step(&mut self, _: u64) -> ControlFlow<()> {
        self.pages -= 1;
        match self.pages {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn end(&mut self) {}

    fn compare(&mut self) {
        if let Some(between) = self.between.take() {
            between();
        }
    }
}

/// Runs SQL from outside of any runtime.
fn run(db: &Database, sql: &'static str) {
    let waiting = db.write(move |conn| execute(conn, sql));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .expect("a runtime")
        .block_on(waiting)
        .expect("the statement runs");
}

fn target(address: &str) -> Target {
    address.parse().expect("an address")
}

fn moved(from: &str, to: &str) -> Result<Vec<Compared>, Uncopied> {
    copy(&target(from), &target(to), Use::AtRest, &mut During::nothing())
}

/// The names of the tables that differ.
fn different(compared: &[Compared]) -> Vec<&'static str> {
    let different = compared.iter().filter(|one| !one.is_equal());
    different.map(|one| one.table).collect()
}

/// What each table held, for a comparison with another copy.
fn sums(compared: &[Compared]) -> Vec<(&'static str, u64, String)> {
    let sum = |one: &Compared| (one.table, one.source.rows(), one.source.checksum());
    compared.iter().map(sum).collect()
}

/// A folder for files, and the addresses of databases in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn address(&self, name: &str) -> String {
        format!("sqlite://{}", self.0.path().join(name).display())
    }

    /// The server's database as it is now, in a file that nobody has open.
    fn backup(&self, server: &TestServer) -> String {
        let file = self.0.path().join("old.db");
        let mut conn = SqliteConnection::establish(server.database().to_str().expect("a path in UTF-8"))
            .expect("a backup");
        conn.batch_execute(&format!("VACUUM INTO '{}'", file.display()))
            .expect("a backup");
        self.address("old.db")
    }
}

/// More people than fit on one page.
const CROWD: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO people (id, kind, reference, birth_name, given_names, affiliations, enrolments, created_at, updated_at)
    SELECT 'crowd-' || i, 'student', 'c' || i, 'Œillardet', 'Zoë', '', '[]', i, i FROM n";

fn service(key: &str, listener: &Listener) -> String {
    format!(
        "key = \"{key}\"\nname = {{ fr = \"{key}\", en = \"{key}\" }}\nurl = \"{}\"",
        listener.url
    )
}

/// A server with a bit of everything, and a backup of its database.
struct House {
    _server: TestServer,
    folder: Folder,
    old: String,
    library: Listener,
    busy: Listener,
    /// The cookie of Camille, who is signed in to the library.
    cookie: String,
    /// A ticket of hers that nobody has presented, for the library.
    ticket: String,
}

impl House {
    async fn with_a_bit_of_everything() -> Self {
        let (library, busy) = (Listener::start(&[200]), Listener::start(&[503, 200]));
        let server = TestServer::with()
            .service(&service("library", &library))
            .service(&service("busy", &busy))
            .start()
            .await;
        server.execute(CROWD).await;
        let camille = server.browser();
        let ticket = camille.sign_in_to(CAMILLE, &library.url).await;
        server
            .browser()
            .validate(&library.url, &ticket)
            .await
            .assert_user(CAMILLE);
        let ticket = camille.visit(&library.url).await;
        let emile = server.browser();
        let spent = emile.sign_in_to(EMILE, &busy.url).await;
        server
            .browser()
            .validate(&busy.url, &spent)
            .await
            .assert_user(EMILE);
        emile.get("/logout").await.assert_status(200);
        // It was told to try later, and that is noted.
        while server
            .lines("SELECT id AS line FROM logout_messages WHERE tries = 1 AND done_at IS NULL")
            .await
            .is_empty()
        {
            tokio::task::yield_now().await;
        }
        let folder = Folder::new();
        let old = folder.backup(&server);
        Self {
            cookie: camille.cookie("TGC").expect("she is signed in"),
            _server: server,
            folder,
            old,
            library,
            busy,
            ticket,
        }
    }
}

#[tokio::test]
async fn everything_goes_on_after_a_move_to_postgres() {
    let house = House::with_a_bit_of_everything().await;
    let postgres = Postgres::running();
    let address = postgres.database();

    let compared = moved(&house.old, &address).unwrap();

    assert_eq!(different(&compared), Vec::<&str>::new());
    let server = TestServer::with().joining(&address).start().await;
    let camille = server.browser();
    camille.plant("TGC", &house.cookie);
    assert!(camille.is_in().await, "the session of before");
    let library = &house.library.url;
    server
        .browser()
        .validate(library, &house.ticket)
        .await
        .assert_user(CAMILLE);
    server.browser().sign_in(STAFF).await;
    camille.get("/logout").await.assert_status(200);
    let told = house.library.heard(1).await;
    assert!(told.iter().all(|heard| heard.body.contains("SessionIndex")));
    server.wait(Duration::minutes(1));
    house.busy.heard(2).await;
    let events = server.events().await;
    assert_eq!(events[..2], ["signed_out", "signed_in"]);
    assert!(events.len() > 3, "the audit of before: {events:?}");
}

#[tokio::test]
async fn there_and_back_again_the_checksums_are_the_same() {
    let house = House::with_a_bit_of_everything().await;
    let postgres = Postgres::running();
    let (first, second) = (postgres.database(), postgres.database());
    let back = house.folder.address("back.db");

    let there = moved(&house.old, &first).unwrap();
    let across = moved(&first, &second).unwrap();
    let back = moved(&second, &back).unwrap();

    let held = sums(&there);
    assert_eq!(held.len(), 15);
    for table in [
        "people",
        "accounts",
        "services",
        "sessions",
        "service_tickets",
        "logout_messages",
        "audit",
    ] {
        assert!(
            held.iter().any(|(name, rows, _)| *name == table && *rows > 0),
            "{table}"
        );
    }
    assert_eq!(sums(&across), held);
    assert_eq!(sums(&back), held);
    assert_eq!(different(&back), Vec::<&str>::new());
}

/// Is cut off after every single page, and goes on each time; answers how often.
fn move_by_pages(from: &str, to: &str) -> (usize, Vec<Compared>) {
    for runs in 1..100 {
        match copy(&target(from), &target(to), Use::AtRest, &mut During::cut(1)) {
            Ok(compared) => return (runs, compared),
            Err(Uncopied::Stopped) => {
                let line = Database::open(target(to), 1)
                    .err()
                    .expect("a refusal")
                    .to_string();
                assert!(line.contains("it holds an unfinished copy"), "{line}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("it does not get on")
}

#[tokio::test]
async fn a_copy_that_is_cut_off_after_any_page_goes_on_and_ends_equal() {
    let house = House::with_a_bit_of_everything().await;
    let postgres = Postgres::running();
    let address = postgres.database();
    let back = house.folder.address("back.db");

    let (runs, there) = move_by_pages(&house.old, &address);
    let (again, here) = move_by_pages(&address, &back);

    assert!(runs > 10, "{runs}");
    assert_eq!(again, runs);
    assert_eq!(different(&there), Vec::<&str>::new());
    assert_eq!(different(&here), Vec::<&str>::new());
    assert_eq!(sums(&here), sums(&there));
    Database::open(target(&address), 1).unwrap();
}

#[tokio::test]
async fn a_destination_that_holds_something_else_is_refused() {
    let folder = Folder::new();
    let (one, other) = (TestServer::start().await, TestServer::start().await);
    let old = folder.backup(&one);
    let postgres = Postgres::running();
    let (full, begun) = (postgres.database(), postgres.database());
    let _there = TestServer::with().set("database.url", &full).start().await;
    let stopped = copy(&target(&old), &target(&begun), Use::AtRest, &mut During::cut(1));
    assert!(matches!(stopped, Err(Uncopied::Stopped)), "{stopped:?}");
    let elsewhere = Folder::new();
    let another = elsewhere.backup(&other);

    let not_empty = moved(&old, &full).unwrap_err();
    let of_another = moved(&another, &begun).unwrap_err();
    let no_source = moved(&begun, &folder.address("new.db")).unwrap_err();

    let people = matches!(
        not_empty,
        Uncopied::NotEmpty {
            table: "people",
            rows: 7,
            ..
        }
    );
    assert!(people, "{not_empty}");
    let line = of_another.to_string();
    assert!(line.contains("holds an unfinished copy of /"), "{line}");
    assert!(line.ends_with("old.db: empty it first"), "{line}");
    let line = no_source.to_string();
    assert!(line.contains("it holds an unfinished copy"), "{line}");
}

#[tokio::test]
async fn a_source_in_use_is_refused_and_what_is_written_to_it_meanwhile_is_found() {
    let postgres = Postgres::running();
    let address = postgres.database();
    let server = TestServer::with().set("database.url", &address).start().await;
    let folder = Folder::new();
    let new = folder.address("new.db");

    let refused = moved(&address, &new);
    let mut closing = During::change(|| {
        run(
            &server.app.db,
            "UPDATE accounts SET standing = 'closed' WHERE login = 'corsonneau'",
        );
    });
    let rehearsed = copy(&target(&address), &target(&new), Use::Live, &mut closing).unwrap();

    assert!(matches!(refused, Err(Uncopied::InUse(_))), "{refused:?}");
    assert_eq!(different(&rehearsed), ["accounts"]);
    assert!(Database::open(target(&new), 1).is_err(), "it stays closed");
}

#[tokio::test]
async fn a_row_that_changes_behind_a_copy_is_found_on_either_engine() {
    let postgres = Postgres::running();
    for (table, change) in [
        ("people", "UPDATE people SET title = '' WHERE id = 'crowd-7'"),
        ("people", "DELETE FROM people WHERE id = 'crowd-7'"),
        (
            "services",
            "INSERT INTO services (key, definition, updated_at) VALUES ('!', '{}', 0)",
        ),
        ("spent_forms", "DELETE FROM spent_forms"),
        (
            "sessions",
            "UPDATE sessions SET public_computer = NOT public_computer",
        ),
        (
            "audit",
            "INSERT INTO audit (id, at, event, actor, detail) VALUES ('!', 0, 'signed_in', 'person', '{}')",
        ),
    ] {
        let server = TestServer::start().await;
        server.execute(CROWD).await;
        server.browser().sign_in(CAMILLE).await;
        let folder = Folder::new();
        let old = folder.backup(&server);
        let address = postgres.database();
        let mut change_it = During::change(|| run(&Database::open(target(&old), 1).unwrap(), change));

        let found = copy(&target(&old), &target(&address), Use::Live, &mut change_it).unwrap();

        assert_eq!(different(&found), [table], "{change}");
    }
}
