//! Rows as the table gives them.

use diesel::prelude::*;

use super::Record;
use crate::kernel::clock::from_micros;
use crate::store::conn::on;
use crate::store::schema::audit as table;
use crate::store::{Conn, StoreError};

/// A row without its place.
pub(super) type Row = (
    String,
    i64,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    String,
);

/// The columns of a [`Row`].
pub(super) const COLUMNS: (
    table::id,
    table::at,
    table::event,
    table::account_id,
    table::actor,
    table::address,
    table::service,
    table::detail,
) = (
    table::id,
    table::at,
    table::event,
    table::account_id,
    table::actor,
    table::address,
    table::service,
    table::detail,
);

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        let (id, at, event, account, actor, address, service, detail) = row;
        Self {
            id,
            at: from_micros(at),
            event,
            account,
            actor,
            address,
            service,
            detail,
        }
    }
}

/// A record in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Its number.
    pub seq: i64,
    /// Its link; whoever adds a row by hand may leave it out.
    pub link: String,
    /// What happened.
    pub record: Record,
}

/// Reads up to `limit` rows behind a place, in order. Those that have one number by somebody's hand are in the order of their
/// identifiers: none is passed over.
pub(super) fn behind(conn: &mut Conn, last: Option<&Linked>, limit: i64) -> Result<Vec<Linked>, StoreError> {
    let all = table::table
        .filter(table::seq.is_not_null())
        .select((COLUMNS, table::seq.assume_not_null(), table::link))
        .order((table::seq, table::id))
        .limit(limit);
    let found: Vec<(Row, i64, Option<String>)> = match last {
        None => on!(conn, c => all.load(c))?,
        Some(last) => on!(conn, c => all
            .filter(table::seq.ge(last.seq))
            .filter(table::seq.gt(last.seq).or(table::id.gt(&last.record.id)))
            .load(c))?,
    };
    Ok(found.into_iter().map(linked).collect())
}

pub(super) fn linked((row, seq, link): (Row, i64, Option<String>)) -> Linked {
    Linked {
        seq,
        link: link.unwrap_or_default(),
        record: row.into(),
    }
}

/// How many rows are in no chain.
pub(super) fn loose(conn: &mut Conn) -> Result<i64, StoreError> {
    let loose = table::table.filter(table::seq.is_null()).count();
    Ok(on!(conn, c => loose.get_result(c))?)
}
