//! `format=JSON`: a fixed shape that the Java client binds to, so no key beyond it ([V-12]).

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::date_time;
use crate::cas::assertion::Assertion;
use crate::cas::failure::Failure;

/// The content type of both answers.
pub const CONTENT_TYPE: &str = "application/json;charset=UTF-8";

/// The answer to a good ticket.
pub fn success(assertion: &Assertion) -> String {
    write(Answer::AuthenticationSuccess(Success {
        user: &assertion.user,
        proxy_granting_ticket: assertion.proxy_granting_ticket_iou.as_deref(),
        proxies: &assertion.proxies,
        attributes: Attributes(assertion),
    }))
}

/// The answer to any other.
pub fn failure(failure: &Failure) -> String {
    let description = failure.text();
    write(Answer::AuthenticationFailure {
        code: failure.code().as_str(),
        description: &description,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    service_response: Answer<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer<'a> {
    AuthenticationSuccess(Success<'a>),
    AuthenticationFailure {
        code: &'static str,
        description: &'a str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Success<'a> {
    user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_granting_ticket: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    proxies: &'a [String],
    attributes: Attributes<'a>,
}

/// Always a map of arrays, even where there is one value ([V-13]).
struct Attributes<'a>(&'a Assertion);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(assertion) = self;
        let mut map = serializer.serialize_map(Some(3 + assertion.attributes.len()))?;
        map.serialize_entry("authenticationDate", &[date_time(assertion.authentication_date)])?;
        map.serialize_entry("isFromNewLogin", &[assertion.from_new_login])?;
        map.serialize_entry("longTermAuthenticationRequestTokenUsed", &[assertion.long_term])?;
        for (name, values) in &assertion.attributes {
            map.serialize_entry(name, values)?;
        }
        map.end()
    }
}

fn write(answer: Answer<'_>) -> String {
    serde_json::to_string(&Response {
        service_response: answer,
    })
    .expect("text and arrays of text become JSON")
}

#[cfg(test)]
mod tests;
