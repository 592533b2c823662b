//! A person presents a login and a password: they get a session, and a ticket if a service sent them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use secrecy::SecretString;

use super::arrive::{Destination, Refusal, admit, cookie_digest, resume};
use super::credentials::{Claim, Pause, Proof, Proven, prove};
use super::ending::Ending;
use super::forms::Token;
use super::grant::{HandOff, may_open, row};
use super::limits::{Denied, Try};
use super::{Fault, Visitor};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::request::LoginRequest;
use crate::cas::ticket::TicketGrantingTicketId;
use crate::people::naming::Login;
use crate::store::accounts::Holder;
use crate::store::sessions::{Held, Session};
use crate::store::tickets::NewTicket;
use crate::store::{self};

/// How long a browser is remembered as one that its owner signed in with.
pub const DEVICE_LIFETIME: Duration = Duration::days(180);

/// What the form sent.
pub struct Attempt {
    /// The request that the form carries on.
    pub request: LoginRequest,
    /// The login as typed.
    pub login: String,
    /// The password as typed.
    pub password: SecretString,
    /// Whether the person said that others use this computer.
    pub public_computer: bool,
    /// The form token, found good.
    pub token: Token,
}

/// What became of an attempt.
#[derive(Debug)]
pub enum SignIn {
    /// The service may not be signed in to.
    RefuseService(Refusal),
    /// The form was sent before.
    Stale,
    /// The login or the password is blank; nothing was counted.
    Blank {
        /// The login is.
        login: bool,
        /// The password is.
        password: bool,
    },
    /// The password is longer than any may be; nothing was counted.
    TooLong,
    /// No try is left for now.
    Denied(Denied),
    /// Wrong login or password: one answer for every reason.
    Wrong {
        /// How long the answer is held back.
        pause: Pause,
    },
    /// The password was right and the account is closed.
    Disabled {
        /// How long the answer is held back.
        pause: Pause,
    },
    /// A session was opened or renewed.
    In(Box<Opened>),
}

/// A session just opened or renewed.
pub struct Opened {
    /// The new value of the ticket-granting cookie.
    pub cookie: String,
    /// How long the cookie is to be kept; `None` until the browser closes.
    pub kept_for: Option<Duration>,
    /// The value of the known-device cookie, unless others use this computer.
    pub device_cookie: Option<String>,
    /// Where to go next.
    pub next: Next,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// Where a person goes after signing in.
#[derive(Debug)]
pub enum Next {
    /// To the service, with a ticket.
    Service(HandOff),
    /// To a page that says that the account does not open this service.
    AccessDenied(Box<Destination>),
    /// To the form that replaces a password which staff have seen.
    MustChange,
    /// To the signed-in home.
    Home,
}

/// Judges an attempt.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn sign_in(app: &Arc<App>, attempt: Attempt, visitor: &Visitor) -> Result<SignIn, Fault> {
    let now = app.clock.now();
    let to = match attempt
        .request
        .service
        .as_deref()
        .map(|text| admit(app, text))
        .transpose()
    {
        Ok(to) => to,
        Err(refusal) => return Ok(SignIn::RefuseService(refusal)),
    };
    let claim = Claim {
        login: &attempt.login,
        password: &attempt.password,
        token: Some(attempt.token),
    };
    match prove(app, claim, visitor, &Scene::person(&visitor.address_text())).await? {
        Proof::Right(proven) => open(app, *proven, to, attempt, visitor, now).await,
        Proof::Stale => Ok(SignIn::Stale),
        Proof::Blank { login, password } => Ok(SignIn::Blank { login, password }),
        Proof::TooLong => Ok(SignIn::TooLong),
        Proof::Denied(denied) => Ok(SignIn::Denied(denied)),
        Proof::Wrong { pause } => Ok(SignIn::Wrong { pause }),
        Proof::Disabled { pause } => Ok(SignIn::Disabled { pause }),
    }
}

/// Opens or renews the session, and grants the ticket, in one transaction.
async fn open(
    app: &App,
    proven: Proven,
    to: Option<Destination>,
    attempt: Attempt,
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<SignIn, Fault> {
    let must_change = proven.must_change();
    let Proven { holder, tried } = proven;
    let cookie = app.entropy.alphanumeric(43);
    let (renewed, replaced) = match resume(app, visitor, now).await? {
        Some(held) if held.session.account == holder.account.id => (Some(held), None),
        other => (None, other),
    };
    let long_term =
        attempt.request.remember_me && !attempt.public_computer && app.config.sessions.remember_me.is_some();
    let fresh = new_session(app, &holder, attempt.public_computer, long_term, visitor, now);
    let session = match &renewed {
        Some(held) => continued(&held.session, &fresh),
        None => fresh.clone(),
    };
    let mut ticket = None;
    let next = match to {
        _ if must_change => Next::MustChange,
        None => Next::Home,
        Some(to) if !may_open(app, holder.account.id.clone(), &to).await? => Next::AccessDenied(Box::new(to)),
        Some(to) => {
            let handoff = HandOff::mint(app, &to, &attempt.request, now);
            ticket = Some(NewTicket {
                asked_from: app.for_story(visitor.address_text()),
                ..row(app, &handoff, &to, session.digest, true, now)
            });
            Next::Service(handoff)
        }
    };
    let parts = Parts {
        holder,
        session,
        fresh,
        renewed,
        replaced,
        cookie,
        ticket,
    };
    finish(app, parts, visitor, &tried, next, now).await
}

/// What one sign-in writes.
struct Parts {
    holder: Holder,
    session: Session,
    /// What is opened when the session to be renewed has ended meanwhile.
    fresh: Session,
    renewed: Option<Held>,
    replaced: Option<Held>,
    cookie: String,
    ticket: Option<store::tickets::NewTicket>,
}

/// A session that is renewed: as it was, unless this form says that others use the computer, or its owner now asks for
/// a long one. What was said to be a public computer stays one.
fn continued(session: &Session, fresh: &Session) -> Session {
    let session = session.clone();
    if fresh.public_computer {
        return Session {
            public_computer: true,
            long_term: false,
            idle: session.idle.min(fresh.idle),
            expires_at: session.expires_at.min(fresh.expires_at),
            ..session
        };
    }
    if fresh.long_term && !session.public_computer {
        return Session {
            long_term: true,
            idle: fresh.idle,
            expires_at: session.expires_at.max(fresh.expires_at),
            ..session
        };
    }
    session
}

async fn finish(
    app: &App,
    parts: Parts,
    visitor: &Visitor,
    tried: &Try,
    next: Next,
    now: DateTime<Utc>,
) -> Result<SignIn, Fault> {
    let device_cookie = (!parts.session.public_computer)
        .then(|| device_cookie(app, &parts.holder.account.login, visitor, now));
    let cookie = parts.cookie.clone();
    let scene = Scene::person(&visitor.address_text()).about(&parts.holder.account.id);
    let ending = Ending::unwatched(app, now);
    let (tried, entropy) = (tried.clone(), Arc::clone(&app.entropy));
    let (session, ended) = app
        .db
        .write(move |conn| {
            tried.give_back(conn, now)?;
            let digest = cookie_digest(&parts.cookie);
            let epoch = parts.holder.account.epoch;
            let mut ended = false;
            if let Some(replaced) = &parts.replaced {
                ended = ending.end(conn, &replaced.session)?;
                if ended {
                    let event = Event::SessionClosed { by: "another_user" };
                    let scene = scene.about(&replaced.session.account);
                    store::audit::append(conn, &event.record(&scene, &entropy, now))?;
                }
            }
            let mut ticket = parts.ticket;
            let kept =
                parts.renewed.is_some() && store::sessions::renew(conn, &parts.session, &digest, epoch, now)?;
            if !kept {
                // Under a ticket-granting ticket of its own, also where one was to be renewed and has ended since:
                // what ended with it stays ended ([T-6]).
                store::sessions::open(conn, &parts.fresh, &digest)?;
                if let Some(ticket) = &mut ticket {
                    ticket.session = parts.fresh.digest;
                }
            }
            if let Some(ticket) = &ticket {
                store::tickets::issue(conn, ticket)?;
            }
            store::accounts::signed_in(conn, &parts.holder.account.id, now)?;
            store::audit::append(conn, &Event::SignedIn.record(&scene, &entropy, now))?;
            Ok((if kept { parts.session } else { parts.fresh }, ended))
        })
        .await?;
    if ended {
        app.outbox.notify_one();
    }
    Ok(SignIn::In(Box::new(Opened {
        cookie,
        kept_for: session.long_term.then(|| session.expires_at - now),
        device_cookie,
        next,
    })))
}

/// A new session with the limits of the place it is opened from.
pub(super) fn new_session(
    app: &App,
    holder: &Holder,
    public_computer: bool,
    long_term: bool,
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Session {
    let rules = &app.config.sessions;
    let limits = if public_computer {
        rules.public
    } else {
        rules.private
    };
    let (idle, absolute) = match rules.remember_me.filter(|_| long_term) {
        Some(kept) => (kept, kept),
        None => (limits.idle, limits.absolute),
    };
    Session {
        digest: *TicketGrantingTicketId::mint(&app.entropy, now)
            .digest()
            .as_bytes(),
        account: holder.account.id.clone(),
        epoch: holder.account.epoch,
        opened_at: now,
        authenticated_at: now,
        used_at: now,
        idle,
        expires_at: now + absolute,
        public_computer,
        long_term,
        device: visitor.device.clone(),
        address: visitor.address_text(),
    }
}

/// The known-device cookie for a browser whose owner has just proved otherwise who they are; `None` on a public computer.
pub fn known_from_now(app: &App, login: &str, visitor: &Visitor) -> Option<String> {
    (!visitor.public_computer).then(|| device_cookie(app, login, visitor, app.clock.now()))
}

/// A cookie that says: somebody signed in to this account from this browser. It opens nothing.
fn device_cookie(app: &App, login: &str, visitor: &Visitor, now: DateTime<Utc>) -> String {
    let known = visitor
        .device_cookie
        .as_deref()
        .and_then(|cookie| cookie.split('.').next())
        .filter(|id| id.len() == 22);
    let id = known.map_or_else(
        || URL_SAFE_NO_PAD.encode(app.entropy.bytes::<16>()),
        str::to_owned,
    );
    let until = (now + DEVICE_LIFETIME).timestamp();
    let mac = app
        .keys
        .devices
        .digest(&[login.as_bytes(), id.as_bytes(), &until.to_be_bytes()]);
    format!("{id}.{until}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// The browser's identifier, when its cookie was given for this login and is not too old.
pub(super) fn known_device(app: &App, cookie: &str, login: &Login) -> Option<String> {
    let mut parts = cookie.split('.');
    let (id, until, mac) = (parts.next()?, parts.next()?.parse::<i64>().ok()?, parts.next()?);
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    let signed = app.keys.devices.verify(
        &[login.as_str().as_bytes(), id.as_bytes(), &until.to_be_bytes()],
        &mac,
    );
    (signed && app.clock.now().timestamp() < until).then(|| format!("{id}{login}"))
}
