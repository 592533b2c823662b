//! Where a signed-in person goes: the tiles, the question before a service, the hand-over of a ticket by POST.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::Page;
use super::form::Shown;
use super::login::Service;
use super::site::{Level, NoticeView};
use super::words::Message;

/// One service offered on the signed-in home page, in the reader's language.
#[derive(Debug, Clone, Serialize)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub hint: Option<String>,
    /// Its address; it will come back for a ticket.
    pub href: String,
}

/// The home page of a person who has signed in. Moments are in the university's local time.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SignedInPage {
    /// First name and surname, or whatever the person is called by.
    pub name: String,
    /// The services this person may open.
    pub tiles: Vec<Tile>,
    /// The sign-in before this one.
    pub last_sign_in: Option<NaiveDateTime>,
    /// On a public computer: the minutes of inactivity after which the session closes.
    pub public_minutes: Option<u32>,
    /// For a person who is leaving: the day the account closes.
    pub closing: Option<NaiveDate>,
    /// Today's announcements.
    pub notices: Vec<NoticeView>,
}

impl Page for SignedInPage {
    const TEMPLATE: &'static str = "services.html";

    fn title(&self) -> Message {
        Message::new("success-title")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let tile = |name: &str, hint: Option<&str>| Tile {
            name: name.to_owned(),
            hint: hint.map(str::to_owned),
            href: "https://service.univ.example/".to_owned(),
        };
        let empty = Self {
            name: "Camille Orsonneau".to_owned(),
            ..Self::default()
        };
        vec![
            ("none", empty.clone()),
            (
                "tiles",
                Self {
                    tiles: vec![
                        tile("Messagerie", Some("Lire et envoyer vos courriels universitaires")),
                        tile(
                            "Cours en ligne",
                            Some("Supports, devoirs et forums de vos enseignements"),
                        ),
                        tile("Emploi du temps", Some("Horaires, salles et changements")),
                        tile("Dossier de scolarité", None),
                    ],
                    last_sign_in: sample_day().and_hms_opt(8, 4, 0),
                    public_minutes: Some(20),
                    closing: Some(sample_day()),
                    notices: vec![NoticeView {
                        level: Level::Info,
                        text: "La messagerie sera arrêtée dimanche.".to_owned(),
                        link: None,
                    }],
                    ..empty
                },
            ),
        ]
    }
}

pub(super) fn sample_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 12).expect("the twelfth of September exists")
}

/// The question before a service is opened, for those who asked to be asked. Its form comes back to `/login`
/// with `_eventId=success`.
#[derive(Debug, Clone, Serialize)]
pub struct WarnPage {
    /// The form token.
    pub execution: Shown,
    /// The service.
    pub service: Service,
    /// The `method` parameter, when given and valid.
    pub method: Option<&'static str>,
    /// The names of the attributes the service would be told.
    pub attributes: Vec<String>,
}

impl Page for WarnPage {
    const TEMPLATE: &'static str = "warn.html";

    fn title(&self) -> Message {
        Message::new("warn-title").with("service", &self.service.name)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            execution: Shown::new("e2s1.MTIz"),
            service: Service::sample(),
            method: None,
            attributes: vec![],
        };
        let attributes = [
            "uid",
            "mail",
            "givenName",
            "sn",
            "cn",
            "displayName",
            "studentNumber",
            "eduPersonAffiliation",
            "programme",
            "memberOf",
            "supannEtuId",
            "eduPersonPrincipalName",
            "something:else",
        ];
        vec![
            ("plain", plain.clone()),
            (
                "attributes",
                Self {
                    method: Some("POST"),
                    attributes: attributes.map(str::to_owned).to_vec(),
                    ..plain
                },
            ),
        ]
    }
}

/// What stops a browser that a service sends round in circles. Its form comes back to `/login` with
/// `_eventId=success`, like that of [`WarnPage`].
#[derive(Debug, Clone, Serialize)]
pub struct LoopPage {
    /// The form token.
    pub execution: Shown,
    /// The service.
    pub service: Service,
    /// The `method` parameter, when given and valid.
    pub method: Option<&'static str>,
}

impl Page for LoopPage {
    const TEMPLATE: &'static str = "loop.html";

    fn title(&self) -> Message {
        Message::new("loop-title").with("service", &self.service.name)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            execution: Shown::new("e2s1.MTIz"),
            service: Service::sample(),
            method: None,
        };
        let by_post = Self {
            method: Some("POST"),
            ..plain.clone()
        };
        vec![("plain", plain), ("by-post", by_post)]
    }
}

/// The page that carries a ticket to a service by POST: it sends itself where scripts run, and waits for a
/// button elsewhere.
#[derive(Debug, Clone, Serialize)]
pub struct HandOverPage {
    /// The service's registered name.
    pub name: String,
    /// The service URL as it was received, byte for byte.
    pub action: String,
    /// The parameter that carries the ticket: `ticket` or `SAMLart`.
    pub parameter: &'static str,
    /// The ticket.
    pub ticket: Shown,
}

impl Page for HandOverPage {
    const TEMPLATE: &'static str = "hand-over.html";

    fn title(&self) -> Message {
        Message::new("handover-title").with("service", &self.name)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let service = Service::sample();
        let page = Self {
            name: service.name,
            action: service.url,
            parameter: "ticket",
            ticket: Shown::new("ST-1-sample"),
        };
        vec![("plain", page)]
    }
}
