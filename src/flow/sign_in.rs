//! A person presents a login and a password: they get a session, and a ticket if a service sent them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::arrive::{Destination, Refusal, admit, cookie_digest, resume};
use super::ending::Ending;
use super::forms::Token;
use super::grant::{HandOff, may_open, row};
use super::identity;
use super::limits::{Denied, Try};
use super::{Fault, Visitor};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::request::LoginRequest;
use crate::cas::ticket::TicketGrantingTicketId;
use crate::kernel::clock::from_micros;
use crate::password::Checked;
use crate::people::account::{Admission, Password, PasswordKind, admission};
use crate::people::naming::Login;
use crate::people::{generated, password};
use crate::store::accounts::Holder;
use crate::store::sessions::{Held, Session};
use crate::store::{self};

/// How long a browser is remembered as one that its owner signed in with.
pub const DEVICE_LIFETIME: Duration = Duration::days(180);

/// Bytes that a password may have; longer ones are refused before hashing.
const LONGEST: usize = 1_024;

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
    Wrong,
    /// The password was right and the account is closed.
    Disabled,
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
    let blank = (
        attempt.login.trim().is_empty(),
        attempt.password.expose_secret().is_empty(),
    );
    if blank.0 || blank.1 {
        return Ok(SignIn::Blank {
            login: blank.0,
            password: blank.1,
        });
    }
    if attempt.password.expose_secret().len() > LONGEST {
        return Ok(SignIn::TooLong);
    }
    let scene = Scene::person(&visitor.address_text());
    // Nobody has a login of such a shape, and everybody may know that: no hash is spent on it.
    let Some(typed) = Login::typed(&attempt.login) else {
        return Ok(SignIn::Wrong);
    };
    let name = typed.as_str().to_owned();
    let holder = app
        .db
        .read(move |conn| match store::accounts::by_name(conn, &name)? {
            Some(account) => store::accounts::holder(conn, &account.id),
            None => Ok(None),
        })
        .await?;
    // A login and a mail address are one person with one budget ([S-32]); what nobody has is counted as typed.
    let canonical = holder
        .as_ref()
        .and_then(|holder| Login::typed(&holder.account.login));
    let tried = Try::login(app, &canonical.unwrap_or(typed), visitor);
    match reserve(app, &tried, attempt.token, &scene, now).await? {
        Reserved::Yes => {}
        Reserved::Denied(denied) => return Ok(SignIn::Denied(denied)),
        Reserved::Stale => return Ok(SignIn::Stale),
    }
    let stored = holder
        .as_ref()
        .and_then(|holder| holder.account.password_hash.as_deref());
    let typed = as_hashed(&attempt.password, holder.as_ref());
    let checked = tried.checked(app, app.hasher.check(&typed, stored).await).await?;
    let holder = match judge(holder, checked, now) {
        Ok(holder) => holder,
        Err(refused) => {
            let why = refused.why;
            let scene = refused
                .account
                .map_or_else(|| scene.clone(), |account| scene.about(&account));
            let entropy = Arc::clone(&app.entropy);
            app.db
                .write(move |conn| {
                    let event = Event::SignInRefused { why };
                    store::audit::append(conn, &event.record(&scene, &entropy, now))
                })
                .await?;
            return Ok(if refused.disabled {
                SignIn::Disabled
            } else {
                SignIn::Wrong
            });
        }
    };
    if checked == Checked::RightButDated {
        rehash(Arc::clone(app), &holder, typed);
    }
    open(app, holder, to, attempt, visitor, &tried, now).await
}

enum Reserved {
    Yes,
    Denied(Denied),
    Stale,
}

/// Spends the form token and reserves the try, in one transaction and before any password is looked at ([S-42]).
async fn reserve(
    app: &App,
    tried: &Try,
    token: Token,
    scene: &Scene,
    now: DateTime<Utc>,
) -> Result<Reserved, Fault> {
    let (tried, scene, entropy) = (tried.clone(), scene.clone(), Arc::clone(&app.entropy));
    let reserved = app
        .db
        .write(move |conn| {
            if !store::forms::spend(conn, &token.digest, token.expires_at)? {
                return Ok(Reserved::Stale);
            }
            Ok(match tried.reserve_or_record(conn, &scene, &entropy, now)? {
                Ok(()) => Reserved::Yes,
                Err(denied) => Reserved::Denied(denied),
            })
        })
        .await?;
    Ok(reserved)
}

/// The password as it was hashed: a proposed one is read without regard to case and hyphens, a chosen one in its
/// Unicode normal form.
pub(super) fn as_hashed(password: &SecretString, holder: Option<&Holder>) -> SecretString {
    let kind = holder
        .and_then(|holder| holder.account.password_kind.as_deref())
        .and_then(PasswordKind::parse);
    match kind {
        Some(PasswordKind::Generated | PasswordKind::Temporary) => {
            generated::canonical(password.expose_secret()).as_str().into()
        }
        Some(PasswordKind::Chosen) | None => password::normalise(password.expose_secret()).as_str().into(),
    }
}

struct Refused {
    why: &'static str,
    account: Option<String>,
    disabled: bool,
}

fn judge(holder: Option<Holder>, checked: Checked, now: DateTime<Utc>) -> Result<Holder, Refused> {
    let Some(holder) = holder else {
        return Err(Refused {
            why: "unknown",
            account: None,
            disabled: false,
        });
    };
    let refused = |why, disabled| {
        Err(Refused {
            why,
            account: Some(holder.account.id.clone()),
            disabled,
        })
    };
    if checked == Checked::Wrong {
        return refused(
            if holder.account.password_hash.is_some() {
                "password"
            } else {
                "pending"
            },
            false,
        );
    }
    let kind = holder
        .account
        .password_kind
        .as_deref()
        .and_then(PasswordKind::parse);
    let password = Password {
        kind: kind.unwrap_or(PasswordKind::Chosen),
        since: from_micros(holder.account.password_since.unwrap_or(0)),
        must_change: false,
    };
    match admission(identity::standing(&holder), &password, now) {
        Admission::Admitted { .. } | Admission::MustChange => Ok(holder),
        Admission::Disabled => refused("disabled", true),
        Admission::Unknown => refused("pending", false),
    }
}

/// Opens or renews the session, and grants the ticket, in one transaction.
async fn open(
    app: &App,
    holder: Holder,
    to: Option<Destination>,
    attempt: Attempt,
    visitor: &Visitor,
    tried: &Try,
    now: DateTime<Utc>,
) -> Result<SignIn, Fault> {
    let cookie = app.entropy.alphanumeric(43);
    let (renewed, replaced) = match resume(app, visitor, now).await? {
        Some(held) if held.session.account == holder.account.id => (Some(held), None),
        other => (None, other),
    };
    let long_term =
        attempt.request.remember_me && !attempt.public_computer && app.config.sessions.remember_me.is_some();
    let fresh = new_session(app, &holder, attempt.public_computer, long_term, visitor, now);
    let session = match &renewed {
        Some(held) => stricter(&held.session, &fresh),
        None => fresh.clone(),
    };
    let must_change = holder.account.password_kind.as_deref() == Some(PasswordKind::Temporary.as_str());
    let mut ticket = None;
    let next = match to {
        _ if must_change => Next::MustChange,
        None => Next::Home,
        Some(to) if !may_open(app, holder.account.id.clone(), &to).await? => Next::AccessDenied(Box::new(to)),
        Some(to) => {
            let handoff = HandOff::mint(app, &to, &attempt.request);
            ticket = Some(row(app, &handoff, &to, session.digest, true, now));
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
    finish(app, parts, visitor, tried, next, now).await
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

/// A session that is renewed: as it was, but never laxer than a new one from this form would be.
fn stricter(session: &Session, fresh: &Session) -> Session {
    if !fresh.public_computer {
        return session.clone();
    }
    Session {
        public_computer: true,
        idle: session.idle.min(fresh.idle),
        expires_at: session.expires_at.min(fresh.expires_at),
        ..session.clone()
    }
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
    let kept_for = parts.session.long_term.then(|| parts.session.expires_at - now);
    let cookie = parts.cookie.clone();
    let scene = Scene::person(&visitor.address_text()).about(&parts.holder.account.id);
    let ending = Ending::unwatched(app, now);
    let (tried, entropy) = (tried.clone(), Arc::clone(&app.entropy));
    let ended = app
        .db
        .write(move |conn| {
            tried.give_back(conn, now)?;
            let digest = cookie_digest(&parts.cookie);
            let epoch = parts.holder.account.epoch;
            let mut ended = false;
            if let Some(replaced) = &parts.replaced {
                ended = ending.end(conn, &replaced.session)?;
                let event = Event::SessionClosed { by: "another_user" };
                let scene = scene.about(&replaced.session.account);
                store::audit::append(conn, &event.record(&scene, &entropy, now))?;
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
            Ok(ended)
        })
        .await?;
    if ended {
        app.outbox.notify_one();
    }
    Ok(SignIn::In(Box::new(Opened {
        cookie,
        kept_for,
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
        digest: *TicketGrantingTicketId::mint(&app.entropy).digest().as_bytes(),
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

/// Replaces a hash of yesterday's cost after the person has been answered.
fn rehash(app: Arc<App>, holder: &Holder, password: SecretString) {
    let (account, old) = (holder.account.id.clone(), holder.account.password_hash.clone());
    tokio::spawn(async move {
        let (Some(old), Ok(new)) = (old, app.hasher.hash(&password).await) else {
            return;
        };
        let replaced = app
            .db
            .write(move |conn| store::accounts::rehash(conn, &account, &old, &new))
            .await;
        if let Err(error) = replaced {
            tracing::warn!(%error, "a dated password hash stays for now");
        }
    });
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
