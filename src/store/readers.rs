//! Connections that read from the embedded engine, on the thread of whoever asks.
//!
//! A look-up takes a few microseconds there, less than handing it to another thread and being woken again; and what
//! writes never makes it wait (write-ahead log).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::source::Source;
use super::{Conn, StoreError};

/// What a connection that reads keeps of the file, in KiB: the system's own cache is behind it.
const CACHE: u32 = 2_048;

/// Idle connections: as many as threads ever read at once.
#[derive(Clone)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Conn>>>,
    source: Arc<Source>,
}

impl Readers {
    /// None yet: each is made when it is needed first.
    pub(super) fn new(source: &Arc<Source>) -> Self {
        Self {
            idle: Arc::default(),
            source: Arc::clone(source),
        }
    }

    /// Runs `work` here and now. A connection on which it failed, or panicked, is not used again.
    pub(super) fn run<T>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut conn = idle.map_or_else(|| self.connect(), Ok)?;
        // A panic is a fault of this job: who asked hears of it, and everybody else goes on ([S-74]).
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut conn)));
        let outcome = outcome.unwrap_or(Err(StoreError::Unavailable(None)));
        if !matches!(&outcome, Err(StoreError::Unavailable(_))) {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
        }
        outcome
    }

    fn connect(&self) -> Result<Conn, StoreError> {
        let connected = self.source.connect().map_err(|error| {
            tracing::error!(%error, "could not connect to the database");
            StoreError::Unavailable(None)
        })?;
        let mut conn = connected.conn;
        conn.batch(&format!("PRAGMA query_only = ON; PRAGMA cache_size = -{CACHE}"))?;
        Ok(conn)
    }
}
