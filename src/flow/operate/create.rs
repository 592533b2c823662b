//! An account made by hand: the first one of the staff, or one for a rehearsal.

use std::sync::Arc;

use secrecy::SecretString;

use crate::app::App;
use crate::audit::{Event, Scene};
use crate::flow::Fault;
use crate::flow::import::mail_domain;
use crate::flow::new_password::{self, Wish, prepare};
use crate::people::account::{Kind, PasswordKind};
use crate::people::generated::GeneratedPassword;
use crate::people::names::Names;
use crate::people::naming::{Login, mail_address};
use crate::store::accounts::{Account, Holder};
use crate::store::people::Person;
use crate::store::{self, StoreError};

/// Groups of four letters in a password made for staff: 70 bits.
const GROUPS: usize = 4;

/// What is asked for.
pub struct NewAccount {
    /// The login, as typed.
    pub login: String,
    /// Their names.
    pub names: Names,
    /// What they are.
    pub kind: Kind,
    /// The mail address; made from the name when there is none.
    pub mail: Option<String>,
    /// File number or staff number.
    pub reference: Option<String>,
    /// The password.
    pub password: PasswordFrom,
}

/// Where a password comes from.
pub enum PasswordFrom {
    /// The server makes it up.
    Server,
    /// The operator typed it.
    Operator(SecretString),
}

/// An account that was made.
#[derive(Debug)]
pub struct Created {
    /// The login.
    pub login: String,
    /// The mail address.
    pub mail: String,
    /// The password to hand over, when the server made it up.
    pub password: Option<SecretString>,
}

/// Why an account is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// Not the shape of a login.
    #[error("a login is 3 to 64 of a-z, 0-9, `.`, `_` and `-`, and starts with a letter")]
    Login,
    /// Not the shape of a mail address.
    #[error("{0} is not a mail address")]
    Mail(String),
    /// The login, the address or the number is, or was, somebody's.
    #[error("the login, the mail address or the number is, or was, somebody else's")]
    Taken,
    /// The password does not follow the rules.
    #[error("the password is refused: {0}")]
    Password(String),
}

/// Makes an active account.
///
/// # Errors
/// When the database does not answer or too many passwords wait to be hashed.
pub async fn create(
    app: &App,
    asked: NewAccount,
    scene: &Scene,
) -> Result<Result<Created, Objection>, Fault> {
    let now = app.clock.now();
    let Some(login) = Login::typed(&asked.login).filter(|login| is_login(login.as_str())) else {
        return Ok(Err(Objection::Login));
    };
    let mail = match &asked.mail {
        Some(mail) if !is_mail(mail) => return Ok(Err(Objection::Mail(mail.clone()))),
        Some(mail) => mail.to_lowercase(),
        None => free_address(app, &asked).await?,
    };
    let id = app.entropy.uuid(now).to_string();
    let at = now.timestamp_micros();
    let mut holder = Holder {
        person: person(&id, &login, &asked, at),
        account: account(&id, &login, mail, at),
    };
    let (hash, kind, shown) = match &asked.password {
        PasswordFrom::Server => {
            let groups = app.config.password.generated_groups.max(GROUPS);
            let made = GeneratedPassword::generate(&app.entropy, groups);
            let hash = app.hasher.hash(&made.canonical().into()).await?;
            (
                hash,
                PasswordKind::Generated,
                Some(made.display().as_str().into()),
            )
        }
        PasswordFrom::Operator(typed) => {
            let wish = Wish::Own {
                password: typed.clone(),
                confirmation: None,
            };
            match prepare(app, &wish, &holder).await? {
                Ok(new) => (new.hash, new.kind, None),
                Err(objections) => return Ok(Err(Objection::Password(words(&objections)))),
            }
        }
    };
    holder.account.password_hash = Some(hash);
    holder.account.password_kind = Some(kind.as_str().to_owned());
    let created = Created {
        login: holder.account.login.clone(),
        mail: holder.account.mail.clone(),
        password: shown,
    };
    let (scene, entropy) = (scene.about(&id), Arc::clone(&app.entropy));
    let written = app
        .db
        .write(move |conn| {
            if store::accounts::is_taken(conn, &holder.account.login, &holder.account.mail)? {
                return Ok(false);
            }
            store::people::add(conn, &holder.person)?;
            store::accounts::add(conn, &holder.account)?;
            store::audit::append(conn, &Event::AccountCreated.record(&scene, &entropy, now))?;
            Ok(true)
        })
        .await;
    match written {
        Ok(true) => Ok(Ok(created)),
        Ok(false) | Err(StoreError::Conflict(_)) => Ok(Err(Objection::Taken)),
        Err(error) => Err(error.into()),
    }
}

fn is_login(text: &str) -> bool {
    (3..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

fn is_mail(text: &str) -> bool {
    let sound = text.len() <= 254 && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let parts = text.split_once('@');
    sound && parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

async fn free_address(app: &App, asked: &NewAccount) -> Result<String, Fault> {
    let names = asked.names.clone();
    let domain = mail_domain(asked.kind, &app.config.university.domain);
    Ok(app
        .db
        .read(move |conn| {
            let known = store::people::known(conn)?;
            let taken: std::collections::HashSet<&str> =
                known.iter().map(|known| known.mail.as_str()).collect();
            Ok(mail_address(&names, &domain, |mail| taken.contains(mail)))
        })
        .await?)
}

fn person(id: &str, login: &Login, asked: &NewAccount, at: i64) -> Person {
    let names = &asked.names;
    Person {
        id: id.to_owned(),
        kind: asked.kind.as_str().to_owned(),
        // Unique like the login it is made from, and unlike any number of an office.
        reference: asked
            .reference
            .clone()
            .unwrap_or_else(|| format!("local-{login}")),
        birth_name: names.birth_name.clone(),
        usage_name: names.usage_name.clone(),
        given_names: names.given_names.join(","),
        usage_given_name: names.usage_given_name.clone(),
        title: None,
        birth_date: None,
        ine: None,
        personal_mail: None,
        affiliations: String::new(),
        enrolments: "[]".to_owned(),
        rights_start: None,
        rights_end: None,
        source_hash: None,
        created_at: at,
        updated_at: at,
    }
}

fn account(id: &str, login: &Login, mail: String, at: i64) -> Account {
    Account {
        id: id.to_owned(),
        login: login.to_string(),
        mail,
        standing: "active".to_owned(),
        password_hash: None,
        password_kind: None,
        password_since: Some(at),
        epoch: 0,
        charter_version: None,
        charter_at: None,
        activated_at: Some(at),
        last_login_at: None,
        previous_login_at: None,
        updated_at: at,
    }
}

fn words(objections: &[new_password::Objection]) -> String {
    let words: Vec<String> = objections
        .iter()
        .map(|objection| match objection {
            new_password::Objection::Missing => "nothing was typed".to_owned(),
            new_password::Objection::Different => "the two are different".to_owned(),
            new_password::Objection::Rule(refusal) => refusal.to_string(),
        })
        .collect();
    words.join("; ")
}
