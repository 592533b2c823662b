//! Student record: a CAS 3.0 client that asks by the gateway first.
//!
//! Its front page is public, but whoever is signed in elsewhere should be greeted by name without clicking. With
//! `gateway=true` the CAS server shows no form: it sends the browser back at once, with a ticket for those it knows and
//! without for the others.

use actix_web::web::{self, Data, Form, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{Answer, read_answer, read_logout};
use super::client::Refused;
use super::site::{Arrival, LogoutNotice, Site, redirect};
use super::visits::Visit;

/// Its addresses: the page, the one browsers come back to, the link to sign in, and logout notices.
///
/// Notices are posted to the address the ticket was made for, which is `/back`; the root takes them as well.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/back", web::get().to(back))
        .route("/sign-in", web::get().to(sign_in))
        .route("/", web::post().to(logout_notice))
        .route("/back", web::post().to(logout_notice));
}

async fn home(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    match site.visits.find(&request) {
        Some(visit) => site.welcome(&request, &visit),
        None => redirect(&site.cas.gateway(&service(&site))),
    }
}

/// Where the gateway brings everybody back. Being another address than the front page is what keeps browsers from
/// going round in circles: a stranger who arrives here has been asked already, cookies or not.
async fn back(request: HttpRequest, arrival: Query<Arrival>, site: Data<Site>) -> HttpResponse {
    let Some(ticket) = &arrival.ticket else {
        return site.public(&request);
    };
    match validate(&site, ticket).await {
        Ok(visit) => site.enter(visit),
        Err(refused) => site.refuse(&request, &refused),
    }
}

/// The same question without the gateway: now a form is welcome.
async fn sign_in(site: Data<Site>) -> HttpResponse {
    redirect(&site.cas.login(&service(&site)))
}

/// The address tickets are made for. Login and validation must name the same one, letter for letter.
fn service(site: &Site) -> String {
    format!("{}back", site.me.url)
}

async fn validate(site: &Site, ticket: &str) -> Result<Visit, Refused> {
    let text = site
        .cas
        .ask("/p3/serviceValidate", &service(site), ticket)
        .await?;
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

/// Single logout, as in `mail`.
async fn logout_notice(notice: Form<LogoutNotice>, site: Data<Site>) -> HttpResponse {
    match read_logout(&notice.document) {
        Ok(ticket) => {
            site.visits.end_by_ticket(&ticket);
            HttpResponse::NoContent().finish()
        }
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}
