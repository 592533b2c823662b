//! What a definition must satisfy before it is taken.

use super::definition::{Localized, Service};
use super::rule::{Rule, RuleProblem};
use crate::cas::render::xml::is_nc_name;
use crate::cas::service::{ServiceRefused, ServiceUrl};

/// Names that an attribute must not have: clients would take it for a part of the answer ([A-6]).
const FORBIDDEN: [&str; 16] = [
    "user",
    "proxy",
    "proxies",
    "proxyGrantingTicket",
    "proxyTicket",
    "attributes",
    "attribute",
    "userAttributes",
    "serviceResponse",
    "authenticationSuccess",
    "authenticationFailure",
    "proxySuccess",
    "proxyFailure",
    "authenticationDate",
    "longTermAuthenticationRequestTokenUsed",
    "isFromNewLogin",
];

/// Whether no application may be told an attribute under this name ([A-6]).
pub fn is_forbidden_attribute(name: &str) -> bool {
    FORBIDDEN.contains(&name)
}

/// What is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceProblem {
    /// The key is not 1 to 40 of `[a-z0-9-]`.
    #[error("the key is not 1 to 40 lower-case letters, digits and hyphens")]
    Key,
    /// A text is blank in one of the two languages.
    #[error("the {0} is blank in one language")]
    BlankText(&'static str),
    /// An address rule is wrong.
    #[error("rule {text}: {problem}")]
    Rule {
        /// The rule as it was written.
        text: String,
        /// What is wrong with it.
        problem: RuleProblem,
    },
    /// An address rule stands there twice.
    #[error("rule {0} is given twice")]
    RepeatedRule(String),
    /// A callback rule is wrong.
    #[error("proxy callback {text}: {problem}")]
    Callback {
        /// The rule as it was written.
        text: String,
        /// What is wrong with it.
        problem: RuleProblem,
    },
    /// An attribute's name cannot be an XML element.
    #[error("{0:?} cannot be the name of an attribute")]
    AttributeName(String),
    /// An attribute would be released under a name of the protocol.
    #[error("{0} is a name of the protocol and cannot be released")]
    ForbiddenAttribute(String),
    /// Two attributes would be released under one name.
    #[error("attribute {0} is released twice")]
    RepeatedAttribute(String),
    /// A logout address is no address.
    #[error("logout url {text}: {problem}")]
    LogoutUrl {
        /// The address as it was written.
        text: String,
        /// What is wrong with it.
        problem: ServiceRefused,
    },
    /// A logout address stands there twice.
    #[error("logout url {0} is given twice")]
    RepeatedLogoutUrl(String),
    /// A browser's GET has no body to leave unencoded.
    #[error("the logout dialect raw is for the back channel")]
    RawFrontChannel,
    /// The tile's address is no address.
    #[error("tile url: {0}")]
    TileUrl(ServiceRefused),
    /// The ticket's time is out of range.
    #[error("ticket_seconds: {0} is not between 5 and 300")]
    TicketSeconds(u16),
    /// An affiliation is blank or contains a space.
    #[error("{0:?} is not an affiliation")]
    Affiliation(String),
}

impl Service {
    /// Checks the whole definition; gives the rules that it answers to, or everything that is wrong with it.
    pub fn check(&self) -> Result<Vec<Rule>, Vec<ServiceProblem>> {
        let mut problems = Vec::new();
        if !is_key(&self.key) {
            problems.push(ServiceProblem::Key);
        }
        problems.extend(blank(&self.name).then_some(ServiceProblem::BlankText("name")));
        problems.extend(
            self.description
                .as_ref()
                .is_some_and(blank)
                .then_some(ServiceProblem::BlankText("description")),
        );
        let rules = self.check_rules(&mut problems);
        self.check_release(&mut problems);
        problems.extend(self.logout.problems());
        problems
            .extend(web_url(self.tile.as_ref().map(|tile| tile.url.as_str())).map(ServiceProblem::TileUrl));
        let odd = self.ticket_seconds.filter(|seconds| !(5..=300).contains(seconds));
        problems.extend(odd.map(ServiceProblem::TicketSeconds));
        let is_affiliation = |text: &String| !text.is_empty() && !text.contains(char::is_whitespace);
        let odd = self
            .affiliations
            .iter()
            .filter(|text| !is_affiliation(text))
            .cloned();
        problems.extend(odd.map(ServiceProblem::Affiliation));

        if problems.is_empty() {
            Ok(rules)
        } else {
            Err(problems)
        }
    }

    fn check_rules(&self, problems: &mut Vec<ServiceProblem>) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for text in self.rule_texts() {
            match Rule::parse(text) {
                Ok(rule) if rules.iter().any(|other| other.claims_the_same(&rule)) => {
                    problems.push(ServiceProblem::RepeatedRule(text.to_owned()));
                }
                Ok(rule) => rules.push(rule),
                Err(problem) => problems.push(ServiceProblem::Rule {
                    text: text.to_owned(),
                    problem,
                }),
            }
        }
        for text in &self.proxy.callbacks {
            if let Err(problem) = Rule::parse_callback(text) {
                problems.push(ServiceProblem::Callback {
                    text: text.clone(),
                    problem,
                });
            }
        }
        rules
    }

    fn check_release(&self, problems: &mut Vec<ServiceProblem>) {
        let sources = self.release.iter().map(super::Release::source);
        let names = self.release.iter().map(super::Release::name);
        let every = sources.chain(names).chain(self.username_attribute.as_deref());
        let mut odd: Vec<_> = every
            .filter(|name| !is_nc_name(name))
            .map(str::to_owned)
            .collect();
        odd.dedup();
        problems.extend(odd.into_iter().map(ServiceProblem::AttributeName));

        let mut seen = Vec::new();
        for name in self.release.iter().map(super::Release::name) {
            if is_forbidden_attribute(name) {
                problems.push(ServiceProblem::ForbiddenAttribute(name.to_owned()));
            }
            if seen.contains(&name) {
                problems.push(ServiceProblem::RepeatedAttribute(name.to_owned()));
            }
            seen.push(name);
        }
    }
}

fn is_key(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn blank(text: &Localized) -> bool {
    text.fr.trim().is_empty() || text.en.trim().is_empty()
}

fn web_url(text: Option<&str>) -> Option<ServiceRefused> {
    text.and_then(|text| ServiceUrl::parse(text).err())
}

#[cfg(test)]
mod tests;
