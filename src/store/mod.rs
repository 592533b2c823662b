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
mod facts;
mod fixed;
pub mod forms;
pub mod hot;
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
pub mod registry;
pub mod schema;
pub mod services;
pub mod sessions;
pub mod stories;
pub mod survey;
pub mod throttles;
pub mod tickets;

use std::sync::Arc;

pub use conn::{Conn, Engine};
pub use error::StoreError;
use hot::{Issue, Presented, Resume, Resumed, Taken};
use lanes::{Lanes, Question, pack, unpack};
pub use open::{Target, Unopened};
use readers::Readers;

/// A database in use: one lane that writes, and a way to read.
#[derive(Clone)]
pub struct Database {
    writer: Lanes,
    reader: Reader,
    /// Asked the questions of a sign-on, where tickets are kept elsewhere.
    tickets: Option<Lanes>,
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
            tickets: None,
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
        unpack(self.guarded(self.writer.run(pack(job))).await?)
    }

    /// Finds the session of a cookie.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn resume(&self, ask: Resume) -> Result<Option<Resumed>, StoreError> {
        let lanes = match (&self.tickets, &self.reader) {
            (Some(tickets), _) => tickets,
            (None, Reader::Lanes(lanes)) => lanes,
            (None, Reader::Here(readers)) => {
                // Whoever asks again and again leaves the thread to others in between.
                tokio::task::consume_budget().await;
                let found = readers.run(|conn| hot::resume(conn, std::slice::from_ref(&ask)))?;
                return Ok(found.into_iter().next().flatten());
            }
        };
        self.gate.guard(lanes.ask(ask)).await
    }

    /// Keeps a ticket, and answers once it is on disk.
    ///
    /// # Errors
    /// `Unavailable`; whether it was kept is then open.
    pub async fn issue(&self, issue: Issue) -> Result<(), StoreError> {
        self.question(issue).await
    }

    /// Spends a ticket, whatever will be judged of it, and answers once that is on disk ([T-3]).
    ///
    /// # Errors
    /// `Unavailable`; whether it was spent is then open.
    pub async fn take(&self, presented: Presented) -> Result<Taken, StoreError> {
        self.question(presented).await
    }

    async fn question<Q: Question>(&self, question: Q) -> Result<Q::Answer, StoreError> {
        let lanes = self.tickets.as_ref().unwrap_or(&self.writer);
        self.guarded(lanes.ask(question)).await
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
        self.guarded(self.ask(job)).await
    }

    /// Lets `work` go on unless what it needs is away. The embedded engine, alone, never is: nobody need watch for it.
    async fn guarded<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        if self.target.is_remote() {
            self.gate.guard(work).await
        } else {
            work.await
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
            Reader::Lanes(lanes) => unpack(lanes.run(pack(job)).await?),
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
