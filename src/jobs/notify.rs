//! Sends the single-logout messages of the outbox: at once, in parallel, again with growing pauses when nobody answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cas::logout::LogoutMessage;
use crate::store::outbox::{Message, Outcome};
use crate::store::{StoreError, outbox};

/// Calls under way at once ([S-63]).
const AT_ONCE: usize = 32;

/// How often the outbox is looked at when nobody rings: messages of another node that stopped, and second tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs until `stop`; the messages not sent by then stay in the outbox and go out after the next start.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    while !stop.is_cancelled() {
        match send_due(&app, &permits).await {
            Ok(sent) if sent > 0 => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "could not read the outbox"),
        }
        let rung = tokio::time::timeout(PAUSE, app.outbox.notified());
        if stop.run_until_cancelled(rung).await.is_none() {
            break;
        }
    }
    // Whoever is being called is let finish: each call ends by itself.
    let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
    let _ = permits.acquire_many(all).await;
}

/// Starts to send what is due now; answers how many messages that was. Nobody waits for a service that hangs: each
/// message holds a permit of its own, and only as many are claimed as there are permits.
async fn send_due(app: &Arc<App>, permits: &Arc<Semaphore>) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let free = i64::try_from(permits.available_permits()).unwrap_or(0);
    // Looked for without the writing lane first: most of the time there is nothing.
    if free == 0 || app.db.read(outbox::next_due).await?.is_none_or(|due| due > now) {
        return Ok(0);
    }
    let claimed = app.db.write(move |conn| outbox::claim(conn, now, free)).await?;
    let count = claimed.len();
    for message in claimed {
        let (app, permits) = (Arc::clone(app), Arc::clone(permits));
        tokio::spawn(async move {
            let _permit = permits.acquire_owned().await;
            send(&app, message).await;
        });
    }
    Ok(count)
}

async fn send(app: &Arc<App>, message: Message) {
    let begun = Instant::now();
    let request = LogoutMessage {
        id: message.id.clone(),
        issue_instant: message.queued_at,
        name_id: message.name_id.clone(),
        session_index: message.session_index.clone(),
    };
    let answered = app
        .outbound
        .post_form(&message.address, request.to_form_body())
        .await;
    let now = app.clock.now();
    let (outcome, status) = match &answered {
        Ok(status) if (200..300).contains(status) => (Outcome::Received, Some(*status)),
        // Receivers answer 302, 401 or 403 although they did sign the person out: only 5xx is tried again ([O-16]).
        Ok(status) if *status < 500 => (Outcome::Answered, Some(*status)),
        Ok(status) => (Outcome::Pending, Some(*status)),
        Err(_) => (Outcome::Pending, None),
    };
    let again = (outcome == Outcome::Pending).then(|| now + pause(message.tries));
    let given_up = again.filter(|again| *again > message.queued_at + app.config.logout.give_up);
    let (outcome, again) = match given_up {
        Some(_) => (Outcome::Failed, None),
        None => (outcome, again),
    };
    if let Err(error) = &answered {
        tracing::warn!(service = message.service_key, tries = message.tries, %error, "a sign-out message got no answer");
    }
    let latency = chrono::Duration::from_std(begun.elapsed()).unwrap_or_default();
    note(
        app,
        message.id,
        outcome,
        status.map(i64::from),
        latency,
        now,
        again,
    )
    .await;
    app.settled.notify_waiters();
}

async fn note(
    app: &Arc<App>,
    id: String,
    outcome: Outcome,
    status: Option<i64>,
    latency: chrono::Duration,
    now: DateTime<chrono::Utc>,
    again: Option<DateTime<chrono::Utc>>,
) {
    let noted = app
        .db
        .write(move |conn| outbox::record(conn, &id, outcome, status, latency, now, again))
        .await;
    if let Err(error) = noted {
        // The claim runs out and the message is sent again: a service hears twice rather than never.
        tracing::warn!(%error, "could not note the answer to a sign-out message");
    }
}

/// The pause before the try after `tries`: 2, 4, 8 … seconds, at most two minutes.
fn pause(tries: i64) -> chrono::Duration {
    let exponent = u32::try_from(tries.clamp(1, 7)).unwrap_or(7);
    chrono::Duration::seconds(2_i64.pow(exponent).min(120))
}
