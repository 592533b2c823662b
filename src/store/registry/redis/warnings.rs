//! What is allowed but worth saying at start.

use std::sync::Arc;

use redis::cmd;

use super::address::{Address, Trust};
use super::{ask, reach};

/// What is worth saying of the servers at `address`, as far as they can be asked.
pub fn of(address: &Arc<Address>) -> Vec<String> {
    let mut warnings = Vec::new();
    let open = address.endpoints.iter().filter(|endpoint| !endpoint.is_near());
    let open: Vec<String> = open.map(ToString::to_string).collect();
    if matches!(address.trust, Trust::Plain) && !open.is_empty() {
        warnings.push(format!(
            "the ticket registry is reached without encryption at {}: whoever is on the way reads and changes everything",
            open.join(", ")
        ));
    }
    // Whoever cannot connect learns why elsewhere.
    if let Ok(mut link) = reach::enter(address) {
        for (endpoint, connection) in link.masters() {
            let Ok(facts) = reach::facts(connection) else {
                continue;
            };
            let policy = facts.says("maxmemory_policy");
            if policy != "noeviction" {
                warnings.push(ask::line(&format!(
                    "the ticket registry {endpoint} forgets sessions when it is full, whose services are then not told of \
                     their end: its maxmemory-policy is {policy}, and should be noeviction"
                )));
            }
            // Only where it may be asked: many do not allow CONFIG.
            let save = cmd("CONFIG")
                .arg("GET")
                .arg("save")
                .query::<(String, String)>(connection);
            if facts.says("aof_enabled") == "0" && save.is_ok_and(|(_, save)| save.is_empty()) {
                warnings.push(format!(
                    "the ticket registry {endpoint} keeps nothing on disk: its restart signs everybody out"
                ));
            }
        }
    }
    warnings
}
