//! What surrounds every request: its limits, its log line, and the headers of its answer.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ResponseHead, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use futures_util::FutureExt;

use super::answer::Answer;
use super::origin::names_this_host;
use super::pages::Trouble;
use super::request::{Browser, client_address};
use super::{Web, slashes};

/// The most that all header lines of a request may hold.
const LARGEST_HEAD: usize = 16 * 1024;

/// Nothing from elsewhere, nothing inline. `form-action` is left out on purpose: Chromium applies it to the redirect
/// after a sign-in, which would stop every service.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The policy of a page that shows images from `origins` as well: calls to services that the browser makes ([O-5]).
pub(super) fn policy_with_images(origins: &BTreeSet<String>) -> String {
    let images = origins
        .iter()
        .fold("img-src 'self'".to_owned(), |images, origin| {
            format!("{images} {origin}")
        });
    POLICY.replacen("img-src 'self'", &images, 1)
}

/// Runs the rest of the chain inside the limits.
///
/// # Errors
/// Never: what goes wrong is an answer.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    slashes::merge(&mut request);
    let Some(state) = request.app_data::<web::Data<Web>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    let method = request.method().clone();
    let path = request.path().to_owned();
    let address = client_address(request.request(), &state);
    let answered = match refusal(&request, &state) {
        Some(answer) => Ok(request.into_response(answer)),
        None => AssertUnwindSafe(next.call(request))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| {
                // A panic ends this request and no other ([S-74]).
                tracing::error!(path = logged(&path), "a request panicked");
                let plain = HttpResponse::InternalServerError()
                    .content_type("text/plain;charset=UTF-8")
                    .body("500");
                Err(InternalError::from_response("panic", plain).into())
            })
            .map(ServiceResponse::map_into_boxed_body),
    };
    let log = |status: StatusCode| {
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let status = status.as_u16();
        // The path without its query: tickets travel there ([S-18]).
        tracing::info!(target: "vestibule::request", %method, path = logged(&path), status, micros, %address);
    };
    match answered {
        Ok(mut answered) => {
            dress(answered.response_mut().head_mut(), &state);
            log(answered.status());
            Ok(answered)
        }
        Err(error) => {
            let mut plain = error.error_response();
            dress(plain.head_mut(), &state);
            log(plain.status());
            Err(InternalError::from_response(error, plain).into())
        }
    }
}

/// The path as it may be logged: cut where a ticket stands in it, or might. No path of ours has a percent sign, behind
/// which a ticket could hide.
fn logged(path: &str) -> &str {
    const MARKS: [&str; 6] = ["/v1/tickets/", "GT-", "ST-", "PT-", "PGTIOU-", "%"];
    let cut = MARKS.iter().filter_map(|mark| path.find(mark)).min();
    cut.map_or(path, |at| &path[..at])
}

fn refusal(request: &ServiceRequest, state: &Web) -> Option<HttpResponse> {
    let head: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if head
        + request
            .uri()
            .path_and_query()
            .map_or(0, |target| target.as_str().len())
        > LARGEST_HEAD
    {
        return Some(HttpResponse::RequestHeaderFieldsTooLarge().finish());
    }
    let health = request
        .path()
        .strip_prefix(&state.context)
        .is_some_and(|rest| rest.starts_with("/health"));
    if !health && !names_this_host(request.request(), state) {
        return Some(trouble(request.request(), state, &Trouble::Misdirected));
    }
    None
}

fn trouble(request: &actix_web::HttpRequest, state: &Web, trouble: &Trouble) -> HttpResponse {
    let browser = Browser::of(request, state);
    Answer::new(state, &browser).trouble(trouble)
}

/// Adds the headers that every answer carries ([H-1], [H-2], [S-25]).
fn dress(head: &mut ResponseHead, state: &Web) {
    head.set_camel_case_headers(true);
    if state.app.is_draining() {
        // Who keeps a connection takes the next request elsewhere, before this one is closed under it.
        head.set_connection_type(ConnectionType::Close);
    }
    let secure = state.app.config.server.public_url.is_secure();
    let headers = head.headers_mut();
    let mut put = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    put(header::CONTENT_SECURITY_POLICY, POLICY);
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "no-referrer");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if secure {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate"),
        );
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        headers.insert(header::EXPIRES, HeaderValue::from_static("0"));
    }
}
