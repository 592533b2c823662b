//! The audit: rows are added and read, never changed, and each is linked to the one before it.

mod chain;
mod retention;
mod rows;
mod take_in;
mod verify;
mod view;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::audit as table;
use super::{Conn, StoreError};
pub use chain::{Chain, Place};
pub use retention::{Swept, sweep};
pub use rows::Linked;
pub use take_in::{Taken, has_loose, take_in};
pub use verify::{Misfit, Verified, verify};
pub use view::{Unread, Wanted, export, head, view};

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

/// Adds a record behind the last one. In a transaction that writes: only there does nobody else add one at the same time.
///
/// # Errors
/// When the database does not answer, or was opened without a key.
pub fn append(conn: &mut Conn, record: &Record) -> Result<(), StoreError> {
    let chain = conn.chain()?;
    let end = chain.end(conn)?;
    let next = Place {
        seq: end.seq.saturating_add(1),
        link: chain.link(&end.link, record),
    };
    on!(&mut *conn, c => diesel::insert_into(table::table)
        .values((
            table::id.eq(&record.id),
            table::at.eq(record.at.timestamp_micros()),
            table::event.eq(&record.event),
            table::account_id.eq(&record.account),
            table::actor.eq(&record.actor),
            table::address.eq(&record.address),
            table::service.eq(&record.service),
            table::detail.eq(&record.detail),
            table::seq.eq(next.seq),
            table::link.eq(&next.link),
        ))
        .execute(c))?;
    chain.set(conn, chain::HEAD, &next)
}

/// Lists the newest `limit` records, of one account or of all, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn newest(conn: &mut Conn, account: Option<&str>, limit: i64) -> Result<Vec<Record>, StoreError> {
    let all = table::table.select(rows::COLUMNS).limit(limit);
    let order = (table::at.desc(), table::id.desc());
    let found: Vec<rows::Row> = match account {
        Some(account) => on!(conn, c => all.filter(table::account_id.eq(account)).order(order).load(c))?,
        None => on!(conn, c => all.order(order).load(c))?,
    };
    Ok(found.into_iter().map(Record::from).collect())
}
