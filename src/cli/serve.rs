//! `vestibule serve`.

use std::sync::Arc;

use super::open::app;
use super::{Done, Failure, Outcome, Surroundings};
use crate::app::App;
use crate::config::Config;
use crate::flow::start;
use crate::telemetry;
use crate::web::run::{Signals, run as serve};
use crate::web::server::Door;

/// Runs the server until it is asked to stop.
///
/// # Errors
/// When it cannot start.
pub fn run(config: Config, around: &mut Surroundings) -> Outcome {
    telemetry::start(config.log.format, config.log.level);
    // The address first: a second server on it must not begin to migrate the first one's database.
    let door = Door::open(config.server.listen)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let app = Arc::new(app(config, around)?);
    for warning in app
        .db
        .target()
        .warning()
        .into_iter()
        .chain(app.db.place().warnings())
    {
        tracing::warn!("{warning}");
    }
    let runtime = runtime()?;
    runtime.block_on(start::note(&app))?;
    tracing::info!(
        url = %app.config.server.public_url,
        listen = %door.listener.local_addr()?,
        database = app.db.target().place(),
        tickets = app.db.place().name(),
        services = app.catalogue().services().len(),
        "Vestibule is ready"
    );
    // Nobody's first page waits for it.
    runtime.spawn(measure(Arc::clone(&app)));
    runtime.block_on(async { serve(app, door, Signals::listen()?).await })?;
    Ok(Done::All)
}

/// The runtime of jobs and of whatever outlives its request; the answering is done by the workers' own.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?)
}

/// Says what this machine hashes; where people sign in already, nothing.
async fn measure(app: Arc<App>) {
    let threads = app.config.hashing.threads;
    if let Ok(rate) = app.hasher.measure().await {
        let rate = rate * f64::from(u32::try_from(threads).unwrap_or(1));
        tracing::info!(
            sign_ins_per_second = rate.round(),
            threads,
            "passwords are hashed this fast"
        );
    }
}
