//! How many callbacks are called at once: a service that hangs fills its own lines and no other's ([S-63]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls under way at once.
const OF_ALL: usize = 32;

/// Of which for one service.
const OF_ONE: usize = 8;

/// The lines, by key of the service.
pub(super) struct Lines {
    all: Arc<Semaphore>,
    each: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A line that is taken until this is dropped.
pub(super) struct Line {
    _own: Option<OwnedSemaphorePermit>,
    _shared: Option<OwnedSemaphorePermit>,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(OF_ALL)),
            each: Mutex::default(),
        }
    }
}

impl Lines {
    /// Waits for a line of `service`. First one of its own: nobody else waits behind a service that hangs.
    pub(super) async fn free(&self, service: &str) -> Line {
        let own = {
            let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
            let own = each
                .entry(service.to_owned())
                .or_insert_with(|| Arc::new(Semaphore::new(OF_ONE)));
            Arc::clone(own)
        };
        // Neither is ever closed, so both are always had.
        Line {
            _own: own.acquire_owned().await.ok(),
            _shared: Arc::clone(&self.all).acquire_owned().await.ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn s63_a_service_that_hangs_fills_eight_lines_and_no_line_of_another() {
        let lines = Lines::default();
        let mut taken: Vec<Line> = (0..OF_ONE)
            .map(|_| lines.free("hangs").now_or_never().expect("a free line"))
            .collect();

        assert!(lines.free("hangs").now_or_never().is_none());
        assert!(lines.free("other").now_or_never().is_some());
        taken.pop();
        assert!(lines.free("hangs").now_or_never().is_some());
    }

    #[test]
    fn s63_thirty_two_lines_are_all_there_are() {
        let lines = Lines::default();
        let names = ["a", "b", "c", "d"];
        let taken: Vec<Line> = names
            .iter()
            .flat_map(|name| std::iter::repeat_n(name, OF_ONE))
            .map(|name| lines.free(name).now_or_never().expect("a free line"))
            .collect();

        assert_eq!(taken.len(), OF_ALL);
        assert!(lines.free("e").now_or_never().is_none());
    }
}
