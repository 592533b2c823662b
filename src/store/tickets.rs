//! Service tickets and proxy tickets: issued once, consumed once.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::fixed::Consume;
use super::hot::{Issue, Presented};
use super::schema::service_tickets as table;
use super::{Conn, StoreError};
use crate::cas::ticket::TicketDigest;
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;

/// A ticket about to be issued.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Digest of the ticket: holding the database is not holding the ticket.
    pub digest: Digest,
    /// Digest of the ticket-granting ticket it comes from.
    pub session: Digest,
    /// `ST` or `PT`.
    pub kind: &'static str,
    /// The registered service.
    pub service_key: String,
    /// The service identifier, byte for byte.
    pub service: String,
    /// Whether credentials were presented in the request that issued it.
    pub from_new_login: bool,
    /// The callbacks that a proxy ticket comes through, most recent first; none for a service ticket.
    pub proxies: Vec<String>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it stops being good.
    pub expires_at: DateTime<Utc>,
    /// The address that asked for it, where stories are kept.
    pub asked_from: Option<String>,
}

/// A ticket that has just been consumed by this caller and no other.
#[derive(Debug, Clone)]
pub struct ConsumedTicket {
    /// Digest of the ticket-granting ticket it comes from.
    pub session: Digest,
    /// `ST` or `PT`.
    pub kind: String,
    /// The registered service.
    pub service_key: String,
    /// The service identifier, byte for byte.
    pub service: String,
    /// Whether credentials were presented in the request that issued it.
    pub from_new_login: bool,
    /// The proxies it came through, most recent first.
    pub proxies: Vec<String>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it stops being good.
    pub expires_at: DateTime<Utc>,
}

/// What presenting a ticket found.
#[derive(Debug, Clone)]
pub enum Consumption {
    /// The ticket was there and is now spent.
    Fresh(ConsumedTicket),
    /// Somebody presented it before.
    Spent,
    /// No such ticket.
    Unknown,
}

/// A ticket that a service has validated: what single logout tells it about.
#[derive(Debug, Clone)]
pub struct Validated {
    /// The registered service.
    pub service_key: String,
    /// The service identifier, byte for byte.
    pub service: String,
    /// The ticket itself, worthless now.
    pub handle: String,
    /// When it was validated.
    pub at: DateTime<Utc>,
}

/// Adds a ticket.
pub fn issue(conn: &mut Conn, ticket: &NewTicket) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        let ticket = ticket.clone();
        let touches = false;
        return registry.issue(&[Issue { ticket, touches }]);
    }
    on!(conn, c => diesel::insert_into(table::table)
        .values((
            table::digest.eq(ticket.digest.as_slice()),
            table::session.eq(ticket.session.as_slice()),
            table::kind.eq(ticket.kind),
            table::service_key.eq(&ticket.service_key),
            table::service.eq(&ticket.service),
            table::from_new_login.eq(ticket.from_new_login),
            table::proxies.eq(serde_json::json!(ticket.proxies).to_string()),
            table::issued_at.eq(ticket.issued_at.timestamp_micros()),
            table::expires_at.eq(ticket.expires_at.timestamp_micros()),
            table::asked_from.eq(ticket.asked_from.as_deref()),
        ))
        .execute(c))?;
    Ok(())
}

pub(super) type ConsumedRow = (Vec<u8>, String, String, String, bool, String, i64, i64);

/// Consumes a ticket, whatever will be judged of it: one guarded statement ([T-3]). One that is then refused must be
/// given to [`refuse`].
pub(super) fn consume(conn: &mut Conn, presented: &Presented) -> Result<Consumption, StoreError> {
    let consume = Consume {
        digest: presented.digest.as_slice(),
        at: presented.at.timestamp_micros(),
        handle: &presented.handle,
        service: &presented.service,
        from: presented.from.as_deref(),
    };
    let taken: Option<ConsumedRow> = on!(&mut *conn, c => consume.get_result(c).optional())?;
    if let Some(row) = taken {
        return consumed(row).map(Consumption::Fresh);
    }
    let spent: bool = on!(conn, c => diesel::select(diesel::dsl::exists(
        table::table.filter(table::digest.eq(presented.digest.as_slice())),
    ))
    .get_result(c))?;
    Ok(if spent {
        Consumption::Spent
    } else {
        Consumption::Unknown
    })
}

/// The session of a ticket that can still be presented at `now`. Looking spends nothing.
pub fn unspent(conn: &mut Conn, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Digest>, StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.unspent(digest, now);
    }
    let found: Option<Vec<u8>> = on!(conn, c => table::table
        .filter(table::digest.eq(digest.as_slice()))
        .filter(table::consumed_at.is_null())
        .filter(table::issued_at.le(now.timestamp_micros()))
        .filter(table::expires_at.gt(now.timestamp_micros()))
        .select(table::session)
        .get_result(c)
        .optional())?;
    let session = |session: Vec<u8>| {
        session.try_into().map_err(|_| StoreError::Corrupt {
            table: "service_tickets",
            column: "session",
            row: String::new(),
        })
    };
    found.map(session).transpose()
}

/// Notes why a consumed ticket was refused, and the address it was presented as where that differs. Its handle is
/// taken back: the service never learnt of a session, so none is to be ended there.
pub fn refuse(
    conn: &mut Conn,
    digest: &Digest,
    why: &str,
    presented_as: Option<&str>,
) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.refuse(digest, why, presented_as);
    }
    on!(conn, c => diesel::update(table::table.filter(table::digest.eq(digest.as_slice())))
        .set((
            table::handle.eq(None::<String>),
            table::refused.eq(why),
            table::presented_as.eq(presented_as),
        ))
        .execute(c))?;
    Ok(())
}

/// Takes a refusal back, once the answer that its service waits for is a success.
pub fn accept(conn: &mut Conn, digest: &Digest, handle: &str) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.accept(digest, handle);
    }
    on!(conn, c => diesel::update(table::table.filter(table::digest.eq(digest.as_slice())))
        .set((table::handle.eq(handle), table::refused.eq(None::<String>)))
        .execute(c))?;
    Ok(())
}

/// Lists the tickets of a session that services validated, oldest first.
pub fn validated(conn: &mut Conn, session: &Digest) -> Result<Vec<Validated>, StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.validated(session);
    }
    let rows: Vec<(String, String, Option<String>, Option<i64>)> = on!(conn, c => table::table
        .filter(table::session.eq(session.as_slice()))
        .filter(table::handle.is_not_null())
        .order(table::consumed_at.asc())
        .select((table::service_key, table::service, table::handle, table::consumed_at))
        .load(c))?;
    Ok(rows
        .into_iter()
        .filter_map(|(service_key, service, handle, at)| {
            Some(Validated {
                service_key,
                service,
                handle: handle?,
                at: from_micros(at?),
            })
        })
        .collect())
}

/// Looks at so many tickets, in the order of their issue, from the first behind `after` to those of `before`, and forgets
/// those whose session is gone. Answers the last that was looked at, when there may be more behind it.
///
/// Those that are kept are looked at as well: whoever began anew for each batch would go through all tickets of sessions
/// that last for weeks, each time.
///
/// # Errors
/// Only those of the database.
pub fn sweep(
    conn: &mut Conn,
    after: &[u8],
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Option<Vec<u8>>, StoreError> {
    use super::schema::sessions;
    let before = TicketDigest::from(before);
    let lives = diesel::dsl::exists(sessions::table.filter(sessions::digest.eq(table::session)));
    let old = table::table
        .filter(table::digest.gt(after))
        .filter(table::digest.lt(before.as_bytes().as_slice()))
        .order(table::digest)
        .select((table::digest, lives))
        .limit(limit);
    let mut old: Vec<(Vec<u8>, bool)> = on!(&mut *conn, c => old.load(c))?;
    let is_full = i64::try_from(old.len()).is_ok_and(|found| found >= limit);
    let last = old.last().map(|(digest, _)| digest.clone());
    old.retain(|(_, lives)| !lives);
    if !old.is_empty() {
        let digests = old.into_iter().map(|(digest, _)| digest);
        on!(conn, c => diesel::delete(table::table.filter(table::digest.eq_any(digests))).execute(c))?;
    }
    Ok(last.filter(|_| is_full))
}

pub(super) fn consumed(row: ConsumedRow) -> Result<ConsumedTicket, StoreError> {
    let (session, kind, service_key, service, from_new_login, proxies, issued_at, expires_at) = row;
    let corrupt = |column| StoreError::Corrupt {
        table: "service_tickets",
        column,
        row: service_key.clone(),
    };
    Ok(ConsumedTicket {
        session: session.try_into().map_err(|_| corrupt("session"))?,
        proxies: serde_json::from_str(&proxies).map_err(|_| corrupt("proxies"))?,
        kind,
        service,
        from_new_login,
        issued_at: from_micros(issued_at),
        expires_at: from_micros(expires_at),
        service_key,
    })
}
