//! A browser arrives at the sign-in page: what does it need next?

use chrono::{DateTime, Utc};

use super::circle::{circles, lately};
use super::grant::{HandOff, grant};
use super::{Fault, Visitor};
use crate::app::App;
use crate::cas::arrival::{ServiceCase, Step, decide};
use crate::cas::catalogue::Service;
use crate::cas::request::LoginRequest;
use crate::cas::service::{ServiceRefused, ServiceUrl};
use crate::kernel::keyring::Digest;
use crate::store::hot::Resume;
use crate::store::{sessions::Held, stories::Recent};
use sha2::{Digest as _, Sha256};

/// A registered service and the address by which it was named.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The address, byte for byte.
    pub url: ServiceUrl,
    /// The service's definition.
    pub service: Service,
}

/// Why a service gets neither form nor redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not registered, or disabled. Carries its host where it has one.
    Unknown(Option<String>),
    /// Its address carries a ticket already.
    CarriesTicket,
}

/// What a browser needs next.
#[derive(Debug)]
pub enum Arrival {
    /// A page that says the service is refused; no redirect, gateway or not.
    RefuseService(Refusal),
    /// A page that says this account does not open this service.
    AccessDenied(Box<Destination>),
    /// The sign-in form. `held` is the session that `renew` asks to confirm.
    AskCredentials {
        /// Where the person wants to go.
        to: Option<Box<Destination>>,
        /// The session there is.
        held: Option<Box<Held>>,
    },
    /// The question whether to open the service.
    Confirm(Box<Destination>, Box<Held>),
    /// A ticket.
    HandOff(HandOff),
    /// A page that says that the service sends the browser round in circles.
    Looping(Box<Destination>),
    /// The service, without a ticket.
    PassThrough(String),
    /// The signed-in home.
    AlreadyIn(Box<Held>),
    /// The form for a password that staff have seen.
    MustChange,
}

/// What the person has said about opening the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Nothing yet; `warn` is whether this browser wants to be asked.
    Unasked {
        /// Whether to ask.
        warn: bool,
    },
    /// "Open it": on the page that asks, or on the one that stopped a loop.
    Given,
}

/// Decides what a browser without credentials gets, and grants the ticket when that is it.
///
/// # Errors
/// When the database does not answer.
pub async fn arrive(
    app: &App,
    request: &LoginRequest,
    visitor: &Visitor,
    consent: Consent,
) -> Result<Arrival, Fault> {
    let now = app.clock.now();
    let to = match &request.service {
        None => None,
        Some(text) => match admit(app, text) {
            Ok(destination) => Some(destination),
            Err(refusal) => return Ok(refuse(refusal, visitor)),
        },
    };
    let watched = to
        .as_ref()
        .filter(|_| consent != Consent::Given && visitor.looks)
        .map(|to| to.service.key.clone());
    let (held, recent) = resume_towards(app, visitor, watched, now).await?;
    let case = match &to {
        None => ServiceCase::None,
        Some(to) => ServiceCase::Admitted { sso: to.service.sso },
    };
    let warn = consent == Consent::Unasked { warn: true };
    let step = decide(case, held.is_some(), request.prompt, warn);
    Ok(match (step, to, held) {
        (Step::AlreadySignedIn | Step::Confirm | Step::Grant, _, Some(held)) if held.must_change() => {
            Arrival::MustChange
        }
        (Step::AlreadySignedIn, _, Some(held)) => Arrival::AlreadyIn(Box::new(held)),
        (Step::Confirm, Some(to), Some(held)) => Arrival::Confirm(Box::new(to), Box::new(held)),
        (Step::Grant, Some(to), Some(held)) => {
            if circles(app, &held, &to, visitor, &recent, now).await? {
                return Ok(Arrival::Looping(Box::new(to)));
            }
            grant(app, &held, to, request, visitor, now).await?
        }
        (Step::PassThrough, Some(to), _) => Arrival::PassThrough(to.url.location()),
        (_, to, held) => Arrival::AskCredentials {
            to: to.map(Box::new),
            held: held.map(Box::new),
        },
    })
}

/// Finds the registered service of an address.
pub fn admit(app: &App, text: &str) -> Result<Destination, Refusal> {
    let url = ServiceUrl::parse(text).map_err(|reason| match reason {
        ServiceRefused::CarriesTicket => Refusal::CarriesTicket,
        _ => Refusal::Unknown(None),
    })?;
    match app.catalogue().admit(&url) {
        Some(service) => Ok(Destination {
            service: service.clone(),
            url,
        }),
        None => Err(Refusal::Unknown(Some(url.host().to_owned()))),
    }
}

/// Logged, not written: anybody can ask for any service, and an anonymous page writes nothing ([S-72]).
fn refuse(refusal: Refusal, visitor: &Visitor) -> Arrival {
    if let Refusal::Unknown(host) = &refusal {
        let host: String = host.iter().flat_map(|host| host.chars()).take(100).collect();
        tracing::warn!(
            host,
            address = visitor.address_text(),
            "a service that is not registered was refused"
        );
    }
    Arrival::RefuseService(refusal)
}

/// The session that the browser's cookie names, if it lives.
///
/// # Errors
/// When the database does not answer.
pub async fn resume(app: &App, visitor: &Visitor, now: DateTime<Utc>) -> Result<Option<Held>, Fault> {
    let (held, _) = resume_towards(app, visitor, None, now).await?;
    Ok(held)
}

/// The same, with the tickets it was lately given for the service with the key `watched`.
async fn resume_towards(
    app: &App,
    visitor: &Visitor,
    watched: Option<String>,
    now: DateTime<Utc>,
) -> Result<(Option<Held>, Vec<Recent>), Fault> {
    let Some(cookie) = &visitor.cookie else {
        return Ok((None, Vec::new()));
    };
    let ask = Resume {
        cookie: cookie_digest(cookie),
        watched: watched.map(|key| lately(key, now)),
    };
    let resumed = app.db.resume(ask).await?;
    let live = resumed.filter(|resumed| resumed.held.is_live(now));
    Ok(live.map_or((None, Vec::new()), |live| (Some(live.held), live.recent)))
}

/// What the store keeps of a cookie's value.
pub fn cookie_digest(value: &str) -> Digest {
    Sha256::digest(value.as_bytes()).into()
}
