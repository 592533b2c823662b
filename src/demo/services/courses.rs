//! Online courses: a CAS 2.0 client, as most libraries of the last twenty years are.
//!
//! The same steps as `mail`, with another address for the question. The standard promised CAS 2.0 clients the login
//! alone; today's servers tell attributes here as well, and an application must do with or without them.

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
    match (&arrival.ticket, site.visits.find(&request)) {
        // A ticket says who is there now; the cookie only says who was.
        (Some(ticket), _) => match validate(&site, ticket).await {
            Ok(visit) => site.enter(visit),
            Err(refused) => site.refuse(&request, &refused),
        },
        (None, Some(visit)) => site.welcome(&request, &visit),
        (None, None) => redirect(&site.cas.login(&site.me.url)),
    }
}

/// Asks who holds `ticket`. A ticket is good once: asking again, even a moment later, is refused. So the question is
/// asked in one place, and its answer kept.
async fn validate(site: &Site, ticket: &str) -> Result<Visit, Refused> {
    let text = site.cas.ask("/serviceValidate", &site.me.url, ticket).await?;
    match read_answer(&text) {
        Ok(Answer::Success { user, attributes }) => {
            // What this application has a use for. The rest, such as when the password was typed, is dropped here.
            let useful = |(name, _): &(String, String)| site.me.attributes.contains(&name.as_str());
            let attributes = attributes.into_iter().filter(useful).collect();
            Ok(Visit {
                user,
                attributes,
                ticket: ticket.to_owned(),
            })
        }
        // `INVALID_TICKET`: used, too old or made up. `INVALID_SERVICE`: made for another address than ours, which is
        // most often a slash or an `http` too many in the application's settings.
        Ok(Answer::Failure { code, text }) => Err(Refused { code, text }),
        Err(unreadable) => Err(Refused::new("UNREADABLE", unreadable.to_string())),
    }
}

/// Single logout, as in `mail`. It came with CAS 3.0, but nothing in it depends on how the ticket was validated.
async fn logout_notice(notice: Form<LogoutNotice>, site: Data<Site>) -> HttpResponse {
    match read_logout(&notice.document) {
        Ok(ticket) => {
            site.visits.end_by_ticket(&ticket);
            HttpResponse::NoContent().finish()
        }
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}
