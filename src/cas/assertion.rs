//! What an application is told of a person, and how little of it is decided.

use chrono::{DateTime, Utc};

use super::catalogue::Service;

/// Names and values, in the order in which they are written.
pub type Attributes = Vec<(String, Vec<String>)>;

/// The content of a successful validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The person's name for this application.
    pub user: String,
    /// What this application is released.
    pub attributes: Attributes,
    /// When the credentials of the session were presented, not when the ticket was issued ([A-1]).
    pub authentication_date: DateTime<Utc>,
    /// Whether the session is a remembered one.
    pub long_term: bool,
    /// Whether credentials were presented in the transaction that issued the ticket.
    pub from_new_login: bool,
    /// The callbacks that a proxy ticket passed through, most recently visited first; none for a service ticket.
    pub proxies: Vec<String>,
    /// Which delivered proxy-granting ticket belongs to this answer.
    pub proxy_granting_ticket_iou: Option<String>,
}

/// The attributes that `service` is released, under the names it wants and in the order it lists them. Values are
/// trimmed; empty ones and empty lists are left out ([A-3], [A-4]).
pub fn release(attributes: &[(String, Vec<String>)], service: &Service) -> Attributes {
    service
        .release
        .iter()
        .map(|release| (release.name().to_owned(), values(attributes, release.source())))
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

/// The name by which `service` knows the person: `principal`, unless the service names an attribute of its own
/// ([A-8]). `None` when that attribute has not exactly one value: falling back to the principal could name
/// somebody else in the application's eyes.
pub fn username(principal: &str, attributes: &[(String, Vec<String>)], service: &Service) -> Option<String> {
    let Some(attribute) = &service.username_attribute else {
        return Some(principal.to_owned());
    };
    let mut values = values(attributes, attribute);
    let last = values.pop()?;
    // A line feed would end the CAS 1.0 answer early ([V-3]).
    (values.is_empty() && !last.contains(char::is_control)).then_some(last)
}

fn values(attributes: &[(String, Vec<String>)], name: &str) -> Vec<String> {
    attributes
        .iter()
        .filter(|(candidate, _)| candidate == name)
        .flat_map(|(_, values)| values)
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
