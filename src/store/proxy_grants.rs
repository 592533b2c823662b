//! Proxy-granting tickets: kept while their session lives, used as often as one likes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::proxy_grants as table;
use super::{Conn, StoreError};
use crate::kernel::keyring::Digest;

/// A proxy-granting ticket, going in.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Digest of the ticket.
    pub digest: Digest,
    /// Digest of the ticket-granting ticket that it dies with.
    pub session: Digest,
    /// Digest of the service ticket or proxy ticket that brought it: one each at most ([T-7]).
    pub ticket: Digest,
    /// The registered service that acts as the proxy.
    pub service_key: String,
    /// The callbacks on the way, its own first.
    pub proxies: Vec<String>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// A proxy-granting ticket that somebody presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Digest of the ticket-granting ticket that it dies with.
    pub session: Digest,
    /// The registered service that acts as the proxy.
    pub service_key: String,
    /// The callbacks on the way, its own first.
    pub proxies: Vec<String>,
}

/// Adds a proxy-granting ticket. The database refuses one whose session is gone, and a second one for a ticket.
pub fn add(conn: &mut Conn, grant: &NewGrant) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.grant(grant);
    }
    on!(conn, c => diesel::insert_into(table::table)
        .values((
            table::digest.eq(grant.digest.as_slice()),
            table::session.eq(grant.session.as_slice()),
            table::ticket.eq(grant.ticket.as_slice()),
            table::service_key.eq(&grant.service_key),
            table::proxies.eq(serde_json::json!(grant.proxies).to_string()),
            table::issued_at.eq(grant.issued_at.timestamp_micros()),
        ))
        .execute(c))?;
    Ok(())
}

/// Finds the proxy-granting ticket with this digest. It is removed with its session ([X-3]), but a session that has
/// merely run out is still there: the caller looks at it.
pub fn by_digest(conn: &mut Conn, digest: &Digest) -> Result<Option<Grant>, StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.granted(digest);
    }
    let found: Option<(Vec<u8>, String, String)> = on!(conn, c => table::table
        .filter(table::digest.eq(digest.as_slice()))
        .select((table::session, table::service_key, table::proxies))
        .get_result(c)
        .optional())?;
    let Some((session, service_key, proxies)) = found else {
        return Ok(None);
    };
    let corrupt = |column| StoreError::Corrupt {
        table: "proxy_grants",
        column,
        row: service_key.clone(),
    };
    Ok(Some(Grant {
        session: session.try_into().map_err(|_| corrupt("session"))?,
        proxies: serde_json::from_str(&proxies).map_err(|_| corrupt("proxies"))?,
        service_key,
    }))
}
