//! A session ends: its tickets die with it, and the services that know it are told.
//!
//! All of it happens inside the caller's transaction; the messages are sent afterwards, from the outbox.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::identity;
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::assertion::username;
use crate::cas::catalogue::{Catalogue, Service};
use crate::cas::logout::{Destination, Scope, ValidatedTicket, can_be_told, destination, entries_to_notify};
use crate::config::University;
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::Digest;
use crate::store::accounts::Holder;
use crate::store::outbox::{Message, Outcome};
use crate::store::sessions::Session;
use crate::store::{self, Conn, StoreError};

/// What ending sessions needs to know, gathered before the transaction.
#[derive(Clone)]
pub struct Ending {
    catalogue: Arc<Catalogue>,
    entropy: Arc<Entropy>,
    university: University,
    /// What the messages of this ending have in common.
    pub batch: Digest,
    now: DateTime<Utc>,
}

impl Ending {
    /// An ending at `now`, its messages under `batch`.
    pub fn new(app: &App, batch: Digest, now: DateTime<Utc>) -> Self {
        Self {
            catalogue: app.catalogue(),
            entropy: Arc::clone(&app.entropy),
            university: app.config.university.clone(),
            batch,
            now,
        }
    }

    /// An ending that nobody will look at on a page.
    pub fn unwatched(app: &App, now: DateTime<Utc>) -> Self {
        Self::new(app, app.entropy.bytes(), now)
    }

    /// Ends one session; answers whether it was there.
    pub fn end(&self, conn: &mut Conn, session: &Session) -> Result<bool, StoreError> {
        if !store::sessions::close(conn, &session.digest)? {
            return Ok(false);
        }
        let tickets = store::tickets::validated(conn, &session.digest)?;
        if tickets.is_empty() {
            return Ok(true);
        }
        let holder = store::accounts::holder(conn, &session.account)?;
        for service in self.catalogue.services() {
            let of_service = tickets
                .iter()
                .filter(|ticket| ticket.service_key == service.key && can_be_told(&ticket.service, service));
            let entries = of_service
                .map(|ticket| ValidatedTicket {
                    original: ticket.service.clone(),
                    handle: ticket.handle.clone(),
                    validated_at: ticket.at,
                })
                .collect();
            let name_id = holder
                .as_ref()
                .map(|holder| self.name_at(holder, service))
                .unwrap_or_default();
            for entry in entries_to_notify(entries, Scope::MostRecent) {
                let (address, outcome) = match destination(&entry.original, service) {
                    Destination::BackChannel(address) => (address, Outcome::Pending),
                    Destination::FrontChannel(_) | Destination::Nobody => {
                        (String::new(), Outcome::Unsupported)
                    }
                };
                let message = Message {
                    id: format!("LR-{}", self.entropy.uuid(self.now).simple()),
                    batch: self.batch,
                    account: session.account.clone(),
                    service_key: service.key.clone(),
                    address,
                    name_id: name_id.clone(),
                    session_index: entry.handle,
                    queued_at: self.now,
                    tries: 0,
                    outcome,
                    status: None,
                    done_at: (outcome == Outcome::Unsupported).then_some(self.now),
                };
                store::outbox::enqueue(conn, &message)?;
            }
        }
        Ok(true)
    }

    /// The name by which `service` knows the person.
    fn name_at(&self, holder: &Holder, service: &Service) -> String {
        let login = &holder.account.login;
        let attributes = identity::attributes(holder, service, &self.university, self.now);
        username(login, &attributes, service).unwrap_or_else(|| login.clone())
    }

    /// Ends every session of an account but the one kept; answers how many.
    pub fn end_all(
        &self,
        conn: &mut Conn,
        account: &str,
        kept: Option<&Digest>,
        by: &'static str,
        scene: &Scene,
    ) -> Result<usize, StoreError> {
        let sessions = store::sessions::of_account(conn, account)?;
        let mut ended = 0;
        for session in sessions.iter().filter(|session| Some(&session.digest) != kept) {
            if self.end(conn, session)? {
                let event = Event::SessionClosed { by };
                store::audit::append(
                    conn,
                    &event.record(&scene.about(account), &self.entropy, self.now),
                )?;
                ended += 1;
            }
        }
        Ok(ended)
    }
}
