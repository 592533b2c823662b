//! The audit: rows are added and read, never changed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::audit as table;
use super::{Conn, StoreError};
use crate::kernel::clock::from_micros;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// A version 7 identifier: in order of time.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What, as a stable word.
    pub event: String,
    /// The account it is about.
    pub account: Option<String>,
    /// Who did it: `person`, `service`, `server`, or an operator's name.
    pub actor: String,
    /// The network address it came from.
    pub address: Option<String>,
    /// The registered service.
    pub service: Option<String>,
    /// The rest, as JSON; never a secret.
    pub detail: String,
}

/// Adds a record.
pub fn append(conn: &mut Conn, record: &Record) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table)
        .values((
            table::id.eq(&record.id),
            table::at.eq(record.at.timestamp_micros()),
            table::event.eq(&record.event),
            table::account_id.eq(&record.account),
            table::actor.eq(&record.actor),
            table::address.eq(&record.address),
            table::service.eq(&record.service),
            table::detail.eq(&record.detail),
        ))
        .execute(c))?;
    Ok(())
}

type Row = (
    String,
    i64,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    String,
);

/// Lists the newest `limit` records, of one account or of all, newest first.
pub fn newest(conn: &mut Conn, account: Option<&str>, limit: i64) -> Result<Vec<Record>, StoreError> {
    let rows: Vec<Row> = match account {
        Some(account) => on!(conn, c => table::table
            .filter(table::account_id.eq(account))
            .order((table::at.desc(), table::id.desc()))
            .limit(limit)
            .load(c))?,
        None => {
            on!(conn, c => table::table.order((table::at.desc(), table::id.desc())).limit(limit).load(c))?
        }
    };
    Ok(rows
        .into_iter()
        .map(
            |(id, at, event, account, actor, address, service, detail)| Record {
                id,
                at: from_micros(at),
                event,
                account,
                actor,
                address,
                service,
                detail,
            },
        )
        .collect())
}

/// Removes up to `limit` records older than `before`; the database itself refuses those of the last half year.
pub fn sweep(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let old = table::table.filter(table::at.lt(before.timestamp_micros()));
    let ids: Vec<String> = on!(&mut *conn, c => old.select(table::id).limit(limit).load(c))?;
    Ok(on!(conn, c => diesel::delete(table::table.filter(table::id.eq_any(ids))).execute(c))?)
}
