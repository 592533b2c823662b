//! Email: a CAS 3.0 client with attributes and single logout. The one to start from.
//!
//! Three steps make an application a CAS client, and a fourth makes it a good one:
//! 1. send strangers to `/login?service=…`;
//! 2. when they come back with `?ticket=…`, ask `/p3/serviceValidate` who they are;
//! 3. remember the answer in a session of your own;
//! 4. end that session when the CAS server says so.

use actix_web::web::{self, Data, Form, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{Answer, read_answer, read_logout};
use super::client::Refused;
use super::site::{Arrival, LogoutNotice, Site, redirect};
use super::visits::Visit;

/// Its addresses: the page, and the same address for logout notices.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/", web::post().to(logout_notice));
}

async fn home(request: HttpRequest, arrival: Query<Arrival>, site: Data<Site>) -> HttpResponse {
    // Back from the CAS server. This comes first, even when a session is open: the person who just signed in may not
    // be the one whose session this browser still holds.
    if let Some(ticket) = &arrival.ticket {
        return match validate(&site, ticket).await {
            Ok(visit) => site.enter(visit),
            Err(refused) => site.refuse(&request, &refused),
        };
    }
    // Known here already: the CAS server is not asked again.
    if let Some(visit) = site.visits.find(&request) {
        return site.welcome(&request, &visit);
    }
    // A stranger. Whoever is signed in already comes back at once and sees no form: that is single sign-on.
    redirect(&site.cas.login(&site.me.url))
}

/// Asks who holds `ticket`. Nothing the browser sent is believed before this answer.
async fn validate(site: &Site, ticket: &str) -> Result<Visit, Refused> {
    // The service is a constant of the application and not taken from the request: with a `Host` header of his own
    // choosing, an attacker could otherwise use here a ticket that was made for another service (CVE-2022-39369).
    let text = site.cas.ask("/p3/serviceValidate", &site.me.url, ticket).await?;
    match read_answer(&text) {
        Ok(Answer::Success { user, attributes }) => Ok(Visit {
            user,
            attributes,
            ticket: ticket.to_owned(),
        }),
        Ok(Answer::Failure { code, text }) => Err(Refused { code, text }),
        Err(unreadable) => Err(Refused::new("UNREADABLE", unreadable.to_string())),
    }
}

/// Single logout: the server posts the ticket of each session that ended. It is no browser and has no cookie, so the
/// session is found by that ticket. Nobody else knows it, which is why the notice needs no signature.
async fn logout_notice(notice: Form<LogoutNotice>, site: Data<Site>) -> HttpResponse {
    match read_logout(&notice.document) {
        Ok(ticket) => {
            site.visits.end_by_ticket(&ticket);
            // The same answer whether the session was there or not: it may have ended by itself.
            HttpResponse::NoContent().finish()
        }
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}
