//! Whether the server lives and whether it is ready, for whoever balances load or watches.

use std::time::Duration;

use actix_web::{HttpResponse, web};

use super::Web;
use crate::store;

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain;charset=UTF-8")
        .body("live\n")
}

/// `GET /health` and `GET /health/ready`: the database answers too, and no stop was asked for; 503 otherwise.
pub async fn ready(web: web::Data<Web>) -> HttpResponse {
    let database = web.app.db.read(store::services::revision);
    let answers = matches!(
        tokio::time::timeout(Duration::from_secs(1), database).await,
        Ok(Ok(_))
    );
    let word = match (web.app.is_draining(), answers) {
        (true, _) => "stopping\n",
        (false, false) => "the database does not answer\n",
        (false, true) => "ready\n",
    };
    let mut answer = if word == "ready\n" {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer.content_type("text/plain;charset=UTF-8").body(word)
}
