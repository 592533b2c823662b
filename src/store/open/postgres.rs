//! PostgreSQL: a connection to the server that accepts writes, with a limit on everything that could last for ever.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::BlockOn;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{Client, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Link;
use super::address::{Address, Server};
use super::driver::Driver;
use super::standing::{Rights, Standing};
use crate::store::conn::WRITERS;
use crate::store::{Conn, Engine, StoreError, migrate};

/// How long a statement may be silent before its connection is given up: longer than any limit that the server keeps
/// itself, so that this one speaks only for a server, or a way to it, that has stopped.
pub const PATIENCE: Duration = Duration::from_secs(12);

/// The same for a migration, which may rebuild a large table.
const MIGRATION: Duration = Duration::from_secs(3600);

/// What every connection is told: no statement runs for ever, none waits for a lock for ever, and a node that has
/// stopped in the middle of a transaction gives its locks back. A commit is on disk before it is answered; the setting
/// stays where it asks for more than that.
///
/// Every statement finds its rows by a key. A plan is made once a connection, when a new database has next to none, and
/// kept: without the last four settings it would read whole tables, which grow, until they are analysed; or be made anew for
/// each list of keys, which costs more than to find the rows.
const SETTINGS: &str = "SET TIME ZONE 'UTC';
    SET default_transaction_isolation = 'read committed';
    SET statement_timeout = '10s';
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET plan_cache_mode = force_generic_plan";

/// The servers of one database, of which one accepts writes.
pub struct Cluster {
    address: Address,
    /// The number of the server that answered last: it is asked first.
    last: AtomicUsize,
    /// Told when every connection is to be given up.
    silence: watch::Sender<()>,
}

/// Why a cluster cannot be used.
pub(super) enum Unready {
    /// The database itself.
    Store(StoreError),
    /// In words that end a line.
    Said(String),
}

impl From<diesel::result::Error> for Unready {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<String> for Unready {
    fn from(reason: String) -> Self {
        Self::Said(reason)
    }
}

impl From<StoreError> for Unready {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Cluster {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            last: AtomicUsize::new(0),
            silence: watch::Sender::new(()),
        }
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.address.database
    }

    /// The servers that are reached over a network without encryption.
    pub fn in_the_open(&self) -> impl Iterator<Item = &str> {
        let servers = self.address.servers.iter();
        servers
            .filter(|server| server.is_in_the_open())
            .map(|server| &*server.name)
    }

    /// A connection to the first server that accepts writes.
    pub(super) fn connect(&self, patience: Duration) -> Result<Link, String> {
        let servers = &self.address.servers;
        let first = self.last.load(Ordering::Relaxed);
        let mut refusals = Vec::new();
        for step in 0..servers.len() {
            let number = (first + step) % servers.len();
            match servers[number].connect(self.line(), self.address.connect_timeout, patience) {
                Ok(link) => {
                    self.last.store(number, Ordering::Relaxed);
                    return Ok(link);
                }
                Err(reason) if servers.len() == 1 => return Err(reason),
                Err(reason) => refusals.push(format!("{}: {reason}", servers[number].name)),
            }
        }
        Err(refusals.join("; "))
    }

    /// Gives up every connection there is: none is known to reach a server any more, and each would be found out only by
    /// somebody who waits on it.
    pub(super) fn give_up(&self) {
        self.silence.send_replace(());
    }

    fn line(&self) -> Line {
        Line {
            cut: Arc::default(),
            ended: Arc::default(),
            silence: self.silence.subscribe(),
        }
    }

    /// Makes or changes the tables if need be, one node at a time and while nobody writes, and looks at the role's
    /// rights.
    pub(super) fn prepare(&self) -> Result<(), Unready> {
        let mut conn = self.connect(MIGRATION)?.conn;
        conn.batch(&format!(
            "SET statement_timeout = 0; SET lock_timeout = '60s'; SELECT pg_advisory_lock({WRITERS})"
        ))?;
        let rights = rights(&mut conn)?;
        rights.judge(false)?;
        let behind = migrate::schema(&mut conn)?.is_none_or(|schema| schema.missing > 0);
        rights.judge(behind)?;
        if behind {
            migrate::bring_up_to_date(&mut conn)?;
        }
        // Now, not when the server notices that the connection has gone: the next to write is waiting.
        conn.batch(&format!("SELECT pg_advisory_unlock({WRITERS})"))?;
        Ok(())
    }
}

fn rights(conn: &mut Conn) -> Result<Rights, Unready> {
    match &mut conn.engine {
        Engine::Postgres(conn) => Ok(Rights::of(conn)?),
        Engine::Sqlite(_) => Err("it is no PostgreSQL".to_owned().into()),
    }
}

impl Server {
    fn is_in_the_open(&self) -> bool {
        self.trust.is_plain() && !self.is_near
    }

    fn connect(&self, line: Line, connect_timeout: Duration, patience: Duration) -> Result<Link, String> {
        let driver = Driver::start().map(Arc::new).map_err(|error| error.to_string())?;
        let opening = async { timeout(connect_timeout, self.open(&line)).await };
        let conn = driver
            .wait_for(opening)
            .unwrap_or_else(|_| Err(format!("no answer within {} s", connect_timeout.as_secs())))?;
        let paced = Paced {
            driver: Some(Arc::clone(&driver)),
            patience,
            cut: line.cut,
        };
        NEXT.set(Some(paced));
        let mut conn = Box::new(conn.into());
        Standing::of(&mut conn)
            .map_err(|error| error.to_string())?
            .judge()?;
        let mut conn = Conn::from(Engine::Postgres(conn));
        conn.batch(SETTINGS).map_err(|error| error.to_string())?;
        Ok(Link {
            conn,
            ended: line.ended,
            driver: Some(driver),
        })
    }

    async fn open(&self, line: &Line) -> Result<AsyncPgConnection, String> {
        let client = match self.trust.config() {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(|e| words(&e))?;
                drive(connection, line);
                client
            }
            Some(tls) => self.open_tls(tls, line).await?,
        };
        AsyncPgConnection::try_from(client)
            .await
            .map_err(|error| error.to_string())
    }

    async fn open_tls(&self, tls: rustls::ClientConfig, line: &Line) -> Result<Client, String> {
        let connecting = self.config.connect(MakeRustlsConnect::new(tls));
        let (client, connection) = connecting.await.map_err(|e| words(&e))?;
        drive(connection, line);
        Ok(client)
    }
}

/// What a connection and whoever drives it tell each other.
#[derive(Clone)]
struct Line {
    /// Rung to give the connection up.
    cut: Arc<Notify>,
    /// Whether it has ended.
    ended: Arc<AtomicBool>,
    /// Changes when every connection is to be given up.
    silence: watch::Receiver<()>,
}

/// Moves what is sent and received until the connection ends or is cut.
fn drive<S>(connection: Connection<Socket, S>, line: &Line)
where
    S: TlsStream + Unpin + Send + 'static,
{
    let Line {
        cut,
        ended,
        mut silence,
    } = line.clone();
    // What was given up while this connection was being made is not this one.
    silence.mark_unchanged();
    tokio::spawn(async move {
        tokio::select! {
            ended = connection => {
                if let Err(error) = ended {
                    tracing::warn!(error = words(&error), "a connection to the database was lost");
                }
            }
            () = cut.notified() => {}
            _ = silence.changed() => {}
        }
        ended.store(true, Ordering::Relaxed);
    });
}

/// Waits for a statement from a plain thread. The server limits a statement itself, but one that has stopped says
/// nothing at all: the connection is then cut, and the statement fails as on any connection that is lost.
pub struct Paced {
    driver: Option<Arc<Driver>>,
    patience: Duration,
    cut: Arc<Notify>,
}

thread_local! {
    /// What the next connection made on this thread waits with: its constructor takes no arguments.
    static NEXT: RefCell<Option<Paced>> = const { RefCell::new(None) };
}

impl BlockOn for Paced {
    fn block_on<F: Future>(&self, f: F) -> F::Output {
        let paced = async {
            let mut statement = pin!(f);
            if let Ok(outcome) = timeout(self.patience, statement.as_mut()).await {
                return outcome;
            }
            tracing::error!("the database does not answer: its connection is given up");
            self.cut.notify_one();
            statement.await
        };
        match &self.driver {
            Some(driver) => driver.wait_for(paced),
            None => Handle::current().block_on(paced),
        }
    }

    fn get_runtime() -> Self {
        NEXT.take().unwrap_or_else(|| Self {
            driver: None,
            patience: PATIENCE,
            cut: Arc::default(),
        })
    }
}

/// The error and its causes in one line; tokio-postgres keeps what the server said in the source.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    let mut line = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        let text = deeper.to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = deeper.source();
    }
    line.replace('\n', " ")
}
