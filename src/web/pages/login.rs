//! The login page, and what stands in its place after too many attempts.

use serde::Serialize;

use super::engine::{Frame, Pages};
use super::form::{Errors, FieldError, Shown};
use super::site::{Level, NoticeView};
use super::stencil::{Stencilled, mark};
use super::words::Message;
use super::{Page, PagesError};

/// The service a person is on the way to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its registered name, in the reader's language.
    pub name: String,
    /// Its host.
    pub host: String,
    /// The service URL as it was received, byte for byte.
    pub url: String,
    /// The parameter that it came in, `service` or `TARGET`: it decides what the ticket is called.
    pub field: &'static str,
}

impl Service {
    pub(super) fn sample() -> Self {
        Self {
            name: "Cours en ligne".to_owned(),
            host: "cours.univ.example".to_owned(),
            url: "https://cours.univ.example/login?next=a&x=\"<b>'".to_owned(),
            field: "service",
        }
    }
}

/// The box "I am using a public or shared computer".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PublicComputer {
    /// Whether it is ticked.
    pub checked: bool,
    /// Whether the address is one of the university's self-service computers.
    pub detected: bool,
}

/// Something to say above the form, which is nobody's mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginNotice {
    /// The form was too old, or had been sent already.
    Expired,
    /// The browser sends no cookies back.
    Cookies,
}

/// The login form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a box or a state of the form"
)]
pub struct LoginPage {
    /// The form token.
    pub execution: Shown,
    /// Where the person is going.
    pub service: Option<Service>,
    /// The `method` parameter, when given and valid.
    pub method: Option<&'static str>,
    /// Whether fresh credentials were asked for.
    pub renew: bool,
    /// What was typed, or the name of the session's person when [`username_fixed`](Self::username_fixed).
    pub username: String,
    /// Whether the name cannot be changed: the person is signed in and must only type the password again.
    pub username_fixed: bool,
    /// The public-computer box.
    pub public: PublicComputer,
    /// Whether the box "ask me before opening another service" is ticked.
    pub warn: bool,
    /// Whether the box "stay signed in" is ticked; it is shown when the site allows it.
    pub remember_me: bool,
    /// A word before the form.
    pub notice: Option<LoginNotice>,
    /// Today's announcements.
    pub notices: Vec<NoticeView>,
    /// What was wrong with the attempt.
    pub errors: Errors,
}

/// The form that nobody has filled in yet: what every sign-in begins with, and the most costly of all pages to fill.
impl Stencilled for LoginPage {
    fn marked(&self) -> Option<(Self, Vec<&str>)> {
        if !self.username.is_empty() || !self.errors.is_empty() {
            return None;
        }
        let mut values = vec![self.execution.as_str()];
        let execution = mark(0).into();
        let service = self.service.as_ref().map(|service| {
            values.extend([service.name.as_str(), service.host.as_str(), service.url.as_str()]);
            Service {
                name: mark(1),
                host: mark(2),
                url: mark(3),
                field: service.field,
            }
        });
        let marked = Self {
            execution,
            service,
            username: String::new(),
            errors: Errors::none(),
            notices: self.notices.clone(),
            ..*self
        };
        Some((marked, values))
    }
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "login.html";

    fn html(&self, pages: &Pages, frame: &Frame) -> Result<String, PagesError> {
        pages
            .login
            .html(self, frame, |page, frame| pages.fill(page, frame))
    }

    fn title(&self) -> Message {
        Message::new("login-title")
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            execution: Shown::new("e1s1.MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"),
            ..Self::default()
        };
        let service = Self {
            service: Some(Service::sample()),
            ..first.clone()
        };
        let typed = Self {
            username: "corsonneau".to_owned(),
            ..service.clone()
        };
        let wrong = |errors: Vec<FieldError>| Self {
            errors: errors.into(),
            ..typed.clone()
        };
        let support = "assistance@univ.example";
        vec![
            ("first", first.clone()),
            (
                "service",
                Self {
                    method: Some("POST"),
                    ..service.clone()
                },
            ),
            (
                "credentials",
                wrong(vec![FieldError::form("login-err-credentials")]),
            ),
            (
                "missing",
                Self {
                    errors: vec![
                        FieldError::new("username", "login-err-username-missing"),
                        FieldError::new("password", "login-err-password-missing"),
                    ]
                    .into(),
                    ..first.clone()
                },
            ),
            (
                "too-long",
                wrong(vec![FieldError::new("password", "err-password-long")]),
            ),
            (
                "disabled",
                wrong(vec![
                    FieldError::form("login-err-disabled").with("contact", support),
                ]),
            ),
            (
                "renew",
                Self {
                    renew: true,
                    username_fixed: true,
                    ..typed.clone()
                },
            ),
            (
                "renew-no-service",
                Self {
                    renew: true,
                    ..first.clone()
                },
            ),
            (
                "expired",
                Self {
                    notice: Some(LoginNotice::Expired),
                    ..typed.clone()
                },
            ),
            (
                "cookies",
                Self {
                    notice: Some(LoginNotice::Cookies),
                    ..typed.clone()
                },
            ),
            (
                "self-service",
                Self {
                    public: PublicComputer {
                        checked: true,
                        detected: true,
                    },
                    warn: true,
                    remember_me: true,
                    notices: vec![NoticeView {
                        level: Level::Warn,
                        text: "Maintenance dimanche de 6 h à 8 h.".to_owned(),
                        link: None,
                    }],
                    ..service
                },
            ),
        ]
    }
}

/// How long someone has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// This many minutes, at least 1.
    Minutes(u32),
    /// Until the next day.
    Tomorrow,
}

/// The page after too many wrong passwords: no form, the same words for a name that exists and one that does not.
#[derive(Debug, Clone, Serialize)]
pub struct ThrottledPage {
    wait: Message,
    service: Option<Service>,
}

impl ThrottledPage {
    /// The page for a person who has to wait for `wait` on the way to `service`.
    pub fn new(wait: Wait, service: Option<Service>) -> Self {
        let wait = match wait {
            Wait::Minutes(minutes) => Message::new("login-err-throttled").with("minutes", minutes.max(1)),
            Wait::Tomorrow => Message::new("login-err-throttled-day"),
        };
        Self { wait, service }
    }
}

impl Page for ThrottledPage {
    const TEMPLATE: &'static str = "throttled.html";

    fn title(&self) -> Message {
        Message::new("login-throttled-title")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("minutes", Self::new(Wait::Minutes(10), Some(Service::sample()))),
            ("day", Self::new(Wait::Tomorrow, None)),
        ]
    }
}
