//! The story of a ticket in words: asked for, issued, presented, compared, answered, with the first difference marked.

use std::fmt::Write as _;

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use super::failure::Cause;
use super::service::{ServiceUrl, first_difference};
use super::ticket::TicketKind;

/// What is known of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Service ticket or proxy ticket.
    pub kind: TicketKind,
    /// The key of the registered service.
    pub service_key: String,
    /// The service identifier it was issued for, byte for byte.
    pub issued_for: String,
    /// Whether credentials were presented in the request that issued it.
    pub from_new_login: bool,
    /// The address that asked for it: a browser's, or for a proxy ticket a service's.
    pub asked_from: Option<String>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it stopped being good.
    pub expires_at: DateTime<Utc>,
    /// Whether its session is still there.
    pub session_open: bool,
    /// The first presentation, which spent it.
    pub presented: Option<Presentation>,
    /// Presentations after that.
    pub replays: Option<Replays>,
}

/// The presentation that spent a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presentation {
    /// When.
    pub at: DateTime<Utc>,
    /// By which address.
    pub from: Option<String>,
    /// The identifier it came with, where that was not the one it was issued for.
    pub presented_as: Option<String>,
    /// Why it was refused; nothing when it was accepted.
    pub refused: Option<Cause>,
}

/// What came after a ticket was spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replays {
    /// How often it was presented again.
    pub count: u64,
    /// The last time.
    pub last_at: DateTime<Utc>,
    /// By which address, the last time.
    pub last_from: Option<String>,
}

/// Begins the line that says why a ticket was refused.
const MARK: &str = ">>";

impl Story {
    /// The story, a line a step. Values of query parameters are left out: they may be somebody's secret.
    pub fn tell(&self) -> String {
        let mut text = String::new();
        let mut line = |mark: &str, when: Option<DateTime<Utc>>, what: &str, detail: &str| {
            let when = when.map_or_else(String::new, instant);
            let _ = writeln!(text, "{mark:2} {when:24}  {what:<10} {detail}");
        };
        let (ticket, asker) = match self.kind {
            TicketKind::Service => ("service ticket", "a browser"),
            TicketKind::Proxy => ("proxy ticket", "a service"),
        };
        let origin = match (self.kind, self.from_new_login) {
            (TicketKind::Proxy, _) => "from a proxy-granting ticket",
            (_, true) => "after a password",
            (_, false) => "from a session",
        };
        let asker = by(asker, self.asked_from.as_deref());
        line(
            "",
            Some(self.issued_at),
            "asked for",
            &format!("by {asker}, {origin}"),
        );
        line(
            "",
            Some(self.issued_at),
            "issued",
            &format!(
                "{ticket} for {}: {}",
                self.service_key,
                without_values(&self.issued_for)
            ),
        );
        let Some(first) = &self.presented else {
            let state = if self.session_open {
                "never: the service did not take it, or could not reach this server"
            } else {
                "never, and its session has ended"
            };
            line(MARK, None, "presented", state);
            return text;
        };
        let after = seconds(first.at - self.issued_at);
        let caller = by("an address that was not noted", first.from.as_deref());
        line(
            "",
            Some(first.at),
            "presented",
            &format!("by {caller}, after {after}"),
        );
        match first.refused {
            None => {
                line("", None, "compared", "the same service");
                line("", None, "answered", "success");
            }
            Some(cause) => {
                line(MARK, None, "compared", &self.reason(first, cause));
                line("", None, "answered", &cause.code().to_string());
            }
        }
        if let Some(again) = &self.replays {
            let caller = by("an address that was not noted", again.last_from.as_deref());
            let times = match again.count {
                1 => "once".to_owned(),
                count => format!("{count} times, the last time"),
            };
            line("", Some(again.last_at), "again", &format!("{times} by {caller}"));
            let earlier = seconds(again.last_at - first.at);
            let first_caller = by("an address that was not noted", first.from.as_deref());
            line(
                MARK,
                None,
                "compared",
                &format!("already used {earlier} earlier by {first_caller}"),
            );
            line("", None, "answered", &Cause::TicketSpent.code().to_string());
        }
        text
    }

    /// Why the first presentation was refused: the first thing that differs.
    fn reason(&self, first: &Presentation, cause: Cause) -> String {
        match cause {
            Cause::ServiceMismatch => difference(&self.issued_for, first.presented_as.as_deref()),
            Cause::TicketExpired => format!(
                "presented after {}, limit {}",
                seconds(first.at - self.issued_at),
                seconds(self.expires_at - self.issued_at)
            ),
            Cause::SessionEnded => "its session had ended: signed out, timed out or closed".into(),
            Cause::NotFromNewLogin => {
                "renew was asked for at validation, and no password was typed for this ticket: send renew to /login too"
                    .into()
            }
            Cause::ProxyTicketRefused => "a proxy ticket came to a validator of service tickets: use proxyValidate".into(),
            Cause::ServiceUnauthorized => "the service is not registered any more, or disabled".into(),
            Cause::PersonNotAllowed => "the person may not use this service, or has no name for it".into(),
            Cause::CallbackRefused => "pgtUrl is not a callback that is registered for this service, or not https".into(),
            Cause::CallbackFailed => "the callback at pgtUrl did not answer 200: the log says why".into(),
            other => other.sentence().into(),
        }
    }
}

/// The first difference between two identifiers, as the refusal came from it.
fn difference(issued_for: &str, presented_as: Option<&str>) -> String {
    let Some(presented_as) = presented_as else {
        return "another service; its address was not noted".into();
    };
    let urls = (
        ServiceUrl::parse_any(issued_for),
        ServiceUrl::parse_any(presented_as),
    );
    let (Ok(left), Ok(right)) = urls else {
        return format!("not an address: {}", without_values(presented_as));
    };
    first_difference(&left, &right)
        .map_or_else(|| "the same service".into(), |difference| difference.to_string())
}

/// An address without the values of its query parameters, its fragment and control characters.
fn without_values(address: &str) -> String {
    let address = address.split('#').next().unwrap_or_default();
    let (place, query) = match address.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (address, None),
    };
    let place = match place.find(";jsession") {
        Some(at) => format!("{};jsessionid=…", &place[..at]),
        None => place.to_owned(),
    };
    let names = query.map(|query| {
        let item = |item: &str| match item.split_once('=') {
            Some((name, _)) => format!("{name}=…"),
            None if item.is_empty() => String::new(),
            // A value without a name: `?secret`.
            None => "…".to_owned(),
        };
        query.split('&').map(item).collect::<Vec<_>>().join("&")
    });
    let whole = match names {
        Some(names) => format!("{place}?{names}"),
        None => place,
    };
    whole
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

fn by(somebody: &str, address: Option<&str>) -> String {
    address.map_or_else(|| somebody.to_owned(), str::to_owned)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `1.2 s`, `41 s`: tenths below ten seconds.
fn seconds(span: Duration) -> String {
    let tenths = span.num_milliseconds() / 100;
    if tenths.abs() < 100 && tenths % 10 != 0 {
        let sign = if tenths < 0 { "-" } else { "" };
        format!("{sign}{}.{} s", tenths.abs() / 10, tenths.abs() % 10)
    } else {
        format!("{} s", tenths / 10)
    }
}

#[cfg(test)]
mod tests;
