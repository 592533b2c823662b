//! The database: one set of queries for SQLite and PostgreSQL, run on lanes.
//!
//! Queries are plain functions in the file of their table, taking `&mut Conn`, so that they compose inside one
//! transaction. Nobody outside this folder sees a row or a table.

pub mod accounts;
pub mod audit;
pub mod codes;
pub mod conn;
pub mod copy;
pub mod error;
mod fixed;
pub mod forms;
pub mod journeys;
pub mod lanes;
pub mod marks;
pub mod migrate;
pub mod open;
pub mod outbox;
pub mod people;
pub mod proxy_grants;
pub mod pulse;
mod readers;
pub mod schema;
pub mod services;
pub mod sessions;
pub mod stories;
pub mod survey;
pub mod throttles;
pub mod tickets;

use std::sync::Arc;

pub use conn::Conn;
pub use error::StoreError;
use lanes::{Lanes, Outcome, Undo, Work, pack, unpack};
pub use open::{Target, Unopened};
use readers::Readers;

/// A database in use: one lane that writes, and a way to read.
#[derive(Clone)]
pub struct Database {
    writer: Lanes,
    reader: Reader,
    target: Arc<Target>,
    gate: pulse::Gate,
}

/// How a database is read.
#[derive(Clone)]
enum Reader {
    /// Where the question is asked: the embedded engine answers at once.
    Here(Readers),
    /// On lanes: a server is waited for.
    Lanes(Lanes),
}

impl Database {
    /// Brings the database at `target` to this version's schema and opens it.
    ///
    /// # Errors
    /// When it cannot be reached, is locked, is damaged, or was written by a newer version.
    pub fn open(target: Target, readers: usize) -> Result<Self, Unopened> {
        // On a thread of its own: the caller may be inside a runtime, and PostgreSQL is waited for by another one.
        let first = std::thread::scope(|scope| {
            let opening = scope.spawn(|| target.prepare());
            opening
                .join()
                .unwrap_or_else(|_| Err(target.refused(StoreError::Unavailable(None))))
        })?;
        let target = Arc::new(target);
        let writer = Lanes::start("writer", 1, lanes::Mode::Write, &target, Some(first));
        let reader = match *target {
            Target::Sqlite(_) => Reader::Here(Readers::new(&target)),
            Target::Postgres(..) => Reader::Lanes(Lanes::start(
                "reader",
                readers.max(1),
                lanes::Mode::Read,
                &target,
                None,
            )),
        };
        Ok(Self {
            writer,
            reader,
            target,
            gate: pulse::Gate::default(),
        })
    }

    /// Runs `job` in a transaction of its own and answers once the commit that holds it is on disk.
    ///
    /// Jobs that wait at the same time share one commit; an error of one undoes that one alone.
    ///
    /// # Errors
    /// What `job` returns, or `Unavailable` when the commit failed or too many jobs wait.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        unpack(self.tell(pack(job), Undo::Job).await?)
    }

    /// The same for a job whose first statement is the only one that must not happen by halves: what it wrote before
    /// an error stays. A savepoint for each job costs a fifth of a ticket.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_on<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        unpack(self.tell(pack(job), Undo::Nothing).await?)
    }

    async fn tell(&self, work: Work, undo: Undo) -> Result<Outcome, StoreError> {
        match &self.reader {
            // The embedded engine is never away: nobody need watch for it.
            Reader::Here(_) => self.writer.run(work, undo).await,
            Reader::Lanes(_) => self.gate.guard(self.writer.run(work, undo)).await,
        }
    }

    /// Runs `job`, which only reads.
    ///
    /// # Errors
    /// What `job` returns, or `Unavailable` when too many jobs wait.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.reader {
            Reader::Here(_) => self.ask(job).await,
            Reader::Lanes(_) => self.gate.guard(self.ask(job)).await,
        }
    }

    /// Reads, whether or not the database was noticed to be away.
    async fn ask<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.reader {
            Reader::Here(readers) => {
                // Whoever asks again and again leaves the thread to others in between.
                tokio::task::consume_budget().await;
                readers.run(job)
            }
            Reader::Lanes(lanes) => unpack(lanes.run(pack(job), Undo::Nothing).await?),
        }
    }

    /// Why nobody is let in, as far as was noticed.
    pub fn ailment(&self) -> Option<pulse::Ailment> {
        self.gate.ailment()
    }

    /// Where the data is.
    pub fn target(&self) -> &Target {
        &self.target
    }
}
