//! A bare database for the tests of the store, and a look at what is in it.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tempfile::TempDir;
use vestibule::kernel::keyring::{Key, Keyring};
use vestibule::store::audit::Chain;
use vestibule::store::{Conn, Database, Engine, StoreError, Target, TicketPlace, migrate};

use super::Postgres;

/// A database of a test's own.
pub struct Bare {
    pub db: Database,
    pub folder: TempDir,
    address: String,
    _postgres: Option<Arc<Postgres>>,
}

/// What links the audit under the key of every test.
pub fn chain() -> Chain {
    Chain::new(&Keyring::new(Key::new([7; 32]), []))
}

fn open(address: &str, chain: Chain) -> Database {
    let target: Target = address.parse().expect("an address");
    Database::open_with(target, 1, TicketPlace::tables(), Some(chain)).expect("a database")
}

impl Bare {
    /// On SQLite.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let address = format!("sqlite://{}", folder.path().join("bare.db").display());
        Self {
            db: open(&address, chain()),
            folder,
            address,
            _postgres: None,
        }
    }

    /// On PostgreSQL.
    pub fn postgres() -> Self {
        let server = Postgres::running();
        let address = server.database();
        Self {
            db: open(&address, chain()),
            folder: tempfile::tempdir().expect("a temporary directory"),
            address,
            _postgres: Some(server),
        }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// The same database once more, as another node or another start opens it.
    pub fn again(&self, chain: Chain) -> Database {
        open(&self.address, chain)
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("bare.db")
    }

    /// Makes the writing lane wait until the answer is dropped: what is asked meanwhile shares one commit.
    pub fn hold_the_writer(&self) -> Held {
        let (release, waiting) = mpsc::channel::<()>();
        let (entered, inside) = mpsc::channel();
        let db = self.db.clone();
        let job = tokio::spawn(async move {
            db.write(move |_| {
                entered.send(()).ok();
                waiting.recv().ok();
                Ok(())
            })
            .await
        });
        Held {
            release,
            inside: Some(inside),
            job,
        }
    }
}

/// A writing lane that waits.
pub struct Held {
    release: mpsc::Sender<()>,
    inside: Option<mpsc::Receiver<()>>,
    job: tokio::task::JoinHandle<Result<(), StoreError>>,
}

impl Held {
    /// Returns once the lane does wait.
    pub async fn begun(mut self) -> Self {
        let inside = self.inside.take().expect("asked once");
        tokio::task::spawn_blocking(move || inside.recv())
            .await
            .expect("the thread")
            .expect("the lane takes the job");
        self
    }

    /// Lets it go on.
    pub async fn release(self) -> Result<(), StoreError> {
        drop(self.release);
        self.job.await.expect("the job")
    }
}

/// Runs SQL that answers nothing.
pub fn execute(conn: &mut Conn, sql: &str) -> Result<(), StoreError> {
    match &mut conn.engine {
        Engine::Sqlite(c) => c.batch_execute(sql)?,
        Engine::Postgres(c) => c.batch_execute(sql)?,
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The lines of a query with one column of text called `line`.
pub fn lines(conn: &mut Conn, sql: &str) -> Result<Vec<String>, StoreError> {
    let found: Vec<Line> = match &mut conn.engine {
        Engine::Sqlite(c) => diesel::sql_query(sql).load(&mut **c)?,
        Engine::Postgres(c) => diesel::sql_query(sql).load(&mut **c)?,
    };
    Ok(found.into_iter().map(|row| row.line).collect())
}

/// `table.column: type` of every column, `?` after the type where it may be empty, in alphabetical order. Types are
/// told in diesel's words, so that both engines and `schema.rs` can be compared.
pub fn columns(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let sql = match &mut conn.engine {
        Engine::Sqlite(_) => {
            "SELECT m.name || '.' || p.name || ': ' || p.type || CASE p.\"notnull\" WHEN 1 THEN '' ELSE '?' END AS line
             FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'"
        }
        Engine::Postgres(_) => {
            "SELECT table_name || '.' || column_name || ': ' || data_type || CASE is_nullable WHEN 'NO' THEN '' ELSE '?' END AS line
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'"
        }
    };
    let words = [
        ("TEXT", "Text"),
        ("text", "Text"),
        ("BIGINT", "BigInt"),
        ("bigint", "BigInt"),
        ("BOOLEAN", "Bool"),
        ("boolean", "Bool"),
        ("BLOB", "Binary"),
        ("bytea", "Binary"),
    ];
    let mut columns: Vec<String> = lines(conn, sql)?
        .into_iter()
        .map(|line| {
            let (name, kind) = line.split_once(": ").expect("a name and a type");
            let (kind, empty) = kind.strip_suffix('?').map_or((kind, ""), |kind| (kind, "?"));
            let kind = words
                .iter()
                .find(|(sql, _)| *sql == kind)
                .map_or(kind, |(_, word)| word);
            format!("{name}: {kind}{empty}")
        })
        .collect();
    columns.sort();
    Ok(columns)
}

/// The names of the indexes that the migrations make, in alphabetical order.
pub fn indexes(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let sql = match &mut conn.engine {
        Engine::Sqlite(_) => {
            "SELECT name || ' on ' || tbl_name AS line FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        }
        Engine::Postgres(_) => {
            "SELECT indexname || ' on ' || tablename AS line FROM pg_indexes
             WHERE schemaname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)"
        }
    };
    let mut found = lines(conn, sql)?;
    found.sort();
    Ok(found)
}

/// Takes every migration back and runs them again: nothing is left in between, and then it is as before.
pub async fn go_down_and_up_again(bare: &Bare) {
    let look = |conn: &mut Conn| Ok((columns(conn)?, indexes(conn)?));
    let before = bare.db.read(look).await.expect("the tables");

    bare.db.write(migrate::take_down).await.expect("the way down");
    let between = bare.db.read(columns).await.expect("no tables");
    bare.db
        .write(migrate::bring_up_to_date)
        .await
        .expect("the way up");

    assert_eq!(between, Vec::<String>::new());
    assert_eq!(bare.db.read(look).await.expect("the tables"), before);
}

/// What `src/store/schema.rs` says, in the words of [`columns`].
pub fn declared() -> Vec<String> {
    let text = include_str!("../../../src/store/schema.rs");
    let mut table = "";
    let mut columns = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some((name, kind)) = line
            .split_once(" -> ")
            .filter(|(name, _)| !name.contains("joinable"))
        {
            let kind = kind.trim_end_matches(',');
            let inner = kind
                .strip_prefix("Nullable<")
                .and_then(|kind| kind.strip_suffix('>'));
            let kind = inner.map_or_else(|| kind.to_owned(), |kind| format!("{kind}?"));
            columns.push(format!("{table}.{name}: {kind}"));
        } else if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            table = name;
        }
    }
    columns.sort();
    columns
}
