//! Whether a ticket that was just consumed is good: the security argument of validation, on one screen.

use chrono::{DateTime, Duration, Utc};

use super::failure::{Cause, Failure};
use super::request::ValidateRequest;
use super::service::same_identifier;
use super::ticket::TicketKind;

/// How far the clocks of two nodes may disagree. A ticket from further in the future means that the clock was
/// turned back, and must not live longer for it.
const CLOCK_SKEW: Duration = Duration::seconds(10);

/// What the store answers when it is asked to consume a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// This call consumed it; no other ever will.
    Fresh(IssuedTicket),
    /// Another call had consumed it: a replay.
    Spent,
    /// There is none.
    Unknown,
}

/// A ticket as it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedTicket {
    /// Service ticket or proxy ticket.
    pub kind: TicketKind,
    /// The address it was issued for, byte for byte.
    pub service: String,
    /// Whether credentials were presented in the very transaction that issued it. Never for a proxy ticket.
    pub from_new_login: bool,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// The first moment at which it is no longer good.
    pub expires_at: DateTime<Utc>,
    /// The callbacks it passed through, most recently visited first.
    pub proxies: Vec<String>,
    /// Whether the session behind it still lives.
    pub session_live: bool,
}

/// Which tickets a validator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// `/validate`, `/serviceValidate`, `/p3/serviceValidate`, `/samlValidate`.
    ServiceTickets,
    /// `/proxyValidate`, `/p3/proxyValidate`.
    ServiceAndProxyTickets,
}

/// Judges a ticket in the order that the protocol fixes ([V-1]): the ticket itself, its address, the application
/// (`permitted`: still registered, enabled, and open to this person), its kind, `renew`.
///
/// Where `permitted` has to be asked of a database, [`recognise`], that question and [`accept`] in this order are
/// the same judgement.
pub fn judge(
    taken: Taken,
    request: &ValidateRequest,
    accepts: Accepts,
    permitted: impl FnOnce(&IssuedTicket) -> bool,
    now: DateTime<Utc>,
) -> Result<IssuedTicket, Failure> {
    let ticket = recognise(taken, &request.service, now)?;
    if !permitted(&ticket) {
        return Err(Cause::ServiceUnauthorized.into());
    }
    accept(&ticket, accepts, request.renew)?;
    Ok(ticket)
}

/// The first half of [`judge`]: the ticket lives and was issued for `service`.
pub fn recognise(taken: Taken, service: &str, now: DateTime<Utc>) -> Result<IssuedTicket, Failure> {
    let ticket = match taken {
        Taken::Fresh(ticket) => ticket,
        Taken::Spent => return Err(Cause::TicketSpent.into()),
        Taken::Unknown => return Err(Cause::TicketUnknown.into()),
    };
    if ticket.expires_at <= now || ticket.issued_at > now + CLOCK_SKEW {
        return Err(Cause::TicketExpired.into());
    }
    if !ticket.session_live {
        return Err(Cause::SessionEnded.into());
    }
    if !same_identifier(&ticket.service, service) {
        return Err(Cause::ServiceMismatch.into());
    }
    Ok(ticket)
}

/// The second half of [`judge`]: the validator takes such a ticket.
pub fn accept(ticket: &IssuedTicket, accepts: Accepts, renew: bool) -> Result<(), Failure> {
    if ticket.kind == TicketKind::Proxy && accepts == Accepts::ServiceTickets {
        return Err(Cause::ProxyTicketRefused.into());
    }
    // A proxy ticket never comes from presented credentials, whatever its row says ([X-6]).
    if renew && !(ticket.from_new_login && ticket.kind == TicketKind::Service) {
        return Err(Cause::NotFromNewLogin.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
