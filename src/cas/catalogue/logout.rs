//! How an application learns that a session ended: the part of its definition that single logout reads.

use serde::{Deserialize, Serialize};

use super::check::ServiceProblem;
use crate::cas::service::ServiceUrl;

/// How an application learns that a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogoutPolicy {
    /// The way.
    pub kind: LogoutKind,
    /// Where to, when not to the address the ticket was issued for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Further addresses that are told, each with a message of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// How many of its tickets are told.
    #[serde(skip_serializing_if = "is_default")]
    pub scope: LogoutScope,
    /// How the message is written.
    #[serde(skip_serializing_if = "is_default")]
    pub dialect: LogoutDialect,
}

/// The way in which an application is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutKind {
    /// The server calls it.
    #[default]
    BackChannel,
    /// The browser calls it from the logout page.
    FrontChannel,
    /// Not at all.
    None,
}

/// How many of one application's tickets are told ([O-4]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutScope {
    /// The most recently validated of each path.
    #[default]
    MostRecent,
    /// All.
    All,
}

/// How a logout message is written, for receivers that cannot read the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutDialect {
    /// One form field with the whole document.
    #[default]
    Standard,
    /// The same with `@NOT_USED@` in place of the name, as other servers send it ([O-14]): for an address that passes
    /// messages on and need not know who signed out.
    Nameless,
    /// The document alone, not form-encoded: connect-cas looks for the ticket in the body as it came.
    Raw,
}

impl LogoutPolicy {
    /// The addresses that are told in place of the ticket's own; none means the ticket's own.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.url.iter().chain(&self.urls).map(String::as_str)
    }

    /// What is wrong with it.
    pub(super) fn problems(&self) -> Vec<ServiceProblem> {
        let mut problems = Vec::new();
        let mut seen = Vec::new();
        for address in self.addresses() {
            if let Err(problem) = ServiceUrl::parse(address) {
                problems.push(ServiceProblem::LogoutUrl {
                    text: address.to_owned(),
                    problem,
                });
            }
            if seen.contains(&address) {
                problems.push(ServiceProblem::RepeatedLogoutUrl(address.to_owned()));
            }
            seen.push(address);
        }
        if self.dialect == LogoutDialect::Raw && self.kind == LogoutKind::FrontChannel {
            problems.push(ServiceProblem::RawFrontChannel);
        }
        problems
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
