//! Copies a whole database into another, of either engine: a page of rows a transaction, to be gone on with after an
//! interruption, and compared at the end.
//!
//! The source is read as of one moment. The comparison reads it again as of a later one, so that whatever somebody wrote
//! in between is found.

mod checksum;
mod ends;
mod tables;
pub(super) mod unfinished;

use std::ops::ControlFlow;

pub use checksum::Sum;
use tables::{Row, TABLES};

use super::{Conn, StoreError, Target, Unopened};

/// Why a database was not copied; its text is the one line that an operator reads.
#[derive(Debug, thiserror::Error)]
pub enum Uncopied {
    /// One of the two cannot be opened.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// There is no source.
    #[error("there is no database at {0} to copy")]
    Nothing(String),
    /// The source has to be migrated first, and a copy does not change it.
    #[error("the source {0} has an older schema: start this version's server on it once")]
    Older(String),
    /// Somebody may write to the source.
    #[error("somebody has the source {0} open: stop every server on it")]
    InUse(String),
    /// Both addresses lead to one database.
    #[error("source and destination are the same database")]
    Same,
    /// The destination holds something else.
    #[error("the destination {place} is not empty: {table} has rows ({rows})")]
    NotEmpty {
        /// Where it is.
        place: String,
        /// The first table with rows.
        table: &'static str,
        /// How many.
        rows: u64,
    },
    /// The destination is an unfinished copy, and not of this source.
    #[error("the destination {place} holds an unfinished copy of {source_name}: empty it first")]
    Another {
        /// Where it is.
        place: String,
        /// What the copy was begun of.
        source_name: String,
    },
    /// The destination is an unfinished copy that another version of this program began.
    #[error("the destination {0} holds an unfinished copy begun by another version: empty it first")]
    OtherVersion(String),
    /// A table cannot be read.
    #[error("{table} cannot be read")]
    Unread {
        /// The table.
        table: &'static str,
        /// What the database said.
        source: StoreError,
    },
    /// The destination does not take rows that the source has.
    #[error(
        "{table} cannot be written (if the source has changed since the copy began, empty the destination first)"
    )]
    Unwritten {
        /// The table.
        table: &'static str,
        /// What the database said.
        source: StoreError,
    },
    /// A moment to read at could not be had, or lasted not long enough.
    #[error("the database cannot be read as of one moment")]
    Moment(#[source] StoreError),
    /// The copy is equal, and its mark stays.
    #[error("the copy is complete and cannot be opened to servers: try again")]
    Unopenable(#[source] StoreError),
    /// The watch ended it; another run goes on.
    #[error("the copy was stopped")]
    Stopped,
}

/// Whether somebody may have the source open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Nobody.
    AtRest,
    /// Anybody: a rehearsal. What is written meanwhile is missing in the copy, which stays closed to servers.
    Live,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows go from the source to the destination.
    Copying,
    /// The source is read again.
    ReadingSource,
    /// The destination is read.
    ReadingDestination,
}

/// Watches a copy.
pub trait Watch: Send {
    /// A table begins: so many rows of all are done already.
    fn begin(&mut self, stage: Stage, table: &'static str, done: u64, all: u64);

    /// That many more rows are done, and durable if they were copied. To break ends the copy here.
    fn step(&mut self, rows: u64) -> ControlFlow<()>;

    /// The table that was begun last is done.
    fn end(&mut self);

    /// Everything is copied, and will be read again.
    fn compare(&mut self) {}
}

/// A table at both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub table: &'static str,
    /// What the source holds.
    pub source: Sum,
    /// What the destination holds.
    pub destination: Sum,
}

impl Compared {
    /// Whether both hold the same rows.
    pub fn is_equal(&self) -> bool {
        self.source == self.destination
    }
}

/// Copies what `from` holds to `to`, which is empty or an unfinished copy of the same, and compares them.
///
/// The destination is open to servers once every table is equal, unless it was a rehearsal; otherwise it stays closed.
///
/// # Errors
/// When either end is refused or fails. What was copied stays, and another run goes on from there.
pub fn copy(
    from: &Target,
    to: &Target,
    allowed: Use,
    watch: &mut dyn Watch,
) -> Result<Vec<Compared>, Uncopied> {
    // On a thread of its own: the caller may be inside a runtime, and PostgreSQL is waited for by another one.
    std::thread::scope(|scope| {
        let copying = scope.spawn(|| run(from, to, allowed, watch));
        copying
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn run(from: &Target, to: &Target, allowed: Use, watch: &mut dyn Watch) -> Result<Vec<Compared>, Uncopied> {
    let mut source = ends::source(from, allowed)?;
    let name = ends::name(from, &mut source).map_err(|error| from.refused(error))?;
    let mut destination = ends::destination(to, &name)?;
    source.as_of_now(Uncopied::Moment, |source| {
        TABLES
            .iter()
            .try_for_each(|table| (table.copy)(source, &mut destination, watch))
    })?;
    watch.compare();
    let mut sums = |conn: &mut Conn, stage| {
        conn.as_of_now(Uncopied::Moment, |conn| {
            let sums = TABLES.iter().map(|table| (table.sum)(conn, stage, watch));
            sums.collect::<Result<Vec<Sum>, _>>()
        })
    };
    let here = sums(&mut source, Stage::ReadingSource)?;
    let there = sums(&mut destination, Stage::ReadingDestination)?;
    let compared: Vec<Compared> = TABLES
        .iter()
        .zip(here.into_iter().zip(there))
        .map(|(table, (source, destination))| Compared {
            table: table.name,
            source,
            destination,
        })
        .collect();
    // A server that came meanwhile may have written since the source was read again.
    ends::stays_at_rest(from, &mut source, allowed)?;
    if allowed == Use::AtRest && compared.iter().all(Compared::is_equal) {
        unfinished::end(&mut destination).map_err(Uncopied::Unopenable)?;
    }
    Ok(compared)
}

type Copy = fn(&mut Conn, &mut Conn, &mut dyn Watch) -> Result<(), Uncopied>;

type Add = fn(&mut Conn, Stage, &mut dyn Watch) -> Result<Sum, Uncopied>;

/// What can be done with a table, whatever its rows are.
struct Table {
    name: &'static str,
    count: fn(&mut Conn) -> Result<u64, StoreError>,
    copy: Copy,
    sum: Add,
}

impl Table {
    const fn of<R: Row>() -> Self {
        Self {
            name: R::TABLE,
            count: R::count,
            copy: copy_table::<R>,
            sum: sum_table::<R>,
        }
    }
}

fn unread<R: Row>(source: StoreError) -> Uncopied {
    Uncopied::Unread {
        table: R::TABLE,
        source,
    }
}

fn copy_table<R: Row>(from: &mut Conn, to: &mut Conn, watch: &mut dyn Watch) -> Result<(), Uncopied> {
    let unwritten = |source| Uncopied::Unwritten {
        table: R::TABLE,
        source,
    };
    let all = R::count(from).map_err(unread::<R>)?;
    watch.begin(Stage::Copying, R::TABLE, R::count(to).map_err(unwritten)?, all);
    let mut position = unfinished::position(to, R::TABLE).map_err(unwritten)?;
    loop {
        let rows = R::page(from, position.as_deref()).map_err(unread::<R>)?;
        let Some(last) = rows.last().map(R::position) else {
            break;
        };
        unfinished::in_one(to, |to| {
            R::write(to, &rows)?;
            unfinished::note(to, R::TABLE, &last)
        })
        .map_err(unwritten)?;
        step(watch, rows.len() as u64)?;
        position = Some(last);
    }
    watch.end();
    Ok(())
}

fn sum_table<R: Row>(conn: &mut Conn, stage: Stage, watch: &mut dyn Watch) -> Result<Sum, Uncopied> {
    watch.begin(stage, R::TABLE, 0, R::count(conn).map_err(unread::<R>)?);
    let mut sum = Sum::default();
    let mut position = None;
    loop {
        let rows = R::page(conn, position.as_deref()).map_err(unread::<R>)?;
        for row in &rows {
            let mut fields = checksum::Fields::default();
            row.tell(&mut fields);
            sum.add(fields);
        }
        let Some(last) = rows.last() else {
            break;
        };
        position = Some(last.position());
        step(watch, rows.len() as u64)?;
    }
    watch.end();
    Ok(sum)
}

fn step(watch: &mut dyn Watch, rows: u64) -> Result<(), Uncopied> {
    match watch.step(rows) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Uncopied::Stopped),
    }
}
