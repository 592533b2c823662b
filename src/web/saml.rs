//! `/samlValidate`: a ticket arrives in a SOAP envelope, and every answer is one, with status 200 ([E-1]).

use actix_web::{HttpRequest, HttpResponse, web};

use super::request::read_any;
use super::{Web, validate as door};
use crate::cas::assertion::Assertion;
use crate::cas::failure::Failure;
use crate::cas::judge::Accepts;
use crate::cas::parameters::Parameters;
use crate::cas::saml::presented;
use crate::cas::saml::render::{CONTENT_TYPE, Frame, failure, success};
use crate::cas::saml::request::{Malformed, SamlRequest};
use crate::kernel::secret::Unshown;

/// `POST /samlValidate` and `/p3/samlValidate`. The body is never a form, whatever it is called.
pub async fn validate(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    let (id, verdict) = match open(&request, body).await {
        Ok(SamlRequest { id, artifact }) => (id, judge(&request, &web, artifact).await),
        Err(refused) => (None, Err(refused)),
    };
    let frame = Frame {
        request_id: id.as_deref(),
        now: web.app.clock.now(),
        entropy: &web.app.entropy,
    };
    let text = match verdict {
        Ok((service, assertion)) => success(&frame, &web.app.config.saml_issuer, &service, &assertion),
        Err(refused) => failure(&frame, &refused),
    };
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(text)
}

async fn open(request: &HttpRequest, body: web::Payload) -> Result<SamlRequest, Failure> {
    let body = read_any(request, body).await.map_err(|_| Malformed::TooLong);
    body.and_then(|body| SamlRequest::parse(&body))
        .map_err(|malformed| {
            tracing::info!(%malformed, "a SAML request cannot be read");
            malformed.into()
        })
}

/// The service as it named itself, and what it is told.
async fn judge(request: &HttpRequest, web: &Web, artifact: Unshown) -> Result<(String, Assertion), Failure> {
    let parameters = Parameters::parse(request.query_string().as_bytes(), None).map_err(Failure::from)?;
    let asked = presented(&parameters, &artifact)?;
    let service = asked.service.clone();
    let assertion = door::judge(request, web, asked, Accepts::ServiceTickets).await?;
    Ok((service, assertion))
}
