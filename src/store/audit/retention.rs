//! What is old is removed from the beginning, and the rest stays verifiable: a mark says what went.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::chain::{Mark, Place, REMOVED};
use super::rows::{self, Linked};
use super::verify::{Misfit, Walk};
use crate::store::conn::on;
use crate::store::schema::audit as table;
use crate::store::{Conn, StoreError};

/// What a sweep did.
#[derive(Debug)]
pub struct Swept {
    /// How many rows went.
    pub removed: usize,
    /// The first of them that did not fit: with it goes what shows it, so whoever sweeps must write it down.
    pub misfit: Option<Misfit>,
}

/// Removes up to `limit` records older than `before`, from the beginning and up to the first that is not: a chain has no
/// gaps. The database itself refuses those of the last half year.
///
/// # Errors
/// When the database does not answer, or was opened without a key.
pub fn sweep(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> Result<Swept, StoreError> {
    let chain = conn.chain()?;
    let mut old: Vec<Linked> = rows::behind(conn, None, limit)?;
    let count = old.iter().take_while(|row| row.record.at < before).count();
    old.truncate(count);
    let Some(last) = old.last().map(|row| Place {
        seq: row.seq,
        link: row.link.clone(),
    }) else {
        return Ok(Swept {
            removed: 0,
            misfit: None,
        });
    };
    let (mut walk, mut misfit) = match chain.mark(conn, REMOVED)? {
        Mark::Absent => (Walk::from_place(&chain, Place::default()), None),
        Mark::At(place) => (Walk::from_place(&chain, place), None),
        Mark::Forged(fit) => {
            let first = Place {
                seq: old.first().map_or(0, |row| row.seq.saturating_sub(1)),
                link: String::new(),
            };
            (
                Walk::from_place(&chain, first),
                Some(Misfit::of_mark(REMOVED, fit)),
            )
        }
    };
    for row in &old {
        if let Err(found) = walk.step(row) {
            misfit.get_or_insert(found);
        }
    }
    chain.set(conn, REMOVED, &last)?;
    let gone = table::table.filter(table::seq.le(last.seq));
    let removed = on!(conn, c => diesel::delete(gone).execute(c))?;
    Ok(Swept { removed, misfit })
}
