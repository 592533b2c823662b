//! Lost credentials: file number and birth date, the code of the certificate sheet, a new password to note.
//!
//! The first step leads to the second whether or not it matched anybody: it tells nobody a birth date.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::activate::{Chosen, JOURNEY};
use super::ending::Ending;
use super::forms::Token;
use super::limits::{Denied, Try};
use super::new_password::{Wish, backup_code, prepare};
use super::sheet::{self, Sheet, journey_digest};
use super::tides::Watch;
use super::{Fault, Visitor, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::kernel::keyring::Digest;
use crate::password::{Checked, Overloaded};
use crate::people::account::{self, Proof, Recovery, Standing};
use crate::people::birth_date::TypedDate;
use crate::people::code::CertificateCode;
use crate::people::file_number::FileNumber;
use crate::people::throttle::FAILURES_BEFORE_REVOCATION;
use crate::people::tide::Outcome;
use crate::store::accounts::Holder;
use crate::store::codes::Code;
use crate::store::journeys::Journey;
use crate::store::{self, Conn, StoreError};

/// The word under which recoveries are stored.
pub const KIND: &str = "recovery";

/// Codes compared at each try: the one in force and three former ones, or as many decoys.
const COMPARED: usize = 4;

/// Begins a journey with what was typed; `None` when the form was sent before. The value of the flow cookie.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(
    app: &App,
    number: &FileNumber,
    born: &TypedDate,
    token: Token,
) -> Result<Option<String>, Fault> {
    let now = app.clock.now();
    let cookie = sheet::new_cookie(&app.entropy);
    let typed = app
        .keys
        .throttles
        .digest(&[b"number", number.as_str().as_bytes()])
        .to_vec();
    let digest = journey_digest(&cookie);
    let (number, born) = (number.as_str().to_owned(), *born);
    let begun = app
        .db
        .write(move |conn| {
            if !store::forms::spend(conn, &token.digest, token.expires_at)? {
                return Ok(false);
            }
            let holder = store::accounts::holder_by_number(conn, &number)?;
            let matched = holder.filter(|holder| {
                identity::birth_date(&holder.person).is_some_and(|stored| stored.matches(&born))
            });
            let journey = Journey {
                digest,
                kind: KIND.into(),
                step: "code".into(),
                person: matched.map(|holder| holder.account.id),
                typed,
                details: "{}".into(),
                sheet: None,
                expires_at: now + JOURNEY,
            };
            store::journeys::start(conn, &journey)?;
            Ok(true)
        })
        .await?;
    Ok(begun.then_some(cookie))
}

/// What the second step led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Proved {
    /// The form was sent before, or the journey is over.
    Stale,
    /// No try is left for now.
    Denied(Denied),
    /// The choice of a new password.
    Granted,
    /// The account was never activated.
    Inactive,
    /// The code is last year's.
    Expired,
    /// The code was used.
    Used,
    /// The three do not match; one answer for every reason.
    NoMatch,
}

/// Judges the code.
///
/// # Errors
/// When the database does not answer or too many secrets wait to be hashed.
pub async fn prove(
    app: &App,
    journey: &Journey,
    code: &CertificateCode,
    token: Token,
    visitor: &Visitor,
) -> Result<Proved, Fault> {
    if journey.step != "code" {
        return Ok(Proved::Stale);
    }
    let now = app.clock.now();
    let tried = Try::recovery(app, &hex::encode(&journey.typed), visitor);
    let scene = Scene {
        account: journey.person.clone(),
        ..Scene::person(&visitor.address_text())
    };
    let before = {
        let (tried, scene, entropy) = (tried.clone(), scene.clone(), Arc::clone(&app.entropy));
        let person = journey.person.clone();
        app.db
            .write(move |conn| {
                if !store::forms::spend(conn, &token.digest, token.expires_at)? {
                    return Ok(Err(Proved::Stale));
                }
                if let Err(denied) = tried.reserve_or_record(conn, &scene, &entropy, now)? {
                    return Ok(Err(Proved::Denied(denied)));
                }
                Ok(Ok(match person {
                    None => (None, Vec::new()),
                    Some(person) => (
                        store::accounts::holder(conn, &person)?,
                        store::codes::newest(conn, &person)?,
                    ),
                }))
            })
            .await?
    };
    let (holder, codes) = match before {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    let (proof, used) = tried.checked(app, compare(app, code, &codes, now).await).await?;
    let standing = holder.as_ref().map(|holder| identity::standing(holder, now));
    let outcome = account::recovery(standing, proof, now);
    let in_force = codes
        .iter()
        .find(|stored| stored.is_good(now))
        .map(|stored| stored.id.clone());
    let (digest, entropy) = (journey.digest, Arc::clone(&app.entropy));
    let details = used
        .map(|id| serde_json::json!({ "code": id }).to_string())
        .unwrap_or_default();
    let watch = Watch::new(app, KIND, &scene, now);
    let moved = app
        .db
        .write(move |conn| {
            if matches!(outcome, Recovery::Granted | Recovery::Inactive) {
                tried.give_back(conn, now)?;
                watch.recovery(conn, Outcome::Passed)?;
            } else {
                watch.recovery(conn, Outcome::Failed)?;
            }
            if outcome == Recovery::Granted {
                return store::journeys::advance(conn, &digest, "code", "password", &details);
            }
            if proof == Proof::Wrong
                && let Some(id) = &in_force
            {
                let limit = i64::from(FAILURES_BEFORE_REVOCATION);
                store::codes::count_wrong_try(conn, id, limit, now)?;
            }
            let why = match outcome {
                Recovery::Inactive | Recovery::Granted => "standing",
                Recovery::ExpiredCode => "expired",
                Recovery::UsedCode => "used",
                Recovery::NoMatch if holder.is_none() => "identity",
                Recovery::NoMatch => "wrong",
            };
            store::audit::append(conn, &Event::CodeRefused { why }.record(&scene, &entropy, now))?;
            Ok(false)
        })
        .await?;
    Ok(match outcome {
        Recovery::Granted if moved => Proved::Granted,
        Recovery::Granted => Proved::Stale,
        Recovery::Inactive => Proved::Inactive,
        Recovery::ExpiredCode => Proved::Expired,
        Recovery::UsedCode => Proved::Used,
        Recovery::NoMatch => Proved::NoMatch,
    })
}

/// Compares a typed code with the newest four of the person. Always four hashes: time tells neither whether the
/// first step matched nor how many codes there are ([S-40], [S-50]).
async fn compare(
    app: &App,
    typed: &CertificateCode,
    codes: &[Code],
    now: DateTime<Utc>,
) -> Result<(Proof, Option<String>), Overloaded> {
    let mut found = (Proof::Wrong, None);
    for number in 0..COMPARED {
        let stored = codes.get(number);
        let secret = stored.map(|code| code.secret.as_str());
        let checked = app.hasher.check_code(&typed.canonical().into(), secret).await?;
        let Some(code) = stored.filter(|_| checked != Checked::Wrong) else {
            continue;
        };
        found = if code.is_good(now) {
            (Proof::Right, Some(code.id.clone()))
        } else if code.spent_at.is_some() || code.revoked_at.is_some() {
            (Proof::UsedCode, None)
        } else {
            (Proof::ExpiredCode, None)
        };
    }
    Ok(found)
}

/// The login of a journey that is at its last step, for the browser's password store.
///
/// # Errors
/// When the database does not answer.
pub async fn login(app: &App, journey: &Journey) -> Result<Option<String>, Fault> {
    let Some(person) = journey.person.clone().filter(|_| journey.step == "password") else {
        return Ok(None);
    };
    let account = app
        .db
        .read(move |conn| store::accounts::by_id(conn, &person))
        .await?;
    Ok(account.map(|account| account.login))
}

/// Sets the new password: the code is spent, every session ends, and a fresh backup code replaces the old.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn choose(
    app: &App,
    journey: &Journey,
    cookie: &str,
    wish: &Wish,
    visitor: &Visitor,
) -> Result<Result<Chosen, Denied>, Fault> {
    let now = app.clock.now();
    let Some((holder, used)) = ready(app, journey).await? else {
        return Ok(Ok(Chosen::Gone));
    };
    let new = match prepare(app, wish, &holder).await? {
        Ok(new) => new,
        Err(objections) => return Ok(Ok(Chosen::Refused(objections))),
    };
    let person = holder.account.id.clone();
    let (code, shown_code) = backup_code(app, &person, "backup", now);
    let sheet = Sheet {
        login: holder.account.login,
        mail: holder.account.mail,
        password: new.shown,
        code: shown_code,
    };
    let sealed = sheet::seal(&sheet, cookie, &app.entropy);
    let scene = Scene::person(&visitor.address_text()).about(&person);
    let counted = Try::recovered(app, &hex::encode(&journey.typed), visitor);
    let ending = Ending::unwatched(app, now);
    let (digest, entropy, hash, kind) = (
        journey.digest,
        Arc::clone(&app.entropy),
        new.hash,
        new.kind.as_str(),
    );
    let done = app
        .db
        .write(move |conn| {
            // Looked at before the recovery is counted, and the recovery counted before anything is spent: whoever
            // has to wait finds journey and code as they were.
            if !is_ready(conn, &digest, &person, &used, now)? {
                return Ok(Ok(false));
            }
            if let Err(denied) = counted.reserve_or_record(conn, &scene, &entropy, now)? {
                return Ok(Err(denied));
            }
            if !store::journeys::advance(conn, &digest, "password", "sheet", "{}")?
                || !store::codes::spend(conn, &used, now)?
            {
                return Ok(Ok(false));
            }
            store::accounts::set_password(conn, &person, &hash, kind, now)?;
            ending.end_all(conn, &person, None, "recovery", &scene)?;
            store::codes::issue(conn, &code)?;
            store::journeys::keep_sheet(conn, &digest, &sealed, now + sheet::SHOWN_AGAIN)?;
            store::audit::append(conn, &Event::Recovered.record(&scene, &entropy, now))?;
            store::audit::append(
                conn,
                &Event::CodeIssued { origin: "backup" }.record(&scene, &entropy, now),
            )?;
            Ok(Ok(true))
        })
        .await?;
    app.outbox.notify_one();
    Ok(done.map(|done| if done { Chosen::Done(sheet) } else { Chosen::Gone }))
}

/// Whether the journey still waits for a password and its code for its use.
fn is_ready(
    conn: &mut Conn,
    journey: &Digest,
    person: &str,
    code: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let waits = store::journeys::find(conn, journey, now)?.is_some_and(|found| found.step == "password");
    let codes = store::codes::newest(conn, person)?;
    // Asked again at the very end: the helpdesk may have locked the account while somebody was choosing.
    let standing = store::accounts::holder(conn, person)?.map(|holder| identity::standing(&holder, now));
    let open = matches!(standing, Some(Standing::Active | Standing::Leaving { .. }));
    Ok(waits && open && codes.iter().any(|known| known.id == code && known.is_good(now)))
}

/// Whose recovery this is and which code proved it, when the journey is at its last step.
async fn ready(app: &App, journey: &Journey) -> Result<Option<(Holder, String)>, Fault> {
    let Some(person) = journey.person.clone().filter(|_| journey.step == "password") else {
        return Ok(None);
    };
    let details: serde_json::Value = serde_json::from_str(&journey.details).unwrap_or_default();
    let Some(used) = details["code"].as_str().map(str::to_owned) else {
        return Ok(None);
    };
    let holder = app
        .db
        .read(move |conn| store::accounts::holder(conn, &person))
        .await?;
    Ok(holder.map(|holder| (holder, used)))
}
