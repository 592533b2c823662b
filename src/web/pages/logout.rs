//! Signing out: the question, and what became of each service.

use serde::Serialize;

use super::Page;
use super::form::Shown;
use super::login::Service;
use super::words::Message;

/// The question before signing out.
#[derive(Debug, Clone, Serialize)]
pub struct LogoutConfirmPage {
    /// The form token.
    pub execution: Shown,
    /// The service to go back to afterwards, when it is allowed.
    pub service: Option<Service>,
}

impl Page for LogoutConfirmPage {
    const TEMPLATE: &'static str = "logout/confirm.html";

    fn title(&self) -> Message {
        Message::new("logout-confirm-title")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |service| Self {
            execution: Shown::new("o1s1.MTIz"),
            service,
        };
        vec![("plain", page(None)), ("service", page(Some(Service::sample())))]
    }
}

/// What is known of a service that had to be told, from good news to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Notified {
    /// It received the request. Whether it ended its own session is its secret.
    Received,
    /// This browser takes the request there; nobody learns what became of it.
    Browser,
    /// It cannot be told.
    Unsupported,
    /// It has not answered yet.
    Pending,
    /// It did not answer, or refused.
    Failed,
}

/// One service of the session that has ended.
#[derive(Debug, Clone, Serialize)]
pub struct NotifiedService {
    /// Its registered name.
    pub name: String,
    /// What is known.
    pub state: Notified,
    /// The addresses by which this browser takes the request there: the page calls each, and offers each as a link.
    pub calls: Vec<String>,
}

/// The page after signing out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LogoutDonePage {
    /// Whether there was a session to end.
    pub had_session: bool,
    /// Whether it was on a public computer.
    pub public: bool,
    /// The services that had to be told.
    pub services: Vec<NotifiedService>,
    /// Where this list can be had again while answers are awaited.
    pub refresh: Option<String>,
    /// The registered service to go back to.
    pub back: Option<Service>,
}

impl Page for LogoutDonePage {
    const TEMPLATE: &'static str = "logout/done.html";

    fn title(&self) -> Message {
        Message::new("logout-done-title")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let told = |name: &str, state| NotifiedService {
            name: name.to_owned(),
            state,
            calls: Vec::new(),
        };
        vec![
            ("nothing", Self::default()),
            (
                "plain",
                Self {
                    had_session: true,
                    back: Some(Service::sample()),
                    ..Self::default()
                },
            ),
            (
                "services",
                Self {
                    had_session: true,
                    public: true,
                    services: vec![
                        told("Messagerie", Notified::Received),
                        told("Cours en ligne", Notified::Pending),
                        told("Dossier de scolarité", Notified::Failed),
                        told("Emploi du temps", Notified::Unsupported),
                        NotifiedService {
                            calls: vec!["https://biblio.univ.example/out?logoutRequest=eAEB".to_owned()],
                            ..told("Bibliothèque", Notified::Browser)
                        },
                    ],
                    refresh: Some("/cas/logout?id=abc".to_owned()),
                    back: None,
                },
            ),
        ]
    }
}
