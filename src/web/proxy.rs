//! The door at which services ask for proxy tickets. Always XML, always status 200.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::request::{client_address, parameters};
use super::validate::untouched;
use crate::cas::failure::Cause;
use crate::cas::render::v2;
use crate::cas::request::ProxyRequest;
use crate::flow::proxy::{Answer, proxy};

/// `/proxy`.
pub async fn issue(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    if request.method() == Method::HEAD {
        return untouched(v2::CONTENT_TYPE);
    }
    let text = match answer(&request, &web, body).await {
        Ok(ticket) => v2::proxy_success(ticket.expose()),
        Err(failure) => v2::proxy_failure(&failure),
    };
    HttpResponse::Ok().content_type(v2::CONTENT_TYPE).body(text)
}

async fn answer(request: &HttpRequest, web: &Web, body: web::Payload) -> Answer {
    let parameters = parameters(request, body).await?;
    let asked = ProxyRequest::parse(&parameters)?;
    let address = client_address(request, web).to_canonical().to_string();
    proxy(&web.app, asked, &address).await.unwrap_or_else(|fault| {
        let source = std::error::Error::source(&fault).map(ToString::to_string);
        tracing::error!(source, "{fault}");
        Err(Cause::Internal.into())
    })
}
