//! One connection, to whichever engine this server was given.

use diesel::connection::{
    AnsiTransactionManager, SimpleConnection, TransactionDepthChange, TransactionManager,
    TransactionManagerStatus,
};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

use super::StoreError;
use super::audit::Chain;
use super::fixed::Word;
use super::open::postgres::Paced;
use super::registry::TicketRegistry;
use crate::kernel::keyring::Digest;

/// A PostgreSQL connection in pure Rust, driven from a plain thread: no libpq anywhere.
pub type PgConnection = AsyncConnectionWrapper<AsyncPgConnection, Paced>;

/// The advisory lock that the writing lanes of all nodes take in turns. Any number that nobody else in this database
/// uses: the letters of the name.
pub(super) const WRITERS: i64 = 0x0056_4553_5449_4255;

/// An open connection: to the tables, and to the registry of tickets where that is another place.
pub struct Conn {
    /// Where the tables are.
    pub engine: Engine,
    /// Where sessions and tickets are kept, when it is not the tables.
    registry: Option<Box<dyn TicketRegistry>>,
    /// What links the rows of the audit, on a connection that may add some.
    chain: Option<Chain>,
    /// Sessions closed in this transaction: their registry forgets them once it is on disk.
    closed: Vec<Digest>,
    /// Whether no statement was refused because the server has been closed to writes: another may have taken its place.
    accepts_writes: bool,
}

/// A connection to an engine.
pub enum Engine {
    /// The embedded one.
    Sqlite(Box<SqliteConnection>),
    /// A server.
    Postgres(Box<PgConnection>),
}

/// Writes a diesel expression once and types it for each engine.
macro_rules! on {
    ($conn:expr, $c:ident => $query:expr) => {
        match &mut $conn.engine {
            $crate::store::conn::Engine::Sqlite($c) => {
                let $c = &mut **$c;
                $query
            }
            $crate::store::conn::Engine::Postgres($c) => {
                let $c = &mut **$c;
                $query
            }
        }
    };
}
pub(crate) use on;

impl From<Engine> for Conn {
    fn from(engine: Engine) -> Self {
        Self {
            engine,
            registry: None,
            chain: None,
            closed: Vec::new(),
            accepts_writes: true,
        }
    }
}

impl Conn {
    /// The same connection, with sessions and tickets kept in `registry`.
    pub(super) fn with_registry(self, registry: Option<Box<dyn TicketRegistry>>) -> Self {
        Self { registry, ..self }
    }

    /// The same connection, which links what it adds to the audit.
    pub(super) fn with_chain(self, chain: Option<Chain>) -> Self {
        Self { chain, ..self }
    }

    /// What links the rows of the audit.
    pub(super) fn chain(&self) -> Result<Chain, StoreError> {
        self.chain.clone().ok_or(StoreError::Unavailable(None))
    }

    /// Where sessions and tickets are kept, when it is not the tables.
    pub(super) fn registry(&mut self) -> Option<&mut dyn TicketRegistry> {
        match &mut self.registry {
            Some(registry) => Some(&mut **registry),
            None => None,
        }
    }

    /// Whether the server at the other end still accepts writes, as far as was seen.
    pub(super) fn accepts_writes(&self) -> bool {
        self.accepts_writes
    }

    /// Notes that the registry may forget a session once this transaction is on disk.
    pub(super) fn forget_later(&mut self, session: Digest) {
        self.closed.push(session);
    }

    /// Starts a transaction that is alone in writing from the start, on SQLite among processes and on PostgreSQL among
    /// nodes: it never has to give up half-way because another wrote, and no two wait for each other.
    ///
    /// # Errors
    /// When somebody else writes for too long.
    pub(super) fn begin(&mut self) -> QueryResult<()> {
        match &mut self.engine {
            Engine::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(&mut **c, "BEGIN IMMEDIATE"),
            Engine::Postgres(c) => {
                c.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({WRITERS})"))?;
                note(&mut **c, TransactionDepthChange::IncreaseDepth)
            }
        }
    }

    /// Makes the transaction durable.
    ///
    /// # Errors
    /// When it is not, or nobody can tell.
    pub(super) fn commit(&mut self) -> QueryResult<()> {
        match &mut self.engine {
            Engine::Sqlite(c) => AnsiTransactionManager::commit_transaction(&mut **c)?,
            // A commit that waits for a synchronous standby must not be ended by the time-out of statements: the server
            // would call it done before the standby has it. And a transaction that has failed refuses the first of these,
            // and with it the second, where it would answer COMMIT with a roll-back that looks like success.
            Engine::Postgres(c) => {
                c.batch_execute("SET LOCAL statement_timeout = 0; COMMIT")?;
                note(&mut **c, TransactionDepthChange::DecreaseDepth)?;
            }
        }
        let closed = std::mem::take(&mut self.closed);
        if !closed.is_empty()
            && let Some(registry) = &mut self.registry
            && let Err(error) = registry.forget(&closed)
        {
            // They open nothing any more; whoever looks for expired ones finds and forgets them.
            tracing::warn!(%error, "the registry could not forget sessions that have ended");
        }
        Ok(())
    }

    /// Forgets the transaction.
    pub(super) fn rollback(&mut self) -> QueryResult<()> {
        self.closed.clear();
        match &mut self.engine {
            Engine::Sqlite(c) => AnsiTransactionManager::rollback_transaction(&mut **c),
            Engine::Postgres(c) => rollback(&mut **c),
        }
    }

    /// Runs `work` so that its error undoes what it wrote and nothing else of the transaction around it.
    pub(super) fn savepoint<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.word("SAVEPOINT job")?;
        let closed = self.closed.len();
        let outcome = work(self);
        if let Err(error) = &outcome {
            self.accepts_writes &= !error.says_that_nothing_is_written();
            self.closed.truncate(closed);
            self.word("ROLLBACK TO SAVEPOINT job")?;
        }
        self.word("RELEASE SAVEPOINT job")?;
        outcome
    }

    /// Runs `work` on the database as it is at one moment, whatever others write meanwhile.
    pub(super) fn as_of_now<T, E>(
        &mut self,
        failed: impl Fn(StoreError) -> E,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = match self.engine {
            Engine::Sqlite(_) => "BEGIN",
            Engine::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.batch(begin).map_err(|error| failed(error.into()))?;
        let done = work(self);
        // After an error as well: nothing was written.
        let ended = self.batch("ROLLBACK");
        let value = done?;
        ended.map_err(|error| failed(error.into()))?;
        Ok(value)
    }

    /// Lets a statement, and a pause between two, take as long as a large table does.
    pub(super) fn be_patient(&mut self) -> QueryResult<()> {
        match self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(_) => {
                self.batch("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            }
        }
    }

    fn word(&mut self, text: &'static str) -> QueryResult<()> {
        on!(self, c => Word(text).execute(c))?;
        Ok(())
    }

    /// Runs statements that answer nothing.
    pub(super) fn batch(&mut self, sql: &str) -> QueryResult<()> {
        on!(self, c => c.batch_execute(sql))
    }
}

/// The refusal of a server that accepts no writes.
pub(super) fn read_only() -> Error {
    let words = Box::new("the database accepts no writes".to_owned());
    Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, words)
}

/// Lets diesel know of a transaction that was begun or ended in one round trip with something else: a job's own
/// transaction is then a savepoint inside it.
fn note<C: Connection>(conn: &mut C, change: TransactionDepthChange) -> QueryResult<()> {
    match C::TransactionManager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
        TransactionManagerStatus::InError => Err(Error::BrokenTransactionManager),
    }
}

fn rollback<C: Connection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(conn)
}
