//! Where an account stands, and what that means for who signs in, activates or recovers it.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Imported, never activated.
    Pending,
    /// In use.
    Active,
    /// The rights have ended; usable until then.
    Leaving {
        /// The moment it closes.
        until: DateTime<Utc>,
    },
    /// Stopped by the helpdesk or after an incident.
    Suspended,
    /// Ended; kept until purged.
    Closed,
}

impl Standing {
    /// The word stored: `pending`, `active`, `leaving`, `suspended`, `closed`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Leaving { .. } => "leaving",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }

    /// Reads what [`Standing::as_str`] wrote; `until` is the closing date stored beside it. An account that is
    /// leaving without a date is closed.
    pub fn parse(word: &str, until: Option<DateTime<Utc>>) -> Option<Self> {
        match word {
            "pending" => Some(Self::Pending),
            "active" => Some(Self::Active),
            "leaving" => Some(until.map_or(Self::Closed, |until| Self::Leaving { until })),
            "suspended" => Some(Self::Suspended),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }

    /// Reads a stored standing as it is at `now`. The end of somebody's rights has its effect before any job has written
    /// it down, whatever the stored word is: no import has to have marked the account first.
    pub fn read(word: &str, rights_end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Self> {
        let stored = Self::parse(word, rights_end)?;
        let ended = rights_end.is_some_and(|end| end <= now);
        Some(match stored {
            Self::Pending | Self::Active | Self::Leaving { .. } if ended => Self::Closed,
            other => other,
        })
    }

    /// The closing date, for an account that is leaving.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Leaving { until } => Some(*until),
            _ => None,
        }
    }

    /// The standing at `now`: the closing date has its effect before any job has written it down.
    pub fn at(self, now: DateTime<Utc>) -> Self {
        match self {
            Self::Leaving { until } if until <= now => Self::Closed,
            other => other,
        }
    }
}

/// What a person is to the university.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Enrolled.
    #[default]
    Student,
    /// Employed.
    Staff,
    /// Invited, with an end date; never activates alone.
    Guest,
}

impl Kind {
    /// The word stored: `student`, `staff`, `guest`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Staff => "staff",
            Self::Guest => "guest",
        }
    }

    /// Reads what [`Kind::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Student, Self::Staff, Self::Guest]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// How a password came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordKind {
    /// By the person. Hashed after `password::normalise`.
    Chosen,
    /// Proposed by the server and seen by nobody else. Hashed after `generated::canonical`.
    Generated,
    /// Given out by staff: good for three days, to be changed at once. Hashed after `generated::canonical`.
    Temporary,
}

impl PasswordKind {
    /// The word stored: `chosen`, `generated`, `temporary`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Generated => "generated",
            Self::Temporary => "temporary",
        }
    }

    /// Reads what [`PasswordKind::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Chosen, Self::Generated, Self::Temporary]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// How long a password that staff have seen is good for.
pub const TEMPORARY_LIFETIME: Duration = Duration::hours(72);

/// The password that was found right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Password {
    /// How it came to be.
    pub kind: PasswordKind,
    /// When it was set.
    pub since: DateTime<Utc>,
    /// Whether it has to be changed whatever its kind.
    pub must_change: bool,
}

/// What a right password opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// A session, with a notice of the closing date when there is one.
    Admitted {
        /// The date at which the account closes.
        closing: Option<DateTime<Utc>>,
    },
    /// A forced change of the password, then the session.
    MustChange,
    /// Nothing, and the person is told that the account is disabled: they have proved that it is theirs.
    Disabled,
    /// Nothing, answered like a wrong password: never activated, or a temporary password after its time.
    Unknown,
}

/// Returns what the right password of an account opens. A wrong password, and a login that nobody has, are
/// answered alike and never get here.
pub fn admission(standing: Standing, password: &Password, now: DateTime<Utc>) -> Admission {
    match standing.at(now) {
        Standing::Pending => Admission::Unknown,
        Standing::Suspended | Standing::Closed => Admission::Disabled,
        Standing::Active | Standing::Leaving { .. } => match password.kind {
            PasswordKind::Temporary if password.since + TEMPORARY_LIFETIME <= now => Admission::Unknown,
            PasswordKind::Temporary => Admission::MustChange,
            _ if password.must_change => Admission::MustChange,
            _ => Admission::Admitted {
                closing: standing.until(),
            },
        },
    }
}

/// The page after the identity step of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// "Is this you?"
    Confirm,
    /// "This account is active already."
    AlreadyActive,
    /// One message for all the rest: wrong date, unknown number, suspended, closed, a guest.
    NoMatch,
}

/// Whether what was typed is what we know of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// All of it.
    Yes,
    /// Not all of it.
    No,
}

/// Returns the page for an account, `None` when the number is nobody's.
pub fn activation(account: Option<(Kind, Standing)>, identity: Match, now: DateTime<Utc>) -> Activation {
    let (Some((kind, standing)), Match::Yes) = (account, identity) else {
        return Activation::NoMatch;
    };
    match standing.at(now) {
        Standing::Pending if kind == Kind::Guest => Activation::NoMatch,
        Standing::Pending => Activation::Confirm,
        Standing::Active | Standing::Leaving { .. } => Activation::AlreadyActive,
        Standing::Suspended | Standing::Closed => Activation::NoMatch,
    }
}

/// When the code is asked for besides the birth date: `activation.code` in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodePolicy {
    /// While failures are above their trip level.
    #[default]
    Adaptive,
    /// Always.
    Always,
    /// Only where a date cannot be enough.
    Never,
}

/// A reason why a birth date is not enough for one person, or at this moment for anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The record has no day or no month.
    PartialDate,
    /// The helpdesk reopened the account.
    Reopened,
    /// Too many failures on this number since the last success.
    OverLimit,
    /// Too many failures in the whole university.
    Tide,
}

/// Whether the code is asked for at the activation of somebody of this `kind`. Staff always need it, whatever the
/// policy; so does everybody about whom there is a doubt, except that only the adaptive policy watches the tide.
pub fn asks_code(policy: CodePolicy, kind: Kind, doubts: &[Doubt]) -> bool {
    let watched = |doubt: &Doubt| *doubt != Doubt::Tide || policy == CodePolicy::Adaptive;
    policy == CodePolicy::Always || kind != Kind::Student || doubts.iter().any(watched)
}

/// Where a person stands in the time given to activate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The import is too recent.
    NotYet,
    /// Open.
    Open,
    /// Over: the registrar's office reopens it.
    Closed,
}

/// The civil year in which the academic year of `day` begins. It does in August, when the first rosters of the new year come.
pub fn academic_year(day: NaiveDate) -> i32 {
    day.year() - i32::from(day.month() < 8)
}

/// Returns where `now` lies in the activation window of somebody whom the roster of this academic year named first at
/// `enrolled`.
pub fn window(enrolled: DateTime<Utc>, opens_after: Duration, lasts: Duration, now: DateTime<Utc>) -> Window {
    if now < enrolled + opens_after {
        Window::NotYet
    } else if now < enrolled + opens_after + lasts {
        Window::Open
    } else {
        Window::Closed
    }
}

/// What the three proofs of a recovery (number, date, code) amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// All three are right.
    Right,
    /// Number and date are right, and the code is one of this person's that has expired.
    ExpiredCode,
    /// Number and date are right, and the code is one of this person's that was used.
    UsedCode,
    /// Anything else.
    Wrong,
}

/// The page after the code step of a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// The choice of a new password.
    Granted,
    /// "Use *Get my account* instead."
    Inactive,
    /// "This code belongs to a previous year."
    ExpiredCode,
    /// "This code was used already."
    UsedCode,
    /// One message for all the rest.
    NoMatch,
}

/// Returns the page for an account, `None` when the number is nobody's.
pub fn recovery(account: Option<Standing>, proof: Proof, now: DateTime<Utc>) -> Recovery {
    let Some(standing) = account else {
        return Recovery::NoMatch;
    };
    match (standing.at(now), proof) {
        (Standing::Pending, Proof::Right) => Recovery::Inactive,
        (Standing::Active | Standing::Leaving { .. }, Proof::Right) => Recovery::Granted,
        (Standing::Active | Standing::Leaving { .. }, Proof::ExpiredCode) => Recovery::ExpiredCode,
        (Standing::Active | Standing::Leaving { .. }, Proof::UsedCode) => Recovery::UsedCode,
        _ => Recovery::NoMatch,
    }
}

#[cfg(test)]
mod tests;
