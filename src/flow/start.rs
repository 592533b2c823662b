//! A server starts: which program, and under which configuration, is written down ([S-81]).

use sha2::{Digest as _, Sha256};

use super::Fault;
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::store;

/// Writes it into the audit.
///
/// # Errors
/// When the database does not answer.
pub async fn note(app: &App) -> Result<(), Fault> {
    // Secrets do not print themselves, so nothing of them is in the digest.
    let told = Sha256::digest(format!("{:?}", app.config));
    let event = Event::ServerStarted {
        version: env!("CARGO_PKG_VERSION"),
        configuration: hex::encode(&told[..8]),
    };
    let record = event.record(&Scene::server(), &app.entropy, app.clock.now());
    Ok(app
        .db
        .write(move |conn| store::audit::append(conn, &record))
        .await?)
}
