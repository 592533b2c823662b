//! Rights end: the account is closed, its sessions end, and the services that know them are told.
//!
//! [`crate::people::account::Standing::read`] refuses such an account from the very moment on. What is written down here,
//! later, is for operators to see and for services to hear.

use std::sync::Arc;

use super::Fault;
use super::ending::Ending;
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::store;

/// Closes up to `limit` accounts whose rights have ended, in one transaction; answers how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn close_ended(app: &App, limit: i64) -> Result<usize, Fault> {
    let now = app.clock.now();
    // Looked for without the writing lane first: most of the time there is nobody.
    let ended = app
        .db
        .read(move |conn| store::accounts::past_rights(conn, now, 1))
        .await?;
    if ended.is_empty() {
        return Ok(0);
    }
    let ending = Ending::unwatched(app, now);
    let entropy = Arc::clone(&app.entropy);
    let closed = app
        .db
        .write(move |conn| {
            let ended = store::accounts::past_rights(conn, now, limit)?;
            for (account, standing) in &ended {
                // Whoever was moved meanwhile, on another node, is looked at again the next time.
                if !store::accounts::move_standing(conn, account, standing, "closed", now)? {
                    continue;
                }
                let scene = Scene::server().about(account);
                ending.end_all(conn, account, None, "rights_ended", &scene)?;
                let event = Event::StandingChanged { to: "closed".into() };
                store::audit::append(conn, &event.record(&scene, &entropy, now))?;
            }
            Ok(ended.len())
        })
        .await?;
    app.outbox.notify_one();
    Ok(closed)
}
