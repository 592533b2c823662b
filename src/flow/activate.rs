//! First access: file number and birth date, "is this you?", a password to note.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::forms::Token;
use super::limits::{Denied, Try};
use super::new_password::{Objection, Wish, backup_code, prepare};
use super::sheet::{self, Sheet, journey_digest};
use super::tides::{self, Watch};
use super::{Fault, Visitor, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::config::CodeDemand;
use crate::kernel::clock::from_micros;
use crate::password::Checked;
use crate::people::account::{self, CodePolicy, Doubt, Match, Window, asks_code};
use crate::people::birth_date::TypedDate;
use crate::people::code::CertificateCode;
use crate::people::file_number::FileNumber;
use crate::people::throttle::FAILURES_BEFORE_DOUBT;
use crate::people::tide::{Outcome, State, Tide};
use crate::store;
use crate::store::accounts::Holder;
use crate::store::journeys::Journey;

/// The word under which activations are stored.
pub const KIND: &str = "activation";

/// How long a journey may take.
pub(super) const JOURNEY: Duration = Duration::minutes(30);

/// What the first step sent.
pub struct Claim {
    /// The file number.
    pub number: FileNumber,
    /// The birth date.
    pub born: TypedDate,
    /// The code, where it was asked for or typed all the same.
    pub code: Option<CertificateCode>,
    /// The form token, found good.
    pub token: Token,
}

/// What the first step led to.
pub enum Claimed {
    /// The form was sent before.
    Stale,
    /// No try is left for now.
    Denied(Denied),
    /// Nothing matches; one answer for every reason.
    NoMatch,
    /// The code is needed as well.
    CodeNeeded,
    /// The account is active: only after a match.
    AlreadyActive,
    /// The time to do this online is over, or everything is closed for now.
    Closed,
    /// "Is this you?" The value of the flow cookie.
    Confirm(String),
}

/// What the confirmation page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// First name and the surname's initial.
    pub name: String,
    /// The step of study, if known.
    pub programme: Option<String>,
    /// The version of the rules that was accepted.
    #[serde(default)]
    pub charter: Option<String>,
}

/// Judges file number, birth date and, where asked for, code.
///
/// # Errors
/// When the database does not answer or too many secrets wait to be hashed.
pub async fn claim(app: &App, claim: Claim, visitor: &Visitor) -> Result<Claimed, Fault> {
    let now = app.clock.now();
    let number = claim.number.as_str().to_owned();
    let tried = match &claim.code {
        None => Try::activation(app, &number, visitor),
        Some(_) => Try::activation_by_code(app, &number, visitor),
    };
    let scene = Scene::person(&visitor.address_text());
    let tide_key = tides::key(app, KIND);
    let before = {
        let (tried, scene, entropy, token) = (
            tried.clone(),
            scene.clone(),
            Arc::clone(&app.entropy),
            claim.token,
        );
        app.db
            .write(move |conn| {
                if !store::forms::spend(conn, &token.digest, token.expires_at)? {
                    return Ok(Err(Claimed::Stale));
                }
                if let Err(denied) = tried.reserve_or_record(conn, &scene, &entropy, now)? {
                    return Ok(Err(Claimed::Denied(denied)));
                }
                let failures = tried.failures(conn, now)?;
                let tide =
                    store::throttles::with_ledger(conn, &tide_key, now, |tide: &mut Tide| tide.state(now))?;
                let holder = store::accounts::holder_by_number(conn, &number)?;
                let codes = match &holder {
                    Some(holder) => store::codes::newest(conn, &holder.account.id)?,
                    None => Vec::new(),
                };
                Ok(Ok((failures, tide, holder, codes)))
            })
            .await?
    };
    let (failures, tide, holder, codes) = match before {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    // Always one hash when a code came, whether or not there is one to compare with ([S-40]).
    let code_right = match &claim.code {
        None => None,
        Some(code) => {
            let stored = codes
                .iter()
                .find(|stored| stored.is_good(now))
                .map(|stored| stored.secret.as_str());
            let checked = app.hasher.check_code(&code.canonical().into(), stored).await;
            Some(tried.checked(app, checked).await? != Checked::Wrong)
        }
    };
    let outcome = judge(
        app,
        &claim,
        holder.as_ref(),
        &Signs {
            failures,
            tide,
            code_right,
        },
        now,
    );
    settle(app, outcome, holder, tried, &scene, now).await
}

/// What surrounds a claim.
struct Signs {
    failures: u16,
    tide: State,
    code_right: Option<bool>,
}

enum Judged {
    Confirm,
    AlreadyActive,
    CodeNeeded,
    Closed,
    NoMatch(&'static str),
}

fn judge(app: &App, claim: &Claim, holder: Option<&Holder>, signs: &Signs, now: DateTime<Utc>) -> Judged {
    let policy = match app.config.activation.code {
        CodeDemand::Adaptive => CodePolicy::Adaptive,
        CodeDemand::Always => CodePolicy::Always,
        CodeDemand::Never => CodePolicy::Never,
    };
    let mut doubts = Vec::new();
    if signs.failures > FAILURES_BEFORE_DOUBT {
        doubts.push(Doubt::OverLimit);
    }
    if !matches!(signs.tide, State::Calm) {
        doubts.push(Doubt::Tide);
    }
    // What everybody is asked for, whoever they are: the answer must not depend on a match.
    let asked_of_all = asks_code(policy, account::Kind::Student, &doubts);
    if asked_of_all && signs.code_right.is_none() {
        return Judged::CodeNeeded;
    }
    let Some(holder) = holder else {
        return Judged::NoMatch("unknown");
    };
    // Also where none was asked for, or the tries that are kept for codes would be as many more at dates ([S-46]).
    if signs.code_right == Some(false) {
        return Judged::NoMatch("code");
    }
    let born = identity::birth_date(&holder.person);
    let matches = if born.is_some_and(|born| born.matches(&claim.born)) {
        Match::Yes
    } else {
        Match::No
    };
    let kind = identity::kind(&holder.person);
    match account::activation(Some((kind, identity::standing(holder, now))), matches, now) {
        account::Activation::NoMatch if matches == Match::No => return Judged::NoMatch("birth_date"),
        account::Activation::NoMatch => return Judged::NoMatch("standing"),
        account::Activation::AlreadyActive => return Judged::AlreadyActive,
        account::Activation::Confirm => {}
    }
    if born.is_some_and(|born| born.is_partial()) {
        doubts.push(Doubt::PartialDate);
    }
    if asks_code(policy, kind, &doubts) && signs.code_right.is_none() {
        return Judged::CodeNeeded;
    }
    let rules = &app.config.activation;
    match account::window(
        from_micros(holder.person.created_at),
        rules.available_after,
        rules.window,
        now,
    ) {
        Window::Open => Judged::Confirm,
        Window::NotYet => Judged::NoMatch("too_early"),
        Window::Closed => Judged::Closed,
    }
}

async fn settle(
    app: &App,
    judged: Judged,
    holder: Option<Holder>,
    tried: Try,
    scene: &Scene,
    now: DateTime<Utc>,
) -> Result<Claimed, Fault> {
    let scene = match &holder {
        Some(holder) => scene.about(&holder.account.id),
        None => scene.clone(),
    };
    let cookie = sheet::new_cookie(&app.entropy);
    let journey = match (&judged, &holder) {
        (Judged::Confirm, Some(holder)) => Some(confirmation(&cookie, holder, now)),
        _ => None,
    };
    let entropy = Arc::clone(&app.entropy);
    let (refused, asked) = match judged {
        Judged::NoMatch(why) => (Some(why), false),
        Judged::Confirm | Judged::AlreadyActive | Judged::Closed => (None, false),
        Judged::CodeNeeded => (None, true),
    };
    let watch = Watch::new(app, KIND, &scene, now);
    app.db
        .write(move |conn| {
            if asked {
                // A code that is still missing is neither right nor wrong: the question itself costs no try, and
                // the failures that led to it stay, or asking would wipe them out.
                tried.withdraw(conn, now)?;
            } else if refused.is_none() {
                // Not counted as right for the tide before the account is opened, which happens once: somebody's own
                // card, shown again and again, would hide any number of wrong ones among right ones.
                tried.give_back(conn, now)?;
            }
            if let Some(why) = refused {
                watch.activation(conn, Outcome::Failed)?;
                let event = Event::IdentityRefused { journey: KIND, why };
                store::audit::append(conn, &event.record(&scene, &entropy, now))?;
            }
            if let Some(journey) = &journey {
                store::journeys::start(conn, journey)?;
            }
            Ok(())
        })
        .await?;
    Ok(match judged {
        Judged::Confirm => Claimed::Confirm(cookie),
        Judged::AlreadyActive => Claimed::AlreadyActive,
        Judged::CodeNeeded => Claimed::CodeNeeded,
        Judged::Closed => Claimed::Closed,
        Judged::NoMatch(_) => Claimed::NoMatch,
    })
}

fn confirmation(cookie: &str, holder: &Holder, now: DateTime<Utc>) -> Journey {
    let who = Who {
        name: identity::names(&holder.person).short_name(),
        programme: None,
        charter: None,
    };
    Journey {
        digest: journey_digest(cookie),
        kind: KIND.into(),
        step: "confirm".into(),
        person: Some(holder.account.id.clone()),
        typed: Vec::new(),
        details: serde_json::to_string(&who).unwrap_or_default(),
        sheet: None,
        expires_at: now + JOURNEY,
    }
}

/// Whether the form of the first step should ask for the code from the start.
///
/// # Errors
/// When the database does not answer.
pub async fn asks_code_of_all(app: &App) -> Result<bool, Fault> {
    if app.config.activation.code == CodeDemand::Always {
        return Ok(true);
    }
    let (key, now) = (tides::key(app, KIND), app.clock.now());
    let tide: Option<Tide> = app
        .db
        .read(move |conn| store::throttles::peek(conn, &key))
        .await?;
    let calm = tide.is_none_or(|tide| matches!(tide.state(now), State::Calm));
    Ok(!calm && app.config.activation.code == CodeDemand::Adaptive)
}

/// An operator has looked: the date alone opens accounts again, and counting starts anew.
///
/// # Errors
/// When the database does not answer.
pub async fn reopen(app: &App, scene: &Scene) -> Result<(), Fault> {
    let (key, now) = (tides::key(app, KIND), app.clock.now());
    let record = Event::ActivationTide { level: "reopened" }.record(scene, &app.entropy, now);
    Ok(app
        .db
        .write(move |conn| {
            store::throttles::with_ledger(conn, &key, now, Tide::reopen)?;
            store::audit::append(conn, &record)
        })
        .await?)
}

/// What the confirmation page shows of a journey.
pub fn who(journey: &Journey) -> Option<Who> {
    serde_json::from_str(&journey.details).ok()
}

/// The person says that the account is theirs. Answers whether the journey was at that step.
///
/// # Errors
/// When the database does not answer.
pub async fn confirm(app: &App, journey: &Journey, charter: Option<String>) -> Result<bool, Fault> {
    let Some(who) = who(journey) else {
        return Ok(false);
    };
    let details = serde_json::to_string(&Who { charter, ..who }).unwrap_or_default();
    let digest = journey.digest;
    Ok(app
        .db
        .write(move |conn| store::journeys::advance(conn, &digest, "confirm", "password", &details))
        .await?)
}

/// The person says that the account is somebody else's: the journey ends and the log remembers.
///
/// # Errors
/// When the database does not answer.
pub async fn disown(app: &App, journey: &Journey, visitor: &Visitor) -> Result<(), Fault> {
    let now = app.clock.now();
    let mut scene = Scene::person(&visitor.address_text());
    scene.account.clone_from(&journey.person);
    let record = Event::ActivationDisowned.record(&scene, &app.entropy, now);
    let digest = journey.digest;
    Ok(app
        .db
        .write(move |conn| {
            store::journeys::end(conn, &digest)?;
            store::audit::append(conn, &record)
        })
        .await?)
}

/// What the last step led to.
#[derive(Debug)]
pub enum Chosen {
    /// The password has to be another.
    Refused(Vec<Objection>),
    /// The journey is over, or somebody was faster.
    Gone,
    /// Done: what to note.
    Done(Sheet),
}

/// Activates the account with the password wished for.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn choose(
    app: &App,
    journey: &Journey,
    cookie: &str,
    wish: &Wish,
    visitor: &Visitor,
) -> Result<Chosen, Fault> {
    let now = app.clock.now();
    let Some(person) = journey.person.clone().filter(|_| journey.step == "password") else {
        return Ok(Chosen::Gone);
    };
    let id = person.clone();
    let Some(holder) = app
        .db
        .read(move |conn| store::accounts::holder(conn, &id))
        .await?
    else {
        return Ok(Chosen::Gone);
    };
    let new = match prepare(app, wish, &holder).await? {
        Ok(new) => new,
        Err(objections) => return Ok(Chosen::Refused(objections)),
    };
    let (code, shown_code) = backup_code(app, &person, "backup", now);
    let sheet = Sheet {
        login: holder.account.login.clone(),
        mail: holder.account.mail.clone(),
        password: new.shown,
        code: shown_code,
    };
    let sealed = sheet::seal(&sheet, cookie, &app.entropy);
    let charter = who(journey).and_then(|who| who.charter);
    let scene = Scene::person(&visitor.address_text()).about(&person);
    let watch = Watch::new(app, KIND, &scene, now);
    let (digest, entropy, hash, kind) = (
        journey.digest,
        Arc::clone(&app.entropy),
        new.hash,
        new.kind.as_str(),
    );
    let done = app
        .db
        .write(move |conn| {
            // Of two browsers with the same proofs, one wins: the account leaves `pending` once. It does not when it was
            // locked, or its holder's rights ended, while somebody was choosing.
            if !store::journeys::advance(conn, &digest, "password", "sheet", "{}")?
                || !store::accounts::activate(conn, &person, charter.as_deref(), now)?
            {
                return Ok(false);
            }
            store::accounts::set_password(conn, &person, &hash, kind, now)?;
            store::codes::issue(conn, &code)?;
            store::journeys::keep_sheet(conn, &digest, &sealed, now + sheet::SHOWN_AGAIN)?;
            store::audit::append(conn, &Event::Activated.record(&scene, &entropy, now))?;
            store::audit::append(
                conn,
                &Event::CodeIssued { origin: "backup" }.record(&scene, &entropy, now),
            )?;
            watch.activation(conn, Outcome::Passed)?;
            Ok(true)
        })
        .await?;
    Ok(if done { Chosen::Done(sheet) } else { Chosen::Gone })
}
