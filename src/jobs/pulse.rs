//! Watches the database: when it cannot be used, nobody is sent here until it can.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::store::pulse::beat;

/// How often.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut before = None;
    while stop
        .run_until_cancelled(tokio::time::sleep(PAUSE))
        .await
        .is_some()
    {
        let now = beat(&app.db, &*app.clock).await;
        match (&before, &now) {
            (None, Some(ailment)) => tracing::error!("not ready: {ailment}"),
            (Some(_), None) => tracing::info!("the database can be used again"),
            _ => {}
        }
        before = now;
    }
}
