//! A new password: judged by the rules, or made up by the server.

use secrecy::{ExposeSecret, SecretString};

use super::{Fault, identity};
use crate::app::App;
use crate::password::Checked;
use crate::people::account::{PasswordKind, academic_year};
use crate::people::code::CertificateCode;
use crate::people::generated::GeneratedPassword;
use crate::people::password::{self, Personal, Refusal};
use crate::store::accounts::Holder;
use crate::store::codes::Code;

/// What a person asks for.
pub enum Wish {
    /// A password of their own, typed twice.
    Own {
        /// The first time.
        password: SecretString,
        /// The second time; `None` where the form asked only once.
        confirmation: Option<SecretString>,
    },
    /// One made up by the server.
    Generated,
}

/// Why a wish is not granted. The person mends it and sends the form again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// Nothing was typed.
    Missing,
    /// The two are different.
    Different,
    /// A rule refuses it.
    Rule(Refusal),
}

/// A password ready to be stored.
pub(super) struct NewPassword {
    /// Its hash.
    pub hash: String,
    /// How it came to be.
    pub kind: PasswordKind,
    /// What the person has to note, when the server made it up.
    pub shown: Option<String>,
}

/// Judges a wish and hashes what comes of it.
pub(super) async fn prepare(
    app: &App,
    wish: &Wish,
    holder: &Holder,
) -> Result<Result<NewPassword, Vec<Objection>>, Fault> {
    match wish {
        Wish::Generated => {
            let made = GeneratedPassword::generate(&app.entropy, app.config.password.generated_groups);
            let hash = app.hasher.hash(&made.canonical().into()).await?;
            let shown = Some(made.display().to_string());
            Ok(Ok(NewPassword {
                hash,
                kind: PasswordKind::Generated,
                shown,
            }))
        }
        Wish::Own {
            password,
            confirmation,
        } => {
            let objections = objections(app, password, confirmation.as_ref(), holder);
            if !objections.is_empty() {
                return Ok(Err(objections));
            }
            if is_current(app, password, holder).await? {
                return Ok(Err(vec![Objection::Rule(Refusal::Same)]));
            }
            let normal: SecretString = password::normalise(password.expose_secret()).as_str().into();
            let hash = app.hasher.hash(&normal).await?;
            Ok(Ok(NewPassword {
                hash,
                kind: PasswordKind::Chosen,
                shown: None,
            }))
        }
    }
}

fn objections(
    app: &App,
    password: &SecretString,
    confirmation: Option<&SecretString>,
    holder: &Holder,
) -> Vec<Objection> {
    let typed = password.expose_secret();
    if typed.is_empty() {
        return vec![Objection::Missing];
    }
    let names = identity::names(&holder.person);
    let surnames: Vec<&str> = [Some(names.birth_name.as_str()), names.usage_name.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let given: Vec<&str> = names
        .given_names
        .iter()
        .map(String::as_str)
        .chain(names.usage_given_name.as_deref())
        .collect();
    let university = &app.config.university;
    let words = [
        university.name.fr.as_str(),
        university.name.en.as_str(),
        &university.short,
        &university.domain,
    ];
    let about = Personal {
        login: &holder.account.login,
        surnames: &surnames,
        given_names: &given,
        file_number: &holder.person.reference,
        birth_date: identity::birth_date(&holder.person),
        university: &words,
    };
    let mut objections: Vec<Objection> = app
        .policy
        .check(typed, &about)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(Objection::Rule)
        .collect();
    if confirmation.is_some_and(|again| again.expose_secret() != typed) {
        objections.push(Objection::Different);
    }
    objections
}

async fn is_current(app: &App, password: &SecretString, holder: &Holder) -> Result<bool, Fault> {
    let Some(stored) = holder.account.password_hash.as_deref() else {
        return Ok(false);
    };
    let typed = super::credentials::as_hashed(password, Some(holder));
    Ok(app.hasher.check(&typed, Some(stored)).await? != Checked::Wrong)
}

/// A fresh backup code: its row, and what the person notes.
pub(super) fn backup_code(
    app: &App,
    person: &str,
    origin: &'static str,
    now: chrono::DateTime<chrono::Utc>,
) -> (Code, String) {
    let code = CertificateCode::generate(&app.entropy);
    (
        code_row(app, person, &code, origin, now),
        code.display().to_string(),
    )
}

/// The row of a code issued at `now`: good until the end of the civil year after the academic one began.
pub(crate) fn code_row(
    app: &App,
    person: &str,
    code: &CertificateCode,
    origin: &'static str,
    now: chrono::DateTime<chrono::Utc>,
) -> Code {
    // A code of 2026-2027 is good until 31 December 2027.
    let year = academic_year(now.date_naive());
    let expires = chrono::NaiveDate::from_ymd_opt(year + 2, 1, 1)
        .unwrap_or(now.date_naive())
        .and_time(chrono::NaiveTime::MIN);
    Code {
        id: app.entropy.uuid(now).to_string(),
        person_id: person.to_owned(),
        secret: app.hasher.hash_code(&code.canonical().into()),
        year: i64::from(year),
        origin: origin.to_owned(),
        issued_at: now.timestamp_micros(),
        expires_at: expires.and_utc().timestamp_micros(),
        tries: 0,
        spent_at: None,
        revoked_at: None,
    }
}
