//! The audit of a database that is opened for this alone: as it is at one moment, and nothing of it is changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::chain::{HEAD, Mark};
use super::rows::{self, COLUMNS, Linked, Row};
use super::{Chain, Misfit, Place};
use crate::store::conn::on;
use crate::store::schema::audit as table;
use crate::store::{Conn, StoreError, Target, Unopened, migrate};

/// Rows that are read at once.
const PAGE: i64 = 1_000;

/// Why an audit was not read; its text is the one line that an operator reads.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The database cannot be opened.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// There is none.
    #[error("there is no database at {0}")]
    Nothing(String),
    /// It has to be migrated first, and reading does not change it.
    #[error("the database {0} has an older schema: start this version's server on it once")]
    Older(String),
    /// It does not answer.
    #[error("the audit cannot be read")]
    Store(#[from] StoreError),
    /// What was read cannot be written.
    #[error("what was read cannot be written")]
    Written(#[from] std::io::Error),
}

/// Opens the database and has `work` look at the audit.
///
/// # Errors
/// When it cannot be opened, is not of this version, or `work` fails.
pub fn view<T: Send>(
    target: &Target,
    work: impl FnOnce(&mut Conn) -> Result<T, Unread> + Send,
) -> Result<T, Unread> {
    // On a thread of its own: the caller may be inside a runtime, and PostgreSQL is waited for by another one.
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| look(target, work));
        looking
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn look<T>(target: &Target, work: impl FnOnce(&mut Conn) -> Result<T, Unread>) -> Result<T, Unread> {
    if target.is_to_be_made()? {
        return Err(Unread::Nothing(target.place()));
    }
    let mut conn = target.connect()?.conn;
    let refused = |error| Unread::from(target.refused(error));
    match migrate::schema(&mut conn).map_err(refused)? {
        None => return Err(Unread::Nothing(target.place())),
        Some(schema) if schema.missing > 0 => return Err(Unread::Older(target.place())),
        Some(_) => {}
    }
    conn.be_patient().map_err(StoreError::from)?;
    conn.as_of_now(Unread::Store, work)
}

/// The place of the last row, as its mark says.
///
/// # Errors
/// When the database does not answer.
pub fn head(conn: &mut Conn, chain: &Chain) -> Result<Result<Place, Misfit>, StoreError> {
    Ok(match chain.mark(conn, HEAD)? {
        Mark::At(place) => Ok(place),
        Mark::Absent => Err(Misfit::NoHead),
        Mark::Forged(fit) => Err(Misfit::of_mark(HEAD, fit)),
    })
}

/// Which rows are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Not those before.
    pub since: Option<DateTime<Utc>>,
    /// Not those at this moment, or later.
    pub until: Option<DateTime<Utc>>,
    /// Only those about this account.
    pub account: Option<String>,
}

/// Gives `each` the rows of the chain that are wanted, in order; answers how many are in no chain.
///
/// # Errors
/// When the database does not answer, or `each` fails.
pub fn export(
    conn: &mut Conn,
    wanted: &Wanted,
    mut each: impl FnMut(&Linked) -> std::io::Result<()>,
) -> Result<i64, Unread> {
    let mut last = i64::MIN;
    loop {
        let found = page(conn, wanted, last)?;
        for row in &found {
            each(row)?;
            last = row.seq;
        }
        if found.is_empty() {
            return Ok(rows::loose(conn)?);
        }
    }
}

fn page(conn: &mut Conn, wanted: &Wanted, last: i64) -> Result<Vec<Linked>, StoreError> {
    let micros = |time: Option<DateTime<Utc>>, without| time.map_or(without, |time| time.timestamp_micros());
    let all = table::table
        .filter(table::seq.gt(last))
        .filter(table::at.ge(micros(wanted.since, i64::MIN)))
        .filter(table::at.lt(micros(wanted.until, i64::MAX)))
        .select((COLUMNS, table::seq.assume_not_null(), table::link))
        .order(table::seq)
        .limit(PAGE);
    let found: Vec<(Row, i64, Option<String>)> = match &wanted.account {
        Some(account) => on!(conn, c => all.filter(table::account_id.eq(account)).load(c))?,
        None => on!(conn, c => all.load(c))?,
    };
    Ok(found.into_iter().map(rows::linked).collect())
}
