//! Where the database is, and how a connection to it is made.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::AsyncPgConnection;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::runtime::{Handle, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Conn, StoreError};

/// A database's address.
pub enum Target {
    /// A file of the embedded engine.
    Sqlite(PathBuf),
    /// A PostgreSQL server, and the runtime that drives its connections.
    Postgres(Box<tokio_postgres::Config>, Driver),
}

/// What drives the connections to a PostgreSQL server.
pub struct Driver(Option<Runtime>);

impl Driver {
    fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgres")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    fn handle(&self) -> Result<&Handle, String> {
        self.0
            .as_ref()
            .map(Runtime::handle)
            .ok_or_else(|| "its connections have ended".into())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Without waiting: the last owner may be a task of another runtime, which must not block.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Why a database was not opened; its text is the one line that an operator reads.
#[derive(Debug, thiserror::Error)]
pub enum Unopened {
    /// The address is not one.
    #[error("database address: {0}")]
    Address(String),
    /// The connection failed.
    #[error("the database {place} cannot be opened: {reason}")]
    Connection {
        /// Where it is, without user or password.
        place: String,
        /// What it said.
        reason: String,
    },
    /// A newer version of this program has been here.
    #[error(
        "the database {place} was written by a newer version of Vestibule (schema {found}): use that version"
    )]
    Newer {
        /// Where it is.
        place: String,
        /// The schema it has.
        found: String,
    },
}

impl FromStr for Target {
    type Err = Unopened;

    fn from_str(address: &str) -> Result<Self, Unopened> {
        if let Some(path) = address.strip_prefix("sqlite://") {
            return if path.is_empty() {
                Err(Unopened::Address(
                    "sqlite:// needs a file, for example sqlite://vestibule.db".into(),
                ))
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if !address.starts_with("postgres://") && !address.starts_with("postgresql://") {
            return Err(Unopened::Address(
                "it must start with sqlite:// or postgres://".into(),
            ));
        }
        let config = address
            .parse()
            .map_err(|_| Unopened::Address("this postgres:// address is malformed".into()))?;
        let driver = Driver::start()
            .map_err(|error| Unopened::Address(format!("no thread for PostgreSQL: {error}")))?;
        Ok(Self::Postgres(Box::new(config), driver))
    }
}

impl Target {
    /// Opens one connection.
    pub(super) fn connect(&self) -> Result<Conn, Unopened> {
        let opened = match self {
            Self::Sqlite(path) => sqlite(path).map(|conn| Conn::Sqlite(Box::new(conn))),
            Self::Postgres(config, driver) => driver.handle().and_then(|handle| postgres(config, handle)),
        };
        opened.map_err(|reason| Unopened::Connection {
            place: self.place(),
            reason,
        })
    }

    /// Whether opening it makes the file. A folder is never made.
    pub(super) fn is_to_be_made(&self) -> Result<bool, Unopened> {
        let Self::Sqlite(path) = self else {
            return Ok(false);
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let refused = |error: std::io::Error| Unopened::Connection {
            place: self.place(),
            reason: error.to_string(),
        };
        std::fs::metadata(folder.unwrap_or(Path::new("."))).map_err(refused)?;
        Ok(!path.try_exists().map_err(refused)?)
    }

    /// The address as it may be printed: no user, no password.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(config, _) => {
                format!("{} on PostgreSQL", config.get_dbname().unwrap_or("default"))
            }
        }
    }

    /// The same error with this database's name in it.
    pub(super) fn refused(&self, error: StoreError) -> Unopened {
        match error {
            StoreError::Corrupt {
                table: "schema", row, ..
            } => Unopened::Newer {
                place: self.place(),
                found: row,
            },
            other => {
                let source = std::error::Error::source(&other).map(ToString::to_string);
                Unopened::Connection {
                    place: self.place(),
                    reason: source.unwrap_or_else(|| other.to_string()),
                }
            }
        }
    }
}

fn sqlite(path: &Path) -> Result<SqliteConnection, String> {
    // Made here so that nobody else on the machine can read it, whatever the umask says. A file that is there is never
    // opened: closing it again would drop the locks that this process holds on it (POSIX, fcntl), and an sqlite3 before
    // 3.51 that closes the database after a backup would take itself for the last and remove the log that we write to.
    let made = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    if let Err(error) = made.map(drop)
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(error.to_string());
    }
    let name = path.to_str().ok_or("its path is not UTF-8")?;
    let mut conn = SqliteConnection::establish(name).map_err(|error| error.to_string())?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8192;",
    )
    .map_err(|error| error.to_string())?;
    // A file system may refuse write-ahead logging silently; then an acknowledged write could be lost.
    let journal = pragma_text(&mut conn, "SELECT journal_mode AS value FROM pragma_journal_mode")?;
    let synchronous = pragma_number(&mut conn, "SELECT synchronous AS value FROM pragma_synchronous")?;
    if journal != "wal" || synchronous != 2 {
        return Err(format!(
            "it does not keep a durable log here (journal {journal}, synchronous {synchronous})"
        ));
    }
    Ok(conn)
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

fn pragma_text(conn: &mut SqliteConnection, sql: &str) -> Result<String, String> {
    let row: TextRow = diesel::sql_query(sql)
        .get_result(conn)
        .map_err(|error| error.to_string())?;
    Ok(row.value)
}

fn pragma_number(conn: &mut SqliteConnection, sql: &str) -> Result<i64, String> {
    let row: NumberRow = diesel::sql_query(sql)
        .get_result(conn)
        .map_err(|error| error.to_string())?;
    Ok(row.value)
}

fn postgres(config: &tokio_postgres::Config, runtime: &Handle) -> Result<Conn, String> {
    let _inside = runtime.enter();
    let tls = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_platform_verifier()
                .map_err(|e| rustls::Error::General(e.to_string()))
        })
        .map_err(|error| error.to_string())?
        .with_no_client_auth();
    let connected = runtime.block_on(async {
        if config.get_ssl_mode() == SslMode::Disable {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(words)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection)
                .await
                .map_err(|e| e.to_string())
        } else {
            let (client, connection) = config.connect(MakeRustlsConnect::new(tls)).await.map_err(words)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection)
                .await
                .map_err(|e| e.to_string())
        }
    });
    let mut conn = Conn::Postgres(Box::new(connected?.into()));
    conn.batch("SET synchronous_commit = on; SET TIME ZONE 'UTC'; SET statement_timeout = '10s'")
        .map_err(|error| error.to_string())?;
    Ok(conn)
}

/// The error and its cause in one line; tokio-postgres keeps what the server said in the source.
#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn words(error: tokio_postgres::Error) -> String {
    let source = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    format!("{error}{}", source.unwrap_or_default())
}
