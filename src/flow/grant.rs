//! A live session is granted a service ticket.

use chrono::{DateTime, Duration, Utc};

use super::arrive::{Arrival, Destination};
use super::{Fault, Visitor, identity};
use crate::app::App;
use crate::cas::request::{LoginRequest, Method};
use crate::cas::service::{ServiceUrl, TicketParameter};
use crate::cas::ticket::ServiceTicketId;
use crate::kernel::keyring::Digest;
use crate::store;
use crate::store::hot::Issue;
use crate::store::sessions::Held;
use crate::store::tickets::NewTicket;

/// How stale a session's idle clock may grow before a ticket restarts it: one write a minute instead of one a ticket.
pub(super) const TOUCH_AFTER: Duration = Duration::seconds(60);

/// A ticket on its way to a service.
#[derive(Debug)]
pub struct HandOff {
    /// The service's address.
    pub url: ServiceUrl,
    /// The parameter that carries the ticket.
    pub parameter: TicketParameter,
    /// How it is handed over.
    pub method: Method,
    /// The ticket.
    pub ticket: ServiceTicketId,
}

impl HandOff {
    /// A fresh ticket for `to`, not yet stored.
    pub fn mint(app: &App, to: &Destination, request: &LoginRequest, now: DateTime<Utc>) -> Self {
        Self {
            url: to.url.clone(),
            parameter: request.parameter,
            method: request.method.or(to.service.response).unwrap_or_default(),
            ticket: ServiceTicketId::mint(&app.entropy, now),
        }
    }

    /// Where the browser goes with it.
    pub fn location(&self) -> String {
        self.url.with_ticket(self.parameter, self.ticket.expose())
    }
}

/// Grants a ticket for `to` from `held`, unless the account may not go there.
pub(super) async fn grant(
    app: &App,
    held: &Held,
    to: Destination,
    request: &LoginRequest,
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<Arrival, Fault> {
    if !may_open(app, held.session.account.clone(), &to).await? {
        return Ok(Arrival::AccessDenied(Box::new(to)));
    }
    let handoff = HandOff::mint(app, &to, request, now);
    let ticket = NewTicket {
        asked_from: app.for_story(visitor.address_text()),
        ..row(app, &handoff, &to, held.session.digest, false, now)
    };
    let touches = now - held.session.used_at >= TOUCH_AFTER;
    app.db.issue(Issue { ticket, touches }).await?;
    Ok(Arrival::HandOff(handoff))
}

/// The row of a ticket about to be handed off.
pub(super) fn row(
    app: &App,
    handoff: &HandOff,
    to: &Destination,
    session: Digest,
    from_new_login: bool,
    now: DateTime<Utc>,
) -> NewTicket {
    NewTicket {
        digest: *handoff.ticket.digest().as_bytes(),
        session,
        kind: "ST",
        service_key: to.service.key.clone(),
        service: to.url.original().to_owned(),
        from_new_login,
        proxies: Vec::new(),
        issued_at: now,
        expires_at: now + to.service.ticket_lifetime(app.config.service_ticket),
        asked_from: None,
    }
}

/// Whether the account is among those that the service is for. Asked at each ticket, not at sign-in only.
pub(super) async fn may_open(app: &App, account: String, to: &Destination) -> Result<bool, Fault> {
    if to.service.affiliations.is_empty() {
        return Ok(true);
    }
    let holder = app
        .db
        .read(move |conn| store::accounts::holder(conn, &account))
        .await?;
    Ok(holder.is_some_and(|holder| {
        to.service
            .permits(&identity::affiliations(&holder, &app.config.university))
    }))
}
