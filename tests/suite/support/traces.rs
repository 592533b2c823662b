//! What is in the database, by number: a request that leaves no trace leaves these numbers as they were.

use std::collections::{BTreeMap, BTreeSet};

use super::TestServer;
use super::database::declared;

/// Rows by table, and `spent tickets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces(BTreeMap<String, i64>);

impl Traces {
    /// These numbers with others added.
    pub fn and(&self, more: &[(&str, i64)]) -> Self {
        let mut all = self.0.clone();
        for (name, count) in more {
            *all.get_mut(*name).expect("a table") += count;
        }
        Self(all)
    }

    /// What differs from `before`: name, then, now.
    pub fn since(&self, before: &Self) -> Vec<(String, i64, i64)> {
        let changed = |(name, count): (&String, &i64)| {
            let then = before.0.get(name).copied().unwrap_or_default();
            (then != *count).then(|| (name.clone(), then, *count))
        };
        self.0.iter().filter_map(changed).collect()
    }
}

impl TestServer {
    /// Counts everything there is.
    pub async fn traces(&self) -> Traces {
        let tables: BTreeSet<String> = declared()
            .iter()
            .filter_map(|column| column.split('.').next().map(str::to_owned))
            .collect();
        let mut parts: Vec<String> = tables
            .iter()
            .map(|table| format!("SELECT '{table}=' || COUNT(*) AS line FROM {table}"))
            .collect();
        parts.push(
            "SELECT 'spent tickets=' || COUNT(*) AS line FROM service_tickets WHERE consumed_at IS NOT NULL"
                .into(),
        );
        let counts = self.lines(&parts.join(" UNION ALL ")).await;
        let pair = |line: &String| {
            let (name, count) = line.split_once('=').expect("a name and a number");
            (name.to_owned(), count.parse().expect("a number"))
        };
        Traces(counts.iter().map(pair).collect())
    }
}
