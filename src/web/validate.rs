//! The doors at which services present tickets: CAS 1.0 text, CAS 2.0 and 3.0 XML or JSON. Always status 200 ([E-1]).

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::request::{client_address, parameters};
use crate::cas::failure::Cause;
use crate::cas::judge::Accepts;
use crate::cas::render::{json, v1, v2};
use crate::cas::request::{Dialect, Format, Unreadable, ValidateRequest};
use crate::flow::validate::{Verdict, validate};

/// `/validate`.
pub async fn cas1(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    if request.method() == Method::HEAD {
        return untouched(v1::CONTENT_TYPE);
    }
    let verdict = match parse(&request, body, Dialect::Cas1).await {
        Ok(asked) => judge(&request, &web, asked, Accepts::ServiceTickets).await,
        Err(unreadable) => Err(unreadable.failure),
    };
    let text = match verdict {
        Ok(assertion) => v1::success(&assertion.user),
        Err(_) => v1::FAILURE.to_owned(),
    };
    HttpResponse::Ok().content_type(v1::CONTENT_TYPE).body(text)
}

/// `/serviceValidate` and `/p3/serviceValidate`.
pub async fn service(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    answer(request, web, body, Accepts::ServiceTickets).await
}

/// `/proxyValidate` and `/p3/proxyValidate`.
pub async fn proxy(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    answer(request, web, body, Accepts::ServiceAndProxyTickets).await
}

async fn answer(
    request: HttpRequest,
    web: web::Data<Web>,
    body: web::Payload,
    accepts: Accepts,
) -> HttpResponse {
    if request.method() == Method::HEAD {
        return untouched(v2::CONTENT_TYPE);
    }
    let (format, verdict) = match parse(&request, body, Dialect::Cas2).await {
        Ok(asked) => (asked.format, judge(&request, &web, asked, accepts).await),
        Err(unreadable) => (unreadable.format, Err(unreadable.failure)),
    };
    let (media, text) = match (format, verdict) {
        (Format::Xml, Ok(assertion)) => (v2::CONTENT_TYPE, v2::success(&assertion)),
        (Format::Xml, Err(failure)) => (v2::CONTENT_TYPE, v2::failure(&failure)),
        (Format::Json, Ok(assertion)) => (json::CONTENT_TYPE, json::success(&assertion)),
        (Format::Json, Err(failure)) => (json::CONTENT_TYPE, json::failure(&failure)),
    };
    HttpResponse::Ok().content_type(media).body(text)
}

/// The answer to a HEAD: whoever asks for no answer learns nothing from one, and the ticket stays good ([S-23]).
pub(super) fn untouched(media: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(media).finish()
}

async fn parse(
    request: &HttpRequest,
    body: web::Payload,
    dialect: Dialect,
) -> Result<ValidateRequest, Unreadable> {
    let parameters = parameters(request, body).await.map_err(|failure| Unreadable {
        format: Format::Xml,
        failure,
    })?;
    ValidateRequest::parse(&parameters, dialect)
}

/// Tells the story, and makes a verdict of its breaking.
pub(super) async fn judge(
    request: &HttpRequest,
    web: &Web,
    asked: ValidateRequest,
    accepts: Accepts,
) -> Verdict {
    let address = client_address(request, web).to_canonical().to_string();
    match validate(&web.app, asked, accepts, address).await {
        Ok(verdict) => verdict,
        Err(fault) => {
            let source = std::error::Error::source(&fault).map(ToString::to_string);
            tracing::error!(source, "{fault}");
            Err(Cause::Internal.into())
        }
    }
}
