//! `/v1`: the REST protocol, when it is switched on. Cookies are neither read nor set, so there is nothing that a
//! foreign page could make a browser do here.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Resource, Route, Scope, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::Web;
use super::login::status_of;
use super::pages::Trouble;
use super::request::{self, Browser, read_any};
use crate::cas::rest::{self, Asked, Credentials, Media};
use crate::flow::rest::{Answer, Refusal, Unproven};
use crate::flow::{Fault, Visitor};

/// What a session is opened from, in the list of its person.
const DEVICE: &str = "REST";

/// How a client is asked for credentials where they travel in a header (RFC 7617). The other paths challenge nobody.
const CHALLENGE: (header::HeaderName, &str) =
    (header::WWW_AUTHENTICATE, "Basic realm=\"CAS\", charset=\"UTF-8\"");

/// Adds the paths to `scope`.
pub fn mount(scope: Scope) -> Scope {
    scope
        .service(posting("/v1/tickets", open))
        .service(
            web::resource("/v1/tickets/{id}")
                .route(web::get().to(look))
                .route(web::head().to(look))
                .route(web::post().to(grant))
                .route(web::delete().to(close))
                .default_service(refuse_method("GET, HEAD, POST, DELETE")),
        )
        .service(posting("/v1/users", identify))
        .service(posting("/v1/services", register))
}

fn posting<F, Args>(path: &str, post: F) -> Resource
where
    F: actix_web::dev::Handler<Args, Output = HttpResponse>,
    Args: actix_web::FromRequest + 'static,
{
    web::resource(path)
        .route(web::post().to(post))
        .default_service(refuse_method("POST"))
}

/// 405, with what would be allowed.
fn refuse_method(allowed: &'static str) -> Route {
    web::to(move || async move {
        answer(StatusCode::METHOD_NOT_ALLOWED)
            .insert_header((header::ALLOW, allowed))
            .body("method not allowed")
    })
}

/// `POST /v1/tickets`.
async fn open(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    let asked = match read(&request, body).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let opened = crate::flow::rest::open(&web.app, asked, &visitor(&request, &web)).await;
    render(&web, opened, |ticket| {
        let public = &web.app.config.server.public_url;
        let address = public.join(&format!("/v1/tickets/{}", ticket.expose()));
        let (media, body) = if rest::wants_page(request::text(&request, &header::ACCEPT)) {
            (rest::PAGE, rest::created(&address))
        } else {
            (rest::PLAIN, ticket.expose().to_owned())
        };
        HttpResponse::Created()
            .content_type(media)
            .insert_header((header::LOCATION, address))
            .body(body)
    })
    .await
}

/// `POST /v1/tickets/{TGT}`.
async fn grant(
    request: HttpRequest,
    web: web::Data<Web>,
    id: web::Path<String>,
    body: web::Payload,
) -> HttpResponse {
    let asked = match read(&request, body).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let granted = crate::flow::rest::grant(&web.app, &id, asked, &visitor(&request, &web)).await;
    render(&web, granted, |ticket| {
        answer(StatusCode::OK).body(ticket.expose().to_owned())
    })
    .await
}

/// `GET /v1/tickets/{TGT or ST}`.
async fn look(web: web::Data<Web>, id: web::Path<String>) -> HttpResponse {
    match crate::flow::rest::is_good(&web.app, &id).await {
        // Repeated because it is known, and so made of letters, digits and hyphens.
        Ok(true) => answer(StatusCode::OK).body(id.into_inner()),
        Ok(false) => refuse(&web, &Refusal::UnknownTicket),
        Err(fault) => broken(&fault),
    }
}

/// `DELETE /v1/tickets/{id}`.
async fn close(request: HttpRequest, web: web::Data<Web>, id: web::Path<String>) -> HttpResponse {
    match crate::flow::rest::close(&web.app, &id, &visitor(&request, &web)).await {
        Ok(()) => HttpResponse::Ok().content_type(rest::JSON).body("[]"),
        Err(fault) => broken(&fault),
    }
}

/// `POST /v1/users`.
async fn identify(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    let asked = match read(&request, body).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let identified = crate::flow::rest::identify(&web.app, asked, &visitor(&request, &web)).await;
    render(&web, identified, |person| {
        let text = rest::user(&person.name, &person.attributes, person.at);
        HttpResponse::Ok().content_type(rest::JSON).body(text)
    })
    .await
}

/// `POST /v1/services`: refused to everybody, once it is known who asks.
async fn register(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    if media(&request) != Some(Media::Json) {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported media type");
    }
    let Some(credentials) = basic(&request) else {
        return unproven(Unproven::Wrong, Some(CHALLENGE));
    };
    let visitor = visitor(&request, &web);
    match crate::flow::rest::administrate(&web.app, Some(credentials), &visitor).await {
        Ok(Refusal::Unproven { why, pause }) => {
            tokio::time::sleep(pause).await;
            unproven(why, Some(CHALLENGE))
        }
        Ok(Refusal::CredentialsMissing) => unproven(Unproven::Wrong, Some(CHALLENGE)),
        Ok(refusal) => refuse(&web, &refusal),
        Err(fault) => broken(&fault),
    }
}

/// The credentials of HTTP Basic (RFC 7617), in UTF-8.
fn basic(request: &HttpRequest) -> Option<Credentials> {
    let (scheme, encoded) = request::text(request, &header::AUTHORIZATION)?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let (login, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(Credentials {
        login: login.to_owned(),
        password: SecretString::from(password),
    })
}

/// Who asks: an address and no browser. What its cookies say is somebody else's business.
fn visitor(request: &HttpRequest, web: &Web) -> Visitor {
    Visitor {
        cookie: None,
        device_cookie: None,
        device: DEVICE.to_owned(),
        ..Browser::of(request, web).visitor
    }
}

fn media(request: &HttpRequest) -> Option<Media> {
    Media::of(request::text(request, &header::CONTENT_TYPE).unwrap_or_default())
}

async fn read(request: &HttpRequest, body: web::Payload) -> Result<Asked, HttpResponse> {
    let media =
        media(request).ok_or_else(|| plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported media type"))?;
    let unreadable = || plain(StatusCode::BAD_REQUEST, "the request cannot be read");
    let body = read_any(request, body).await.map_err(|trouble| match trouble {
        Trouble::TooLarge => plain(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long"),
        _ => unreadable(),
    })?;
    let parameters = media.decode(&body).map_err(|_| unreadable())?;
    Asked::parse(&parameters).map_err(|_| unreadable())
}

async fn render<T>(web: &Web, outcome: Answer<T>, show: impl FnOnce(T) -> HttpResponse) -> HttpResponse {
    match outcome {
        Ok(Ok(good)) => show(good),
        Ok(Err(Refusal::Unproven { why, pause })) => {
            tokio::time::sleep(pause).await;
            unproven(why, None)
        }
        Ok(Err(refusal)) => refuse(web, &refusal),
        Err(fault) => broken(&fault),
    }
}

fn refuse(web: &Web, refusal: &Refusal) -> HttpResponse {
    let (status, words) = match refusal {
        Refusal::UnknownTicket => (StatusCode::NOT_FOUND, "no such ticket"),
        Refusal::ServiceMissing => (StatusCode::BAD_REQUEST, "service is missing"),
        Refusal::CredentialsMissing => (StatusCode::BAD_REQUEST, "username or password is missing"),
        Refusal::ServiceRefused => (StatusCode::FORBIDDEN, "the service is not authorised"),
        Refusal::AccessDenied => (StatusCode::FORBIDDEN, "the account does not open this service"),
        Refusal::AnotherPerson => (StatusCode::FORBIDDEN, "the ticket is another person's"),
        Refusal::NotAdministrator => (
            StatusCode::FORBIDDEN,
            "services are registered with the command vestibule service",
        ),
        Refusal::Unproven { why, .. } => return unproven(*why, None),
        Refusal::Denied(denied) => {
            let left = (denied.wait.until - web.app.clock.now()).num_seconds().max(1);
            return answer(status_of(denied.whose))
                .insert_header((header::RETRY_AFTER, left.to_string()))
                .body("too many attempts");
        }
    };
    plain(status, words)
}

fn unproven(why: Unproven, challenge: Option<(header::HeaderName, &'static str)>) -> HttpResponse {
    let reason = match why {
        Unproven::Wrong => "invalid credentials",
        Unproven::Disabled => "account disabled",
        Unproven::MustChange => "password must be changed",
    };
    let mut answer = HttpResponse::Unauthorized();
    if let Some(challenge) = challenge {
        answer.insert_header(challenge);
    }
    answer.content_type(rest::JSON).body(rest::refused(reason))
}

fn broken(fault: &Fault) -> HttpResponse {
    let source = std::error::Error::source(fault).map(ToString::to_string);
    tracing::error!(source, "{fault}");
    match fault {
        Fault::Unavailable(_) => answer(StatusCode::SERVICE_UNAVAILABLE)
            .insert_header((header::RETRY_AFTER, "5"))
            .body("the server cannot answer just now"),
        Fault::Broken(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "500"),
    }
}

fn plain(status: StatusCode, words: &'static str) -> HttpResponse {
    answer(status).body(words)
}

fn answer(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.content_type(rest::PLAIN);
    answer
}
