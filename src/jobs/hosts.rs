//! How many messages may be under way at once, in all and to one host: a host that hangs keeps no other waiting ([S-63]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Url;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Messages under way at once, in all.
pub const AT_ONCE: usize = 32;

/// Messages under way at once to one host and port.
pub const PER_HOST: usize = 4;

/// Counts what is under way.
#[derive(Clone)]
pub struct Hosts {
    all: Arc<Semaphore>,
    busy: Busy,
}

#[derive(Clone, Default)]
struct Busy(Arc<Mutex<HashMap<String, usize>>>);

/// The leave to send one message; given back when dropped.
pub struct Permit {
    _one: OwnedSemaphorePermit,
    host: String,
    busy: Busy,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(AT_ONCE)),
            busy: Busy::default(),
        }
    }
}

impl Hosts {
    /// How many more messages may be under way, if their hosts are free.
    pub fn free(&self) -> usize {
        self.all.available_permits()
    }

    /// The leave to send a message to `address` now; `None` when its host, or the server, has enough to do.
    pub fn take(&self, address: &str) -> Option<Permit> {
        let one = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let host = host(address);
        let mut busy = self.busy.lock();
        let under_way = busy.entry(host.clone()).or_default();
        if *under_way >= PER_HOST {
            return None;
        }
        *under_way += 1;
        drop(busy);
        Some(Permit {
            _one: one,
            host,
            busy: self.busy.clone(),
        })
    }

    /// Waits until nothing is under way any more.
    pub async fn idle(&self) {
        let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let _ = self.all.acquire_many(all).await;
    }
}

impl Busy {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut busy = self.busy.lock();
        if let Some(under_way) = busy.get_mut(&self.host) {
            *under_way -= 1;
            if *under_way == 0 {
                busy.remove(&self.host);
            }
        }
    }
}

/// Whom a message to `address` keeps busy; an address without a host is its own.
fn host(address: &str) -> String {
    let origin = Url::parse(address).map(|url| url.origin().ascii_serialization());
    origin.unwrap_or_else(|_| address.to_owned())
}

/// The beginning of `address` as written, before its path: what all addresses of a host have in common in the outbox.
pub fn origin(address: &str) -> &str {
    let path = address.match_indices('/').nth(2);
    path.map_or(address, |(at, _)| &address[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s63_a_host_has_four_and_leaves_the_rest_to_others() {
        let hosts = Hosts::default();
        let spellings = [
            "https://slow.example/a",
            "https://SLOW.example/b?c",
            "https://slow.example:443/",
            "https://slow.example",
        ];

        let held: Vec<Permit> = spellings.iter().filter_map(|one| hosts.take(one)).collect();

        assert_eq!(held.len(), PER_HOST);
        assert!(hosts.take("https://slow.example/").is_none());
        assert!(hosts.take("https://quick.example/").is_some());
        assert!(hosts.take("https://slow.example:8443/").is_some());
        assert_eq!(hosts.free(), AT_ONCE - PER_HOST);
        drop(held);
        assert!(hosts.take("https://slow.example/").is_some());
        assert_eq!(hosts.free(), AT_ONCE);
    }

    #[test]
    fn s63_there_are_thirty_two_in_all() {
        let hosts = Hosts::default();

        let held: Vec<Permit> = (0..AT_ONCE)
            .filter_map(|number| hosts.take(&format!("https://host{number}.example/")))
            .collect();

        assert_eq!(held.len(), AT_ONCE);
        assert!(hosts.take("https://another.example/").is_none());
        drop(held);
        assert!(hosts.busy.lock().is_empty());
    }

    #[test]
    fn an_origin_ends_before_the_path() {
        for (address, expected) in [
            ("https://mail.example/a/b", "https://mail.example"),
            ("https://mail.example:8443/", "https://mail.example:8443"),
            ("https://mail.example", "https://mail.example"),
            ("nowhere", "nowhere"),
        ] {
            assert_eq!(origin(address), expected);
        }
    }
}
