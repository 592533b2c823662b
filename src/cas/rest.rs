//! The REST protocol (CAS 3.0.3 appendix, as Apereo answers it): what a program asks, and the bytes of the answers.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::assertion::Attributes;
use super::parameters::{Duplicate, MalformedParameters, Parameters};
use super::render::{date_time, xml};
use super::request::means_remember;

/// The content type of words and bare tickets.
pub const PLAIN: &str = "text/plain;charset=UTF-8";

/// The content type of the page that a new ticket-granting ticket comes on.
pub const PAGE: &str = "text/html;charset=UTF-8";

/// The content type of the rest.
pub const JSON: &str = "application/json;charset=UTF-8";

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/x-www-form-urlencoded`, also when nothing is said.
    Form,
    /// `application/json`: one object with the same keys.
    Json,
}

impl Media {
    /// Reads a `Content-Type`; `None` for any other than the two.
    pub fn of(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "" => Some(Self::Form),
            text if text.eq_ignore_ascii_case("application/x-www-form-urlencoded") => Some(Self::Form),
            text if text.eq_ignore_ascii_case("application/json") => Some(Self::Json),
            _ => None,
        }
    }

    /// Decodes a body. The address line is not looked at: passwords do not belong there.
    pub fn decode(self, body: &[u8]) -> Result<Parameters, MalformedParameters> {
        match self {
            Self::Form => Parameters::parse(b"", Some(body)),
            Self::Json => Parameters::from_json(body),
        }
    }
}

/// A login and a password, not yet judged.
#[derive(Debug)]
pub struct Credentials {
    /// The login as sent.
    pub login: String,
    /// The password as sent.
    pub password: SecretString,
}

/// What a program asks.
#[derive(Debug, Default)]
pub struct Asked {
    /// Who it asks for; `None` when either half is missing.
    pub credentials: Option<Credentials>,
    /// The service, not yet judged.
    pub service: Option<String>,
    /// Whether the ticket is to come from these credentials.
    pub renew: bool,
    /// Whether a long session is wished for.
    pub remember_me: bool,
}

impl Asked {
    /// Reads a request to any of the paths: what a path does not know is ignored there.
    pub fn parse(parameters: &Parameters) -> Result<Self, Duplicate> {
        let (login, password) = (parameters.one("username")?, parameters.one("password")?);
        let credentials = login.zip(password).map(|(login, password)| Credentials {
            login: login.to_owned(),
            password: SecretString::from(password),
        });
        Ok(Self {
            credentials,
            service: parameters
                .first(&["service", "TARGET"])?
                .map(|(_, text)| text.to_owned()),
            renew: parameters.flag("renew")?,
            remember_me: parameters.one("rememberMe")?.is_some_and(means_remember),
        })
    }
}

/// Whether a client with this `Accept` is given the page rather than the bare ticket.
pub fn wants_page(accept: Option<&str>) -> bool {
    accept.is_none_or(|accept| {
        let accept = accept.trim_start();
        accept.is_empty() || accept.starts_with("*/*") || accept.starts_with("text/html")
    })
}

/// The page of a new ticket-granting ticket. Scripts look for `action="…"`, which holds its `address`.
pub fn created(address: &str) -> String {
    let mut action = String::with_capacity(address.len());
    xml::push_text(&mut action, address);
    let action = action.replace('"', "&quot;");
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>201 CREATED</title></head><body>\
         <h1>TGT Created</h1><form action=\"{action}\" method=\"POST\">Service:<input type=\"text\" \
         name=\"service\" value=\"\"><br><input type=\"submit\" value=\"Submit\"></form></body></html>"
    )
}

/// The body of a 401.
pub fn refused(reason: &str) -> String {
    write(&Refused {
        authentication_exceptions: [reason],
    })
}

/// The body of `/v1/users`: who the credentials belong to, and what the service that was named is released.
pub fn user(id: &str, attributes: &Attributes, authenticated: DateTime<Utc>) -> String {
    write(&Users {
        authentication: Authentication {
            moment: date_time(authenticated),
            principal: Principal {
                id,
                attributes: Map(attributes),
            },
            attributes: Map(&[]),
        },
    })
}

#[derive(Serialize)]
struct Refused<'a> {
    authentication_exceptions: [&'a str; 1],
}

#[derive(Serialize)]
struct Users<'a> {
    authentication: Authentication<'a>,
}

#[derive(Serialize)]
struct Authentication<'a> {
    #[serde(rename = "authenticationDate")]
    moment: String,
    principal: Principal<'a>,
    attributes: Map<'a>,
}

#[derive(Serialize)]
struct Principal<'a> {
    id: &'a str,
    attributes: Map<'a>,
}

struct Map<'a>(&'a [(String, Vec<String>)]);

impl Serialize for Map<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, values) in self.0 {
            map.serialize_entry(name, values)?;
        }
        map.end()
    }
}

fn write(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("text and arrays of text become JSON")
}

#[cfg(test)]
mod tests;
