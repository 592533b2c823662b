//! The ledger of single logout: what an operator asks of it, and sending again what was given up.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Fault;
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::people::naming::Login;
use crate::store;
use crate::store::outbox::Outcome;
use crate::store::outbox::ledger::{Entry, Filter, Which};

/// What an operator wants to see.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Messages to this service.
    pub service: Option<String>,
    /// Messages about the person with this login or mail address.
    pub login: Option<Login>,
    /// Messages in this state.
    pub outcome: Option<Outcome>,
    /// Messages queued then or later.
    pub since: Option<DateTime<Utc>>,
    /// How many at most.
    pub limit: i64,
}

/// The messages asked for, newest first; `None` when nobody has the login.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, asked: Asked) -> Result<Option<Vec<Entry>>, Fault> {
    let listed = app
        .db
        .read(move |conn| {
            let account = match &asked.login {
                None => None,
                Some(login) => match store::accounts::by_name(conn, login.as_str())? {
                    Some(account) => Some(account.id),
                    None => return Ok(None),
                },
            };
            let filter = Filter {
                service: asked.service,
                account,
                outcome: asked.outcome,
                since: asked.since,
            };
            store::outbox::ledger::list(conn, &filter, asked.limit).map(Some)
        })
        .await?;
    Ok(listed)
}

/// Sends messages again that were given up; answers how many. A server that runs on the same database notices within a
/// second.
///
/// # Errors
/// When the database does not answer.
pub async fn retry(app: &App, which: Which, scene: &Scene) -> Result<usize, Fault> {
    let now = app.clock.now();
    let entropy = Arc::clone(&app.entropy);
    let scene = match &which {
        Which::Failed(Some(service)) => scene.at(service),
        _ => scene.clone(),
    };
    let count = app
        .db
        .write(move |conn| {
            let messages = store::outbox::ledger::retry(conn, &which, now)?;
            if messages > 0 {
                let event = Event::LogoutRetried { messages };
                store::audit::append(conn, &event.record(&scene, &entropy, now))?;
            }
            Ok(messages)
        })
        .await?;
    app.outbox.notify_one();
    Ok(count)
}
