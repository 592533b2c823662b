//! What drives a connection to PostgreSQL: a runtime of its own, on the thread that waits for it.
//!
//! Shared by all connections on a thread of its own, it would have to wake the lane after each statement, and be woken by
//! it before: a third of what a batch of tickets took.

use std::future::Future;

use tokio::runtime::Runtime;

/// The runtime of one connection.
pub(in crate::store) struct Driver(Option<Runtime>);

impl Driver {
    /// A runtime that only runs while somebody waits on it.
    ///
    /// # Errors
    /// When the system gives it nothing to wait with.
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Waits for `work`, and moves what the connection sends and receives meanwhile.
    pub(in crate::store) fn wait_for<F: Future>(&self, work: F) -> F::Output {
        let runtime = self.0.as_ref().expect("the runtime is there until it is dropped");
        runtime.block_on(work)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Without waiting: the last owner may be a task of another runtime, which must not block.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
