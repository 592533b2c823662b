//! What the server does besides answering: telling services that sessions ended, forgetting what is old, noticing
//! changes to the registered services, and watching the database. Each job takes no input and may run on any node, any number of times.

pub mod notify;
pub mod pulse;
pub mod sweep;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How often the registered services are looked at: a change is in force everywhere within two seconds.
pub const CATALOGUE: Duration = Duration::from_secs(1);

/// The jobs of one server.
pub struct Jobs {
    stop: CancellationToken,
    running: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// Starts them.
    pub fn start(app: &Arc<App>) -> Self {
        let stop = CancellationToken::new();
        let running = vec![
            tokio::spawn(notify::run(Arc::clone(app), stop.clone())),
            tokio::spawn(sweep::run(Arc::clone(app), stop.clone())),
            tokio::spawn(pulse::run(Arc::clone(app), stop.clone())),
            tokio::spawn(watch_catalogue(Arc::clone(app), stop.clone())),
        ];
        Self { stop, running }
    }

    /// Lets each finish what it is doing.
    pub async fn stop(self) {
        self.stop.cancel();
        for job in self.running {
            let _ = job.await;
        }
    }
}

async fn watch_catalogue(app: Arc<App>, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(CATALOGUE))
        .await
        .is_some()
    {
        if let Err(error) = app.refresh_catalogue().await {
            tracing::warn!(%error, "could not look at the registered services");
        }
    }
}
