//! *Déconnexion*: the session ends, and every service that knows it is told.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::arrive::cookie_digest;
use super::ending::Ending;
use super::{Fault, Visitor};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::kernel::keyring::Digest;
use crate::store::outbox::{Message, Outcome};
use crate::store::{self};

/// A session that has just ended.
pub struct SignedOut {
    /// Whether there was one, live or past its time: services may know it all the same.
    pub had_session: bool,
    /// Whether it was on a public computer.
    pub public_computer: bool,
    /// Whether the browser has messages to take, which it can only do from a page.
    pub has_errands: bool,
    /// What the browser keeps to see the list of services again.
    pub receipt: String,
}

/// Ends the session that the browser's cookie names. A session that has expired is ended all the same, so that the
/// services hear of it.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(app: &App, visitor: &Visitor) -> Result<SignedOut, Fault> {
    let now = app.clock.now();
    let receipt = app.entropy.alphanumeric(32);
    let nobody = SignedOut {
        had_session: false,
        public_computer: false,
        has_errands: false,
        receipt: receipt.clone(),
    };
    let Some(cookie) = &visitor.cookie else {
        return Ok(nobody);
    };
    let cookie = cookie_digest(cookie);
    let ending = Ending::new(app, batch(&receipt), now);
    let scene = Scene::person(&visitor.address_text());
    let entropy = Arc::clone(&app.entropy);
    let ended = app
        .db
        .write(move |conn| {
            let Some(held) = store::sessions::by_cookie(conn, &cookie)? else {
                return Ok(None);
            };
            let had_session = ending.end(conn, &held.session)?;
            if had_session {
                let scene = scene.about(&held.session.account);
                store::audit::append(conn, &Event::SignedOut.record(&scene, &entropy, now))?;
            }
            let messages = store::outbox::of_batch(conn, &ending.batch)?;
            let has_errands = messages.iter().any(|message| message.outcome == Outcome::Front);
            Ok(Some(SignedOut {
                had_session,
                public_computer: held.session.public_computer,
                has_errands,
                receipt,
            }))
        })
        .await?;
    let Some(ended) = ended else {
        return Ok(nobody);
    };
    app.outbox.notify_one();
    Ok(ended)
}

fn batch(receipt: &str) -> Digest {
    Sha256::digest(receipt.as_bytes()).into()
}

/// Ends the session of a ticket-granting ticket, `session` being its digest, for whoever is entitled to end it and is
/// no browser of the person's: the services are told from the outbox, those of the front channel are not. Answers
/// whether there was such a session, which `event` records.
///
/// # Errors
/// When the database does not answer.
pub async fn end_session(app: &App, session: Digest, event: Event, scene: &Scene) -> Result<bool, Fault> {
    let now = app.clock.now();
    let ending = Ending::unwatched(app, now);
    let (scene, entropy) = (scene.clone(), Arc::clone(&app.entropy));
    let ended = app
        .db
        .write(move |conn| {
            let Some(held) = store::sessions::by_digest(conn, &session)? else {
                return Ok(false);
            };
            if !ending.end(conn, &held.session)? {
                return Ok(false);
            }
            let scene = scene.about(&held.session.account);
            store::audit::append(conn, &event.record(&scene, &entropy, now))?;
            Ok(true)
        })
        .await?;
    app.outbox.notify_one();
    Ok(ended)
}

/// Ends up to `limit` sessions that are past their absolute limit and tells the services; answers how many. A session
/// that was merely idle is left alone until then: the person may be at work in a service, which this server cannot see.
///
/// # Errors
/// When the database does not answer.
pub async fn end_expired(app: &App, limit: i64) -> Result<usize, Fault> {
    let now = app.clock.now();
    let ending = Ending::unwatched(app, now);
    let ended = app
        .db
        .write(move |conn| {
            let expired = store::sessions::expired(conn, now, limit)?;
            for session in &expired {
                ending.end(conn, session)?;
            }
            Ok(expired.len())
        })
        .await?;
    if ended > 0 {
        app.outbox.notify_one();
    }
    Ok(ended)
}

/// How often the outbox is looked at while a page waits: another process may have got the answer.
const GLANCE: Duration = Duration::from_millis(250);

/// What became of the messages of one sign-out, waiting at most `patience` for those that are still out.
///
/// # Errors
/// When the database does not answer.
pub async fn results(app: &App, receipt: &str, patience: Duration) -> Result<Vec<Message>, Fault> {
    let batch = batch(receipt);
    let deadline = Instant::now() + patience;
    loop {
        // Asked for before looking, so that an answer between the two is not missed.
        let settled = app.settled.notified();
        let messages = app
            .db
            .read(move |conn| store::outbox::of_batch(conn, &batch))
            .await?;
        let waiting = messages
            .iter()
            .any(|message| message.done_at.is_none() && message.tries < 2);
        let now = Instant::now();
        if !waiting || now >= deadline {
            return Ok(messages);
        }
        let _ = tokio::time::timeout_at(deadline.min(now + GLANCE), settled).await;
    }
}
