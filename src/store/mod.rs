//! The database: one set of queries for SQLite and PostgreSQL, run on lanes.
//!
//! Queries are plain functions in the file of their table, taking `&mut Conn`, so that they compose inside one
//! transaction. Nobody outside this folder sees a row or a table.

pub mod accounts;
pub mod audit;
pub mod backup;
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
mod source;
pub mod stories;
pub mod survey;
pub mod throttles;
pub mod tickets;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

pub use conn::{Conn, Engine};
pub use error::StoreError;
use hot::{Issue, Presented, Resume, Resumed, Taken};
use lanes::{Lanes, Question, pack, unpack};
pub use open::{Target, Unopened};
use readers::Readers;
pub use registry::Place;
use source::Source;
pub use source::TicketPlace;

/// A database in use: one lane that writes, and a way to read.
#[derive(Clone)]
pub struct Database {
    writer: Lanes,
    reader: Reader,
    /// Asked the questions of a sign-on that need no transaction: few lanes, so that those who wait share an answer.
    questions: Option<Lanes>,
    /// Asked whether anybody is there, behind nobody's work: what is slow is not away.
    watch: Option<Lanes>,
    source: Arc<Source>,
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
    /// Brings the database at `target` to this version's schema and opens it; sessions and tickets are in its tables, and
    /// nothing can be added to the audit.
    ///
    /// # Errors
    /// When it cannot be reached, is locked, is damaged, or was written by a newer version.
    pub fn open(target: Target, readers: usize) -> Result<Self, Unopened> {
        Self::open_with(target, readers, TicketPlace::tables(), None)
    }

    /// The same with sessions and tickets in another place, and with what links the rows of the audit.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the place cannot be used.
    pub fn open_with(
        target: Target,
        readers: usize,
        tickets: TicketPlace,
        chain: Option<audit::Chain>,
    ) -> Result<Self, Unopened> {
        let TicketPlace {
            place,
            draft,
            stories,
        } = tickets;
        // On a thread of its own: the caller may be inside a runtime, and PostgreSQL is waited for by another one.
        let opened = std::thread::scope(|scope| {
            let opening = scope.spawn(|| {
                let mut link = target.prepare()?;
                let mut prefix = String::new();
                if place.is_elsewhere() {
                    let kept = marks::prefix(&mut link.conn, &draft);
                    prefix = kept.map_err(|error| target.refused(error))?;
                }
                Ok((link, prefix))
            });
            let silent = |_| Err(target.refused(StoreError::Unavailable(None)));
            opening.join().unwrap_or_else(silent)
        });
        let (first, prefix) = opened?;
        let source = Arc::new(Source {
            target,
            place,
            prefix,
            chain,
            stories,
            refused_by_registry: AtomicBool::new(false),
            doubtful: AtomicBool::new(false),
            silences: AtomicU64::new(0),
        });
        let first = source.beside(first)?;
        let lanes = |name, count, mode, first| Lanes::start(name, count, mode, &source, first);
        let reader = if source.is_remote() {
            Reader::Lanes(lanes("reader", readers.max(1), lanes::Mode::Read, None))
        } else {
            Reader::Here(Readers::new(&source))
        };
        let apart = source.is_remote() || source.place.is_elsewhere();
        // A registry answers three kinds of questions, in six round trips: while one lane waits, another asks.
        let count = if source.place.is_elsewhere() { 2 } else { 1 };
        let questions = apart.then(|| lanes("questions", count, lanes::Mode::Questions, None));
        let watch = source.is_remote();
        let watch = watch.then(|| lanes("watch", 1, lanes::Mode::Read, None));
        Ok(Self {
            watch,
            writer: lanes("writer", 1, lanes::Mode::Write, Some(first)),
            reader,
            questions,
            source,
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
        let lanes = match (&self.questions, &self.reader) {
            (Some(lanes), _) | (None, Reader::Lanes(lanes)) => lanes,
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
        let elsewhere = self.questions.as_ref().filter(|_| self.place().is_elsewhere());
        let lanes = elsewhere.unwrap_or(&self.writer);
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
        if self.source.is_remote() {
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

    /// Reads for somebody who wants to know whether it can be done at all.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn look<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        match &self.watch {
            Some(watch) => unpack(watch.run(pack(job)).await?),
            None => self.ask(job).await,
        }
    }

    /// Why nobody is let in, as far as was noticed.
    pub fn ailment(&self) -> Option<pulse::Ailment> {
        self.gate.ailment()
    }

    /// Where the data is.
    pub fn target(&self) -> &Target {
        &self.source.target
    }

    /// Where sessions and tickets are.
    pub fn place(&self) -> &Place {
        &self.source.place
    }
}
