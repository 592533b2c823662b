//! The exact bytes of validation answers, one module a dialect. Status is always 200 ([E-1]).

pub mod json;
pub mod v1;
pub mod v2;
pub mod xml;

use chrono::{DateTime, SecondsFormat, Utc};

/// A moment as `xs:dateTime` in whole seconds, UTC, with a literal `Z`: go-cas rejects the whole answer otherwise.
pub fn date_time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
