//! People seen for the first time: each gets a login and an address that nobody ever had.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::{Everybody, rows};
use crate::app::App;
use crate::config;
use crate::people::account::{Kind, PasswordKind};
use crate::people::naming::{LoginRule, Pattern, mail_address};
use crate::roster::column::Column;
use crate::roster::person::RosterPerson;
use crate::roster::row::Remark;
use crate::store::accounts::Account;
use crate::store::people::{Known, Person};

/// Somebody new.
pub(super) struct Newcomer {
    pub id: String,
    pub login: String,
    pub mail: String,
    pub person: RosterPerson,
}

impl Newcomer {
    pub(super) fn row(&self, now: DateTime<Utc>) -> Person {
        rows::row(&self.id, &self.person, now)
    }

    /// The account: active when the roster brings a password, else waiting to be activated.
    pub(super) fn account(&self, now: DateTime<Utc>) -> Account {
        let password = self.person.password.as_ref();
        let since = password.map(|_| now.timestamp_micros());
        Account {
            id: self.id.clone(),
            login: self.login.clone(),
            mail: self.mail.clone(),
            standing: if password.is_some() { "active" } else { "pending" }.to_owned(),
            password_hash: password.map(|hash| hash.expose().to_owned()),
            password_kind: password.map(|_| PasswordKind::Chosen.as_str().to_owned()),
            password_since: since,
            epoch: 0,
            charter_version: None,
            charter_at: None,
            activated_at: since,
            last_login_at: None,
            previous_login_at: None,
            updated_at: now.timestamp_micros(),
        }
    }
}

/// What is given out already.
struct Taken {
    logins: HashSet<String>,
    mails: HashSet<String>,
}

/// Names everybody new, in the order of the file; those whose given login or address is somebody else's are refused.
pub(super) fn receive(
    app: &App,
    new: Vec<RosterPerson>,
    everybody: &Everybody,
    now: DateTime<Utc>,
) -> (Vec<Newcomer>, Vec<Remark>) {
    let mut taken = Taken {
        logins: everybody.logins.iter().cloned().collect(),
        mails: everybody.known.iter().map(|known| known.mail.clone()).collect(),
    };
    let mut refused = Vec::new();
    // Logins that the file gives are claimed before any is made up: a made-up one gives way, wherever it stands.
    let given_only = app.config.identifiers.login_rule == config::LoginRule::Roster;
    let claimed: Vec<RosterPerson> = new
        .into_iter()
        .filter_map(|person| match claim(&mut taken, &person, given_only) {
            Ok(()) => Some(person),
            Err(remark) => {
                refused.push(remark);
                None
            }
        })
        .collect();
    let rule = login_rule(app);
    let domain = &app.config.university.domain;
    let newcomers = claimed.into_iter().map(|person| {
        let login = match &person.login {
            Some(login) => login.to_string(),
            None => rule
                .login(&person.names, |login| taken.logins.contains(login))
                .to_string(),
        };
        let mail = person.mail.clone().unwrap_or_else(|| {
            mail_address(&person.names, &mail_domain(person.kind, domain), |mail| {
                taken.mails.contains(mail)
            })
        });
        taken.logins.insert(login.clone());
        taken.mails.insert(mail.clone());
        Newcomer {
            id: app.entropy.uuid(now).to_string(),
            login,
            mail,
            person,
        }
    });
    (newcomers.collect(), refused)
}

fn claim(taken: &mut Taken, person: &RosterPerson, given_only: bool) -> Result<(), Remark> {
    let refuse = |column, message: &str| {
        Err(Remark {
            line: person.line,
            column: Some(column),
            message: message.to_owned(),
        })
    };
    match &person.login {
        Some(login) if taken.logins.contains(login.as_str()) => {
            return refuse(
                Column::Login,
                "Ce login est, ou a été, celui d’une autre personne.",
            );
        }
        None if given_only => {
            return refuse(
                Column::Login,
                "Le login est absent, et la configuration veut qu’il vienne du fichier.",
            );
        }
        _ => {}
    }
    if let Some(mail) = &person.mail {
        if taken.mails.contains(mail) {
            return refuse(Column::Mail, "Ce courriel est celui d’une autre personne.");
        }
        taken.mails.insert(mail.clone());
    }
    if let Some(login) = &person.login {
        taken.logins.insert(login.to_string());
    }
    Ok(())
}

/// How this university makes logins.
pub(crate) fn login_rule(app: &App) -> LoginRule {
    let identifiers = &app.config.identifiers;
    let (pattern, max_length) = match identifiers.login_rule {
        config::LoginRule::InitialName | config::LoginRule::Roster => (Pattern::InitialName, 16),
        config::LoginRule::NameInitial => (Pattern::NameInitial, 16),
        // Two names in full: cut at sixteen letters they would be told apart by digits.
        config::LoginRule::FirstDotLast => (Pattern::GivenDotName, 32),
    };
    let words = identifiers.reserved_words.as_deref().map(std::fs::read_to_string);
    let unwanted = words
        .and_then(Result::ok)
        .unwrap_or_default()
        .lines()
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    LoginRule {
        pattern,
        max_length,
        unwanted,
    }
}

/// Students' addresses have a domain of their own.
pub(crate) fn mail_domain(kind: Kind, domain: &str) -> String {
    match kind {
        Kind::Student => format!("etu.{domain}"),
        Kind::Staff | Kind::Guest => domain.to_owned(),
    }
}

/// Remarks on a login or an address of the file that differs from the one somebody has: it stays what it was.
pub(super) fn what_never_changes(person: &RosterPerson, known: &Known) -> Vec<Remark> {
    let login = person
        .login
        .as_ref()
        .is_some_and(|login| login.as_str() != known.login);
    let mail = person.mail.as_ref().is_some_and(|mail| *mail != known.mail);
    let remark = |column, message: &str| Remark {
        line: person.line,
        column: Some(column),
        message: message.to_owned(),
    };
    [
        login.then(|| {
            remark(
                Column::Login,
                "Cette personne a un autre login, qui ne change jamais.",
            )
        }),
        mail.then(|| {
            remark(
                Column::Mail,
                "Cette personne a un autre courriel, qui ne change jamais.",
            )
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
