//! The pages for what cannot be done. They repeat nothing of the request but a service's host, as text.

use serde::Serialize;

use super::Page;
use super::words::Message;

/// What went wrong, as far as a stranger may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The request makes no sense.
    BadRequest,
    /// A form other than the login form was too old, sent twice, or not ours.
    FormExpired,
    /// The service is not registered. Carries its host, if it has one that can be shown.
    ServiceRefused(Option<String>),
    /// The service's address carries a ticket already: a copied link.
    ServiceWithTicket,
    /// The account does not open this service. Carries the service's name.
    AccessDenied(String),
    /// No such page.
    NotFound,
    /// The page exists, but not for this method.
    MethodNotAllowed,
    /// The request is too long.
    TooLarge,
    /// The request did not arrive in time.
    TooSlow,
    /// The request names another host.
    Misdirected,
    /// Too many attempts from this address. Carries the minutes to wait.
    TooMany(u32),
    /// Something broke here.
    Broken,
    /// Something the server needs does not answer, or there is too much to do.
    Unavailable,
}

impl Trouble {
    /// The HTTP status that goes with the page.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest | Self::FormExpired | Self::ServiceWithTicket => 400,
            Self::ServiceRefused(_) | Self::AccessDenied(_) => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::Misdirected => 421,
            Self::TooMany(_) => 429,
            Self::Broken => 500,
            Self::Unavailable => 503,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::BadRequest | Self::TooSlow => "err-request-title",
            Self::FormExpired => "err-form-title",
            Self::ServiceRefused(_) => "err-service-title",
            Self::ServiceWithTicket => "err-ticket-title",
            Self::AccessDenied(_) => "err-access-title",
            Self::NotFound => "err-notfound-title",
            Self::MethodNotAllowed => "err-method-title",
            Self::TooLarge => "err-large-title",
            Self::Misdirected => "err-misdirected-title",
            Self::TooMany(_) => "err-toomany-title",
            Self::Broken => "err-broken-title",
            Self::Unavailable => "err-unavailable-title",
        }
    }

    fn paragraphs(&self) -> Vec<Message> {
        match self {
            Self::BadRequest | Self::TooSlow => vec![Message::new("err-request-text")],
            Self::FormExpired => vec![Message::new("err-form-text")],
            Self::ServiceRefused(Some(host)) => vec![
                Message::new("err-service-text").with("host", host),
                Message::new("err-service-advice"),
            ],
            Self::ServiceRefused(None) => vec![
                Message::new("err-service-text-nohost"),
                Message::new("err-service-advice"),
            ],
            Self::ServiceWithTicket => vec![Message::new("err-ticket-text")],
            Self::AccessDenied(service) => vec![
                Message::new("err-access-text").with("service", service),
                Message::new("err-access-advice"),
            ],
            Self::NotFound => vec![Message::new("err-notfound-text")],
            Self::MethodNotAllowed => vec![Message::new("err-method-text")],
            Self::TooLarge => vec![Message::new("err-large-text")],
            Self::Misdirected => vec![Message::new("err-misdirected-text")],
            Self::TooMany(minutes) => {
                vec![Message::new("err-toomany-text").with("minutes", (*minutes).max(1))]
            }
            Self::Broken => vec![Message::new("err-broken-text")],
            Self::Unavailable => vec![Message::new("err-unavailable-text")],
        }
    }
}

/// An error page.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    #[serde(skip)]
    title: &'static str,
    paragraphs: Vec<Message>,
    reference: Option<String>,
    help: bool,
}

impl ErrorPage {
    /// The page about `trouble`. `reference` is what the person can quote and the log holds.
    pub fn new(trouble: &Trouble, reference: Option<String>) -> Self {
        Self {
            title: trouble.title(),
            paragraphs: trouble.paragraphs(),
            reference,
            help: matches!(
                trouble,
                Trouble::Broken | Trouble::Unavailable | Trouble::AccessDenied(_)
            ),
        }
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn title(&self) -> Message {
        Message::new(self.title)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |trouble: Trouble| Self::new(&trouble, Some("7F3K-92QD".to_owned()));
        vec![
            ("request", page(Trouble::BadRequest)),
            ("form", page(Trouble::FormExpired)),
            (
                "service",
                page(Trouble::ServiceRefused(Some("exemple.net".to_owned()))),
            ),
            ("service-no-host", page(Trouble::ServiceRefused(None))),
            ("ticket", page(Trouble::ServiceWithTicket)),
            (
                "access",
                page(Trouble::AccessDenied("Gestion des notes".to_owned())),
            ),
            ("not-found", Self::new(&Trouble::NotFound, None)),
            ("method", page(Trouble::MethodNotAllowed)),
            ("large", page(Trouble::TooLarge)),
            ("misdirected", page(Trouble::Misdirected)),
            ("too-many", page(Trouble::TooMany(5))),
            ("broken", page(Trouble::Broken)),
            ("unavailable", page(Trouble::Unavailable)),
        ]
    }
}
