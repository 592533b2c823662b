//! The credentials sheet: shown once, to be written down or printed.

use chrono::NaiveDate;
use serde::Serialize;

use super::Page;
use super::activation::Journey;
use super::form::{Errors, FieldError, Shown};
use super::services::sample_day;
use super::words::Message;

/// The sheet. Its form comes back to the journey's address with `answer=yes` when the person has noted everything.
#[derive(Debug, Clone, Serialize)]
pub struct CredentialsPage {
    /// The form token.
    pub execution: Shown,
    /// The journey that led here.
    pub journey: Journey,
    /// The login.
    pub username: String,
    /// The university mail address.
    pub email: Option<String>,
    /// The password, if the server made it up; one that the person chose is never shown.
    pub password: Option<Shown>,
    /// The backup code.
    pub code: Option<Shown>,
    /// Today, for the printed sheet.
    pub date: NaiveDate,
    /// Whether this is a public computer.
    pub public: bool,
    /// What was wrong with the acknowledgement.
    pub errors: Errors,
    spelling: Option<Shown>,
}

impl CredentialsPage {
    /// The sheet for `username`, with nothing on it but that.
    pub fn new(execution: Shown, journey: Journey, username: String, date: NaiveDate) -> Self {
        Self {
            execution,
            journey,
            username,
            email: None,
            password: None,
            code: None,
            date,
            public: false,
            errors: Errors::none(),
            spelling: None,
        }
    }

    /// The same sheet with a password made up by the server, and its spelling.
    pub fn with_password(self, password: &str) -> Self {
        let groups: Vec<String> = password
            .split('-')
            .map(|group| group.chars().map(String::from).collect::<Vec<_>>().join(", "))
            .collect();
        Self {
            password: Some(Shown::new(password)),
            spelling: Some(Shown::new(&groups.join(" – "))),
            ..self
        }
    }
}

impl Page for CredentialsPage {
    const TEMPLATE: &'static str = "credentials.html";

    fn title(&self) -> Message {
        Message::new("creds-title")
    }

    fn tab(&self) -> Message {
        Message::new("creds-tab")
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self::new(
            Shown::new("a1s4.MTIz"),
            Journey::Activate,
            "corsonneau2".to_owned(),
            sample_day(),
        );
        let own = Self {
            email: Some("camille.orsonneau2@etu.univ.example".to_owned()),
            code: Some(Shown::new("VZJG4-PH2G8")),
            ..page
        };
        vec![
            ("own", own.clone()),
            (
                "generated",
                Self {
                    public: true,
                    ..own.clone().with_password("bakt-mwez-hvdr")
                },
            ),
            (
                "recovered",
                Self {
                    journey: Journey::Recover,
                    errors: FieldError::new("answer", "err-ack").into(),
                    ..own
                },
            ),
        ]
    }
}
