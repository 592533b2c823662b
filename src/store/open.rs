//! Where the database is, and how a connection to it is made.

mod address;
mod driver;
pub(super) mod postgres;
mod sqlite;
mod standing;
mod tls;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::audit::Chain;
use super::pulse::Ailment;
use super::registry::TicketRegistry;
use super::{Conn, Engine, StoreError, migrate};
use address::Address;
use async_channel::Receiver;
use driver::Driver;
use postgres::{Cluster, Unready};

/// A database's address.
pub enum Target {
    /// A file of the embedded engine.
    Sqlite(PathBuf),
    /// PostgreSQL, one server or several that stand in for each other.
    Postgres(Box<Cluster>),
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
    /// The ticket registry.
    #[error("the ticket registry {place} cannot be used: {reason}")]
    Registry {
        /// Where it is, without user or password.
        place: String,
        /// What it said.
        reason: String,
    },
    /// It can be reached and must not be used.
    #[error("{} {place} cannot be used: {ailment}", ailment.part())]
    Unusable {
        /// Where it is.
        place: String,
        /// Why.
        ailment: Ailment,
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

/// A connection in use, and whether its end is known.
pub(super) struct Link {
    /// The connection.
    pub(super) conn: Conn,
    ended: Arc<AtomicBool>,
    /// What drives it, where it is a server's.
    driver: Option<Arc<Driver>>,
}

impl Link {
    /// The same connection, with sessions and tickets kept in `registry` and what it adds to the audit linked.
    pub(super) fn with(self, registry: Option<Box<dyn TicketRegistry>>, chain: Option<Chain>) -> Self {
        Self {
            conn: self.conn.with_registry(registry).with_chain(chain),
            ..self
        }
    }

    /// Waits for the next of `queue`, and meanwhile notices when the connection ends; `None` when the queue is closed.
    pub(super) fn next<T>(&self, queue: &Receiver<T>) -> Option<T> {
        match &self.driver {
            Some(driver) => driver.wait_for(queue.recv()).ok(),
            None => queue.recv_blocking().ok(),
        }
    }

    /// Whether the server, or the way to it, has ended the connection while nobody used it.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
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
        let address: Address = address.parse().map_err(Unopened::Address)?;
        Ok(Self::Postgres(Box::new(Cluster::new(address))))
    }
}

impl Target {
    /// Opens one connection.
    pub(super) fn connect(&self) -> Result<Link, Unopened> {
        let opened = match self {
            Self::Sqlite(path) => sqlite::connect(path).map(|conn| Link {
                conn: Engine::Sqlite(Box::new(conn)).into(),
                ended: Arc::default(),
                driver: None,
            }),
            Self::Postgres(cluster) => cluster.connect(postgres::PATIENCE),
        };
        opened.map_err(|reason| Unopened::Connection {
            place: self.place(),
            reason,
        })
    }

    /// Brings the database to this version's schema; answers the first connection.
    pub(super) fn prepare(&self) -> Result<Link, Unopened> {
        if let Self::Postgres(cluster) = self {
            cluster.prepare().map_err(|error| match error {
                Unready::Store(error) => self.refused(error),
                Unready::Said(reason) => Unopened::Connection {
                    place: self.place(),
                    reason,
                },
            })?;
            return self.connect();
        }
        let mut link = self.connect()?;
        migrate::bring_up_to_date(&mut link.conn).map_err(|error| self.refused(error))?;
        Ok(link)
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

    /// Gives up every connection to a server that has fallen silent.
    pub(super) fn give_up(&self) {
        if let Self::Postgres(cluster) = self {
            cluster.give_up();
        }
    }

    /// Whether it is on a server.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// What is allowed but worth saying at start.
    pub fn warning(&self) -> Option<String> {
        let Self::Postgres(cluster) = self else {
            return None;
        };
        let open: Vec<_> = cluster.in_the_open().collect();
        (!open.is_empty()).then(|| {
            format!(
                "the database is reached without encryption at {}: whoever is on the way reads and changes everything",
                open.join(", ")
            )
        })
    }

    /// The address as it may be printed: no user, no password.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(cluster) => format!("{} on PostgreSQL", cluster.database()),
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
