//! Single logout: who is told that a session ended, and the message, in which every detail is load-bearing.

mod front;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::catalogue::{Catalogue, LogoutDialect, LogoutKind, LogoutScope, Service};
use super::percent;
use super::render::{date_time, xml};
use super::service::{ServiceUrl, path_key};
use super::ticket::ProxyTicketId;
use crate::kernel::entropy::Entropy;

/// `mod_auth_cas` reads no more of a body than this, in bytes ([O-15]).
const LONGEST_BODY: usize = 1_023;

/// What older servers send in place of the name; clients take both ([O-14]).
const NO_NAME: &str = "@NOT_USED@";

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A SAML 2.0 logout request, the one thing that CAS borrows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutMessage {
    /// The message's own identifier; starts with a letter.
    pub id: String,
    /// When the session ended.
    pub issue_instant: DateTime<Utc>,
    /// The person's name for this application.
    pub name_id: String,
    /// The ticket by which the application knows the session.
    pub session_index: String,
}

impl LogoutMessage {
    /// A message with an identifier of its own.
    pub fn new(entropy: &Entropy, now: DateTime<Utc>, name_id: String, session_index: String) -> Self {
        Self {
            id: format!("LR-{}", entropy.alphanumeric(20)),
            issue_instant: now,
            name_id,
            session_index,
        }
    }

    /// The document on one line. No XML declaration: lxml refuses one in text, and rubycas-client wants the text
    /// to start with the root ([O-12]).
    pub fn to_xml(&self) -> String {
        self.document(&self.name_id)
    }

    /// The body of the back-channel call: one form field, below 1,024 bytes. A name that does not fit is left out
    /// rather than cut.
    pub fn to_form_body(&self) -> String {
        let body = form_body(&self.to_xml());
        if body.len() <= LONGEST_BODY {
            body
        } else {
            form_body(&self.document(NO_NAME))
        }
    }

    /// The call that takes the message to an application of the back channel.
    pub fn call(&self, dialect: LogoutDialect) -> Call {
        match dialect {
            LogoutDialect::Standard => Call {
                media: FORM,
                body: self.to_form_body(),
            },
            LogoutDialect::Nameless => Call {
                media: FORM,
                body: form_body(&self.document(NO_NAME)),
            },
            LogoutDialect::Raw => Call {
                media: "text/xml;charset=UTF-8",
                body: self.to_xml(),
            },
        }
    }

    /// The address that takes the message through the browser, to an application of the front channel: by GET, in
    /// the query, without the `callback` of JSONP, which would run the application's script on this server's page.
    pub fn front_channel_url(&self, address: &ServiceUrl, dialect: LogoutDialect) -> String {
        let document = match self.to_xml() {
            whole if dialect != LogoutDialect::Nameless && whole.len() <= LONGEST_BODY => whole,
            _ => self.document(NO_NAME),
        };
        let mut query = String::with_capacity(1_024);
        query.push_str("logoutRequest=");
        percent::push_form_encoded(&mut query, &front::encode(&document));
        address.with_query(&query)
    }

    fn document(&self, name_id: &str) -> String {
        let mut out = String::with_capacity(512);
        // `saml` is declared on the root for omniauth-cas, which only looks there, and again on `NameID` for those
        // who look for that literal text ([O-11]).
        out.push_str(concat!(
            r#"<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol""#,
            r#" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID=""#,
        ));
        xml::push_text(&mut out, &self.id);
        out.push_str(r#"" Version="2.0" IssueInstant=""#);
        out.push_str(&date_time(self.issue_instant));
        out.push_str(r#""><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">"#);
        xml::push_text(&mut out, name_id);
        out.push_str("</saml:NameID><samlp:SessionIndex>");
        xml::push_text(&mut out, &self.session_index);
        out.push_str("</samlp:SessionIndex></samlp:LogoutRequest>");
        out
    }
}

/// A message on its way by the back channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The media type of the body.
    pub media: &'static str,
    /// The body.
    pub body: String,
}

/// A ticket that an application validated: it has a session of its own that must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatedTicket {
    /// The address the ticket was issued for, byte for byte.
    pub original: String,
    /// The ticket's text, worthless since it is spent: the session index.
    pub handle: String,
    /// When it was validated.
    pub validated_at: DateTime<Utc>,
}

/// The tickets whose applications are told, in the order of validation ([O-4]). The caller gives validated tickets
/// only: one that was never redeemed must not hide the one that was. Nor must a proxy ticket hide the service ticket of
/// a browser at the same address: they are sessions of two visitors ([O-6]).
pub fn entries_to_notify(mut validated: Vec<ValidatedTicket>, scope: LogoutScope) -> Vec<ValidatedTicket> {
    validated.sort_by_key(|ticket| ticket.validated_at);
    if scope == LogoutScope::All {
        return validated;
    }
    let mut latest: HashMap<(&str, bool), usize> = HashMap::new();
    for (index, ticket) in validated.iter().enumerate() {
        let by_proxy = ticket.handle.starts_with(ProxyTicketId::PREFIX);
        latest.insert((path_key(&ticket.original), by_proxy), index);
    }
    let mut kept: Vec<usize> = latest.into_values().collect();
    kept.sort_unstable();
    kept.into_iter().map(|index| validated[index].clone()).collect()
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// The server posts it there.
    BackChannel(String),
    /// The browser takes it there.
    FrontChannel(String),
    /// Nowhere: the application does not want it, is disabled, or has no web address of its own any more.
    Nobody,
}

/// Whether there is any address for a message about a ticket issued for `original`. A back end behind a proxy may
/// have none, and no page where a person could sign out either ([O-6]).
pub fn can_be_told(original: &str, service: &Service) -> bool {
    service.logout.addresses().next().is_some() || ServiceUrl::parse(original).is_ok()
}

/// Where the messages for a ticket go that was issued for `original`, an address of `service` at that time: to every
/// address that the definition names, or else to `original` while the catalogue still gives it to `service` ([O-5],
/// [S-60]).
pub fn destinations(original: &str, service: &Service, catalogue: &Catalogue) -> Vec<Destination> {
    if !service.enabled || service.logout.kind == LogoutKind::None {
        return vec![Destination::Nobody];
    }
    let told = |address: &str| match service.logout.kind {
        LogoutKind::FrontChannel => Destination::FrontChannel(address.to_owned()),
        _ => Destination::BackChannel(address.to_owned()),
    };
    let mut named = service.logout.addresses().peekable();
    if named.peek().is_some() {
        return named.map(told).collect();
    }
    let is_its_own = ServiceUrl::parse(original)
        .is_ok_and(|url| catalogue.find(&url).is_some_and(|owner| owner.key == service.key));
    vec![if is_its_own {
        told(original)
    } else {
        Destination::Nobody
    }]
}

fn form_body(document: &str) -> String {
    let mut body = String::with_capacity(1_024);
    body.push_str("logoutRequest=");
    percent::push_form_encoded(&mut body, document);
    body
}

#[cfg(test)]
mod tests;
