//! The exact bytes of validation answers, one module a dialect. Status is always 200 ([E-1]).

pub mod json;
pub mod v1;
pub mod v2;
pub mod xml;

use chrono::{DateTime, SecondsFormat, Utc};

use super::assertion::Assertion;

/// A moment as `xs:dateTime` in whole seconds, UTC, with a literal `Z`: go-cas rejects the whole answer otherwise.
pub fn date_time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The three attributes that every service is told of a sign-in, whatever it is released ([A-1]).
pub fn protocol_attributes(assertion: &Assertion) -> [(&'static str, String); 3] {
    [
        ("authenticationDate", date_time(assertion.authentication_date)),
        (
            "longTermAuthenticationRequestTokenUsed",
            assertion.long_term.to_string(),
        ),
        ("isFromNewLogin", assertion.from_new_login.to_string()),
    ]
}
