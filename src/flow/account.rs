//! *Mon compte* and the signed-in home: who the person is here, and which sessions are open.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::ending::Ending;
use super::{Fault, Visitor, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::catalogue::Service;
use crate::kernel::keyring::Digest;
use crate::store::accounts::Holder;
use crate::store::sessions::{Held, Session};
use crate::store::{self};

/// The account of a session and its person.
///
/// # Errors
/// When the database does not answer.
pub async fn holder(app: &App, held: &Held) -> Result<Option<Holder>, Fault> {
    let id = held.session.account.clone();
    Ok(app
        .db
        .read(move |conn| store::accounts::holder(conn, &id))
        .await?)
}

/// The services with a tile that this person may open, in the order of their tiles.
pub fn tiles(app: &App, holder: &Holder) -> Vec<Service> {
    let affiliations = identity::affiliations(holder, &app.config.university);
    let catalogue = app.catalogue();
    let mut tiles: Vec<Service> = catalogue
        .services()
        .iter()
        .filter(|service| service.enabled && service.tile.is_some() && service.permits(&affiliations))
        .cloned()
        .collect();
    tiles.sort_by_key(|service| (service.tile.as_ref().map(|tile| tile.order), service.key.clone()));
    tiles
}

/// An open session and the services that know it.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// The services it was used at, each once.
    pub services: Vec<Service>,
}

/// The live sessions of the person, the one in `held` first.
///
/// # Errors
/// When the database does not answer.
pub async fn sessions(app: &App, held: &Held) -> Result<Vec<OpenSession>, Fault> {
    let now = app.clock.now();
    let (account, epoch, current) = (held.session.account.clone(), held.epoch, held.session.digest);
    let catalogue = app.catalogue();
    let mut open = app
        .db
        .read(move |conn| {
            let mut open = Vec::new();
            for session in store::sessions::of_account(conn, &account)? {
                if !is_live(&session, epoch, now) {
                    continue;
                }
                let tickets = store::tickets::validated(conn, &session.digest)?;
                let used =
                    |service: &&Service| tickets.iter().any(|ticket| ticket.service_key == service.key);
                let services = catalogue.services().iter().filter(used).cloned().collect();
                open.push(OpenSession { session, services });
            }
            Ok(open)
        })
        .await?;
    open.sort_by_key(|open| open.session.digest != current);
    Ok(open)
}

fn is_live(session: &Session, epoch: i64, now: DateTime<Utc>) -> bool {
    session.epoch == epoch && now < session.expires_at && now < session.used_at + session.idle
}

/// Which sessions to close.
pub enum Which {
    /// One, by the start of its digest in hexadecimal.
    One(String),
    /// All but the one that asks.
    Others,
}

/// Closes sessions of the person; answers how many were there to close.
///
/// # Errors
/// When the database does not answer.
pub async fn close(app: &App, held: &Held, which: Which, visitor: &Visitor) -> Result<usize, Fault> {
    let now = app.clock.now();
    let ending = Ending::unwatched(app, now);
    let scene = Scene::person(&visitor.address_text()).about(&held.session.account);
    let (account, current, entropy) = (
        held.session.account.clone(),
        held.session.digest,
        Arc::clone(&app.entropy),
    );
    let closed = app
        .db
        .write(move |conn| {
            let id = match which {
                Which::Others => return ending.end_all(conn, &account, Some(&current), "person", &scene),
                Which::One(id) => id,
            };
            let sessions = store::sessions::of_account(conn, &account)?;
            let Some(session) = sessions.iter().find(|session| session_id(&session.digest) == id) else {
                return Ok(0);
            };
            let ended = ending.end(conn, session)?;
            if ended {
                let event = Event::SessionClosed { by: "person" };
                store::audit::append(conn, &event.record(&scene, &entropy, now))?;
            }
            Ok(usize::from(ended))
        })
        .await?;
    app.outbox.notify_one();
    Ok(closed)
}

/// The name of a session on a page: no ticket can be made from it.
pub fn session_id(digest: &Digest) -> String {
    hex::encode(&digest[..12])
}
