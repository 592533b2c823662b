//! How many calls are under way at once, whatever they are for: a host that hangs fills its own lines and no other's ([S-63]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls under way at once, in all.
const IN_ALL: usize = 32;

/// Calls under way at once to one host and port.
const PER_HOST: usize = 4;

/// Lines that [`Lines::take`] leaves alone: for whoever waits in [`Lines::free`].
const KEPT: usize = 8;

/// The lines, in all and by host.
pub struct Lines {
    all: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A line that is taken until this is dropped.
pub struct Line {
    _own: Option<OwnedSemaphorePermit>,
    _shared: Option<OwnedSemaphorePermit>,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(IN_ALL)),
            hosts: Mutex::default(),
        }
    }
}

impl Lines {
    /// Waits for a line to `address`. First one of its host: nobody else waits behind a host that hangs.
    pub(super) async fn free(&self, address: &str) -> Line {
        let own = self.of_host(address);
        // Neither is ever closed, so both are always had.
        Line {
            _own: own.acquire_owned().await.ok(),
            _shared: Arc::clone(&self.all).acquire_owned().await.ok(),
        }
    }

    /// Takes a line to `address` for a call that can as well be made later; `None` when its host, or the server, has
    /// enough to do.
    pub fn take(&self, address: &str) -> Option<Line> {
        if self.left() == 0 {
            return None;
        }
        let own = self.of_host(address).try_acquire_owned().ok()?;
        let shared = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Line {
            _own: Some(own),
            _shared: Some(shared),
        })
    }

    /// How many more calls [`Lines::take`] lets out, if their hosts are free.
    pub fn left(&self) -> usize {
        self.all.available_permits().saturating_sub(KEPT)
    }

    fn of_host(&self, address: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        // A host of which nobody has or awaits a line need not be remembered.
        hosts.retain(|_, lines| Arc::strong_count(lines) > 1);
        let own = hosts
            .entry(host(address))
            .or_insert_with(|| Arc::new(Semaphore::new(PER_HOST)));
        Arc::clone(own)
    }
}

/// Whom a call to `address` keeps busy; an address without a host is its own.
fn host(address: &str) -> String {
    let origin = Url::parse(address).map(|url| url.origin().ascii_serialization());
    origin.unwrap_or_else(|_| address.to_owned())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn s63_a_host_has_four_lines_whatever_for_and_leaves_the_rest_to_others() {
        let lines = Lines::default();
        let mut taken: Vec<Line> = ["https://slow.example/a", "https://SLOW.example/b?c"]
            .iter()
            .filter_map(|address| lines.take(address))
            .collect();
        for address in ["https://slow.example:443/", "https://slow.example"] {
            taken.push(lines.free(address).now_or_never().expect("a free line"));
        }

        assert!(lines.take("https://slow.example/").is_none());
        assert!(lines.free("https://slow.example/").now_or_never().is_none());
        assert!(lines.take("https://quick.example/").is_some());
        assert!(lines.free("https://slow.example:8443/").now_or_never().is_some());
        assert_eq!(lines.left(), IN_ALL - KEPT - PER_HOST);
        taken.pop();
        assert!(lines.take("https://slow.example/").is_some());
    }

    #[test]
    fn s63_there_are_thirty_two_lines_and_eight_are_kept_for_calls_that_somebody_waits_for() {
        let lines = Lines::default();
        let address = |number: usize| format!("https://host{number}.example/");

        let mut taken: Vec<Line> = (0..IN_ALL)
            .filter_map(|number| lines.take(&address(number)))
            .collect();
        assert_eq!(taken.len(), IN_ALL - KEPT);
        for number in IN_ALL..IN_ALL + KEPT {
            let line = lines.free(&address(number)).now_or_never();
            taken.push(line.expect("a free line"));
        }

        assert!(lines.free("https://another.example/").now_or_never().is_none());
        drop(taken);
        drop(lines.take("https://another.example/"));
        assert_eq!(
            lines.hosts.lock().unwrap().len(),
            1,
            "hosts are not kept for ever"
        );
    }

    #[test]
    fn s63_a_host_of_which_somebody_awaits_a_line_is_not_forgotten_and_has_four_all_the_same() {
        let lines = Lines::default();
        let slow = "https://slow.example/";
        let mut taken: Vec<Line> = (0..PER_HOST).filter_map(|_| lines.take(slow)).collect();
        let mut awaiting = Box::pin(lines.free(slow));
        assert!(awaiting.as_mut().now_or_never().is_none());

        // Each look-up forgets the hosts that nobody needs; this one is needed by whoever waits, and by nobody else.
        taken.clear();
        drop(lines.take("https://other.example/"));
        let others: Vec<Line> = (0..=PER_HOST).filter_map(|_| lines.take(slow)).collect();

        let had = awaiting.as_mut().now_or_never();
        assert_eq!(others.len() + usize::from(had.is_some()), PER_HOST);
    }

    #[test]
    fn s63_whoever_stops_waiting_leaves_the_line_to_others() {
        let lines = Lines::default();
        let slow = "https://slow.example/";
        let taken: Vec<Line> = (0..PER_HOST).filter_map(|_| lines.take(slow)).collect();
        let mut given_up = Box::pin(lines.free(slow));
        assert!(given_up.as_mut().now_or_never().is_none());

        drop(given_up);
        drop(taken);

        let again: Vec<Line> = (0..PER_HOST).filter_map(|_| lines.take(slow)).collect();
        assert_eq!(again.len(), PER_HOST);
    }
}
