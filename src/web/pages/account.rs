//! *My account*: who the person is here, the password, the open sessions. Moments are in the university's local time.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::Page;
use super::form::{Errors, FieldError, Shown};
use super::login::Service;
use super::services::sample_day;
use super::words::Message;

/// What the person has just done, said once at the top of the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// Changed the password.
    Password,
    /// Closed a session.
    Session,
    /// Closed every session but this one.
    Others,
}

/// The account page.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountPage {
    /// What the person is called.
    pub name: String,
    /// The login.
    pub username: String,
    /// The file number, if there is one.
    pub file_number: Option<String>,
    /// The university mail address.
    pub email: Option<String>,
    /// The day the password was last changed.
    pub password_since: Option<NaiveDate>,
    /// How many sessions are open, this one included.
    pub sessions: usize,
    /// What has just been done.
    pub done: Option<Done>,
}

impl Page for AccountPage {
    const TEMPLATE: &'static str = "account/account.html";

    fn title(&self) -> Message {
        Message::new("account-title")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let least = Self {
            name: "Camille Orsonneau".to_owned(),
            username: "corsonneau2".to_owned(),
            sessions: 1,
            ..Self::default()
        };
        let full = Self {
            file_number: Some("22601234".to_owned()),
            email: Some("camille.orsonneau2@etu.univ.example".to_owned()),
            password_since: Some(sample_day()),
            sessions: 3,
            done: Some(Done::Password),
            ..least.clone()
        };
        vec![("least", least), ("full", full)]
    }
}

/// Changing the password, by wish or because a temporary one must go.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PasswordPage {
    /// The form token.
    pub execution: Shown,
    /// The login, for the browser's password store.
    pub username: String,
    /// Whether the person cannot go on without.
    pub must_change: bool,
    /// Where the person was going, when the change stands in the way.
    pub service: Option<Service>,
    /// The `method` parameter that came with it.
    pub method: Option<&'static str>,
    /// What was wrong.
    pub errors: Errors,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "account/password.html";

    fn title(&self) -> Message {
        Message::new("password-title")
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            execution: Shown::new("p1s1.MTIz"),
            username: "corsonneau2".to_owned(),
            ..Self::default()
        };
        let errors = vec![
            FieldError::new("currentPassword", "err-current-wrong"),
            FieldError::new("newPassword", "err-password-same"),
        ];
        let missing = FieldError::new("currentPassword", "err-current-missing");
        vec![
            ("first", first.clone()),
            (
                "forced",
                Self {
                    must_change: true,
                    service: Some(Service::sample()),
                    method: Some("POST"),
                    ..first.clone()
                },
            ),
            (
                "wrong",
                Self {
                    errors: errors.into(),
                    ..first.clone()
                },
            ),
            (
                "missing",
                Self {
                    errors: missing.into(),
                    ..first
                },
            ),
        ]
    }
}

/// One open session.
#[derive(Debug, Clone, Serialize)]
pub struct SessionView {
    /// What the form sends back (field `session`); never the ticket-granting ticket.
    pub id: String,
    /// Whether it is the one that shows this page.
    pub current: bool,
    /// The browser, if it can be told.
    pub browser: Option<String>,
    /// The system, if it can be told.
    pub system: Option<String>,
    /// Where it comes from, in the university's words.
    pub network: Option<String>,
    /// When it was opened.
    pub opened: NaiveDateTime,
    /// When it last did something.
    pub last_active: NaiveDateTime,
    /// The services it opened.
    pub services: Vec<String>,
}

/// The open sessions. The form sends `session`: an identifier, or `others`.
#[derive(Debug, Clone, Serialize)]
pub struct SessionsPage {
    /// The form token.
    pub execution: Shown,
    /// The sessions, this one first.
    pub sessions: Vec<SessionView>,
    /// What has just been done.
    pub done: Option<Done>,
}

impl Page for SessionsPage {
    const TEMPLATE: &'static str = "account/sessions.html";

    fn title(&self) -> Message {
        Message::new("sessions-title")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let opened = sample_day()
            .and_hms_opt(8, 4, 0)
            .expect("a minute past eight exists");
        let here = SessionView {
            id: "s1".to_owned(),
            current: true,
            browser: Some("Firefox".to_owned()),
            system: Some("Linux".to_owned()),
            network: Some("réseau du campus".to_owned()),
            opened,
            last_active: opened,
            services: vec!["Messagerie".to_owned(), "Cours en ligne".to_owned()],
        };
        let phone = SessionView {
            id: "s2".to_owned(),
            current: false,
            browser: Some("Safari".to_owned()),
            system: Some("iPhone".to_owned()),
            network: None,
            ..here.clone()
        };
        let unknown = SessionView {
            id: "s3".to_owned(),
            browser: None,
            services: vec![],
            ..phone.clone()
        };
        let page = |sessions, done| Self {
            execution: Shown::new("l1s1.MTIz"),
            sessions,
            done,
        };
        vec![
            ("alone", page(vec![here.clone()], Some(Done::Others))),
            ("several", page(vec![here, phone, unknown], Some(Done::Session))),
        ]
    }
}
