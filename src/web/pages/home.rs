//! The public home page.

use serde::Serialize;

use super::Page;
use super::site::{Level, LinkView, NoticeView};
use super::words::Message;

/// The free-access side of the digital workspace: the way in, the two ways to an account, free links.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HomePage {
    /// Today's announcements.
    pub notices: Vec<NoticeView>,
}

impl Page for HomePage {
    const TEMPLATE: &'static str = "home.html";

    fn title(&self) -> Message {
        Message::new("home-title")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let notice = |level, text: &str, link| NoticeView {
            level,
            text: text.to_owned(),
            link,
        };
        let link = LinkView {
            label: "Calendrier".to_owned(),
            href: "https://www.univ.example/calendrier".to_owned(),
        };
        vec![
            ("plain", Self::default()),
            (
                "notices",
                Self {
                    notices: vec![
                        notice(
                            Level::Info,
                            "Rentrée : les comptes ouvrent 24 h après l’inscription.",
                            Some(link),
                        ),
                        notice(Level::Warn, "Maintenance dimanche de 6 h à 8 h.", None),
                        notice(
                            Level::Alert,
                            "Des courriels frauduleux circulent : n’y répondez pas.",
                            None,
                        ),
                    ],
                },
            ),
        ]
    }
}
