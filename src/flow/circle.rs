//! A service sends a browser back for a ticket as often as it is given one: stop, and write down why.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::arrive::Destination;
use super::{Fault, Visitor};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::failure::Cause;
use crate::cas::loops::{Given, Likely, TICKETS, WINDOW, looping};
use crate::cas::ticket::TicketDigest;
use crate::kernel::keyring::Digest;
use crate::store;
use crate::store::sessions::Held;
use crate::store::stories::{Recent, Watched};

/// The tickets in which a loop of the session at a service would show.
pub(super) fn lately(service_key: String, now: DateTime<Utc>) -> Watched {
    Watched {
        service_key,
        since: now - WINDOW,
        limit: u8::try_from(TICKETS).unwrap_or(u8::MAX),
    }
}

/// Whether the browser is in a loop at `to`, which was given the `recent` tickets; if so, the incident is written
/// down, once a window.
pub(super) async fn circles(
    app: &App,
    held: &Held,
    to: &Destination,
    visitor: &Visitor,
    recent: &[Recent],
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let given: Vec<Given> = recent.iter().map(given).collect();
    let Some(likely) = looping(&given, to.url.original(), now) else {
        return Ok(false);
    };
    note(app, held, to, visitor, likely, recent, now).await?;
    Ok(true)
}

fn given(recent: &Recent) -> Given {
    Given {
        service: recent.service.clone(),
        issued_at: recent.issued_at,
        presented_at: recent.presented_at,
        refused: recent.refused.as_deref().and_then(Cause::parse),
    }
}

async fn note(
    app: &App,
    held: &Held,
    to: &Destination,
    visitor: &Visitor,
    likely: Likely,
    recent: &[Recent],
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let service = to.service.key.as_bytes();
    let once: Digest =
        Sha256::digest([b"loop".as_slice(), held.session.digest.as_slice(), service].concat()).into();
    let event = Event::LoopStopped {
        likely: likely.sentence(),
    };
    let scene = Scene::person(&visitor.address_text())
        .about(&held.session.account)
        .at(&to.service.key);
    let record = event.record(&scene, &app.entropy, now);
    let first = app.db.write(move |conn| {
        let first = store::forms::spend(conn, &once, now + WINDOW)?;
        if first {
            store::audit::append(conn, &record)?;
        }
        Ok(first)
    });
    if first.await? {
        let traces: Vec<String> = recent.iter().filter_map(trace).collect();
        tracing::warn!(
            service = to.service.key,
            likely = likely.sentence(),
            traces = traces.join(" "),
            "a service sends a browser round in circles"
        );
    }
    Ok(())
}

fn trace(recent: &Recent) -> Option<String> {
    let digest: Digest = recent.digest.as_slice().try_into().ok()?;
    Some(TicketDigest::from_bytes(digest).trace().to_string())
}
