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
use crate::cas::logout::{Destination, ValidatedTicket, can_be_told, destinations, entries_to_notify};
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
    /// Whether a browser will show the page on which messages of the front channel leave.
    watched: bool,
    /// What the messages of this ending have in common.
    pub batch: Digest,
    now: DateTime<Utc>,
}

impl Ending {
    /// An ending at `now` that a browser looks at, its messages under `batch`.
    pub fn new(app: &App, batch: Digest, now: DateTime<Utc>) -> Self {
        Self {
            catalogue: app.catalogue(),
            entropy: Arc::clone(&app.entropy),
            university: app.config.university.clone(),
            watched: true,
            batch,
            now,
        }
    }

    /// An ending that nobody will look at on a page: there is no browser to take messages of the front channel.
    pub fn unwatched(app: &App, now: DateTime<Utc>) -> Self {
        Self {
            watched: false,
            ..Self::new(app, app.entropy.bytes(), now)
        }
    }

    /// Ends one session; answers whether it was there.
    pub fn end(&self, conn: &mut Conn, session: &Session) -> Result<bool, StoreError> {
        let Some(tickets) = store::sessions::close(conn, &session.digest, self.now)? else {
            return Ok(false);
        };
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
            for entry in entries_to_notify(entries, service.logout.scope) {
                for to in destinations(&entry.original, service, &self.catalogue) {
                    let (address, outcome) = self.sent_to(to);
                    let message = Message {
                        id: format!("LR-{}", self.entropy.uuid(self.now).simple()),
                        batch: self.batch,
                        account: session.account.clone(),
                        service_key: service.key.clone(),
                        address,
                        name_id: name_id.clone(),
                        session_index: entry.handle.clone(),
                        queued_at: self.now,
                        tries: 0,
                        outcome,
                        status: None,
                        done_at: (outcome != Outcome::Pending).then_some(self.now),
                        retried_at: None,
                    };
                    store::outbox::enqueue(conn, &message)?;
                }
            }
        }
        Ok(true)
    }

    fn sent_to(&self, to: Destination) -> (String, Outcome) {
        match to {
            Destination::BackChannel(address) => (address, Outcome::Pending),
            Destination::FrontChannel(address) if self.watched => (address, Outcome::Front),
            Destination::FrontChannel(_) | Destination::Nobody => (String::new(), Outcome::Unsupported),
        }
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
