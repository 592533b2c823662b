//! One connection, to whichever engine this server was given.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, QueryResult, SqliteConnection};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

/// A PostgreSQL connection in pure Rust, driven from a plain thread: no libpq anywhere.
pub type PgConnection = AsyncConnectionWrapper<AsyncPgConnection>;

/// An open connection.
pub enum Conn {
    /// The embedded engine.
    Sqlite(Box<SqliteConnection>),
    /// A server.
    Postgres(Box<PgConnection>),
}

/// Writes a diesel expression once and types it for each engine.
macro_rules! on {
    ($conn:expr, $c:ident => $query:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite($c) => {
                let $c = &mut **$c;
                $query
            }
            $crate::store::conn::Conn::Postgres($c) => {
                let $c = &mut **$c;
                $query
            }
        }
    };
}
pub(crate) use on;

impl Conn {
    /// Starts a transaction; on SQLite one that holds the write lock from the start, so that it never has to
    /// give up half-way because another process wrote.
    pub(super) fn begin(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(&mut **c, "BEGIN IMMEDIATE"),
            Self::Postgres(c) => begin(&mut **c),
        }
    }

    /// Makes the transaction durable.
    pub(super) fn commit(&mut self) -> QueryResult<()> {
        on!(self, c => commit(c))
    }

    /// Forgets the transaction.
    pub(super) fn rollback(&mut self) -> QueryResult<()> {
        on!(self, c => rollback(c))
    }

    /// Runs `work` so that its error undoes what it wrote and nothing else of the transaction around it.
    pub(super) fn savepoint<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        on!(&mut *self, c => begin(c))?;
        match work(self) {
            Ok(value) => {
                self.commit()?;
                Ok(value)
            }
            Err(error) => {
                self.rollback()?;
                Err(error)
            }
        }
    }

    /// Runs statements that answer nothing.
    pub(super) fn batch(&mut self, sql: &str) -> QueryResult<()> {
        on!(self, c => c.batch_execute(sql))
    }
}

fn begin<C: Connection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::begin_transaction(conn)
}

fn commit<C: Connection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(conn)
}

fn rollback<C: Connection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(conn)
}
