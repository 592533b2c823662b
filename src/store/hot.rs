//! The three questions of a sign-on: whose cookie is this, keep this ticket, spend this ticket. Everybody who asks at the
//! same moment is answered by the same statements.

mod elsewhere;
pub(super) mod postgres;

use chrono::{DateTime, Utc};

use super::accounts::Holder;
use super::conn::Engine;
use super::sessions::{self, Held};
use super::stories::{self, Recent, Watched};
use super::tickets::{self, Consumption, NewTicket};
use super::{Conn, StoreError};
use crate::cas::service::same_identifier;
use crate::kernel::keyring::Digest;
use crate::kernel::secret::Unshown;

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
    /// Its text, kept from now on as the `SessionIndex` of single logout if it was issued for `service`.
    pub handle: Unshown,
    /// The service identifier that came with it.
    pub service: String,
    /// The address that presents it, where stories are kept.
    pub from: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Presented {
    /// Whether it is presented for `service`, for which it was issued: only then is that service told of the end of the
    /// session.
    pub(super) fn is_for(&self, service: &str) -> bool {
        same_identifier(service, &self.service)
    }

    /// Whether it is presented for the service it was issued for, though in other bytes: its text is then to be kept all
    /// the same.
    pub(super) fn is_spelled_otherwise(&self, consumption: &Consumption) -> bool {
        match consumption {
            Consumption::Fresh(ticket) => ticket.service != self.service && self.is_for(&ticket.service),
            Consumption::Spent | Consumption::Unknown => false,
        }
    }
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

/// Answers all three kinds.
pub(super) fn together(
    conn: &mut Conn,
    issues: &[Issue],
    presented: &[Presented],
    asked: &[Resume],
) -> Result<(Vec<Taken>, Vec<Option<Resumed>>), StoreError> {
    if conn.registry().is_some() {
        return elsewhere::together(conn, issues, presented, asked);
    }
    // In this order: a ticket may be kept and presented in the same moment. What nobody asks costs no round trip.
    if !issues.is_empty() {
        issue(conn, issues)?;
    }
    let taken = match presented {
        [] => Vec::new(),
        presented => take(conn, presented)?,
    };
    let resumed = match asked {
        [] => Vec::new(),
        asked => resume(conn, asked)?,
    };
    Ok((taken, resumed))
}

/// Finds the session of each cookie.
pub(super) fn resume(conn: &mut Conn, asked: &[Resume]) -> Result<Vec<Option<Resumed>>, StoreError> {
    if conn.registry().is_some() {
        return Ok(elsewhere::together(conn, &[], &[], asked)?.1);
    }
    let cookies: Vec<Digest> = asked.iter().map(|ask| ask.cookie).collect();
    let held = sessions::by_cookies(conn, &cookies)?;
    with_recent(conn, asked, held)
}

/// Adds to each session its last tickets, where they are wanted.
fn with_recent(
    conn: &mut Conn,
    asked: &[Resume],
    held: Vec<Option<Held>>,
) -> Result<Vec<Option<Resumed>>, StoreError> {
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
    if conn.registry().is_some() {
        return Ok(elsewhere::together(conn, &[], presented, &[])?.0);
    }
    let taken = match &mut conn.engine {
        Engine::Postgres(c) => postgres::take(c, presented)?,
        Engine::Sqlite(_) => presented
            .iter()
            .map(|one| take_one(conn, one))
            .collect::<Result<_, _>>()?,
    };
    for (one, taken) in presented.iter().zip(&taken) {
        if one.is_spelled_otherwise(&taken.consumption) {
            tickets::accept(conn, &one.digest, &one.handle)?;
        }
    }
    Ok(taken)
}

fn take_one(conn: &mut Conn, presented: &Presented) -> Result<Taken, StoreError> {
    let consumption = tickets::consume(conn, presented)?;
    let owner = match &consumption {
        Consumption::Fresh(ticket) => sessions::with_holder(conn, &ticket.session)?,
        Consumption::Spent | Consumption::Unknown => None,
    };
    Ok(Taken { consumption, owner })
}
