//! Ledgers of failed tries, by keyed digest of what they are about.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::conn::on;
use super::schema::throttles as table;
use super::{Conn, StoreError};
use crate::kernel::keyring::Digest;

/// How long a ledger is kept after its last use; the longest budget looks back thirty days.
pub const KEPT: Duration = Duration::days(31);

/// Loads the ledger of `key`, lets `change` act on it, and stores it again.
///
/// The row is locked from the first statement on, so that two nodes never both count the same free try ([S-42]).
/// A ledger that cannot be read counts as empty: it was written by a version that is gone.
pub fn with_ledger<L, R>(
    conn: &mut Conn,
    key: &Digest,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut L) -> R,
) -> Result<R, StoreError>
where
    L: Serialize + DeserializeOwned + Default,
{
    let expires_at = (now + KEPT).timestamp_micros();
    let text: String = on!(&mut *conn, c => diesel::insert_into(table::table)
        .values((table::key.eq(key.as_slice()), table::ledger.eq(""), table::expires_at.eq(expires_at)))
        .on_conflict(table::key)
        .do_update()
        .set(table::expires_at.eq(expires_at))
        .returning(table::ledger)
        .get_result(c))?;
    let mut ledger: L = serde_json::from_str(&text).unwrap_or_default();
    let answer = change(&mut ledger);
    let after = serde_json::to_string(&ledger).unwrap_or_default();
    if after != text {
        on!(conn, c => diesel::update(table::table.filter(table::key.eq(key.as_slice())))
            .set(table::ledger.eq(after))
            .execute(c))?;
    }
    Ok(answer)
}

/// How often a ledger that others change as well is read anew. Each time somebody else has got on.
const ATTEMPTS: u32 = 64;

/// [`with_ledger`] for a ledger whose loss gives nobody a guess at a short secret: kept with the tickets.
pub fn with_passing<L, R>(
    conn: &mut Conn,
    key: &Digest,
    now: DateTime<Utc>,
    change: impl Fn(&mut L) -> R,
) -> Result<R, StoreError>
where
    L: Serialize + DeserializeOwned + Default,
{
    let Some(registry) = conn.registry() else {
        return with_ledger(conn, key, now, change);
    };
    for _ in 0..ATTEMPTS {
        let before = registry.ledger(key)?;
        let text = before.as_deref().unwrap_or_default();
        let mut ledger: L = serde_json::from_str(text).unwrap_or_default();
        let answer = change(&mut ledger);
        let after = serde_json::to_string(&ledger).unwrap_or_default();
        let kept = KEPT.to_std().unwrap_or_default();
        if after == text || registry.replace_ledger(key, before.as_deref(), &after, kept)? {
            return Ok(answer);
        }
    }
    Err(StoreError::Unavailable(None))
}

/// Reads the ledger of `key` without a lock, for a page that only wants to know.
pub fn peek<L: DeserializeOwned>(conn: &mut Conn, key: &Digest) -> Result<Option<L>, StoreError> {
    let text: Option<String> = on!(conn, c => table::table
        .filter(table::key.eq(key.as_slice()))
        .select(table::ledger)
        .get_result(c)
        .optional())?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Removes up to `limit` ledgers that expired before `now`; answers how many.
pub fn sweep(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let now = now.timestamp_micros();
    let old = table::table.filter(table::expires_at.lt(now));
    let keys: Vec<Vec<u8>> = on!(&mut *conn, c => old.select(table::key).limit(limit).load(c))?;
    // Asked again: one of them may have been used since.
    let old = table::table
        .filter(table::key.eq_any(keys))
        .filter(table::expires_at.lt(now));
    Ok(on!(conn, c => diesel::delete(old).execute(c))?)
}
