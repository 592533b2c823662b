//! Forgets what is old, a little at a time, so that nobody waits for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Duration as Span, Utc};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::audit::{Event, Scene};
use crate::flow::sign_out::end_expired;
use crate::flow::{Fault, expire};
use crate::kernel::entropy::Entropy;
use crate::store::audit::Swept;
use crate::store::{Conn, StoreError, audit, forms, journeys, outbox, throttles, tickets};

/// How often.
const PAUSE: Duration = Duration::from_secs(60);

/// Rows removed in one transaction: a few milliseconds of the writing lane.
const BATCH: i64 = 500;

/// Tickets looked at in one transaction. The session of each is somewhere else in an index, so that each writes a page of
/// its own: with five hundred, the slowest hundredth of the sign-ons went from 9 to 45 ms.
const TICKETS: i64 = 50;

/// Sessions ended in one transaction: each writes a message a service.
const ENDINGS: i64 = 50;

/// Accounts closed in one transaction: each may have sessions, and each of these a message for every service.
const ACCOUNTS: i64 = 20;

/// What others may do between two transactions.
const BREATH: Duration = Duration::from_millis(20);

/// How often the old tickets of sessions that went on are looked at again: there may be millions of them.
const AGAIN: Duration = Duration::from_secs(3_600);

/// Up to where the old tickets have been looked at; empty at their beginning.
type Reached = Vec<u8>;

/// Runs until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut reached = Reached::new();
    let mut begun = Instant::now();
    while stop
        .run_until_cancelled(tokio::time::sleep(PAUSE))
        .await
        .is_some()
    {
        if begun.elapsed() >= AGAIN {
            reached.clear();
            begun = Instant::now();
        }
        if let Err(error) = sweep_from(&mut reached, &app, &stop).await {
            tracing::warn!(%error, "could not forget what is old");
        }
    }
}

/// Closes the accounts whose rights have ended, and forgets everything that is old enough.
///
/// # Errors
/// The first of what went wrong; all the rest was done.
pub async fn sweep(app: &Arc<App>, stop: &CancellationToken) -> Result<(), Fault> {
    sweep_from(&mut Reached::new(), app, stop).await
}

async fn sweep_from(reached: &mut Reached, app: &Arc<App>, stop: &CancellationToken) -> Result<(), Fault> {
    let now = app.clock.now();
    let audit_age = app.config.retention.audit;
    let ticket_age = app.config.retention.ticket_stories();
    let settled = now - Span::days(7);
    // The database refuses to lose the last half year, whatever the configuration says.
    let old = now - audit_age.max(Span::days(181));
    let entropy = Arc::clone(&app.entropy);
    // Each by itself: one that fails keeps nothing else from being swept. Sessions before the tickets, which are kept as
    // long as their session is there.
    let swept = [
        end(stop, || expire::close_ended(app, ACCOUNTS)).await,
        end(stop, || end_expired(app, ENDINGS)).await,
        forget_tickets(app, stop, reached, now - ticket_age).await,
        drain(app, stop, move |conn| forms::sweep(conn, now, BATCH)).await,
        drain(app, stop, move |conn| journeys::sweep(conn, now, BATCH)).await,
        drain(app, stop, move |conn| throttles::sweep(conn, now, BATCH)).await,
        drain(app, stop, move |conn| outbox::sweep(conn, settled, BATCH)).await,
        drain(app, stop, move |conn| forget_audit(conn, old, &entropy, now)).await,
    ];
    swept.into_iter().collect()
}

/// Ends batch after batch until there is none.
async fn end<F>(stop: &CancellationToken, batch: impl Fn() -> F) -> Result<(), Fault>
where
    F: Future<Output = Result<usize, Fault>>,
{
    while !stop.is_cancelled() && batch().await? > 0 {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Forgets the tickets from before then whose sessions are gone, from where the last sweep left off.
async fn forget_tickets(
    app: &App,
    stop: &CancellationToken,
    reached: &mut Reached,
    before: DateTime<Utc>,
) -> Result<(), Fault> {
    while !stop.is_cancelled() {
        let after = reached.clone();
        let last = app
            .db
            .write(move |conn| tickets::sweep(conn, &after, before, TICKETS))
            .await?;
        match last {
            Some(last) => *reached = last,
            None => break,
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Removes what is old from the audit. If it does not fit, what shows that goes with it: that it did is written down.
fn forget_audit(
    conn: &mut Conn,
    old: DateTime<Utc>,
    entropy: &Entropy,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let Swept { removed, misfit } = audit::sweep(conn, old, BATCH)?;
    if let Some(misfit) = misfit {
        tracing::error!(alert = "audit_did_not_fit", %misfit, "the audit was tampered with");
        let event = Event::AuditDidNotFit {
            why: misfit.to_string(),
        };
        audit::append(conn, &event.record(&Scene::server(), entropy, now))?;
    }
    Ok(removed)
}

/// Removes batch after batch, each in a transaction of its own, until one is not full.
async fn drain(
    app: &App,
    stop: &CancellationToken,
    batch: impl Fn(&mut Conn) -> Result<usize, StoreError> + Clone + Send + 'static,
) -> Result<(), Fault> {
    let full = usize::try_from(BATCH).unwrap_or(usize::MAX);
    while !stop.is_cancelled() && app.db.write(batch.clone()).await? >= full {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}
