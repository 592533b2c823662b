//! *Mon compte*: the current password, a new one, its confirmation.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::arrive::cookie_digest;
use super::credentials::as_hashed;
use super::ending::Ending;
use super::forms::Token;
use super::limits::{Denied, Try};
use super::new_password::{Objection, Wish, prepare};
use super::{Fault, Visitor};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::password::Checked;
use crate::people::naming::Login;
use crate::store::sessions::Held;
use crate::store::{self, StoreError};

/// Wrong current passwords in a row after which the session ends: whoever sits there is not its owner.
const WRONG_IN_A_ROW: u16 = 5;

/// What the form sent.
pub struct Change {
    /// The current password.
    pub current: SecretString,
    /// The new one, typed twice.
    pub wish: Wish,
    /// The form token, found good.
    pub token: Token,
}

/// What became of a change.
pub enum Changed {
    /// The form was sent before.
    Stale,
    /// No try is left for now.
    Denied(Denied),
    /// The current password was not typed.
    CurrentMissing,
    /// The current password is wrong.
    CurrentWrong,
    /// It was wrong too often: the session has ended.
    Ended,
    /// The new one has to be another.
    Refused(Vec<Objection>),
    /// Done. The new value of the ticket-granting cookie.
    Done(String),
}

/// Changes the password of the session's holder. The other sessions end in the same transaction, and this one gets
/// a new cookie ([S-33]).
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn change_password(
    app: &App,
    held: &Held,
    change: Change,
    visitor: &Visitor,
) -> Result<Changed, Fault> {
    let now = app.clock.now();
    if change.current.expose_secret().is_empty() {
        return Ok(Changed::CurrentMissing);
    }
    let id = held.session.account.clone();
    let scene = Scene::person(&visitor.address_text()).about(&id);
    let (Some(login), Some(holder)) = (
        Login::typed(&held.login),
        app.db
            .read(move |conn| store::accounts::holder(conn, &id))
            .await?,
    ) else {
        return Ok(Changed::Ended);
    };
    let tried = Try::login(app, &login, visitor);
    let here = Try::of_session(app, &held.session.digest, visitor);
    let reserved = {
        let (tried, here, scene, entropy, token) = (
            tried.clone(),
            here.clone(),
            scene.clone(),
            Arc::clone(&app.entropy),
            change.token,
        );
        app.db
            .write(move |conn| {
                if !store::forms::spend(conn, &token.digest, token.expires_at)? {
                    return Ok(Err(Changed::Stale));
                }
                if let Err(denied) = tried.reserve_or_record(conn, &scene, &entropy, now)? {
                    return Ok(Err(Changed::Denied(denied)));
                }
                let _ = here.reserve(conn, now)?;
                Ok(Ok(here.failures(conn, now)?))
            })
            .await?
    };
    let failures = match reserved {
        Ok(failures) => failures,
        Err(refused) => return Ok(refused),
    };
    let typed = as_hashed(&change.current, Some(&holder));
    let stored = holder.account.password_hash.as_deref();
    let checked = tried.checked(app, app.hasher.check(&typed, stored).await).await?;
    if checked == Checked::Wrong {
        return refuse(app, held, failures, scene, now).await;
    }
    let new = match prepare(app, &change.wish, &holder).await? {
        Ok(new) => new,
        Err(objections) => {
            app.db
                .write(move |conn| {
                    tried.give_back(conn, now)?;
                    here.give_back(conn, now)
                })
                .await?;
            return Ok(Changed::Refused(objections));
        }
    };
    let cookie = app.entropy.alphanumeric(43);
    let digest = cookie_digest(&cookie);
    let ending = Ending::unwatched(app, now);
    let (session, entropy) = (held.session.clone(), Arc::clone(&app.entropy));
    let kept = app
        .db
        .write(move |conn| {
            let (id, epoch) = (&holder.account.id, holder.account.epoch);
            // A recovery or an operator may have come first: then the session is gone or the epoch has risen, and the
            // password that was checked is not the one in force.
            let replaced =
                store::accounts::replace_password(conn, id, epoch, &new.hash, new.kind.as_str(), now)?;
            let Some(epoch) = replaced else {
                return Ok(false);
            };
            if !store::sessions::renew(conn, &session, &digest, epoch, now)? {
                // Undoes the whole job: nobody is left signed in who could have wanted this.
                return Err(StoreError::Unavailable(None));
            }
            tried.give_back(conn, now)?;
            here.give_back(conn, now)?;
            ending.end_all(conn, id, Some(&session.digest), "password", &scene)?;
            store::audit::append(conn, &Event::PasswordChanged.record(&scene, &entropy, now))?;
            Ok(true)
        })
        .await?;
    app.outbox.notify_one();
    Ok(if kept {
        Changed::Done(cookie)
    } else {
        Changed::Ended
    })
}

async fn refuse(
    app: &App,
    held: &Held,
    failures: u16,
    scene: Scene,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Changed, Fault> {
    let over = failures >= WRONG_IN_A_ROW;
    let ending = Ending::unwatched(app, now);
    let (session, entropy) = (held.session.clone(), Arc::clone(&app.entropy));
    app.db
        .write(move |conn| {
            store::audit::append(conn, &Event::PasswordChangeRefused.record(&scene, &entropy, now))?;
            if over && ending.end(conn, &session)? {
                let event = Event::SessionClosed {
                    by: "wrong_passwords",
                };
                store::audit::append(conn, &event.record(&scene, &entropy, now))?;
            }
            Ok(())
        })
        .await?;
    if over {
        app.outbox.notify_one();
    }
    Ok(if over {
        Changed::Ended
    } else {
        Changed::CurrentWrong
    })
}
