//! The registered applications, and the one that an address belongs to.

mod check;
mod definition;
mod explain;
mod logout;
mod rule;

use std::collections::HashMap;

pub use check::{ServiceProblem, is_forbidden_attribute};
pub use definition::{Localized, ProxyPolicy, Release, RenamedAttribute, Service, Tile};
pub use explain::Explanation;
pub use logout::{LogoutDialect, LogoutKind, LogoutPolicy, LogoutScope};
pub use rule::{Rule, RuleProblem};

use super::service::ServiceUrl;

/// Why a set of definitions is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueProblem {
    /// A definition is wrong in itself.
    #[error("service {key}: {problem}")]
    Service {
        /// The definition's key.
        key: String,
        /// What is wrong.
        problem: ServiceProblem,
    },
    /// Two definitions have the same key.
    #[error("two services have the key {0}")]
    DuplicateKey(String),
    /// Two definitions claim exactly the same addresses: neither rule is more specific.
    #[error("services {first} and {second} have the same rule {rule}")]
    Tie {
        /// The rule that both have.
        rule: String,
        /// The key of the definition that came first.
        first: String,
        /// The key of the other one.
        second: String,
    },
}

/// Every registered application, indexed by host: each request to `/login` and to the validators asks it.
#[derive(Debug, Default)]
pub struct Catalogue {
    services: Vec<Service>,
    exact: HashMap<String, Vec<Entry>>,
    // Under the host without its first label, which the `*` stands for.
    wildcard: HashMap<String, Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    rule: Rule,
    service: usize,
}

impl Catalogue {
    /// A catalogue of `services`, or everything that is wrong with them.
    pub fn new(services: Vec<Service>) -> Result<Self, Vec<CatalogueProblem>> {
        let mut problems = Vec::new();
        let mut keys = HashMap::new();
        let mut catalogue = Self::default();
        for (index, service) in services.iter().enumerate() {
            if keys.insert(&service.key, index).is_some() {
                problems.push(CatalogueProblem::DuplicateKey(service.key.clone()));
            }
            match service.check() {
                Ok(rules) => {
                    for rule in rules {
                        let tied = catalogue
                            .insert(rule, index)
                            .map(|(rule, first)| CatalogueProblem::Tie {
                                rule,
                                first: services[first].key.clone(),
                                second: service.key.clone(),
                            });
                        problems.extend(tied);
                    }
                }
                Err(wrong) => problems.extend(wrong.into_iter().map(|problem| CatalogueProblem::Service {
                    key: service.key.clone(),
                    problem,
                })),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        catalogue.services = services;
        Ok(catalogue)
    }

    /// The application that `url` belongs to, enabled or not: the most specific rule wins, an exact host before a
    /// wildcard, then the longer path ([S-2]).
    pub fn find(&self, url: &ServiceUrl) -> Option<&Service> {
        self.entry(url).map(|entry| &self.services[entry.service])
    }

    /// The application that `url` belongs to when it may use this server now.
    pub fn admit(&self, url: &ServiceUrl) -> Option<&Service> {
        self.find(url).filter(|service| service.enabled)
    }

    /// The application with this key.
    pub fn service(&self, key: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.key == key)
    }

    /// Every application, in the order given.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    fn entry(&self, url: &ServiceUrl) -> Option<&Entry> {
        let parent = url.host().split_once('.').map(|(_, parent)| parent);
        let exact = self.exact.get(url.host());
        let wildcard = parent.and_then(|parent| self.wildcard.get(parent));
        // Sorted when the catalogue was made: the first that covers the address is the most specific.
        exact
            .into_iter()
            .chain(wildcard)
            .flatten()
            .find(|entry| entry.rule.covers(url))
    }

    /// Adds a rule, the most specific first; gives its text and the service that already has it on a tie.
    fn insert(&mut self, rule: Rule, service: usize) -> Option<(String, usize)> {
        let index = if rule.is_wildcard() {
            &mut self.wildcard
        } else {
            &mut self.exact
        };
        let entries = index.entry(rule.host_key().to_owned()).or_default();
        if let Some(other) = entries.iter().find(|entry| entry.rule.claims_the_same(&rule)) {
            return Some((rule.text().to_owned(), other.service));
        }
        entries.push(Entry { rule, service });
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.rule.specificity()));
        None
    }
}

#[cfg(test)]
mod tests;
