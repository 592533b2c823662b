//! A login and a password are judged, whoever brings them: one order of work, one budget of tries, one answer for
//! every reason to refuse.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::forms::Token;
use super::limits::{Denied, Try};
use super::tides::Watch;
use super::{Fault, Visitor, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::kernel::clock::from_micros;
use crate::password::Checked;
use crate::people::account::{Admission, Password, PasswordKind, admission};
use crate::people::dated_hash::DatedHash;
use crate::people::naming::Login;
use crate::people::{generated, password};
use crate::store::accounts::Holder;
use crate::store::{self};

/// Bytes that a password may have; longer ones are refused before hashing.
const LONGEST: usize = 1_024;

/// A login and a password, as presented.
pub struct Claim<'a> {
    /// The login as typed.
    pub login: &'a str,
    /// The password as typed.
    pub password: &'a SecretString,
    /// The token of the form that sent them, found good; `None` where no form did.
    pub token: Option<Token>,
}

/// How long a refusal is held back by whoever answers, when nothing is held for it any more: no time at all, but while far
/// more sign-ins fail than usual ([S-47]).
pub type Pause = std::time::Duration;

/// What a claim is worth.
pub enum Proof {
    /// The login or the password is blank; nothing was counted.
    Blank {
        /// The login is.
        login: bool,
        /// The password is.
        password: bool,
    },
    /// The password is longer than any may be; nothing was counted.
    TooLong,
    /// The form was sent before.
    Stale,
    /// No try is left for now.
    Denied(Denied),
    /// Wrong login or password: one answer for every reason.
    Wrong {
        /// How long the answer is held back, which is the same for every reason too.
        pause: Pause,
    },
    /// The password was right and the account is closed.
    Disabled {
        /// How long the answer is held back.
        pause: Pause,
    },
    /// They are the holder's. The try is still to be given back.
    Right(Box<Proven>),
}

/// Somebody who is who they say.
pub struct Proven {
    /// The account and its person.
    pub holder: Holder,
    /// The try that was reserved, to be given back in the transaction that uses this proof.
    pub tried: Try,
}

impl Proven {
    /// Whether the password is one that staff have seen: nothing opens until it was replaced.
    pub fn must_change(&self) -> bool {
        self.holder.account.password_kind.as_deref() == Some(PasswordKind::Temporary.as_str())
    }
}

/// Judges a claim. Refusals are counted and audited here; what follows from a proof is the caller's.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn prove(
    app: &Arc<App>,
    claim: Claim<'_>,
    visitor: &Visitor,
    scene: &Scene,
) -> Result<Proof, Fault> {
    let now = app.clock.now();
    let blank = (
        claim.login.trim().is_empty(),
        claim.password.expose_secret().is_empty(),
    );
    if blank.0 || blank.1 {
        return Ok(Proof::Blank {
            login: blank.0,
            password: blank.1,
        });
    }
    if claim.password.expose_secret().len() > LONGEST {
        return Ok(Proof::TooLong);
    }
    // Nobody has a login of such a shape, and everybody may know that: no hash is spent on it.
    let Some(typed) = Login::typed(claim.login) else {
        return Ok(Proof::Wrong { pause: Pause::ZERO });
    };
    // Before anything is written: in a storm, whoever is sent away costs a page and nothing else.
    let place = app.hasher.place()?;
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
    match reserve(app, &tried, claim.token, scene, now).await? {
        Reserved::Yes => {}
        Reserved::Denied(denied) => return Ok(Proof::Denied(denied)),
        Reserved::Stale => return Ok(Proof::Stale),
    }
    let stored = holder
        .as_ref()
        .and_then(|holder| holder.account.password_hash.as_deref());
    let typed = as_hashed(claim.password, holder.as_ref());
    let checked = tried.checked(app, app.hasher.check(&typed, stored).await).await?;
    drop(place);
    let holder = match judge(holder, checked, now) {
        Ok(holder) => holder,
        Err(refused) => {
            let why = refused.why;
            let scene = refused
                .account
                .map_or_else(|| scene.clone(), |account| scene.about(&account));
            let entropy = Arc::clone(&app.entropy);
            let watch = Watch::new(app, "login", &scene, now);
            let high = app
                .db
                .write(move |conn| {
                    let event = Event::SignInRefused { why };
                    store::audit::append(conn, &event.record(&scene, &entropy, now))?;
                    watch.sign_in_refused(conn)
                })
                .await?;
            let pause = if high {
                app.config.throttle.pause
            } else {
                Pause::ZERO
            };
            return Ok(if refused.disabled {
                Proof::Disabled { pause }
            } else {
                Proof::Wrong { pause }
            });
        }
    };
    if checked == Checked::RightButDated {
        let lasting = if holder_is_dated(&holder) {
            password::normalise(claim.password.expose_secret())
                .as_str()
                .into()
        } else {
            typed
        };
        rehash(Arc::clone(app), &holder, lasting);
    }
    Ok(Proof::Right(Box::new(Proven { holder, tried })))
}

enum Reserved {
    Yes,
    Denied(Denied),
    Stale,
}

/// Spends the form token, if any, and reserves the try, in one transaction and before any password is looked at ([S-42]).
async fn reserve(
    app: &App,
    tried: &Try,
    token: Option<Token>,
    scene: &Scene,
    now: DateTime<Utc>,
) -> Result<Reserved, Fault> {
    let (tried, scene, entropy) = (tried.clone(), scene.clone(), Arc::clone(&app.entropy));
    let reserved = app
        .db
        .write(move |conn| {
            let fresh = match &token {
                Some(token) => store::forms::spend(conn, &token.digest, token.expires_at)?,
                None => true,
            };
            if !fresh {
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

/// Whether the password is still the one of another directory.
fn holder_is_dated(holder: &Holder) -> bool {
    let stored = holder.account.password_hash.as_deref();
    stored.is_some_and(|stored| DatedHash::parse(stored).is_ok())
}

/// The password as it was hashed: a proposed one is read without regard to case and hyphens, a chosen one in its
/// Unicode normal form, that of another directory as it was typed.
pub(super) fn as_hashed(password: &SecretString, holder: Option<&Holder>) -> SecretString {
    if holder.is_some_and(holder_is_dated) {
        return password.clone();
    }
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
    match admission(identity::standing(&holder, now), &password, now) {
        Admission::Admitted { .. } | Admission::MustChange => Ok(holder),
        Admission::Disabled => refused("disabled", true),
        Admission::Unknown => refused("pending", false),
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
