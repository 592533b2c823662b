//! Sends the single-logout messages of the outbox: at once, in parallel, again with growing pauses when nobody answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::outbound::{Line, Lines};
use crate::store::outbox::{Answer, Message, Outcome};
use crate::store::{Conn, StoreError, outbox};

/// Messages looked at in one go.
const PAGE: i64 = 32;

/// Origins passed over in one round before the rest waits for the next: no more are busy at once, unless somebody spells
/// one in many ways.
const PASSED: usize = 32;

/// How often the outbox is looked at when nobody rings: messages of another node that stopped, and second tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs until `stop`; the messages not sent by then stay in the outbox and go out after the next start.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let calls = TaskTracker::new();
    while !stop.is_cancelled() {
        match send_due(&app, &calls).await {
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
    calls.close();
    calls.wait().await;
}

/// Starts to send what is due now; answers how many messages that was. Nobody waits for a service that hangs: each
/// message holds a line to its host, and only as many are claimed as there are lines. The others stay in the outbox,
/// for this node or another.
async fn send_due(app: &Arc<App>, calls: &TaskTracker) -> Result<usize, StoreError> {
    let now = app.clock.now();
    // Looked for without the writing lane first: most of the time there is nothing.
    let lines = Arc::clone(app.outbound.lines());
    if lines.left() == 0 || app.db.read(outbox::next_due).await?.is_none_or(|due| due > now) {
        return Ok(0);
    }
    let claimed = app.db.write(move |conn| claim(conn, &lines, now)).await?;
    let count = claimed.len();
    for (message, line) in claimed {
        let app = Arc::clone(app);
        calls.spawn(async move {
            send(&app, message).await;
            drop(line);
            // The next message to this host may be waiting for just that.
            app.outbox.notify_one();
        });
    }
    Ok(count)
}

/// Claims what is due as far as there are lines; hosts that have enough to do are passed over.
fn claim(
    conn: &mut Conn,
    lines: &Lines,
    now: DateTime<chrono::Utc>,
) -> Result<Vec<(Message, Line)>, StoreError> {
    let mut claimed = Vec::new();
    let mut passed: Vec<String> = Vec::new();
    loop {
        let known = passed.len();
        for due in outbox::due(conn, now, &passed, PAGE)? {
            let Some(line) = lines.take(&due.address) else {
                let origin = origin(&due.address).to_owned();
                if !passed.contains(&origin) {
                    passed.push(origin);
                }
                continue;
            };
            if let Some(message) = outbox::claim(conn, &due, now)? {
                claimed.push((message, line));
            }
        }
        // Whoever was passed over may hide others behind them.
        if passed.len() == known || passed.len() >= PASSED || lines.left() == 0 {
            return Ok(claimed);
        }
    }
}

async fn send(app: &Arc<App>, message: Message) {
    let begun = Instant::now();
    // As the definition says now: a service that could not read its messages gets the next try as it wants it.
    let dialect = app
        .catalogue()
        .service(&message.service_key)
        .map(|service| service.logout.dialect)
        .unwrap_or_default();
    let call = message.request().call(dialect);
    let answered = app.outbound.post(&message.address, call.media, call.body).await;
    let now = app.clock.now();
    let (outcome, status) = match &answered {
        Ok(status) if (200..300).contains(status) => (Outcome::Received, Some(*status)),
        // Receivers answer 302, 401 or 403 although they did sign the person out: only 5xx is tried again ([O-16]).
        Ok(status) if *status < 500 => (Outcome::Answered, Some(*status)),
        Ok(status) => (Outcome::Pending, Some(*status)),
        Err(_) => (Outcome::Pending, None),
    };
    let again = (outcome == Outcome::Pending).then(|| now + pause(message.tries));
    let given_up = again.filter(|again| *again > message.tried_since() + app.config.logout.give_up);
    let (outcome, again) = match given_up {
        Some(_) => (Outcome::Failed, None),
        None => (outcome, again),
    };
    if let Err(error) = &answered {
        tracing::warn!(service = message.service_key, tries = message.tries, %error, "a sign-out message got no answer");
    }
    let answer = Answer {
        outcome,
        status: status.map(i64::from),
        latency: chrono::Duration::from_std(begun.elapsed()).unwrap_or_default(),
        again,
    };
    let noted = app
        .db
        .write(move |conn| outbox::record(conn, &message, &answer, now))
        .await;
    if let Err(error) = noted {
        // The claim runs out and the message is sent again: a service hears twice rather than never.
        tracing::warn!(%error, "could not note the answer to a sign-out message");
    }
    app.settled.notify_waiters();
}

/// The pause before the try after `tries`: 2, 4, 8 … seconds, at most two minutes.
fn pause(tries: i64) -> chrono::Duration {
    let exponent = u32::try_from(tries.clamp(1, 7)).unwrap_or(7);
    chrono::Duration::seconds(2_i64.pow(exponent).min(120))
}

/// The beginning of `address` as written, before its path: what all addresses of a host have in common in the outbox.
fn origin(address: &str) -> &str {
    let path = address.match_indices('/').nth(2);
    path.map_or(address, |(at, _)| &address[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_before_the_path() {
        for (address, expected) in [
            ("https://mail.example/a/b", "https://mail.example"),
            ("https://mail.example:8443/", "https://mail.example:8443"),
            ("https://mail.example", "https://mail.example"),
            ("nowhere", "nowhere"),
        ] {
            assert_eq!(origin(address), expected);
        }
    }
}
