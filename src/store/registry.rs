//! The contract of a place, other than the tables of the database, where live sessions and tickets are kept.

pub mod memory;
mod place;
pub mod redis;

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::StoreError;
use super::hot::{Issue, Presented};
use super::proxy_grants::{Grant, NewGrant};
use super::sessions::Session;
use super::stories::{Recent, Story, Watched};
use super::tickets::{Consumption, Validated};
use crate::cas::ticket::Trace;
use crate::kernel::keyring::Digest;

pub use place::Place;

/// How long whoever closed a session has to write down who must be told of it, before it counts as dead and another may.
pub const CLOSING: Duration = Duration::from_secs(30);

/// What became of a ticket that was presented.
#[derive(Debug, Clone)]
pub struct Found {
    /// The ticket, spent now.
    pub consumption: Consumption,
    /// The session of a ticket that was fresh, if it is still open. From now on it knows the service as one to be told
    /// of its end, where the ticket was presented for the service it was issued for
    /// ([`same_identifier`](crate::cas::service::same_identifier)).
    pub session: Option<Session>,
}

/// What sign-ons ask at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Tickets to keep,
    pub issues: &'a [Issue],
    /// tickets to spend, whatever will be judged of them ([T-3]): one that is presented twice at once is found fresh once,
    pub presented: &'a [Presented],
    /// and cookies, the open sessions of which are looked for.
    pub cookies: &'a [Digest],
}

/// What they are told, each in the order in which they asked.
#[derive(Debug, Default)]
pub struct Told {
    /// What became of the tickets that were presented.
    pub found: Vec<Found>,
    /// The open session of each cookie.
    pub sessions: Vec<Option<Session>>,
}

/// Where live sessions and tickets are kept.
///
/// The tables keep the same promises by their transactions; `tests/suite/registry.rs` asks them of every implementation:
/// - [`answer`](Self::answer) finds a ticket fresh once, ever, whoever asks and however often, also after the place has failed
///   over, restarted or lost what it held: then it is unknown;
/// - a session that was closed opens nothing, and no ticket of it is taken with it;
/// - [`close`](Self::close) answers each service that a ticket was taken for, to one caller: whoever is not heard of for
///   [`CLOSING`] afterwards is presumed dead, and the session is [`expired`](Self::expired) until somebody has closed and
///   forgotten it;
/// - times come back equal to those given, to the microsecond;
/// - what cannot be read is as good as not there;
/// - an error is `Unavailable`, and leaves it open whether the thing was done, but for what the tables' own rules would
///   refuse: a second proxy-granting ticket for one ticket, and what needs a session that has ended.
///
/// Several at a time, where a sign-on waits for it: the same round trips serve everybody who asks at that moment.
pub trait TicketRegistry: Send {
    /// Answers sign-ons, whatever each of them asks.
    fn answer(&mut self, asked: Asked<'_>) -> Result<Told, StoreError>;

    /// Adds tickets.
    fn issue(&mut self, issues: &[Issue]) -> Result<(), StoreError> {
        let asked = Asked {
            issues,
            ..Asked::default()
        };
        self.answer(asked).map(drop)
    }

    /// Spends tickets.
    fn take(&mut self, presented: &[Presented]) -> Result<Vec<Found>, StoreError> {
        let asked = Asked {
            presented,
            ..Asked::default()
        };
        Ok(self.answer(asked)?.found)
    }

    /// The open session of each cookie.
    fn by_cookies(&mut self, cookies: &[Digest]) -> Result<Vec<Option<Session>>, StoreError> {
        let asked = Asked {
            cookies,
            ..Asked::default()
        };
        Ok(self.answer(asked)?.sessions)
    }

    /// Adds a session whose cookie has the digest `cookie`, opened now.
    fn open(&mut self, session: &Session, cookie: &Digest) -> Result<(), StoreError>;

    /// The open session with each ticket-granting ticket.
    fn by_digests(&mut self, digests: &[Digest]) -> Result<Vec<Option<Session>>, StoreError>;

    /// The open sessions of an account, newest first.
    fn of_account(&mut self, account: &str) -> Result<Vec<Session>, StoreError>;

    /// Restarts the idle clock of a session, if it is open ([T-8]).
    fn touch(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<(), StoreError>;

    /// Replaces an open session by `session`, which has the same digest, and its cookie; answers whether it was open.
    fn renew(&mut self, session: &Session, cookie: &Digest) -> Result<bool, StoreError>;

    /// Closes a session; answers the tickets that were taken in it, oldest first, to the one caller that must tell their
    /// services. `None` when it is not there, or somebody else is telling them.
    fn close(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Vec<Validated>>, StoreError>;

    /// Forgets closed sessions: who must be told is written down.
    fn forget(&mut self, digests: &[Digest]) -> Result<(), StoreError>;

    /// Up to `limit` sessions whose absolute limit was before `now`, or whose closing was left unfinished.
    fn expired(&mut self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Session>, StoreError>;

    /// The session of a ticket that can still be presented at `now`.
    fn unspent(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Digest>, StoreError>;

    /// Notes why a taken ticket was refused; its service is not told of the end of the session.
    fn refuse(&mut self, digest: &Digest, why: &str, presented_as: Option<&str>) -> Result<(), StoreError>;

    /// Takes a refusal back. An error when the session has ended meanwhile: nobody would tell the service of that.
    fn accept(&mut self, digest: &Digest, handle: &str) -> Result<(), StoreError>;

    /// The tickets taken in a session and not refused, oldest first.
    fn validated(&mut self, session: &Digest) -> Result<Vec<Validated>, StoreError>;

    /// Notes that a spent ticket was presented again.
    fn replayed(&mut self, digest: &Digest, from: Option<&str>, now: DateTime<Utc>)
    -> Result<(), StoreError>;

    /// The last tickets of each session for a service, newest first. A list of fewer than `limit` tickets may be left out:
    /// no loop shows in it.
    fn recent(&mut self, watched: &[(Digest, Watched)]) -> Result<Vec<Vec<Recent>>, StoreError>;

    /// The stories under a trace number, each with whether its session is still there.
    fn by_trace(&mut self, trace: Trace) -> Result<Vec<(Story, bool)>, StoreError>;

    /// Adds a proxy-granting ticket, of which a ticket brings one at most: a second is an error, and so is one whose
    /// session has ended.
    fn grant(&mut self, grant: &NewGrant) -> Result<(), StoreError>;

    /// The proxy-granting ticket with this digest.
    fn granted(&mut self, digest: &Digest) -> Result<Option<Grant>, StoreError>;

    /// The ledger of failed tries under `key`, as it was stored.
    fn ledger(&mut self, key: &Digest) -> Result<Option<String>, StoreError>;

    /// Stores a ledger for so long if it still is what was read before; answers whether it was.
    fn replace_ledger(
        &mut self,
        key: &Digest,
        before: Option<&str>,
        after: &str,
        kept: Duration,
    ) -> Result<bool, StoreError>;

    /// The time there; an error when nothing can be written.
    fn time(&mut self) -> Result<DateTime<Utc>, StoreError>;
}

/// What cannot be read is as good as not there, for whoever it belongs to and for nobody who asks beside.
fn readable<T>(found: Result<T, StoreError>) -> Option<T> {
    found
        .inspect_err(|error| tracing::error!(%error, "what the ticket registry keeps cannot be read"))
        .ok()
}

/// The error of a second proxy-granting ticket for one ticket: what the tables' unique index says.
fn once_per_ticket() -> StoreError {
    let words = Box::new("a ticket brings one proxy-granting ticket".to_owned());
    DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, words).into()
}

/// The error of what needs an open session: what the tables' foreign key says.
fn session_is_gone() -> StoreError {
    let words = Box::new("the session has ended".to_owned());
    DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, words).into()
}

/// The error of a registry that cannot be used, with the reason.
fn away(reason: impl Into<String>) -> StoreError {
    let words = Box::new(reason.into());
    StoreError::Unavailable(Some(DieselError::DatabaseError(
        DatabaseErrorKind::ClosedConnection,
        words,
    )))
}
