//! What is said of a definition that is taken otherwise than it stood, or not at all.

use crate::cas::catalogue::RuleProblem;

/// Why a pattern, or one alternative of it, becomes no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Longer than any address.
    #[error("the pattern is longer than 2048 bytes")]
    TooLong,
    /// It cannot be parsed.
    #[error("the pattern is no regular expression")]
    NotAnExpression,
    /// Look-around, back-references, inline flags, possessive quantifiers, classes within classes.
    #[error("the pattern uses look-around, flags or another extension that no rule can express")]
    Unsupported,
    /// It unfolds into too many.
    #[error("the pattern unfolds into more than 64 alternatives")]
    TooManyAlternatives,
    /// No text at all matches.
    #[error("the pattern matches nothing")]
    Nothing,
    /// `^` or `$` inside.
    #[error("there is an anchor in the middle")]
    Anchor,
    /// The scheme is not spelled out.
    #[error("it does not begin with a scheme such as https://, so any address could match")]
    AnyScheme,
    /// The host is a wildcard.
    #[error("it lets in every host")]
    AnyHost,
    /// A wildcard in a place of the host where a rule has none.
    #[error("only the whole first label of a host can be a wildcard: list the hosts")]
    HostWildcard,
    /// A class that fits some labels only.
    #[error("a rule cannot say which characters the first label of a host is made of: list the hosts")]
    Label,
    /// Several ports.
    #[error("a rule has one port: list the ports")]
    Port,
    /// A wildcard within the path.
    #[error("a wildcard stands within the path, and a rule has it at the end only")]
    PathWildcard,
    /// Something is demanded after `.*`.
    #[error("something is demanded after .* and a rule cannot ask for it")]
    AfterAny,
    /// `.+`.
    #[error("it asks for at least one character at the end: write .* if the address before it may be let in")]
    AtLeastOne,
    /// Particular parameters.
    #[error("it asks for a particular query, and a rule takes any or none")]
    Query,
    /// A fragment.
    #[error("it asks for a fragment, which is not part of a rule")]
    Fragment,
    /// The rule that it would be is none.
    #[error(transparent)]
    Rule(#[from] RuleProblem),
}

/// What of a pattern is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Narrowing {
    /// A repeated group.
    #[error("a repeated group is taken once more than it must be, at most")]
    Repetition,
    /// `.` for any character.
    #[error("a `.` without backslash is read as a dot")]
    Dot,
    /// `.*` in a host.
    #[error("a wildcard in the host stands for exactly one label")]
    OneLabel,
    /// `https://app.univ.example.*`.
    #[error("`.*` directly after the host begins with the path: no other host that begins alike")]
    HostEnds,
    /// `/x.*`.
    #[error("`.*` within a path segment begins with the next segment: not /xyz for /x")]
    Segment,
    /// An alternative that becomes no rule.
    #[error("left out: {what}: {why}")]
    Alternative {
        /// The alternative.
        what: String,
        /// Why.
        why: Why,
    },
}

/// What a remark means for the definition, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing: it is about looks, or about what this server does anyway.
    Ignored,
    /// The service is given less than it had, or one thing that it had is lost.
    Narrowed,
    /// A condition that cannot be kept: the service is taken, but disabled.
    Closed,
}

/// Something in which the service is not what the definition said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it means.
    pub effect: Effect,
    /// In words.
    pub words: String,
}

/// The remarks on one definition, as they are collected.
#[derive(Debug, Default)]
pub(super) struct Remarks(pub(super) Vec<Remark>);

impl Remarks {
    pub(super) fn ignored(&mut self, words: impl Into<String>) {
        self.add(Effect::Ignored, &words.into());
    }

    pub(super) fn narrowed(&mut self, words: impl Into<String>) {
        self.add(Effect::Narrowed, &words.into());
    }

    pub(super) fn closed(&mut self, words: impl Into<String>) {
        self.add(Effect::Closed, &words.into());
    }

    fn add(&mut self, effect: Effect, words: &str) {
        // What came from a file must not move the cursor of a terminal.
        let words = words
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.0.push(Remark { effect, words });
    }
}
