//! Whether the server lives and whether it is ready, for whoever balances load or watches.

use std::time::Duration;

use actix_web::{HttpResponse, web};

use super::Web;
use crate::store;
use crate::store::pulse::{Ailment, Part};

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain;charset=UTF-8")
        .body("live\n")
}

/// `GET /health` and `GET /health/ready`: the database can be used too, and no stop was asked for; 503 otherwise.
pub async fn ready(web: web::Data<Web>) -> HttpResponse {
    let word = match (web.app.is_draining(), web.app.db.ailment()) {
        (true, _) => "stopping\n",
        // How far, the log says: this page is for everybody.
        (
            false,
            Some(Ailment::Clock {
                part: Part::Database, ..
            }),
        ) => "the clocks of the database and of this machine differ\n",
        (false, Some(Ailment::Clock { .. })) => {
            "the clocks of the ticket registry and of this machine differ\n"
        }
        (false, Some(Ailment::ReadOnly)) => "the database accepts no writes\n",
        (false, None) if answers(&web).await => "ready\n",
        (false, Some(Ailment::Silent(Part::Registry))) => "the ticket registry does not answer\n",
        (false, None | Some(Ailment::Silent(Part::Database))) => "the database does not answer\n",
    };
    let mut answer = if word == "ready\n" {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer.content_type("text/plain;charset=UTF-8").body(word)
}

/// Asked anew: what was noticed may be half a second old.
async fn answers(web: &Web) -> bool {
    let database = web.app.db.look(store::services::revision);
    matches!(
        tokio::time::timeout(Duration::from_secs(1), database).await,
        Ok(Ok(_))
    )
}
