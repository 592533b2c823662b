//! A service that presents tickets.

use super::browser::{Browser, encode};
use super::page::Reply;

/// What a validation answered.
#[derive(Debug)]
pub struct Verdict(pub String);

impl Verdict {
    pub fn assert_user(&self, user: &str) -> &Self {
        let wanted = format!("<cas:user>{user}</cas:user>");
        assert!(self.0.contains(&wanted), "{}", self.0);
        self
    }

    pub fn assert_failure(&self, code: &str) -> &Self {
        let wanted = format!("<cas:authenticationFailure code=\"{code}\">");
        assert!(self.0.contains(&wanted), "{} is not {code}", self.0);
        self
    }

    pub fn is_success(&self) -> bool {
        self.0.contains("<cas:authenticationSuccess>")
    }

    /// The values of an attribute.
    pub fn attribute(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<cas:{name}>"), format!("</cas:{name}>"));
        let parts = self.0.split(&open).skip(1);
        parts
            .filter_map(|rest| rest.split_once(&close))
            .map(|(value, _)| value.to_owned())
            .collect()
    }
}

/// An answer without the trace number of its refusal, which is another for each ticket.
pub fn untraced(body: &str) -> String {
    let Some((before, rest)) = body.split_once(" (trace ") else {
        return body.to_owned();
    };
    let (number, after) = rest.split_once(')').expect("the end of a trace number");
    assert!(
        vestibule::cas::ticket::Trace::parse(number).is_some_and(|trace| trace.to_string() == number),
        "{body}"
    );
    format!("{before}{after}")
}

impl Browser {
    /// Presents a ticket at `/p3/serviceValidate`, as a service would.
    pub async fn validate(&self, service: &str, ticket: &str) -> Verdict {
        self.validate_at("/p3/serviceValidate", service, ticket, "").await
    }

    /// Presents a ticket at a door, with more parameters (`&renew=true`).
    pub async fn validate_at(&self, door: &str, service: &str, ticket: &str, more: &str) -> Verdict {
        let reply = self.door(door, service, ticket, more).await;
        reply.assert_status(200);
        Verdict(reply.body)
    }

    pub async fn door(&self, door: &str, service: &str, ticket: &str, more: &str) -> Reply {
        self.get(&format!(
            "{door}?service={}&ticket={}{more}",
            encode(service),
            encode(ticket)
        ))
        .await
    }
}
