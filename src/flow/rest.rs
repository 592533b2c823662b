//! The REST protocol: a program presents a person's password itself, and is given a session and tickets.
//!
//! Judged like the form, from the same budgets ([S-42]). No cookie is read: a ticket-granting ticket is what such a
//! program holds, and the cookie of its session is known to nobody.

use std::sync::Arc;
use std::time::Duration as Pause;

use chrono::{DateTime, Utc};

use super::arrive::{Arrival, Destination, admit};
use super::credentials::{Claim, Proof, Proven, prove};
use super::grant::{HandOff, may_open, row};
use super::limits::Denied;
use super::sign_in::new_session;
use super::sign_out::end_session;
use super::{Fault, Visitor, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::assertion::{Attributes, release, username};
use crate::cas::request::LoginRequest;
use crate::cas::rest::{Asked, Credentials};
use crate::cas::ticket::{ServiceTicketId, TicketGrantingTicketId};
use crate::store::sessions::{Held, Session};
use crate::store::tickets::NewTicket;
use crate::store::{self};

/// Why a program does not get what it asks for.
#[derive(Debug)]
pub enum Refusal {
    /// No such ticket, or none that lives.
    UnknownTicket,
    /// No service was named.
    ServiceMissing,
    /// The login or the password is missing.
    CredentialsMissing,
    /// The service is not registered or disabled, or wants credentials where there are none.
    ServiceRefused,
    /// The account does not open this service, or has no name there.
    AccessDenied,
    /// The credentials are another person's than the session.
    AnotherPerson,
    /// What is asked for is an administrator's, and there is none.
    NotAdministrator,
    /// No try is left for now.
    Denied(Denied),
    /// The credentials open nothing.
    Unproven {
        /// Why.
        why: Unproven,
        /// How long the answer is held back.
        pause: Pause,
    },
}

/// Why credentials open nothing: no more than the form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// Wrong, for whatever reason.
    Wrong,
    /// Right, and the account is disabled.
    Disabled,
    /// Right, and the password is one that staff have seen: a person must replace it first.
    MustChange,
}

/// What a story answers: the outcome, or a refusal as a value.
pub type Answer<T> = Result<Result<T, Refusal>, Fault>;

/// Opens a session for the credentials; answers its ticket-granting ticket.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn open(app: &Arc<App>, asked: Asked, visitor: &Visitor) -> Answer<TicketGrantingTicketId> {
    let to = match destination(app, &asked) {
        Ok(to) => to,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let proven = match proven(app, asked.credentials, visitor).await? {
        Ok(proven) => proven,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(to) = &to
        && !may_open(app, proven.holder.account.id.clone(), to).await?
    {
        confirm(app, &proven, visitor).await?;
        return Ok(Err(Refusal::AccessDenied));
    }
    let now = app.clock.now();
    let ticket = TicketGrantingTicketId::mint(&app.entropy, now);
    let public = visitor.public_computer;
    let long_term = asked.remember_me && !public && app.config.sessions.remember_me.is_some();
    let session = Session {
        digest: *ticket.digest().as_bytes(),
        ..new_session(app, &proven.holder, public, long_term, visitor, now)
    };
    let (cookie, entropy) = (app.entropy.bytes(), Arc::clone(&app.entropy));
    let scene = scene(visitor).about(&session.account);
    app.db
        .write(move |conn| {
            proven.tried.give_back(conn, now)?;
            store::sessions::open(conn, &session, &cookie)?;
            store::accounts::signed_in(conn, &session.account, now)?;
            store::audit::append(conn, &Event::SignedIn.record(&scene, &entropy, now))
        })
        .await?;
    Ok(Ok(ticket))
}

/// Grants a service ticket from the session of `id`; with `renew`, from credentials that come with the request.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn grant(app: &Arc<App>, id: &str, asked: Asked, visitor: &Visitor) -> Answer<ServiceTicketId> {
    let now = app.clock.now();
    let Some(held) = live(app, id, now).await? else {
        return Ok(Err(Refusal::UnknownTicket));
    };
    let to = match destination(app, &asked) {
        Ok(Some(to)) => to,
        Ok(None) => return Ok(Err(Refusal::ServiceMissing)),
        Err(refusal) => return Ok(Err(refusal)),
    };
    if asked.renew {
        return renewed(app, held, to, asked.credentials, visitor).await;
    }
    if !to.service.sso {
        return Ok(Err(Refusal::ServiceRefused));
    }
    Ok(
        match super::grant::grant(app, &held, to, &LoginRequest::default(), visitor, now).await? {
            Arrival::HandOff(handoff) => Ok(handoff.ticket),
            _ => Err(Refusal::AccessDenied),
        },
    )
}

/// A ticket from credentials just presented; the session keeps its services and notes the moment ([L-9]).
async fn renewed(
    app: &Arc<App>,
    held: Held,
    to: Destination,
    credentials: Option<Credentials>,
    visitor: &Visitor,
) -> Answer<ServiceTicketId> {
    let proven = match proven(app, credentials, visitor).await? {
        Ok(proven) => proven,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let account = &proven.holder.account;
    let refusal = if account.id != held.session.account {
        Some(Refusal::AnotherPerson)
    } else if may_open(app, account.id.clone(), &to).await? {
        None
    } else {
        Some(Refusal::AccessDenied)
    };
    if let Some(refusal) = refusal {
        confirm(app, &proven, visitor).await?;
        return Ok(Err(refusal));
    }
    let now = app.clock.now();
    let handoff = HandOff::mint(app, &to, &LoginRequest::default(), now);
    let ticket = NewTicket {
        asked_from: app.for_story(visitor.address_text()),
        ..row(app, &handoff, &to, held.session.digest, true, now)
    };
    let (cookie, entropy) = (app.entropy.bytes(), Arc::clone(&app.entropy));
    let scene = scene(visitor).about(&account.id);
    let granted = app
        .db
        .write(move |conn| {
            proven.tried.give_back(conn, now)?;
            let epoch = proven.holder.account.epoch;
            if !store::sessions::renew(conn, &held.session, &cookie, epoch, now)? {
                return Ok(false);
            }
            store::tickets::issue(conn, &ticket)?;
            store::accounts::signed_in(conn, &held.session.account, now)?;
            store::audit::append(conn, &Event::SignedIn.record(&scene, &entropy, now))?;
            Ok(true)
        })
        .await?;
    Ok(if granted {
        Ok(handoff.ticket)
    } else {
        Err(Refusal::UnknownTicket)
    })
}

/// Whether `id` is a ticket-granting ticket that lives, or a service ticket that can still be presented. Asking
/// spends nothing ([T-3]).
///
/// # Errors
/// When the database does not answer.
pub async fn is_good(app: &App, id: &str) -> Result<bool, Fault> {
    let now = app.clock.now();
    let Ok(ticket) = ServiceTicketId::parse(id) else {
        return Ok(live(app, id, now).await?.is_some());
    };
    let digest = *ticket.digest().as_bytes();
    let held = app
        .db
        .read(move |conn| match store::tickets::unspent(conn, &digest, now)? {
            Some(session) => store::sessions::by_digest(conn, &session),
            None => Ok(None),
        })
        .await?;
    Ok(held.is_some_and(|held| held.is_live(now)))
}

/// Ends the session of `id`, if there is one; the services that know it are told ([O-7]).
///
/// # Errors
/// When the database does not answer.
pub async fn close(app: &App, id: &str, visitor: &Visitor) -> Result<(), Fault> {
    let Ok(ticket) = TicketGrantingTicketId::parse(id) else {
        return Ok(());
    };
    let digest = *ticket.digest().as_bytes();
    end_session(app, digest, Event::SignedOut, &scene(visitor)).await?;
    Ok(())
}

/// A person as a program is told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Their name: the login, or what the named service takes for it.
    pub name: String,
    /// What the named service is released; nothing when none was named.
    pub attributes: Attributes,
    /// When the credentials were judged.
    pub at: DateTime<Utc>,
}

/// Says whose the credentials are. No session is opened.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn identify(app: &Arc<App>, asked: Asked, visitor: &Visitor) -> Answer<Identified> {
    let to = match destination(app, &asked) {
        Ok(to) => to,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let proven = match proven(app, asked.credentials, visitor).await? {
        Ok(proven) => proven,
        Err(refusal) => return Ok(Err(refusal)),
    };
    confirm(app, &proven, visitor).await?;
    let now = app.clock.now();
    let holder = proven.holder;
    let login = holder.account.login.clone();
    let Some(to) = to else {
        return Ok(Ok(Identified {
            name: login,
            attributes: Attributes::new(),
            at: now,
        }));
    };
    if !may_open(app, holder.account.id.clone(), &to).await? {
        return Ok(Err(Refusal::AccessDenied));
    }
    let attributes = identity::attributes(&holder, &to.service, &app.config.university, now);
    Ok(match username(&login, &attributes, &to.service) {
        Some(name) => Ok(Identified {
            name,
            attributes: release(&attributes, &to.service),
            at: now,
        }),
        None => Err(Refusal::AccessDenied),
    })
}

/// Judges who wants to register a service over the network. Nobody may: no account is an administrator's, and
/// services are registered on the machine itself.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn administrate(
    app: &Arc<App>,
    credentials: Option<Credentials>,
    visitor: &Visitor,
) -> Result<Refusal, Fault> {
    Ok(match proven(app, credentials, visitor).await? {
        Ok(proven) => {
            confirm(app, &proven, visitor).await?;
            Refusal::NotAdministrator
        }
        Err(refusal) => refusal,
    })
}

fn destination(app: &App, asked: &Asked) -> Result<Option<Destination>, Refusal> {
    let named = asked.service.as_deref();
    named
        .map(|text| admit(app, text))
        .transpose()
        .map_err(|_| Refusal::ServiceRefused)
}

async fn proven(app: &Arc<App>, credentials: Option<Credentials>, visitor: &Visitor) -> Answer<Proven> {
    let Some(credentials) = credentials else {
        return Ok(Err(Refusal::CredentialsMissing));
    };
    let claim = Claim {
        login: &credentials.login,
        password: &credentials.password,
        token: None,
    };
    let unproven = |why, pause| Ok(Err(Refusal::Unproven { why, pause }));
    match prove(app, claim, visitor, &scene(visitor)).await? {
        Proof::Right(proven) if proven.must_change() => {
            refuse_seen(app, &proven, visitor).await?;
            unproven(Unproven::MustChange, Pause::ZERO)
        }
        Proof::Right(proven) => Ok(Ok(*proven)),
        Proof::Blank { .. } => Ok(Err(Refusal::CredentialsMissing)),
        Proof::Denied(denied) => Ok(Err(Refusal::Denied(denied))),
        Proof::Disabled { pause } => unproven(Unproven::Disabled, pause),
        Proof::Wrong { pause } => unproven(Unproven::Wrong, pause),
        // Without a form there is no token that could be stale.
        Proof::TooLong | Proof::Stale => unproven(Unproven::Wrong, Pause::ZERO),
    }
}

/// The password was right, and that is all: the try is given back.
async fn confirm(app: &App, proven: &Proven, visitor: &Visitor) -> Result<(), Fault> {
    note(app, proven, visitor, Event::CredentialsConfirmed).await
}

async fn refuse_seen(app: &App, proven: &Proven, visitor: &Visitor) -> Result<(), Fault> {
    note(app, proven, visitor, Event::SignInRefused { why: "temporary" }).await
}

async fn note(app: &App, proven: &Proven, visitor: &Visitor, event: Event) -> Result<(), Fault> {
    let now = app.clock.now();
    let scene = scene(visitor).about(&proven.holder.account.id);
    let (tried, entropy) = (proven.tried.clone(), Arc::clone(&app.entropy));
    app.db
        .write(move |conn| {
            tried.give_back(conn, now)?;
            store::audit::append(conn, &event.record(&scene, &entropy, now))
        })
        .await?;
    Ok(())
}

fn scene(visitor: &Visitor) -> Scene {
    Scene::rest(&visitor.address_text())
}

async fn live(app: &App, id: &str, now: DateTime<Utc>) -> Result<Option<Held>, Fault> {
    let Ok(ticket) = TicketGrantingTicketId::parse(id) else {
        return Ok(None);
    };
    let digest = *ticket.digest().as_bytes();
    let held = app
        .db
        .read(move |conn| store::sessions::by_digest(conn, &digest))
        .await?;
    Ok(held.filter(|held| held.is_live(now) && !held.must_change()))
}
