//! An application's definition, as the import file and the database hold it.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::logout::LogoutPolicy;
use super::rule::Rule;
use crate::cas::request::Method;
use crate::cas::service::ServiceUrl;

/// A registered application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// A short name that never changes: 1 to 40 of `[a-z0-9-]`.
    pub key: String,
    /// What people call it.
    pub name: Localized,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Localized>,
    /// The rule for its addresses: `https://mail.univ.example/`, `https://*.apps.univ.example/x/`.
    pub url: String,
    /// Further rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Whether it may use this server.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether a session suffices, or credentials are asked for each time.
    #[serde(default = "yes")]
    pub sso: bool,
    /// The attribute that it takes for the user's name, when that is not the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_attribute: Option<String>,
    /// What it is told of a person, beyond the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub release: Vec<Release>,
    /// How it learns that a session ended.
    #[serde(default)]
    pub logout: LogoutPolicy,
    /// Its part in proxy authentication.
    #[serde(default)]
    pub proxy: ProxyPolicy,
    /// How it wants its tickets when a request does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Method>,
    /// How many seconds it has to present a ticket, 5 to 300, when that is not the server's usual time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_seconds: Option<u16>,
    /// Its place on the page of services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<Tile>,
    /// The `eduPersonAffiliation` values of which a person needs one; none means everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affiliations: Vec<String>,
}

/// A text in the two languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Localized {
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
}

/// An attribute that an application is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Release {
    /// Under its own name.
    Plain(String),
    /// Under another.
    Renamed(RenamedAttribute),
}

/// An attribute told under another name: `{ from = "supannEtuId", as = "numero" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenamedAttribute {
    /// Its own name.
    pub from: String,
    /// The name that the application wants.
    #[serde(rename = "as")]
    pub to: String,
}

impl Release {
    /// The name of the attribute that is read.
    pub fn source(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Renamed(renamed) => &renamed.from,
        }
    }

    /// The name under which it is told.
    pub fn name(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Renamed(renamed) => &renamed.to,
        }
    }
}

/// An application's part in proxy authentication.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyPolicy {
    /// Rules for the callbacks at which it may receive proxy-granting tickets; none means it is no proxy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<String>,
    /// Whether others may obtain proxy tickets for it.
    pub accepts_proxy_tickets: bool,
}

/// An application's place on the page of services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Where it leads.
    pub url: String,
    /// Lower comes first.
    #[serde(default)]
    pub order: i32,
}

impl Localized {
    /// The text for a language tag: English for `en` and its variants, French for all others.
    pub fn for_language(&self, tag: &str) -> &str {
        let is_english = tag
            .split(['-', '_'])
            .next()
            .is_some_and(|primary| primary.eq_ignore_ascii_case("en"));
        if is_english { &self.en } else { &self.fr }
    }
}

impl Service {
    /// How long it has to present a ticket; `usual` when the definition does not say.
    pub fn ticket_lifetime(&self, usual: Duration) -> Duration {
        let own = self.ticket_seconds;
        own.map_or(usual, |seconds| Duration::seconds(seconds.into()))
    }

    /// Whether a person of these affiliations may use it.
    pub fn permits(&self, affiliations: &[String]) -> bool {
        self.affiliations.is_empty()
            || self
                .affiliations
                .iter()
                .any(|needed| affiliations.contains(needed))
    }

    /// Whether a proxy-granting ticket may be delivered to `url`. That it is https is the caller's to insist on:
    /// plain http is for loopback hosts in development.
    pub fn allows_callback(&self, url: &ServiceUrl) -> bool {
        self.proxy
            .callbacks
            .iter()
            .filter_map(|text| Rule::parse(text).ok())
            .any(|rule| rule.covers(url))
    }

    /// The texts of its address rules.
    pub fn rule_texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.url)
            .chain(&self.aliases)
            .map(String::as_str)
    }
}

fn yes() -> bool {
    true
}
