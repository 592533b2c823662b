//! Every reason for which a validator or `/proxy` says no, with the code and the sentence that go out.
//!
//! Sentences are constant: nothing of a request is ever echoed, none is blank (the Java client takes a blank one
//! for no failure at all, [V-10]), and none contains the letters `yes` (an nginx module takes them for success,
//! [V-3]).

use std::borrow::Cow;
use std::fmt;

use super::ticket::Trace;

/// The code that CAS clients read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// A parameter is missing, repeated or unreadable. No ticket is consumed.
    InvalidRequest,
    /// The ticket is not good, whatever the reason.
    InvalidTicket,
    /// The ticket is good, for another address.
    InvalidService,
    /// The application is not registered, or this person may not use it.
    UnauthorizedService,
    /// The proxy callback was refused or failed.
    InvalidProxyCallback,
    /// The server's own fault.
    InternalError,
}

impl FailureCode {
    /// The code as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::InvalidTicket => "INVALID_TICKET",
            Self::InvalidService => "INVALID_SERVICE",
            Self::UnauthorizedService => "UNAUTHORIZED_SERVICE",
            Self::InvalidProxyCallback => "INVALID_PROXY_CALLBACK",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What went wrong, in more detail than the caller is told: this is for the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// `service` (or `targetService`) is missing or blank.
    ServiceMissing,
    /// `ticket` is missing or blank.
    TicketMissing,
    /// `TARGET` is missing or blank.
    TargetMissing,
    /// A SAML request without an artifact, or with a blank one.
    ArtifactMissing,
    /// `pgt` is missing or blank.
    GrantMissing,
    /// A parameter was given twice.
    ParameterRepeated,
    /// The request could not be decoded.
    Undecodable,
    /// `format` is neither XML nor JSON.
    UnknownFormat,
    /// No such ticket, or no text that could be one.
    TicketUnknown,
    /// The ticket was presented before: a replay.
    TicketSpent,
    /// The ticket is too old.
    TicketExpired,
    /// The session behind the ticket has ended.
    SessionEnded,
    /// A proxy ticket where only service tickets are taken.
    ProxyTicketRefused,
    /// `renew` was asked for and the ticket comes from an earlier sign-in.
    NotFromNewLogin,
    /// The ticket was issued for another address.
    ServiceMismatch,
    /// The application is not registered, or disabled.
    ServiceUnauthorized,
    /// The person may not use the application, or has no name there.
    PersonNotAllowed,
    /// `pgtUrl` is malformed, not https, or not allowed for the application.
    CallbackRefused,
    /// The call to `pgtUrl` failed.
    CallbackFailed,
    /// The server's own fault.
    Internal,
}

impl Cause {
    /// The code the caller is given.
    pub fn code(self) -> FailureCode {
        match self {
            Self::ServiceMissing
            | Self::TicketMissing
            | Self::TargetMissing
            | Self::ArtifactMissing
            | Self::GrantMissing
            | Self::ParameterRepeated
            | Self::Undecodable
            | Self::UnknownFormat => FailureCode::InvalidRequest,
            Self::TicketUnknown
            | Self::TicketSpent
            | Self::TicketExpired
            | Self::SessionEnded
            | Self::ProxyTicketRefused
            | Self::NotFromNewLogin => FailureCode::InvalidTicket,
            Self::ServiceMismatch => FailureCode::InvalidService,
            Self::ServiceUnauthorized | Self::PersonNotAllowed => FailureCode::UnauthorizedService,
            Self::CallbackRefused | Self::CallbackFailed => FailureCode::InvalidProxyCallback,
            Self::Internal => FailureCode::InternalError,
        }
    }

    /// The sentence the caller is given.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ServiceMissing => "the service parameter is required",
            Self::TicketMissing => "the ticket parameter is required",
            Self::TargetMissing => "the TARGET parameter is required",
            Self::ArtifactMissing => "the request holds no assertion artifact",
            Self::GrantMissing => "the pgt parameter is required",
            Self::ParameterRepeated => "a parameter was given more than once",
            Self::Undecodable => "the request could not be decoded",
            Self::UnknownFormat => "the format must be XML or JSON",
            // One sentence for four causes: nobody learns whether a ticket ever existed ([T-4]).
            Self::TicketUnknown | Self::TicketSpent | Self::TicketExpired | Self::SessionEnded => {
                "the ticket is not recognized"
            }
            Self::ProxyTicketRefused => "proxy tickets are validated at proxyValidate",
            Self::NotFromNewLogin => "the ticket was not issued from presented credentials",
            Self::ServiceMismatch => "the ticket was issued for another service",
            Self::ServiceUnauthorized | Self::PersonNotAllowed => {
                "the service is not authorized to use this server for this user"
            }
            Self::CallbackRefused | Self::CallbackFailed => "the proxy callback could not be used",
            Self::Internal => "the server could not answer",
        }
    }

    /// A stable word for the audit trail and the logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceMissing => "service-missing",
            Self::TicketMissing => "ticket-missing",
            Self::TargetMissing => "target-missing",
            Self::ArtifactMissing => "artifact-missing",
            Self::GrantMissing => "pgt-missing",
            Self::ParameterRepeated => "parameter-repeated",
            Self::Undecodable => "undecodable",
            Self::UnknownFormat => "unknown-format",
            Self::TicketUnknown => "ticket-unknown",
            Self::TicketSpent => "ticket-spent",
            Self::TicketExpired => "ticket-expired",
            Self::SessionEnded => "session-ended",
            Self::ProxyTicketRefused => "proxy-ticket-refused",
            Self::NotFromNewLogin => "not-from-new-login",
            Self::ServiceMismatch => "service-mismatch",
            Self::ServiceUnauthorized => "service-unauthorized",
            Self::PersonNotAllowed => "person-not-allowed",
            Self::CallbackRefused => "callback-refused",
            Self::CallbackFailed => "callback-failed",
            Self::Internal => "internal",
        }
    }
}

impl Cause {
    /// Reads what [`Cause::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        EVERY_CAUSE.into_iter().find(|cause| cause.as_str() == word)
    }
}

/// A refusal, as the renderers write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    cause: Cause,
    trace: Option<Trace>,
}

impl Failure {
    /// The same refusal with a number under which the operator finds its story.
    pub fn with_trace(self, trace: Trace) -> Self {
        Self {
            trace: Some(trace),
            ..self
        }
    }

    /// What went wrong, for the audit trail.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The code the caller is given.
    pub fn code(&self) -> FailureCode {
        self.cause.code()
    }

    /// The text the caller is given: never blank, nothing of the request.
    pub fn text(&self) -> Cow<'static, str> {
        match self.trace {
            None => Cow::Borrowed(self.cause.sentence()),
            // Hexadecimal digits cannot spell `yes`.
            Some(trace) => Cow::Owned(format!("{} (trace {trace})", self.cause.sentence())),
        }
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self { cause, trace: None }
    }
}

pub(crate) const EVERY_CAUSE: [Cause; 20] = [
    Cause::ServiceMissing,
    Cause::TicketMissing,
    Cause::TargetMissing,
    Cause::ArtifactMissing,
    Cause::GrantMissing,
    Cause::ParameterRepeated,
    Cause::Undecodable,
    Cause::UnknownFormat,
    Cause::TicketUnknown,
    Cause::TicketSpent,
    Cause::TicketExpired,
    Cause::SessionEnded,
    Cause::ProxyTicketRefused,
    Cause::NotFromNewLogin,
    Cause::ServiceMismatch,
    Cause::ServiceUnauthorized,
    Cause::PersonNotAllowed,
    Cause::CallbackRefused,
    Cause::CallbackFailed,
    Cause::Internal,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v3_v10_no_sentence_is_blank_or_says_yes() {
        for cause in EVERY_CAUSE {
            let text = Failure::from(cause)
                .with_trace(Trace::parse("019ab3c2d4e5-3b").unwrap())
                .text();
            assert!(!text.trim().is_empty());
            assert!(!text.to_ascii_lowercase().contains("yes"), "{text}");
            assert!(!text.contains(['<', '>', '&', '"', '\'', '%']), "{text}");
        }
    }

    #[test]
    fn t4_unknown_spent_expired_and_ended_cannot_be_told_apart() {
        let unknown = Failure::from(Cause::TicketUnknown);
        for cause in [Cause::TicketSpent, Cause::TicketExpired, Cause::SessionEnded] {
            let other = Failure::from(cause);
            assert_eq!((other.code(), other.text()), (unknown.code(), unknown.text()));
        }
    }

    #[test]
    fn every_cause_is_read_back_from_its_word() {
        for cause in EVERY_CAUSE {
            assert_eq!(Cause::parse(cause.as_str()), Some(cause));
        }
        assert_eq!(Cause::parse("moon-phase"), None);
    }

    #[test]
    fn a_trace_number_follows_the_sentence() {
        let failure = Failure::from(Cause::Internal).with_trace(Trace::parse("019ab3c2d4e5-0f").unwrap());

        assert_eq!(
            failure.text(),
            "the server could not answer (trace 019ab3c2d4e5-0f)"
        );
        assert_eq!(failure.code().to_string(), "INTERNAL_ERROR");
    }
}
