//! Ledgers of tries in memory, forgotten when the program would forget them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use vestibule::flow::limits::{Denied, Ledgers, Try};
use vestibule::kernel::keyring::Digest;
use vestibule::people::throttle::Ledger;
use vestibule::store::StoreError;
use vestibule::store::throttles::KEPT;

/// A place for ledgers.
#[derive(Default)]
pub struct Shelf(HashMap<Digest, (DateTime<Utc>, Ledger)>);

impl Ledgers for Shelf {
    fn change<R>(
        &mut self,
        key: &Digest,
        _lasting: bool,
        now: DateTime<Utc>,
        change: impl Fn(&mut Ledger) -> R,
    ) -> Result<R, StoreError> {
        let (used, ledger) = self.0.entry(*key).or_insert((now, Ledger::default()));
        if *used + KEPT < now {
            *ledger = Ledger::default();
        }
        *used = now;
        Ok(change(ledger))
    }
}

impl Shelf {
    /// Makes a try that will turn out wrong.
    pub fn fail(&mut self, tried: &Try, now: DateTime<Utc>) -> Result<(), Denied> {
        tried.reserve(self, now).expect("memory answers")
    }

    /// Makes a try that will turn out right.
    pub fn succeed(&mut self, tried: &Try, now: DateTime<Utc>) -> Result<(), Denied> {
        self.fail(tried, now)?;
        tried.give_back(self, now).expect("memory answers");
        Ok(())
    }
}
