//! A service presents a ticket.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest as _, Sha256};

use super::callback::Delivery;
use super::{Fault, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::assertion::{Assertion, release, username};
use crate::cas::catalogue::Catalogue;
use crate::cas::failure::{Cause, Failure};
use crate::cas::judge::{self, Accepts, IssuedTicket, accept, recognise};
use crate::cas::request::ValidateRequest;
use crate::cas::service::ServiceUrl;
use crate::cas::ticket::{AnyTicket, TicketDigest, TicketKind};
use crate::config::University;
use crate::kernel::keyring::Digest;
use crate::store::hot::{Presented, Taken};
use crate::store::tickets::{ConsumedTicket, Consumption};
use crate::store::{self, Conn, StoreError};

/// How long a ticket that was presented twice is remembered for it.
const REPLAY_REMEMBERED: Duration = Duration::days(1);

/// Characters of a foreign service identifier that a story keeps: as long as a registered one may be ([S-01]).
const LONGEST_SERVICE: usize = 2_048;

/// What a validation answers.
pub type Verdict = Result<Assertion, Failure>;

/// Consumes and judges the ticket of `request`, which came from `address`.
///
/// The ticket is consumed before anything is judged: one presented for the wrong service is dead as well, or a thief
/// could try it on each service in turn ([T-3]).
///
/// # Errors
/// When the database does not answer; the ticket may then be spent or not.
pub async fn validate(
    app: &App,
    request: ValidateRequest,
    accepts: Accepts,
    address: String,
) -> Result<Verdict, Fault> {
    let now = app.clock.now();
    let trace = TicketDigest::trace_of(&request.ticket);
    let told = |failure: Failure| {
        tracing::info!(cause = failure.cause().as_str(), %trace, "validation refused");
        if app.keeps_stories() {
            failure.with_trace(trace)
        } else {
            failure
        }
    };
    let Ok(ticket) = AnyTicket::parse(&request.ticket) else {
        return Ok(Err(told(Cause::TicketUnknown.into())));
    };
    let bench = Bench {
        catalogue: app.catalogue(),
        university: &app.config.university,
        loopback: app.outbound.reaches_loopback(),
        accepts,
        now,
    };
    let digest = *ticket.digest().as_bytes();
    let presented = Presented {
        digest,
        handle: ticket.expose().into(),
        service: request.service.clone(),
        from: app.for_story(address.clone()),
        at: now,
    };
    let taken = app.db.take(presented).await?;
    let service = match &taken.consumption {
        Consumption::Fresh(ticket) => Some(ticket.service_key.clone()),
        Consumption::Spent | Consumption::Unknown => None,
    };
    let verdict = match bench.judge(taken, &request, &ticket) {
        Ok(Good { assertion, delivery }) => match delivery {
            Some(delivery) => {
                // Until its callback was called, the service has not been told anything.
                let untold = move |conn: &mut Conn| {
                    store::tickets::refuse(conn, &digest, Cause::CallbackFailed.as_str(), None)
                };
                app.db.write(untold).await?;
                delivery.deliver(app, assertion, &address).await?
            }
            None => Ok(assertion),
        },
        Err(failure) => {
            let refusal = Refusal {
                digest,
                service,
                address,
                presented_as: request.service,
                now,
            };
            refusal.tell(app, failure.cause()).await?;
            Err(failure)
        }
    };
    Ok(verdict.map_err(told))
}

/// A ticket that was refused.
struct Refusal {
    digest: Digest,
    /// The registered service it was issued for, if it was fresh.
    service: Option<String>,
    /// Who presented it.
    address: String,
    /// The service identifier that came with it.
    presented_as: String,
    now: DateTime<Utc>,
}

impl Refusal {
    /// Writes it into the ticket's story, and into the audit what belongs there. A stranger's guess writes nothing ([S-72]).
    async fn tell(self, app: &App, cause: Cause) -> Result<(), Fault> {
        if cause == Cause::TicketUnknown {
            return Ok(());
        }
        let entropy = Arc::clone(&app.entropy);
        let stories = app.keeps_stories();
        let written = app.db.write(move |conn| {
            self.note(conn, cause, stories)?;
            let event = match cause {
                // One replay is written down, a flood of them is not: anybody may present an old ticket.
                Cause::TicketSpent => self.is_first_replay(conn)?.then_some(Event::TicketReplayed),
                Cause::ServiceMismatch => Some(Event::ServiceMismatch),
                Cause::CallbackRefused => Some(Event::ProxyCallbackFailed),
                _ => None,
            };
            if let Some(event) = event {
                let scene = Scene {
                    service: self.service,
                    ..Scene::service(&self.address)
                };
                store::audit::append(conn, &event.record(&scene, &entropy, self.now))?;
            }
            Ok(())
        });
        Ok(written.await?)
    }

    fn note(&self, conn: &mut Conn, cause: Cause, stories: bool) -> Result<(), StoreError> {
        match cause {
            // A replay must not undo what the first, successful validation left for single logout.
            Cause::TicketSpent if stories => {
                store::stories::replayed(conn, &self.digest, Some(&self.address), self.now)
            }
            Cause::TicketSpent => Ok(()),
            Cause::ServiceMismatch if stories => {
                let presented_as: String = self.presented_as.chars().take(LONGEST_SERVICE).collect();
                store::tickets::refuse(conn, &self.digest, cause.as_str(), Some(&presented_as))
            }
            _ => store::tickets::refuse(conn, &self.digest, cause.as_str(), None),
        }
    }

    fn is_first_replay(&self, conn: &mut Conn) -> Result<bool, StoreError> {
        let replay: [u8; 32] = Sha256::digest([b"replay".as_slice(), &self.digest].concat()).into();
        store::forms::spend(conn, &replay, self.now + REPLAY_REMEMBERED)
    }
}

/// A good ticket: what its service will be told, and what has to be done before.
struct Good {
    assertion: Assertion,
    delivery: Option<Delivery>,
}

/// What a judgement needs besides the ticket.
struct Bench<'a> {
    catalogue: Arc<Catalogue>,
    university: &'a University,
    /// Whether callbacks on this very machine may be called without encryption.
    loopback: bool,
    accepts: Accepts,
    now: DateTime<Utc>,
}

impl Bench<'_> {
    /// The whole judgement, in the order of the protocol ([V-1]).
    fn judge(&self, taken: Taken, request: &ValidateRequest, presented: &AnyTicket) -> Result<Good, Failure> {
        let now = self.now;
        let consumed = match taken.consumption {
            Consumption::Fresh(consumed) => consumed,
            Consumption::Spent => return Err(Cause::TicketSpent.into()),
            Consumption::Unknown => return Err(Cause::TicketUnknown.into()),
        };
        let live = taken.owner.filter(|(held, _)| held.is_live(now));
        let issued = judge::Taken::Fresh(issued(&consumed, live.is_some()));
        let ticket = recognise(issued, &request.service, now)?;
        let Some((held, holder)) = live else {
            return Err(Cause::SessionEnded.into());
        };
        let service = ServiceUrl::parse_any(&ticket.service)
            .ok()
            .and_then(|url| self.catalogue.admit(&url))
            .ok_or(Cause::ServiceUnauthorized)?;
        let university = self.university;
        if !service.affiliations.is_empty() && !service.permits(&identity::affiliations(&holder, university))
        {
            return Err(Cause::PersonNotAllowed.into());
        }
        let attributes = identity::attributes(&holder, service, university, now);
        let user = username(&holder.account.login, &attributes, service).ok_or(Cause::PersonNotAllowed)?;
        accept(&ticket, self.accepts, request.renew)?;
        let session = (consumed.session, held.session.account.clone());
        let delivery = request
            .pgt_url
            .as_deref()
            .map(|callback| Delivery::new(presented, &ticket, session, service, callback, self.loopback));
        let delivery = delivery.transpose()?;
        let assertion = Assertion {
            user,
            attributes: release(&attributes, service),
            authentication_date: held.session.authenticated_at,
            long_term: held.session.long_term,
            from_new_login: ticket.from_new_login,
            proxies: ticket.proxies,
            proxy_granting_ticket_iou: None,
        };
        Ok(Good { assertion, delivery })
    }
}

fn issued(consumed: &ConsumedTicket, session_live: bool) -> IssuedTicket {
    IssuedTicket {
        kind: if consumed.kind == "PT" {
            TicketKind::Proxy
        } else {
            TicketKind::Service
        },
        service: consumed.service.clone(),
        from_new_login: consumed.from_new_login,
        issued_at: consumed.issued_at,
        expires_at: consumed.expires_at,
        proxies: consumed.proxies.clone(),
        session_live,
    }
}
