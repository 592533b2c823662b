//! Every fact that matters for security, typed, so that none is recorded with a secret in it by accident.

mod take_in;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::kernel::entropy::Entropy;
use crate::store::audit::Record;
pub use take_in::take_in_all;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Credentials were right and a session was opened or renewed.
    SignedIn,
    /// Credentials were right, and no session was asked for.
    CredentialsConfirmed,
    /// Credentials were presented and refused.
    SignInRefused {
        /// `unknown`, `password`, `pending`, `disabled`, `temporary`.
        why: &'static str,
    },
    /// A try was refused before any password was looked at.
    Throttled {
        /// `login`, `activation`, `recovery`, `password`.
        form: &'static str,
        /// Whose budget was spent: `person`, `address`, `everybody`.
        budget: &'static str,
    },
    /// A person ended a session.
    SignedOut,
    /// A session was ended by something else.
    SessionClosed {
        /// `person`, `password`, `recovery`, `operator`, `another_user`, `rights_ended`.
        by: &'static str,
    },
    /// A ticket was presented a second time.
    TicketReplayed,
    /// A ticket was presented for another service than it was issued for.
    ServiceMismatch,
    /// A browser went round between a service and the sign-in page, and was stopped.
    LoopStopped {
        /// The likely cause, in the operator's words.
        likely: &'static str,
    },
    /// A service was given a proxy-granting ticket at its callback.
    ProxyGranted,
    /// The callback of a service was refused or did not take its proxy-granting ticket.
    ProxyCallbackFailed,
    /// A service was given a proxy ticket for another one, which the scene names.
    ProxyTicketIssued {
        /// The key of the service that asked.
        proxy: String,
    },
    /// A service was refused a proxy ticket.
    ProxyTicketRefused {
        /// The key of the service that asked.
        proxy: String,
        /// `service-unauthorized` or `person-not-allowed`.
        why: &'static str,
    },
    /// The first step of an activation or a recovery failed.
    IdentityRefused {
        /// `activation` or `recovery`.
        journey: &'static str,
        /// `unknown`, `birth_date`, `standing`, `code_needed`.
        why: &'static str,
    },
    /// Somebody said "this is not me" on the confirmation page.
    ActivationDisowned,
    /// An account was activated.
    Activated,
    /// A code was refused.
    CodeRefused {
        /// `unknown`, `birth_date`, `standing`, `wrong`, `expired`, `used`.
        why: &'static str,
    },
    /// A code opened the way to a new password.
    Recovered,
    /// A password was changed by its owner.
    PasswordChanged,
    /// The current password typed on the change form was wrong.
    PasswordChangeRefused,
    /// A backup code replaced the code in force.
    CodeIssued {
        /// `certificate`, `backup` or `staff`.
        origin: &'static str,
    },
    /// The population-wide protection of activation changed.
    ActivationTide {
        /// `code_required`, `closed` or `reopened`.
        level: &'static str,
    },
    /// More sign-ins or recoveries fail in the whole university than usual. Written down once, when it begins.
    FailureTide {
        /// `login` or `recovery`.
        form: &'static str,
    },
    /// A roster was applied.
    RosterApplied {
        /// People who are new.
        new: usize,
        /// People who changed.
        changed: usize,
        /// People who are back.
        back: usize,
        /// People marked as leaving.
        leaving: usize,
    },
    /// An account was made by an operator.
    AccountCreated,
    /// An operator, a roster or the end of somebody's rights changed where an account stands.
    StandingChanged {
        /// The new standing.
        to: String,
    },
    /// An operator had sign-out messages sent again that had been given up.
    LogoutRetried {
        /// How many.
        messages: usize,
    },
    /// A server started, with this configuration.
    ServerStarted {
        /// The version of the program.
        version: &'static str,
        /// Changes with what is configured, and tells nothing of it.
        configuration: String,
    },
    /// Another key was put in force.
    KeyReplaced {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Rows of the audit that were in no chain were taken in: from before there was one, of a node of an older version, or
    /// written by somebody else. What they say is not vouched for.
    AuditTakenIn {
        /// The place of the first.
        first: i64,
        /// That of the last.
        last: i64,
    },
    /// What retention removed from the audit did not fit.
    AuditDidNotFit {
        /// The first that did not, in the words of `vestibule audit verify`.
        why: String,
    },
    /// A registered service was added, changed or removed.
    ServiceChanged {
        /// `put` or `removed`.
        how: &'static str,
    },
}

/// Who and where: what every event of one request has in common.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The account, where it is known.
    pub account: Option<String>,
    /// `person`, `rest`, `service`, `server`, or an operator's name.
    pub actor: String,
    /// The network address.
    pub address: Option<String>,
    /// The registered service.
    pub service: Option<String>,
}

impl Scene {
    /// A person at a browser.
    pub fn person(address: &str) -> Self {
        Self {
            actor: "person".into(),
            address: Some(address.into()),
            ..Self::default()
        }
    }

    /// A program that speaks for a person through the REST protocol.
    pub fn rest(address: &str) -> Self {
        Self {
            actor: "rest".into(),
            ..Self::person(address)
        }
    }

    /// A service that called.
    pub fn service(address: &str) -> Self {
        Self {
            actor: "service".into(),
            address: Some(address.into()),
            ..Self::default()
        }
    }

    /// The server by itself.
    pub fn server() -> Self {
        Self {
            actor: "server".into(),
            ..Self::default()
        }
    }

    /// An operator at the command line.
    pub fn operator(name: &str) -> Self {
        Self {
            actor: format!("operator {name}"),
            ..Self::default()
        }
    }

    /// The same scene about this account.
    pub fn about(&self, account: &str) -> Self {
        Self {
            account: Some(account.into()),
            ..self.clone()
        }
    }

    /// The same scene at this service.
    pub fn at(&self, service: &str) -> Self {
        Self {
            service: Some(service.into()),
            ..self.clone()
        }
    }
}

impl Event {
    /// The row that records this event.
    pub fn record(&self, scene: &Scene, entropy: &Entropy, now: DateTime<Utc>) -> Record {
        let mut fields = serde_json::to_value(self).unwrap_or_default();
        let event = fields.as_object_mut().and_then(|fields| fields.remove("event"));
        Record {
            id: entropy.uuid(now).to_string(),
            at: now,
            event: event
                .and_then(|name| name.as_str().map(String::from))
                .unwrap_or_default(),
            account: scene.account.clone(),
            actor: scene.actor.clone(),
            address: scene.address.clone(),
            service: scene.service.clone(),
            detail: fields.to_string(),
        }
    }
}
