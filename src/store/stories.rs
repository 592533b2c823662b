//! What became of each ticket: written along with the ticket itself, read by whoever has to explain a refusal.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::{Engine, on};
use super::fixed::Lately;
use super::schema::{service_tickets as table, sessions};
use super::{Conn, StoreError};
use crate::cas::ticket::Trace;
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;

/// A ticket's row, as far as it tells its story.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = table)]
pub struct Story {
    /// Digest of the ticket-granting ticket.
    pub session: Vec<u8>,
    /// `ST` or `PT`.
    pub kind: String,
    /// The registered service.
    pub service_key: String,
    /// The service identifier it was issued for.
    pub service: String,
    /// Whether credentials were presented in the request that issued it.
    pub from_new_login: bool,
    /// When it was issued, in microseconds.
    pub issued_at: i64,
    /// When it stopped being good, in microseconds.
    pub expires_at: i64,
    /// When it was presented, in microseconds.
    pub consumed_at: Option<i64>,
    /// The address that asked for it.
    pub asked_from: Option<String>,
    /// The address that presented it.
    pub presented_from: Option<String>,
    /// The service identifier it was presented with, where that was the reason to refuse it.
    pub presented_as: Option<String>,
    /// Why it was refused.
    pub refused: Option<String>,
    /// How often it was presented again.
    pub replays: i64,
    /// The last time it was, in microseconds.
    pub replayed_at: Option<i64>,
    /// Who did.
    pub replayed_from: Option<String>,
}

/// Notes that a spent ticket was presented again. The last time is kept, however often it happens.
pub fn replayed(
    conn: &mut Conn,
    digest: &Digest,
    from: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.replayed(digest, from, now);
    }
    on!(conn, c => diesel::update(table::table.filter(table::digest.eq(digest.as_slice())))
        .set((
            table::replays.eq(table::replays + 1),
            table::replayed_at.eq(now.timestamp_micros()),
            table::replayed_from.eq(from),
        ))
        .execute(c))?;
    Ok(())
}

/// The stories of the tickets whose digest begins with `trace`, each with whether its session is still there.
pub fn by_trace(conn: &mut Conn, trace: Trace) -> Result<Vec<(Story, bool)>, StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.by_trace(trace);
    }
    let from = trace.prefix().to_vec();
    let below = trace.next().map(|next| next.prefix().to_vec());
    let rows: Vec<Story> = on!(&mut *conn, c => {
        let query = table::table.filter(table::digest.ge(from)).select(Story::as_select());
        match below {
            Some(below) => query.filter(table::digest.lt(below)).load(c),
            None => query.load(c),
        }
    })?;
    rows.into_iter()
        .map(|story| {
            let held = sessions::table.filter(sessions::digest.eq(&story.session));
            let live: bool = on!(&mut *conn, c => diesel::select(diesel::dsl::exists(held)).get_result(c))?;
            Ok((story, live))
        })
        .collect()
}

/// One of the tickets that a session was given for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// The ticket's digest.
    pub digest: Vec<u8>,
    /// The service identifier.
    pub service: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was presented.
    pub presented_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    pub refused: Option<String>,
}

/// Which of a session's tickets are looked for.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Those for this registered service,
    pub service_key: String,
    /// not from before,
    pub since: DateTime<Utc>,
    /// and at most so many.
    pub limit: u8,
}

/// The last tickets of each session for a service, newest first.
pub(super) fn recent(conn: &mut Conn, watched: &[(Digest, Watched)]) -> Result<Vec<Vec<Recent>>, StoreError> {
    if watched.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(registry) = conn.registry() {
        return registry.recent(watched);
    }
    match &mut conn.engine {
        Engine::Sqlite(c) => watched
            .iter()
            .map(|(session, watched)| {
                let lately = Lately {
                    session: session.as_slice(),
                    service_key: &watched.service_key,
                    since: watched.since.timestamp_micros(),
                    limit: watched.limit,
                };
                let rows: Vec<RecentRow> = lately.load(&mut **c)?;
                Ok(rows.into_iter().map(told).collect())
            })
            .collect(),
        Engine::Postgres(c) => super::hot::postgres::recent(c, watched),
    }
}

/// A recent ticket as it comes out.
pub(super) type RecentRow = (Vec<u8>, String, i64, Option<i64>, Option<String>);

/// A recent ticket, read.
pub(super) fn told((digest, service, issued_at, presented_at, refused): RecentRow) -> Recent {
    Recent {
        digest,
        service,
        issued_at: from_micros(issued_at),
        presented_at: presented_at.map(from_micros),
        refused,
    }
}
