//! Activations and recoveries under way.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::journeys as table;
use super::{Conn, StoreError};
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;

/// A journey: which one, how far, for whom.
#[derive(Debug, Clone)]
pub struct Journey {
    /// Digest of the flow cookie.
    pub digest: Digest,
    /// `activation` or `recovery`.
    pub kind: String,
    /// The step that comes next.
    pub step: String,
    /// The person the first step found; none where nothing matched and the journey goes on all the same.
    pub person: Option<String>,
    /// Keyed digest of the file number typed: what the later steps' throttle counts on.
    pub typed: Vec<u8>,
    /// What a later step needs to know, never a secret.
    pub details: String,
    /// The credentials sheet, sealed with a key that only the flow cookie holds.
    pub sheet: Option<Vec<u8>>,
    /// When it is forgotten.
    pub expires_at: DateTime<Utc>,
}

type Row = (
    Vec<u8>,
    String,
    String,
    Option<String>,
    Vec<u8>,
    String,
    Option<Vec<u8>>,
    i64,
);

/// Adds a journey.
pub fn start(conn: &mut Conn, journey: &Journey) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table)
        .values((
            table::digest.eq(journey.digest.as_slice()),
            table::kind.eq(&journey.kind),
            table::step.eq(&journey.step),
            table::person_id.eq(&journey.person),
            table::typed.eq(&journey.typed),
            table::details.eq(&journey.details),
            table::expires_at.eq(journey.expires_at.timestamp_micros()),
        ))
        .execute(c))?;
    Ok(())
}

/// Finds the journey of a flow cookie, unless it has expired.
pub fn find(conn: &mut Conn, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Journey>, StoreError> {
    let row: Option<Row> = on!(conn, c => table::table
        .filter(table::digest.eq(digest.as_slice()))
        .filter(table::expires_at.gt(now.timestamp_micros()))
        .get_result(c)
        .optional())?;
    Ok(row.map(
        |(_, kind, step, person, typed, details, sheet, expires_at)| Journey {
            digest: *digest,
            kind,
            step,
            person,
            typed,
            details,
            sheet,
            expires_at: from_micros(expires_at),
        },
    ))
}

/// Moves a journey from one step to the next; answers whether it was still at `from`, so that a step counts once.
pub fn advance(
    conn: &mut Conn,
    digest: &Digest,
    from: &str,
    to: &str,
    details: &str,
) -> Result<bool, StoreError> {
    let at_step = table::table
        .filter(table::digest.eq(digest.as_slice()))
        .filter(table::step.eq(from));
    let moved = on!(conn, c => diesel::update(at_step)
        .set((table::step.eq(to), table::details.eq(details)))
        .execute(c))?;
    Ok(moved == 1)
}

/// Leaves the sealed sheet with the journey until `expires_at`.
pub fn keep_sheet(
    conn: &mut Conn,
    digest: &Digest,
    sheet: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(table::table.filter(table::digest.eq(digest.as_slice())))
        .set((table::sheet.eq(sheet), table::expires_at.eq(expires_at.timestamp_micros())))
        .execute(c))?;
    Ok(())
}

/// Forgets a journey, sheet and all.
pub fn end(conn: &mut Conn, digest: &Digest) -> Result<(), StoreError> {
    on!(conn, c => diesel::delete(table::table.filter(table::digest.eq(digest.as_slice()))).execute(c))?;
    Ok(())
}

/// Removes up to `limit` journeys that expired before `now`.
pub fn sweep(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let old = table::table.filter(table::expires_at.lt(now.timestamp_micros()));
    let digests: Vec<Vec<u8>> = on!(&mut *conn, c => old.select(table::digest).limit(limit).load(c))?;
    Ok(on!(conn, c => diesel::delete(table::table.filter(table::digest.eq_any(digests))).execute(c))?)
}
