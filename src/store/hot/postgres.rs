//! The same on PostgreSQL, where a statement costs a round trip: one for everybody, with an array for each column.

use std::collections::{HashMap, HashSet};

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};

use super::{Consumption, Issue, Presented, Taken, sessions, stories};
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::conn::PgConnection;
use crate::store::schema::service_tickets;
use crate::store::stories::{Recent, RecentRow, Watched};
use crate::store::tickets::{ConsumedRow, consumed};

/// A statement of fixed text with arrays for values, prepared once a connection.
macro_rules! fixed {
    ($name:ident<$life:lifetime> { $($field:ident: $rust:ty = $sql:ty),+ } $before:literal $after:literal) => {
        struct $name<$life> { $($field: Vec<$rust>),+ }

        impl QueryId for $name<'_> {
            type QueryId = $name<'static>;
        }

        impl QueryFragment<Pg> for $name<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_sql($before);
                let mut comma = "";
                $(
                    out.push_sql(comma);
                    out.push_bind_param::<Array<$sql>, _>(&self.$field)?;
                    comma = ", ";
                )+
                let _ = comma;
                out.push_sql($after);
                Ok(())
            }
        }

        impl<C> RunQueryDsl<C> for $name<'_> {}
    };
}

fixed! {
    Keep<'a> {
        digests: &'a [u8] = Binary,
        sessions: &'a [u8] = Binary,
        kinds: &'a str = Text,
        service_keys: &'a str = Text,
        services: &'a str = Text,
        from_new_logins: bool = Bool,
        proxies: String = Text,
        issued: i64 = BigInt,
        expiries: i64 = BigInt,
        origins: Option<&'a str> = Nullable<Text>
    }
    "INSERT INTO service_tickets (digest, session, kind, service_key, service, from_new_login, proxies, issued_at, \
     expires_at, asked_from) SELECT * FROM unnest("
    ")"
}

/// Keeps tickets.
pub(super) fn issue(conn: &mut PgConnection, issues: &[Issue]) -> Result<(), StoreError> {
    let tickets = || issues.iter().map(|issue| &issue.ticket);
    let keep = Keep {
        digests: tickets().map(|ticket| ticket.digest.as_slice()).collect(),
        sessions: tickets().map(|ticket| ticket.session.as_slice()).collect(),
        kinds: tickets().map(|ticket| ticket.kind).collect(),
        service_keys: tickets().map(|ticket| ticket.service_key.as_str()).collect(),
        services: tickets().map(|ticket| ticket.service.as_str()).collect(),
        from_new_logins: tickets().map(|ticket| ticket.from_new_login).collect(),
        proxies: tickets()
            .map(|ticket| serde_json::json!(ticket.proxies).to_string())
            .collect(),
        issued: tickets()
            .map(|ticket| ticket.issued_at.timestamp_micros())
            .collect(),
        expiries: tickets()
            .map(|ticket| ticket.expires_at.timestamp_micros())
            .collect(),
        origins: tickets().map(|ticket| ticket.asked_from.as_deref()).collect(),
    };
    keep.execute(conn)?;
    Ok(())
}

fixed! {
    Spend<'a> {
        digests: &'a [u8] = Binary,
        handles: &'a str = Text,
        services: &'a str = Text,
        origins: Option<&'a str> = Nullable<Text>,
        times: i64 = BigInt
    }
    "UPDATE service_tickets AS t SET consumed_at = p.at, handle = CASE t.service WHEN p.service THEN p.handle END, \
     presented_from = p.origin FROM unnest("
    ") AS p (digest, handle, service, origin, at) WHERE t.digest = p.digest AND t.consumed_at IS NULL RETURNING t.digest, \
     t.session, t.kind, t.service_key, t.service, t.from_new_login, t.proxies, t.issued_at, t.expires_at"
}

impl Query for Spend<'_> {
    type SqlType = (Binary, Binary, Text, Text, Text, Bool, Text, BigInt, BigInt);
}

type Spent = (Vec<u8>, Vec<u8>, String, String, String, bool, String, i64, i64);

/// Spends tickets: one guarded statement ([T-3]), in which a ticket that is presented several times is one row.
pub(super) fn take(conn: &mut PgConnection, presented: &[Presented]) -> Result<Vec<Taken>, StoreError> {
    // Whoever presents it first: of several rows to update one from, the server would take any.
    let mut seen = HashSet::new();
    let first: Vec<&Presented> = presented.iter().filter(|one| seen.insert(one.digest)).collect();
    let digests: Vec<&[u8]> = first.iter().map(|one| one.digest.as_slice()).collect();
    let spend = Spend {
        digests: digests.clone(),
        handles: first.iter().map(|one| &*one.handle).collect(),
        services: first.iter().map(|one| one.service.as_str()).collect(),
        origins: first.iter().map(|one| one.from.as_deref()).collect(),
        times: first.iter().map(|one| one.at.timestamp_micros()).collect(),
    };
    let rows: Vec<Spent> = spend.load(conn)?;
    let mut fresh: HashMap<Vec<u8>, ConsumedRow> = rows.into_iter().map(apart).collect();
    let others: Vec<&[u8]> = digests
        .into_iter()
        .filter(|digest| !fresh.contains_key(*digest))
        .collect();
    let mut known = known(conn, &others)?;
    known.extend(fresh.keys().cloned());
    let open: Vec<&[u8]> = fresh.values().map(|row| row.0.as_slice()).collect();
    let owners = sessions::with_holders(conn, &open)?;
    presented
        .iter()
        .map(|one| {
            let consumption = match fresh.remove(one.digest.as_slice()) {
                Some(row) => Consumption::Fresh(consumed(row)?),
                None if known.contains(one.digest.as_slice()) => Consumption::Spent,
                None => Consumption::Unknown,
            };
            let owner = match &consumption {
                Consumption::Fresh(ticket) => owners.get(&ticket.session).cloned(),
                Consumption::Spent | Consumption::Unknown => None,
            };
            Ok(Taken { consumption, owner })
        })
        .collect()
}

/// A row behind its key.
fn apart(row: Spent) -> (Vec<u8>, ConsumedRow) {
    let (digest, session, kind, key, service, fresh, proxies, issued_at, expires_at) = row;
    (
        digest,
        (session, kind, key, service, fresh, proxies, issued_at, expires_at),
    )
}

/// Which of these tickets were ever issued.
fn known(conn: &mut PgConnection, digests: &[&[u8]]) -> Result<HashSet<Vec<u8>>, StoreError> {
    if digests.is_empty() {
        return Ok(HashSet::new());
    }
    let there: Vec<Vec<u8>> = service_tickets::table
        .filter(service_tickets::digest.eq_any(digests))
        .select(service_tickets::digest)
        .load(conn)?;
    Ok(there.into_iter().collect())
}

fixed! {
    Lately<'a> {
        sessions: &'a [u8] = Binary,
        service_keys: &'a str = Text,
        since: i64 = BigInt,
        limits: i64 = BigInt
    }
    "SELECT w.number, t.digest, t.service, t.issued_at, t.consumed_at, t.refused FROM unnest("
    ") WITH ORDINALITY AS w (session, service_key, since, most, number) CROSS JOIN LATERAL (SELECT digest, service, \
     issued_at, consumed_at, refused FROM service_tickets WHERE session = w.session AND service_key = w.service_key \
     AND issued_at >= w.since ORDER BY issued_at DESC LIMIT w.most) AS t ORDER BY w.number, t.issued_at DESC"
}

impl Query for Lately<'_> {
    type SqlType = (BigInt, (Binary, Text, BigInt, Nullable<BigInt>, Nullable<Text>));
}

/// The last tickets of each session for a service, newest first.
pub(in crate::store) fn recent(
    conn: &mut PgConnection,
    watched: &[(Digest, Watched)],
) -> Result<Vec<Vec<Recent>>, StoreError> {
    let lately = Lately {
        sessions: watched.iter().map(|(session, _)| session.as_slice()).collect(),
        service_keys: watched
            .iter()
            .map(|(_, watched)| watched.service_key.as_str())
            .collect(),
        since: watched
            .iter()
            .map(|(_, watched)| watched.since.timestamp_micros())
            .collect(),
        limits: watched
            .iter()
            .map(|(_, watched)| i64::from(watched.limit))
            .collect(),
    };
    let rows: Vec<(i64, RecentRow)> = lately.load(conn)?;
    let mut recent = vec![Vec::new(); watched.len()];
    for (number, row) in rows {
        // Counted from one.
        let place = usize::try_from(number - 1).unwrap_or(usize::MAX);
        if let Some(list) = recent.get_mut(place) {
            list.push(stories::told(row));
        }
    }
    Ok(recent)
}
