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
use crate::cas::judge::{Accepts, IssuedTicket, Taken, accept, recognise};
use crate::cas::request::ValidateRequest;
use crate::cas::service::ServiceUrl;
use crate::cas::ticket::{AnyTicket, TicketDigest, TicketKind};
use crate::config::University;
use crate::kernel::keyring::Digest;
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
        university: app.config.university.clone(),
        loopback: app.outbound.reaches_loopback(),
        accepts,
        now,
    };
    let entropy = Arc::clone(&app.entropy);
    let caller = address.clone();
    let from = app.for_story(address.clone());
    let judged = app
        .db
        .write_on(move |conn| {
            let digest = *ticket.digest().as_bytes();
            let replay: [u8; 32] = Sha256::digest([b"replay".as_slice(), &digest].concat()).into();
            let consumption = store::tickets::consume(conn, &digest, ticket.expose(), from.as_deref(), now)?;
            let service = match &consumption {
                Consumption::Fresh(ticket) => Some(ticket.service_key.clone()),
                Consumption::Spent | Consumption::Unknown => None,
            };
            let judged = bench.judge(conn, consumption, &request, &ticket)?;
            if judged.as_ref().is_ok_and(|good| good.delivery.is_some()) {
                // Until its callback was called, the service has not been told anything.
                store::tickets::refuse(conn, &digest, Cause::CallbackFailed.as_str(), None)?;
            }
            if let Err(failure) = &judged {
                tell(
                    conn,
                    &digest,
                    failure.cause(),
                    from.as_deref(),
                    &request.service,
                    now,
                )?;
                let event = match failure.cause() {
                    // One replay is written down, a flood of them is not: anybody may present an old ticket.
                    Cause::TicketSpent => store::forms::spend(conn, &replay, now + REPLAY_REMEMBERED)?
                        .then_some(Event::TicketReplayed),
                    Cause::ServiceMismatch => Some(Event::ServiceMismatch),
                    Cause::CallbackRefused => Some(Event::ProxyCallbackFailed),
                    _ => None,
                };
                if let Some(event) = event {
                    let scene = Scene {
                        service,
                        ..Scene::service(&caller)
                    };
                    store::audit::append(conn, &event.record(&scene, &entropy, now))?;
                }
            }
            Ok(judged)
        })
        .await?;
    let verdict = match judged {
        Ok(Good { assertion, delivery }) => match delivery {
            Some(delivery) => delivery.deliver(app, assertion, &address).await?,
            None => Ok(assertion),
        },
        Err(failure) => Err(failure),
    };
    Ok(verdict.map_err(told))
}

/// Writes a refusal into the ticket's story.
fn tell(
    conn: &mut Conn,
    digest: &Digest,
    cause: Cause,
    from: Option<&str>,
    presented_as: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match cause {
        // A replay must not undo what the first, successful validation left for single logout.
        Cause::TicketSpent if from.is_some() => store::stories::replayed(conn, digest, from, now),
        Cause::TicketSpent | Cause::TicketUnknown => Ok(()),
        Cause::ServiceMismatch if from.is_some() => {
            let presented_as: String = presented_as.chars().take(LONGEST_SERVICE).collect();
            store::tickets::refuse(conn, digest, cause.as_str(), Some(&presented_as))
        }
        _ => store::tickets::refuse(conn, digest, cause.as_str(), None),
    }
}

/// A good ticket: what its service will be told, and what has to be done before.
struct Good {
    assertion: Assertion,
    delivery: Option<Delivery>,
}

/// What a judgement needs besides the ticket.
struct Bench {
    catalogue: Arc<Catalogue>,
    university: University,
    /// Whether callbacks on this very machine may be called without encryption.
    loopback: bool,
    accepts: Accepts,
    now: DateTime<Utc>,
}

impl Bench {
    /// The whole judgement, in the order of the protocol ([V-1]).
    fn judge(
        &self,
        conn: &mut Conn,
        consumption: Consumption,
        request: &ValidateRequest,
        presented: &AnyTicket,
    ) -> Result<Result<Good, Failure>, StoreError> {
        let now = self.now;
        let consumed = match consumption {
            Consumption::Fresh(consumed) => consumed,
            Consumption::Spent => return Ok(Err(Cause::TicketSpent.into())),
            Consumption::Unknown => return Ok(Err(Cause::TicketUnknown.into())),
        };
        let found = store::sessions::kept_with_holder(conn, &consumed.session)?;
        let live = found.filter(|(held, _)| held.is_live(now));
        let ticket = match recognise(
            Taken::Fresh(issued(&consumed, live.is_some())),
            &request.service,
            now,
        ) {
            Ok(ticket) => ticket,
            Err(failure) => return Ok(Err(failure)),
        };
        let Some((held, holder)) = live else {
            return Ok(Err(Cause::SessionEnded.into()));
        };
        let service = ServiceUrl::parse_any(&ticket.service)
            .ok()
            .and_then(|url| self.catalogue.admit(&url).cloned());
        let Some(service) = service else {
            return Ok(Err(Cause::ServiceUnauthorized.into()));
        };
        let university = &self.university;
        if !service.affiliations.is_empty() && !service.permits(&identity::affiliations(&holder, university))
        {
            return Ok(Err(Cause::PersonNotAllowed.into()));
        }
        let attributes = identity::attributes(&holder, &service, university, now);
        let Some(user) = username(&holder.account.login, &attributes, &service) else {
            return Ok(Err(Cause::PersonNotAllowed.into()));
        };
        if let Err(failure) = accept(&ticket, self.accepts, request.renew) {
            return Ok(Err(failure));
        }
        let session = (consumed.session, held.session.account.clone());
        let delivery = request
            .pgt_url
            .as_deref()
            .map(|callback| Delivery::new(presented, &ticket, session, &service, callback, self.loopback));
        let delivery = match delivery.transpose() {
            Ok(delivery) => delivery,
            Err(cause) => return Ok(Err(cause.into())),
        };
        let assertion = Assertion {
            user,
            attributes: release(&attributes, &service),
            authentication_date: held.session.authenticated_at,
            long_term: held.session.long_term,
            from_new_login: ticket.from_new_login,
            proxies: ticket.proxies,
            proxy_granting_ticket_iou: None,
        };
        Ok(Ok(Good { assertion, delivery }))
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
