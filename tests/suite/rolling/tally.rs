//! What has been counted while nodes came and went.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::chain::Detours;

/// Counts, shared by all who count.
#[derive(Clone, Default)]
pub struct Tally(Arc<watch::Sender<Counts>>);

/// What is counted.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    /// Chains that ended as they should.
    pub chains: usize,
    /// Those among them that took one more redirect.
    pub redirects: usize,
    /// Forms that somebody filled in again.
    pub forms: usize,
    /// Chains that failed, and why.
    pub failed: BTreeMap<String, usize>,
    /// Requests that were sent to a second node.
    pub again: usize,
    /// The longest that a chain took.
    pub worst: Duration,
    /// How many chains of each person have ended.
    pub of_each: BTreeMap<usize, usize>,
}

impl Tally {
    /// Counts a chain of `person` that took so long.
    pub fn count(&self, person: usize, outcome: Result<Detours, String>, took: Duration) {
        self.0.send_modify(|counts| {
            *counts.of_each.entry(person).or_default() += 1;
            counts.worst = counts.worst.max(took);
            match outcome {
                Ok(detours) => {
                    counts.chains += 1;
                    counts.redirects += detours.redirects;
                    counts.forms += detours.forms;
                }
                Err(why) => *counts.failed.entry(why).or_default() += 1,
            }
        });
    }

    /// What has been counted so far.
    pub fn counts(&self) -> Counts {
        self.0.borrow().clone()
    }

    /// Waits until so many more chains have ended, well or not.
    pub async fn more(&self, chains: usize) {
        let enough = self.0.borrow().ended() + chains;
        let mut counts = self.0.subscribe();
        let waited = counts.wait_for(|counts| counts.ended() >= enough).await;
        waited.expect("the tally is still there");
    }
}

impl Counts {
    /// How many chains have ended, well or not.
    pub fn ended(&self) -> usize {
        self.chains + self.failures()
    }

    /// How many chains failed.
    pub fn failures(&self) -> usize {
        self.failed.values().sum()
    }
}

impl Display for Counts {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} chains, {} failed; {} requests sent to a second node, {} chains with one more redirect, {} forms filled in \
             again; the slowest chain {} ms",
            self.ended(),
            self.failures(),
            self.again,
            self.redirects,
            self.forms,
            self.worst.as_millis()
        )?;
        self.failed
            .iter()
            .try_for_each(|(why, count)| write!(out, "\n  {count} failed: {why}"))
    }
}
