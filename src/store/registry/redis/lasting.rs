//! A link that is made anew when it has failed: whoever holds it, in the middle of a transaction perhaps, need not know.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::Value;

use super::address::Address;
use super::ask::Ask;
use super::keys::Keys;
use super::link::Link;
use super::reach;

/// Unused for so long, it is tried before anything is entrusted to it: what is on the way may have forgotten it.
const IDLE: Duration = Duration::from_secs(5);

/// How long after a failure to connect nobody waits for another: 256 jobs of a batch would, one after the other.
const PAUSE: Duration = Duration::from_millis(500);

/// A link, and what becomes of it.
pub struct Lasting {
    address: Arc<Address>,
    link: Option<Link>,
    used_at: Instant,
    failed_at: Option<Instant>,
}

impl Lasting {
    /// Makes the first.
    ///
    /// # Errors
    /// Why it cannot be made, in words that end a line.
    pub fn connect(address: &Arc<Address>, keys: &Keys) -> Result<Self, String> {
        Ok(Self {
            address: Arc::clone(address),
            link: Some(reach::connect(address, keys)?),
            used_at: Instant::now(),
            failed_at: None,
        })
    }

    /// Asks for all at once; answers in the same order.
    ///
    /// # Errors
    /// When any of it was refused, or nobody can tell: nothing is asked twice.
    pub fn ask(&mut self, keys: &Keys, asks: &[Ask]) -> Result<Vec<Value>, String> {
        let answered = self.link(keys)?.ask(asks);
        if answered.is_err() {
            self.link = None;
        }
        self.used_at = Instant::now();
        answered
    }

    /// A key that nobody reads for each server.
    ///
    /// # Errors
    /// Why there is no link.
    pub fn key_of_each(&mut self, keys: &Keys) -> Result<Vec<String>, String> {
        Ok(self.link(keys)?.key_of_each(|number| keys.trial(number)))
    }

    fn link(&mut self, keys: &Keys) -> Result<&mut Link, String> {
        let untried = self.used_at.elapsed() >= IDLE;
        let mut link = self.link.take();
        if untried {
            link = link.and_then(|mut link| link.try_out().is_ok().then_some(link));
        }
        let link = match link {
            Some(link) => link,
            None => self.connect_again(keys)?,
        };
        self.used_at = Instant::now();
        Ok(self.link.insert(link))
    }

    fn connect_again(&mut self, keys: &Keys) -> Result<Link, String> {
        if self.failed_at.is_some_and(|at| at.elapsed() < PAUSE) {
            return Err("it could not be connected to a moment ago".into());
        }
        let connected = reach::connect(&self.address, keys);
        self.failed_at = connected.is_err().then(Instant::now);
        connected
    }
}
