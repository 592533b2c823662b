//! Single-logout messages: written with the end of the session, claimed by whoever sends them.

pub mod ledger;

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::logout_messages as table;
use super::{Conn, StoreError};
use crate::cas::logout::LogoutMessage;
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;

/// How long a claimed message is left to its sender before another may try: twice the longest time-out that the
/// configuration allows for a call.
const LEASE: Duration = Duration::seconds(60);

/// What became of a message, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not answered yet.
    Pending,
    /// The service answered 2xx.
    Received,
    /// The service answered something else that is final.
    Answered,
    /// Nobody answered until the tries were given up.
    Failed,
    /// Given to the browser, which does not say what became of it.
    Front,
    /// The service takes no logout messages; the person is told to sign out there.
    Unsupported,
}

impl Outcome {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Received => "received",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Front => "front",
            Self::Unsupported => "unsupported",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::Received,
            Self::Answered,
            Self::Failed,
            Self::Front,
            Self::Unsupported,
        ]
        .into_iter()
        .find(|outcome| outcome.as_str() == word)
    }
}

/// A message to one service about one ticket.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its identifier, also the `ID` of the logout request.
    pub id: String,
    /// What the messages of one sign-out have in common.
    pub batch: Digest,
    /// Whose session ended.
    pub account: String,
    /// The registered service.
    pub service_key: String,
    /// Where it goes.
    pub address: String,
    /// The user as the service knows them.
    pub name_id: String,
    /// The spent ticket.
    pub session_index: String,
    /// When the session ended.
    pub queued_at: DateTime<Utc>,
    /// Tries so far.
    pub tries: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The last HTTP status, if any.
    pub status: Option<i64>,
    /// When it was settled.
    pub done_at: Option<DateTime<Utc>>,
    /// When an operator last had it sent again.
    pub retried_at: Option<DateTime<Utc>>,
}

impl Message {
    /// The logout request as the service is to read it.
    pub fn request(&self) -> LogoutMessage {
        LogoutMessage {
            id: self.id.clone(),
            issue_instant: self.queued_at,
            name_id: self.name_id.clone(),
            session_index: self.session_index.clone(),
        }
    }

    /// From when on the time counts after which it is given up.
    pub fn tried_since(&self) -> DateTime<Utc> {
        self.retried_at.unwrap_or(self.queued_at)
    }
}

type Row = (
    String,
    Vec<u8>,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    i64,
    Option<i64>,
    String,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

/// Adds a message; one that is settled from the start is never sent.
pub fn enqueue(conn: &mut Conn, message: &Message) -> Result<(), StoreError> {
    let queued = message.queued_at.timestamp_micros();
    on!(conn, c => diesel::insert_into(table::table)
        .values((
            table::id.eq(&message.id),
            table::batch.eq(message.batch.as_slice()),
            table::account_id.eq(&message.account),
            table::service_key.eq(&message.service_key),
            table::address.eq(&message.address),
            table::name_id.eq(&message.name_id),
            table::session_index.eq(&message.session_index),
            table::queued_at.eq(queued),
            table::next_try_at.eq(queued),
            table::tries.eq(0_i64),
            table::done_at.eq(message.done_at.map(|at| at.timestamp_micros())),
            table::outcome.eq(message.outcome.as_str()),
        ))
        .execute(c))?;
    Ok(())
}

/// A message that somebody may claim.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Due {
    id: String,
    next_try_at: i64,
    /// Where it goes.
    pub address: String,
}

/// Lists up to `limit` messages that are due at `now`, the longest waiting first, without those to the `passed` origins:
/// `https://mail.univ.example`, as they begin an address.
pub fn due(
    conn: &mut Conn,
    now: DateTime<Utc>,
    passed: &[String],
    limit: i64,
) -> Result<Vec<Due>, StoreError> {
    let patterns: Vec<String> = passed.iter().map(|origin| beginning_with(origin)).collect();
    Ok(on!(conn, c => {
        let mut due = table::table
            .filter(table::done_at.is_null())
            .filter(table::next_try_at.le(now.timestamp_micros()))
            .order(table::next_try_at.asc())
            .limit(limit)
            .select((table::id, table::next_try_at, table::address))
            .into_boxed();
        for (origin, pattern) in passed.iter().zip(&patterns) {
            due = due
                .filter(table::address.ne(origin))
                .filter(table::address.not_like(pattern).escape('!'));
        }
        due.load(c)
    })?)
}

fn beginning_with(origin: &str) -> String {
    let literal = origin.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("{literal}/%")
}

/// Claims a message: nobody else is given it while the claim lasts. `None` when somebody else was sooner.
pub fn claim(conn: &mut Conn, due: &Due, now: DateTime<Utc>) -> Result<Option<Message>, StoreError> {
    // Guarded by the time that was read: of two senders, one changes the row.
    let guarded = table::table
        .filter(table::id.eq(&due.id))
        .filter(table::next_try_at.eq(due.next_try_at));
    let row: Option<Row> = on!(conn, c => diesel::update(guarded)
        .set((
            table::next_try_at.eq((now + LEASE).timestamp_micros()),
            table::tries.eq(table::tries + 1),
        ))
        .returning(table::all_columns)
        .get_result(c)
        .optional())?;
    row.map(message).transpose()
}

/// What a try brought.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Settled with this outcome, or still pending.
    pub outcome: Outcome,
    /// The HTTP status, if any.
    pub status: Option<i64>,
    /// How long the try took.
    pub latency: Duration,
    /// When it is tried again, unless it is settled.
    pub again: Option<DateTime<Utc>>,
}

/// Notes what a try of a claimed message brought; answers whether the claim still held. A sender that outlived its
/// claim changes nothing: somebody else has the message, or had it and settled it.
pub fn record(
    conn: &mut Conn,
    claimed: &Message,
    answer: &Answer,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done_at = answer.again.is_none().then(|| now.timestamp_micros());
    let mine = table::table
        .filter(table::id.eq(&claimed.id))
        .filter(table::tries.eq(claimed.tries))
        .filter(table::done_at.is_null());
    let noted = on!(conn, c => diesel::update(mine)
        .set((
            table::outcome.eq(answer.outcome.as_str()),
            table::status.eq(answer.status),
            table::latency.eq(answer.latency.num_microseconds()),
            table::done_at.eq(done_at),
            table::next_try_at.eq(answer.again.unwrap_or(now).timestamp_micros()),
        ))
        .execute(c))?;
    Ok(noted == 1)
}

/// Lists the messages of one sign-out, in the order they were written.
pub fn of_batch(conn: &mut Conn, batch: &Digest) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => table::table
        .filter(table::batch.eq(batch.as_slice()))
        .order(table::id.asc())
        .load(c))?;
    rows.into_iter().map(message).collect()
}

/// When the next unsettled message is due.
pub fn next_due(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let at: Option<i64> = on!(conn, c => table::table
        .filter(table::done_at.is_null())
        .select(diesel::dsl::min(table::next_try_at))
        .get_result(c))?;
    Ok(at.map(from_micros))
}

/// Removes up to `limit` messages that were settled before `before`; answers how many.
pub fn sweep(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let old = table::table.filter(table::done_at.lt(before.timestamp_micros()));
    let ids: Vec<String> = on!(&mut *conn, c => old.select(table::id).limit(limit).load(c))?;
    Ok(on!(conn, c => diesel::delete(table::table.filter(table::id.eq_any(ids))).execute(c))?)
}

fn message(row: Row) -> Result<Message, StoreError> {
    let (
        id,
        batch,
        account,
        service_key,
        address,
        name_id,
        session_index,
        queued,
        _,
        tries,
        done,
        word,
        status,
        _,
        retried,
    ) = row;
    let corrupt = |column| StoreError::Corrupt {
        table: "logout_messages",
        column,
        row: id.clone(),
    };
    Ok(Message {
        batch: batch.try_into().map_err(|_| corrupt("batch"))?,
        outcome: Outcome::parse(&word).ok_or_else(|| corrupt("outcome"))?,
        account,
        service_key,
        address,
        name_id,
        session_index,
        queued_at: from_micros(queued),
        tries,
        status,
        done_at: done.map(from_micros),
        retried_at: retried.map(from_micros),
        id,
    })
}
