//! Rows that are in no chain, from before there was one or from a node of an older version, are taken in behind its end.

use diesel::prelude::*;

use super::chain::{HEAD, Place};
use super::rows::{COLUMNS, Row};
use super::{Chain, Record};
use crate::store::conn::on;
use crate::store::schema::audit as table;
use crate::store::{Conn, StoreError};

/// The places that rows were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// That of the first.
    pub first: i64,
    /// That of the last.
    pub last: i64,
}

/// Whether a row is in no chain.
///
/// # Errors
/// When the database does not answer.
pub fn has_loose(conn: &mut Conn) -> Result<bool, StoreError> {
    let loose = diesel::dsl::exists(table::table.filter(table::seq.is_null()));
    Ok(on!(conn, c => diesel::select(loose).get_result(c))?)
}

/// Gives up to `limit` of them a place, in order of time; none is the end. What they say is not vouched for: whoever takes
/// them in must write down that it did.
///
/// # Errors
/// When the database does not answer, or was opened without a key.
pub fn take_in(conn: &mut Conn, limit: i64) -> Result<Option<Taken>, StoreError> {
    let chain: Chain = conn.chain()?;
    let loose = table::table
        .filter(table::seq.is_null())
        .select(COLUMNS)
        .order((table::at, table::id))
        .limit(limit);
    let found: Vec<Row> = on!(&mut *conn, c => loose.load(c))?;
    if found.is_empty() {
        return Ok(None);
    }
    let mut end = chain.end(conn)?;
    let first = end.seq.saturating_add(1);
    for record in found.into_iter().map(Record::from) {
        end = Place {
            seq: end.seq.saturating_add(1),
            link: chain.link(&end.link, &record),
        };
        let row = table::table.filter(table::id.eq(&record.id));
        on!(&mut *conn, c => diesel::update(row)
            .set((table::seq.eq(end.seq), table::link.eq(&end.link)))
            .execute(c))?;
    }
    chain.set(conn, HEAD, &end)?;
    Ok(Some(Taken { first, last: end.seq }))
}
