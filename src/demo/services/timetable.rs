//! Timetable: a CAS 1.0 client, the whole protocol in two lines of text.
//!
//! It learns a login and nothing else, and nobody tells it when the session ends. What it shows beyond the login it
//! must find in its own database. Good enough for a page; use `mail` as the model for anything new.

use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::client::Refused;
use super::site::{Arrival, Site, redirect};
use super::visits::Visit;

/// Its addresses: the page, and its own way out.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/sign-out", web::get().to(sign_out));
}

async fn home(request: HttpRequest, arrival: Query<Arrival>, site: Data<Site>) -> HttpResponse {
    match (&arrival.ticket, site.visits.find(&request)) {
        (Some(ticket), _) => match validate(&site, ticket).await {
            Ok(visit) => site.enter(visit),
            Err(refused) => site.refuse(&request, &refused),
        },
        (None, Some(visit)) => site.welcome(&request, &visit),
        (None, None) => redirect(&site.cas.login(&site.me.url)),
    }
}

/// Asks who holds `ticket`.
async fn validate(site: &Site, ticket: &str) -> Result<Visit, Refused> {
    let text = site.cas.ask("/validate", &site.me.url, ticket).await?;
    let user = read(&text)?;
    Ok(Visit {
        user,
        attributes: Vec::new(),
        ticket: ticket.to_owned(),
    })
}

/// Reads `yes`, the login, or `no`: one per line. The first line decides and must be the word itself: looking for
/// `yes` anywhere would let in whoever is called Yesenia.
fn read(text: &str) -> Result<String, Refused> {
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some("yes"), Some(user)) if !user.is_empty() => Ok(user.to_owned()),
        // CAS 1.0 does not say why.
        (Some("no"), _) => Err(Refused::new("INVALID_TICKET", "the server said no")),
        _ => Err(Refused::new("UNREADABLE", "neither yes nor no")),
    }
}

/// Ends this application's session, then the sign-on itself. Without the first half the timetable would stay open
/// after a sign-out, for the next person at this computer.
async fn sign_out(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    site.visits.end(&request);
    redirect(&site.cas.logout())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_first_line_of_yes_lets_somebody_in() {
        assert_eq!(read("yes\ncorsonneau2\n"), Ok("corsonneau2".to_owned()));
        for (text, code) in [
            ("no\n\n", "INVALID_TICKET"),
            ("no\nyes\n", "INVALID_TICKET"),
            ("yes\n", "UNREADABLE"),
            ("yes\n\n", "UNREADABLE"),
            ("yesenia\nx\n", "UNREADABLE"),
            ("", "UNREADABLE"),
            ("<html>yes\nme</html>", "UNREADABLE"),
        ] {
            assert_eq!(
                read(text).map_err(|refused| refused.code),
                Err(code.to_owned()),
                "{text:?}"
            );
        }
    }
}
