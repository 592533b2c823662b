//! The operator changes accounts: made by hand, locked, unlocked, signed out, given a new code. All of it is audited
//! under the operator's name.

mod create;

use std::sync::Arc;

use serde::Serialize;

use super::ending::Ending;
use super::new_password::backup_code;
use super::{Fault, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::people::naming::Login;
use crate::store::accounts::Holder;
use crate::store::{self, Conn, StoreError};

pub use create::{Created, NewAccount, Objection, PasswordFrom, create};

/// An account as an operator may see it: no password, no code, no birth date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The login.
    pub login: String,
    /// The name as shown.
    pub name: String,
    /// `student`, `staff` or `guest`.
    pub kind: String,
    /// File number or staff number.
    pub reference: String,
    /// The university mail address.
    pub mail: String,
    /// `pending`, `active`, `leaving`, `suspended` or `closed`.
    pub standing: String,
    /// `chosen`, `generated` or `temporary`; `None` without a password.
    pub password: Option<String>,
    /// When the password was set (RFC 3339).
    pub password_since: Option<String>,
    /// When the account was activated.
    pub activated_at: Option<String>,
    /// The last sign-in.
    pub last_login_at: Option<String>,
    /// When rights end.
    pub rights_end: Option<String>,
    /// Sessions that are open.
    pub sessions: usize,
    /// Whether a code is in force.
    pub has_code: bool,
}

/// The account with this login or mail address.
///
/// # Errors
/// When the database does not answer.
pub async fn show(app: &App, login: &Login) -> Result<Option<Shown>, Fault> {
    let (login, now) = (login.as_str().to_owned(), app.clock.now());
    let found = app
        .db
        .read(move |conn| {
            let Some(holder) = find(conn, &login)? else {
                return Ok(None);
            };
            let id = &holder.account.id;
            let live = store::sessions::of_account(conn, id)?
                .iter()
                .filter(|session| session.epoch == holder.account.epoch && now < session.expires_at)
                .filter(|session| now < session.used_at + session.idle)
                .count();
            let has_code = store::codes::newest(conn, id)?
                .iter()
                .any(|code| code.is_good(now));
            Ok(Some(shown(holder, live, has_code)))
        })
        .await?;
    Ok(found)
}

fn shown(holder: Holder, sessions: usize, has_code: bool) -> Shown {
    let at = |micros: Option<i64>| {
        micros.map(|micros| {
            crate::kernel::clock::from_micros(micros).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        })
    };
    Shown {
        name: identity::names(&holder.person).display_name(),
        login: holder.account.login,
        kind: holder.person.kind,
        reference: holder.person.reference,
        mail: holder.account.mail,
        standing: holder.account.standing,
        password: holder.account.password_kind,
        password_since: at(holder.account.password_since),
        activated_at: at(holder.account.activated_at),
        last_login_at: at(holder.account.last_login_at),
        rights_end: at(holder.person.rights_end),
        sessions,
        has_code,
    }
}

fn find(conn: &mut Conn, login: &str) -> Result<Option<Holder>, StoreError> {
    match store::accounts::by_name(conn, login)? {
        Some(account) => store::accounts::holder(conn, &account.id),
        None => Ok(None),
    }
}

/// What became of an operator's act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act<T> {
    /// Done.
    Done(T),
    /// It was so already.
    Already,
    /// The account is closed, and nothing is done to it any more.
    Closed,
    /// Nobody has this login.
    Unknown,
}

/// Suspends an account and ends its sessions everywhere; answers how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(app: &App, login: &Login, scene: &Scene) -> Result<Act<usize>, Fault> {
    let ending = Ending::unwatched(app, app.clock.now());
    act(app, login, scene, move |conn, holder, stage| {
        match holder.account.standing.as_str() {
            "suspended" => return Ok(Act::Already),
            "closed" => return Ok(Act::Closed),
            _ => {}
        }
        stage.stand(conn, &holder.account.id, "suspended")?;
        stage.end(conn, &ending, &holder.account.id).map(Act::Done)
    })
    .await
}

/// Makes a suspended account usable again; answers where it stands now.
///
/// # Errors
/// When the database does not answer.
pub async fn unlock(app: &App, login: &Login, scene: &Scene) -> Result<Act<&'static str>, Fault> {
    act(app, login, scene, |conn, holder, stage| {
        match holder.account.standing.as_str() {
            "suspended" => {}
            "closed" => return Ok(Act::Closed),
            _ => return Ok(Act::Already),
        }
        // Where it stood before follows from what is known: no password was never activated, and rights that end
        // still end.
        let to = match (&holder.account.password_hash, holder.person.rights_end) {
            (None, _) => "pending",
            (Some(_), Some(_)) => "leaving",
            (Some(_), None) => "active",
        };
        stage.stand(conn, &holder.account.id, to)?;
        Ok(Act::Done(to))
    })
    .await
}

/// Ends every session of an account, everywhere; answers how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(app: &App, login: &Login, scene: &Scene) -> Result<Act<usize>, Fault> {
    let ending = Ending::unwatched(app, app.clock.now());
    act(app, login, scene, move |conn, holder, stage| {
        stage.end(conn, &ending, &holder.account.id).map(Act::Done)
    })
    .await
}

/// Issues a new code, which revokes the one in force; answers the code, to be shown once.
///
/// # Errors
/// When the database does not answer.
pub async fn new_code(app: &App, login: &Login, scene: &Scene) -> Result<Act<String>, Fault> {
    // Hashed before the transaction, for an account that may turn out not to exist: a third of a millisecond.
    let (mut code, printed) = backup_code(app, "", "staff", app.clock.now());
    act(app, login, scene, move |conn, holder, stage| {
        if holder.account.standing == "closed" {
            return Ok(Act::Closed);
        }
        code.person_id.clone_from(&holder.account.id);
        store::codes::issue(conn, &code)?;
        stage.note(conn, &holder.account.id, &Event::CodeIssued { origin: "staff" })?;
        Ok(Act::Done(printed))
    })
    .await
}

/// What an act has at hand besides the connection.
struct Stage {
    scene: Scene,
    entropy: Arc<crate::kernel::entropy::Entropy>,
    now: chrono::DateTime<chrono::Utc>,
}

impl Stage {
    fn note(&self, conn: &mut Conn, account: &str, event: &Event) -> Result<(), StoreError> {
        store::audit::append(
            conn,
            &event.record(&self.scene.about(account), &self.entropy, self.now),
        )
    }

    fn stand(&self, conn: &mut Conn, account: &str, to: &str) -> Result<(), StoreError> {
        store::accounts::set_standing(conn, account, to, self.now)?;
        self.note(conn, account, &Event::StandingChanged { to: to.to_owned() })
    }

    /// Ends the sessions, and makes one that is being opened at this moment dead on arrival.
    fn end(&self, conn: &mut Conn, ending: &Ending, account: &str) -> Result<usize, StoreError> {
        store::accounts::end_sessions(conn, account, self.now)?;
        ending.end_all(conn, account, None, "operator", &self.scene)
    }
}

async fn act<T: Send + 'static>(
    app: &App,
    login: &Login,
    scene: &Scene,
    work: impl FnOnce(&mut Conn, &Holder, &Stage) -> Result<Act<T>, StoreError> + Send + 'static,
) -> Result<Act<T>, Fault> {
    let login = login.as_str().to_owned();
    let stage = Stage {
        scene: scene.clone(),
        entropy: Arc::clone(&app.entropy),
        now: app.clock.now(),
    };
    let done = app
        .db
        .write(move |conn| match find(conn, &login)? {
            Some(holder) => work(conn, &holder, &stage),
            None => Ok(Act::Unknown),
        })
        .await?;
    app.outbox.notify_one();
    Ok(done)
}

#[cfg(test)]
mod tests;
