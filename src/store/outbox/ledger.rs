//! The outbox as an operator reads it: what was sent to whom, what came back, and sending once more.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;

use super::{Outcome, table};
use crate::kernel::clock::from_micros;
use crate::store::conn::on;
use crate::store::schema::accounts;
use crate::store::{Conn, StoreError};

/// Which messages to list; what is left out is not asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// To this registered service.
    pub service: Option<String>,
    /// About this account.
    pub account: Option<String>,
    /// In this state.
    pub outcome: Option<Outcome>,
    /// Queued then or later.
    pub since: Option<DateTime<Utc>>,
}

/// A message without what makes it one: neither the ticket nor the name that the service knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its identifier.
    pub id: String,
    /// When the session ended.
    pub queued_at: DateTime<Utc>,
    /// The registered service.
    pub service_key: String,
    /// Whose session ended; `None` once the account is gone.
    pub login: Option<String>,
    /// Where it goes.
    pub address: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Tries so far.
    pub tries: i64,
    /// The last HTTP status, if any.
    pub status: Option<i64>,
    /// How long the last try took.
    pub latency: Option<Duration>,
    /// When it is tried next, if it is.
    pub next_try_at: Option<DateTime<Utc>>,
}

/// Lists up to `limit` messages, the newest first.
pub fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => {
        let mut asked = table::table
            .left_join(accounts::table.on(accounts::id.eq(table::account_id)))
            .order((table::queued_at.desc(), table::id.desc()))
            .limit(limit)
            .select((
                (table::id, table::queued_at, table::service_key, accounts::login.nullable(), table::address),
                (table::outcome, table::tries, table::status, table::latency),
                (table::next_try_at, table::done_at),
            ))
            .into_boxed();
        if let Some(service) = &filter.service {
            asked = asked.filter(table::service_key.eq(service));
        }
        if let Some(account) = &filter.account {
            asked = asked.filter(table::account_id.eq(account));
        }
        if let Some(outcome) = filter.outcome {
            asked = asked.filter(table::outcome.eq(outcome.as_str()));
        }
        if let Some(since) = filter.since {
            asked = asked.filter(table::queued_at.ge(since.timestamp_micros()));
        }
        asked.load(c)
    })?;
    rows.into_iter().map(entry).collect()
}

/// Which failed messages to send again.
#[derive(Debug, Clone)]
pub enum Which {
    /// The one with this identifier.
    One(String),
    /// All, or all to this service.
    Failed(Option<String>),
}

/// Makes messages that were given up due at once; answers how many. Only those: one that a service answered is never
/// sent twice, and of two that ask at once one changes the row. The time until they are given up begins anew.
pub fn retry(conn: &mut Conn, which: &Which, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let at = now.timestamp_micros();
    Ok(on!(conn, c => {
        let again = (
            table::outcome.eq(Outcome::Pending.as_str()),
            table::done_at.eq(None::<i64>),
            table::next_try_at.eq(at),
            table::retried_at.eq(Some(at)),
        );
        let failed = table::outcome.eq(Outcome::Failed.as_str()).and(table::done_at.is_not_null());
        match which {
            Which::One(id) => diesel::update(table::table.filter(failed).filter(table::id.eq(id)))
                .set(again)
                .execute(c),
            Which::Failed(Some(service)) => {
                diesel::update(table::table.filter(failed).filter(table::service_key.eq(service)))
                    .set(again)
                    .execute(c)
            }
            Which::Failed(None) => diesel::update(table::table.filter(failed)).set(again).execute(c),
        }
    })?)
}

type Row = (
    (String, i64, String, Option<String>, String),
    (String, i64, Option<i64>, Option<i64>),
    (i64, Option<i64>),
);

fn entry(row: Row) -> Result<Entry, StoreError> {
    let ((id, queued, service_key, login, address), (word, tries, status, latency), (next, done)) = row;
    let Some(outcome) = Outcome::parse(&word) else {
        return Err(StoreError::Corrupt {
            table: "logout_messages",
            column: "outcome",
            row: id,
        });
    };
    Ok(Entry {
        id,
        queued_at: from_micros(queued),
        service_key,
        login,
        address,
        outcome,
        tries,
        status,
        latency: latency.map(Duration::microseconds),
        next_try_at: done.is_none().then(|| from_micros(next)),
    })
}
