//! The three questions of a sign-on: whose cookie is this, keep this ticket, spend this ticket. Everybody who asks at the
//! same moment is answered by the same statements.

pub(super) mod postgres;

use chrono::{DateTime, Utc};

use super::accounts::Holder;
use super::conn::Engine;
use super::facts;
use super::sessions::{self, Held};
use super::stories::{self, Recent, Watched};
use super::tickets::{self, Consumption, NewTicket};
use super::{Conn, StoreError};
use crate::kernel::keyring::Digest;

/// A browser's cookie.
#[derive(Debug, Clone)]
pub struct Resume {
    /// Its digest.
    pub cookie: Digest,
    /// The service whose last tickets are wanted too.
    pub watched: Option<Watched>,
}

/// A session, live or not.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// The session.
    pub held: Held,
    /// Its last tickets for the watched service, newest first; where they are too few to matter, none.
    pub recent: Vec<Recent>,
}

/// A ticket to keep.
#[derive(Debug, Clone)]
pub struct Issue {
    /// The ticket.
    pub ticket: NewTicket,
    /// Whether it restarts the idle clock of its session ([T-8]).
    pub touches: bool,
}

/// A ticket that somebody presents.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Its digest.
    pub digest: Digest,
    /// Its text, kept from now on as the `SessionIndex` of single logout.
    pub handle: String,
    /// The address that presents it, where stories are kept.
    pub from: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A ticket that was presented, and whose it is.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The ticket, spent now.
    pub consumption: Consumption,
    /// Its session and the holder, if the ticket was fresh and the session was there at that very moment: whoever ends it
    /// from now on tells the ticket's service ([T-6]).
    pub owner: Option<(Held, Holder)>,
}

/// Finds the session of each cookie.
pub(super) fn resume(conn: &mut Conn, asked: &[Resume]) -> Result<Vec<Option<Resumed>>, StoreError> {
    let cookies: Vec<Digest> = asked.iter().map(|ask| ask.cookie).collect();
    let held = sessions::by_cookies(conn, &cookies)?;
    let watched: Vec<(Digest, Watched)> = held
        .iter()
        .zip(asked)
        .filter_map(|(held, ask)| Some((held.as_ref()?.session.digest, ask.watched.clone()?)))
        .collect();
    let mut recent = stories::recent(conn, &watched)?.into_iter();
    let resumed = held.into_iter().zip(asked).map(|(held, ask)| {
        held.map(|held| Resumed {
            held,
            recent: ask
                .watched
                .as_ref()
                .and_then(|_| recent.next())
                .unwrap_or_default(),
        })
    });
    Ok(resumed.collect())
}

/// Keeps tickets.
pub(super) fn issue(conn: &mut Conn, issues: &[Issue]) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.issue(issues);
    }
    if let Engine::Postgres(c) = &mut conn.engine {
        postgres::issue(c, issues)?;
    } else {
        issues
            .iter()
            .try_for_each(|issue| tickets::issue(conn, &issue.ticket))?;
    }
    issues
        .iter()
        .filter(|issue| issue.touches)
        .try_for_each(|issue| sessions::touch(conn, &issue.ticket.session, issue.ticket.issued_at))
}

/// Spends tickets, and finds whose they are.
pub(super) fn take(conn: &mut Conn, presented: &[Presented]) -> Result<Vec<Taken>, StoreError> {
    if let Some(registry) = conn.registry() {
        let found = registry.take(presented)?;
        let (consumptions, open): (Vec<_>, Vec<_>) = found
            .into_iter()
            .map(|found| (found.consumption, found.session))
            .unzip();
        let owners = facts::owning(conn, open)?;
        let taken = consumptions.into_iter().zip(owners);
        return Ok(taken
            .map(|(consumption, owner)| Taken { consumption, owner })
            .collect());
    }
    if let Engine::Postgres(c) = &mut conn.engine {
        return postgres::take(c, presented);
    }
    presented
        .iter()
        .map(|presented| {
            let consumption = tickets::consume(conn, presented)?;
            let owner = match &consumption {
                Consumption::Fresh(ticket) => sessions::with_holder(conn, &ticket.session)?,
                Consumption::Spent | Consumption::Unknown => None,
            };
            Ok(Taken { consumption, owner })
        })
        .collect()
}
