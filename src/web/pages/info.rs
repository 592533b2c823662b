//! The pages everyone may read at any time: help, accessibility, legal notice, personal data.

use serde::Serialize;

use super::Page;
use super::words::Message;

/// One of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// `/help`.
    Help,
    /// `/help/accessibility`.
    Accessibility,
    /// `/help/legal`.
    Legal,
    /// `/help/privacy`.
    Privacy,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 4] = [Self::Help, Self::Accessibility, Self::Legal, Self::Privacy];

    /// The path of its page under the context path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Help => "/help",
            Self::Accessibility => "/help/accessibility",
            Self::Legal => "/help/legal",
            Self::Privacy => "/help/privacy",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Help => "info-help-title",
            Self::Accessibility => "info-accessibility-title",
            Self::Legal => "info-legal-title",
            Self::Privacy => "info-privacy-title",
        }
    }

    /// The sections: a heading, then paragraphs.
    fn sections(self) -> &'static [Section] {
        match self {
            Self::Help => HELP,
            Self::Accessibility => ACCESSIBILITY,
            Self::Legal => LEGAL,
            Self::Privacy => PRIVACY,
        }
    }
}

/// The keys of a heading and of the paragraphs under it.
#[derive(Debug, Clone, Copy, Serialize)]
struct Section {
    heading: &'static str,
    paragraphs: &'static [&'static str],
}

const fn section(heading: &'static str, paragraphs: &'static [&'static str]) -> Section {
    Section { heading, paragraphs }
}

const HELP: &[Section] = &[
    section(
        "info-first-heading",
        &["info-first-need", "info-first-steps", "activation-delay"],
    ),
    section(
        "info-lost-heading",
        &["info-lost-need", "info-lost-sheet", "info-lost-nosheet"],
    ),
    section(
        "info-safe-heading",
        &["notice-phishing", "notice-phishing-never", "help-personal"],
    ),
    section("info-public-heading", &["info-public-text"]),
    section("info-cookies-heading", &["info-cookies-text"]),
    section("info-contact-heading", &["help-scolarite", "help-support"]),
];

const ACCESSIBILITY: &[Section] = &[
    section("info-accessibility-state", &["info-accessibility-text"]),
    section("info-accessibility-report", &["info-accessibility-report-text"]),
    section("info-accessibility-remedy", &["info-accessibility-remedy-text"]),
];

const LEGAL: &[Section] = &[
    section("info-legal-publisher", &["info-legal-publisher-text"]),
    section("info-legal-hosting", &["info-legal-hosting-text"]),
    section("info-legal-software", &["info-legal-software-text"]),
];

const PRIVACY: &[Section] = &[
    section("info-privacy-why", &["info-privacy-why-text"]),
    section("info-privacy-what", &["info-privacy-what-text"]),
    section("info-privacy-whom", &["info-privacy-whom-text"]),
    section("info-privacy-long", &["info-privacy-long-text"]),
    section("info-privacy-cookies", &["info-privacy-cookies-text"]),
    section("info-privacy-rights", &["info-privacy-rights-text"]),
];

/// A page of plain text.
#[derive(Debug, Clone, Serialize)]
pub struct InfoPage {
    #[serde(skip)]
    topic: Topic,
    sections: &'static [Section],
    compliance: bool,
}

impl InfoPage {
    /// The page about `topic`.
    pub fn new(topic: Topic) -> Self {
        Self {
            topic,
            sections: topic.sections(),
            compliance: topic == Topic::Accessibility,
        }
    }
}

impl Page for InfoPage {
    const TEMPLATE: &'static str = "info.html";

    fn title(&self) -> Message {
        Message::new(self.topic.title())
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let names = ["help", "accessibility", "legal", "privacy"];
        names.into_iter().zip(Topic::ALL.map(Self::new)).collect()
    }
}
