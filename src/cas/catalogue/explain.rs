//! Why an address is, or is not, that of a registered application: for the person who configures one.

use std::fmt;

use super::{Catalogue, Entry};
use crate::cas::service::{Difference, ServiceRefused, ServiceUrl};

/// What the catalogue has to say about an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// It is refused whatever is registered.
    Refused(ServiceRefused),
    /// It belongs to an application.
    Matched {
        /// The application's key.
        service: String,
        /// The rule that covers the address.
        rule: String,
        /// Whether the application is enabled.
        enabled: bool,
    },
    /// It belongs to none; this rule comes nearest.
    Nearest {
        /// The key of the application whose rule it is.
        service: String,
        /// The rule.
        rule: String,
        /// The first part that keeps the rule from covering the address: the address on the left, the rule on the
        /// right.
        difference: Difference,
    },
    /// Nothing is registered.
    Empty,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Matched {
                service,
                rule,
                enabled: true,
            } => write!(f, "{service}, by the rule {rule}"),
            Self::Matched {
                service,
                rule,
                enabled: false,
            } => {
                write!(f, "{service}, by the rule {rule}, but that service is disabled")
            }
            Self::Nearest {
                service,
                rule,
                difference,
            } => {
                write!(
                    f,
                    "not registered; nearest is {service}, rule {rule}: {difference}"
                )
            }
            Self::Empty => f.write_str("not registered: the catalogue is empty"),
        }
    }
}

impl Catalogue {
    /// Explains an address as it was sent.
    pub fn explain(&self, text: &str) -> Explanation {
        let url = match ServiceUrl::parse_any(text) {
            Ok(url) => url,
            Err(why) => return Explanation::Refused(why),
        };
        if let Some(entry) = self.entry(&url) {
            let service = &self.services[entry.service];
            return Explanation::Matched {
                service: service.key.clone(),
                rule: entry.rule.text().to_owned(),
                enabled: service.enabled,
            };
        }
        self.nearest(&url)
            .and_then(|entry| {
                Some(Explanation::Nearest {
                    service: self.services[entry.service].key.clone(),
                    rule: entry.rule.text().to_owned(),
                    difference: entry.rule.difference(&url)?,
                })
            })
            .unwrap_or(Explanation::Empty)
    }

    fn nearest(&self, url: &ServiceUrl) -> Option<&Entry> {
        self.exact
            .values()
            .chain(self.wildcard.values())
            .flatten()
            // The order of a hash map is nobody's: the text settles what is equally near.
            .max_by(|left, right| {
                let nearness = left.rule.nearness(url).cmp(&right.rule.nearness(url));
                nearness.then_with(|| right.rule.text().cmp(left.rule.text()))
            })
    }
}
