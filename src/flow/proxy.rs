//! A service asks for a ticket to another one, on behalf of somebody who is signed in.

use chrono::{DateTime, Utc};

use super::grant::TOUCH_AFTER;
use super::{Fault, identity};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::catalogue::Service;
use crate::cas::failure::{Cause, Failure};
use crate::cas::request::ProxyRequest;
use crate::cas::service::ServiceUrl;
use crate::cas::ticket::{ProxyGrantingTicketId, ProxyTicketId};
use crate::store;
use crate::store::accounts::Holder;
use crate::store::proxy_grants::Grant;
use crate::store::sessions::Held;
use crate::store::tickets::NewTicket;

/// What `/proxy` answers.
pub type Answer = Result<ProxyTicketId, Failure>;

/// Issues a proxy ticket to the holder of a proxy-granting ticket, who may come back as often as the session lives
/// ([X-3], [X-5]). `address` is where the request came from.
///
/// # Errors
/// When the database does not answer.
pub async fn proxy(app: &App, request: ProxyRequest, address: &str) -> Result<Answer, Fault> {
    let now = app.clock.now();
    let found = match ProxyGrantingTicketId::parse(&request.pgt) {
        Ok(pgt) => find(app, &pgt, now).await?,
        Err(_) => Err(Cause::TicketUnknown),
    };
    let (grant, held, holder) = match found {
        Ok(found) => found,
        Err(cause) => return Ok(Err(refuse(cause))),
    };
    let scene = Scene::service(address).about(&held.session.account);
    match target(app, &request.target, &grant, &holder) {
        Ok((service, url)) => {
            let ticket = issue(app, &grant, &held, &service, &url, &scene, now).await?;
            Ok(Ok(ticket))
        }
        Err(cause) => {
            let event = Event::ProxyTicketRefused {
                proxy: grant.service_key.clone(),
                why: cause.as_str(),
            };
            let record = event.record(&scene, &app.entropy, now);
            app.db
                .write(move |conn| store::audit::append(conn, &record))
                .await?;
            Ok(Err(refuse(cause)))
        }
    }
}

fn refuse(cause: Cause) -> Failure {
    tracing::info!(cause = cause.as_str(), "proxy ticket refused");
    cause.into()
}

type Found = (Grant, Held, Holder);

/// The grant, its live session, and whose that is. Only read: a stranger with a guess writes nothing ([S-72]).
async fn find(
    app: &App,
    pgt: &ProxyGrantingTicketId,
    now: DateTime<Utc>,
) -> Result<Result<Found, Cause>, Fault> {
    let digest = *pgt.digest().as_bytes();
    let found = app.db.read(move |conn| {
        let Some(grant) = store::proxy_grants::by_digest(conn, &digest)? else {
            return Ok(Err(Cause::TicketUnknown));
        };
        let held = store::sessions::by_digest(conn, &grant.session)?;
        let Some(held) = held.filter(|held| held.is_live(now)) else {
            return Ok(Err(Cause::SessionEnded));
        };
        let holder = store::accounts::holder(conn, &held.session.account)?;
        Ok(holder
            .map(|holder| (grant, held, holder))
            .ok_or(Cause::SessionEnded))
    });
    Ok(found.await?)
}

/// The service that the ticket is for: registered, open to proxies and to this person. The proxy itself must still
/// be one.
fn target(app: &App, target: &str, grant: &Grant, holder: &Holder) -> Result<(Service, ServiceUrl), Cause> {
    let catalogue = app.catalogue();
    let proxy = catalogue.service(&grant.service_key);
    let callback = grant
        .proxies
        .first()
        .and_then(|text| ServiceUrl::parse(text).ok());
    let is_proxy = proxy
        .zip(callback)
        .is_some_and(|(proxy, callback)| proxy.enabled && proxy.allows_callback(&callback));
    let url = ServiceUrl::parse_any(target).map_err(|_| Cause::ServiceUnauthorized)?;
    let service = catalogue
        .admit(&url)
        .filter(|service| is_proxy && service.proxy.accepts_proxy_tickets)
        .ok_or(Cause::ServiceUnauthorized)?;
    if !service.permits(&identity::affiliations(holder, &app.config.university)) {
        return Err(Cause::PersonNotAllowed);
    }
    Ok((service.clone(), url))
}

/// Stores a ticket. A session that ends at this very moment needs no second look: its tickets are dead, whenever
/// they were written ([T-6]).
async fn issue(
    app: &App,
    grant: &Grant,
    held: &Held,
    service: &Service,
    url: &ServiceUrl,
    scene: &Scene,
    now: DateTime<Utc>,
) -> Result<ProxyTicketId, Fault> {
    let ticket = ProxyTicketId::mint(&app.entropy, now);
    let row = NewTicket {
        digest: *ticket.digest().as_bytes(),
        session: grant.session,
        kind: "PT",
        service_key: service.key.clone(),
        service: url.original().to_owned(),
        from_new_login: false,
        proxies: grant.proxies.clone(),
        issued_at: now,
        expires_at: now + service.ticket_lifetime(app.config.service_ticket),
        asked_from: scene.address.clone().and_then(|address| app.for_story(address)),
    };
    let event = Event::ProxyTicketIssued {
        proxy: grant.service_key.clone(),
    };
    let record = event.record(&scene.at(&service.key), &app.entropy, now);
    let stale = now - held.session.used_at >= TOUCH_AFTER;
    app.db
        .write(move |conn| {
            if stale {
                store::sessions::touch(conn, &row.session, now)?;
            }
            store::tickets::issue(conn, &row)?;
            store::audit::append(conn, &record)
        })
        .await?;
    Ok(ticket)
}
