//! What a request says, read once at the door: who sent it, in which language, with which parameters.

use std::net::IpAddr;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::Web;
use super::cookies::{Cookies, Name};
use super::pages::{Frame, Locale, Trouble};
use super::user_agent;
use crate::cas::failure::{Cause, Failure};
use crate::cas::parameters::Parameters;
use crate::config::{Patience, is_within};
use crate::flow::Visitor;

/// The largest body of a form: the longest legal one is a tenth of it.
pub const LARGEST_BODY: usize = 64 * 1024;

/// A browser and what surrounds its request.
pub struct Browser {
    /// Who is at the other end, in the stories' terms.
    pub visitor: Visitor,
    /// The language the answer is in.
    pub locale: Locale,
    /// Whether the language was chosen in this very request, to be remembered.
    pub language_chosen: bool,
    /// The value that form tokens are bound to, if the browser has one.
    pub form_cookie: Option<String>,
    /// The value of the flow cookie.
    pub flow_cookie: Option<String>,
    /// Whether each service is to be confirmed.
    pub warn: bool,
    /// The receipt of the last sign-out.
    pub receipt: Option<String>,
    /// The path and query of the request.
    pub here: String,
}

impl Browser {
    /// Reads a request.
    pub fn of(request: &HttpRequest, web: &Web) -> Self {
        let cookies = Cookies::new(&web.app.config.sessions.cookie);
        let lang = query_value(request.query_string(), "lang");
        let accept = text(request, &header::ACCEPT_LANGUAGE);
        let chosen = cookies.read(request, Name::Language);
        let locale = Locale::negotiate(lang, chosen.as_deref(), accept);
        let address = client_address(request, web);
        let throttle = &web.app.config.throttle;
        Self {
            visitor: Visitor {
                address,
                campus: is_within(&throttle.campus_networks, address),
                public_computer: is_within(&throttle.public_computers, address),
                looks: text(request, &header::ACCEPT).is_some_and(|media| media.contains("text/html")),
                cookie: cookies.read(request, Name::Session),
                device_cookie: cookies.read(request, Name::Device),
                device: text(request, &header::USER_AGENT)
                    .map(user_agent::describe)
                    .unwrap_or_default(),
            },
            locale,
            language_chosen: lang.is_some(),
            form_cookie: cookies.read(request, Name::Form),
            flow_cookie: cookies.read(request, Name::Flow),
            warn: cookies.read(request, Name::Warn).is_some(),
            receipt: cookies.read(request, Name::Receipt),
            here: request
                .uri()
                .path_and_query()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
    }

    /// The frame of an answer that can be had again at this address.
    pub fn frame(&self) -> Frame {
        Frame::new(self.locale, &self.here)
    }

    /// The frame of an answer to a form, which can be had again at `path` by GET.
    pub fn frame_at(&self, path: &str) -> Frame {
        Frame::new(self.locale, path)
    }
}

/// The client's address: the socket's, unless that is a trusted proxy; then the right-most address of
/// `X-Forwarded-For` that is none ([S-45], [H-6]).
pub fn client_address(request: &HttpRequest, web: &Web) -> IpAddr {
    let socket = request
        .peer_addr()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
    let trusted = &web.app.config.server.trusted_proxies;
    if trusted.is_empty() || !is_within(trusted, socket) {
        return socket;
    }
    let forwarded: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .collect();
    let mut nearest = socket;
    for entry in forwarded.iter().rev() {
        let Some(address) = forwarded_address(entry.trim()) else {
            break;
        };
        nearest = address;
        if !is_within(trusted, address) {
            break;
        }
    }
    nearest
}

/// An entry of `X-Forwarded-For`: an address, or an address and a port as some proxies write it.
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let bare = || entry.trim_matches(['[', ']']).parse().ok();
    bare().or_else(|| {
        entry
            .parse::<std::net::SocketAddr>()
            .ok()
            .map(|socket| socket.ip())
    })
}

/// The parameters of a GET.
///
/// # Errors
/// A 400 page.
pub fn query(request: &HttpRequest) -> Result<Parameters, Trouble> {
    Parameters::parse(request.query_string().as_bytes(), None).map_err(|_| Trouble::BadRequest)
}

/// The parameters of a POST: query and form.
///
/// # Errors
/// A 400 page, or 413 when the form is too long.
pub async fn form(request: &HttpRequest, body: web::Payload) -> Result<Parameters, Trouble> {
    let body = read(request, body).await?;
    Parameters::parse(request.query_string().as_bytes(), Some(&body)).map_err(|_| Trouble::BadRequest)
}

/// The parameters that a service sends, by GET or as a form.
///
/// # Errors
/// `INVALID_REQUEST` when they cannot be read: a service never gets a status but 200 ([E-1]).
pub async fn parameters(request: &HttpRequest, body: web::Payload) -> Result<Parameters, Failure> {
    let body = match *request.method() {
        Method::POST => Some(read(request, body).await.map_err(|_| Cause::Undecodable)?),
        _ => None,
    };
    Ok(Parameters::parse(
        request.query_string().as_bytes(),
        body.as_deref(),
    )?)
}

/// The body of a form, whole and within its limits.
///
/// # Errors
/// 413 when it is too long, 408 when it does not arrive in time, 400 when it is cut short or is no form.
pub async fn read(request: &HttpRequest, body: web::Payload) -> Result<Vec<u8>, Trouble> {
    let bytes = read_any(request, body).await?;
    let media = text(request, &header::CONTENT_TYPE).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !bytes.is_empty()
        && !media.is_empty()
        && !media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Err(Trouble::BadRequest);
    }
    Ok(bytes)
}

/// The same, whatever the content type says that it is.
///
/// # Errors
/// 413 when it is too long, 408 when it does not arrive in time, 400 when it is cut short.
pub async fn read_any(request: &HttpRequest, mut body: web::Payload) -> Result<Vec<u8>, Trouble> {
    let declared = text(request, &header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > LARGEST_BODY) {
        return Err(Trouble::TooLarge);
    }
    let mut bytes = Vec::with_capacity(declared.unwrap_or(0));
    let reading = async {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| Trouble::BadRequest)?;
            if bytes.len() + chunk.len() > LARGEST_BODY {
                return Err(Trouble::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(())
    };
    let patience = request
        .app_data::<web::Data<Web>>()
        .map_or_else(Patience::default, |web| web.app.config.server.patience);
    tokio::time::timeout(patience.body, reading)
        .await
        .map_err(|_| Trouble::TooSlow)??;
    Ok(bytes)
}

/// Whether a browser fetches this ahead of a click that may never come: nothing may be granted or ended then ([S-23]).
pub fn is_prefetch(request: &HttpRequest) -> bool {
    ["sec-purpose", "purpose", "x-moz"]
        .iter()
        .filter_map(|name| request.headers().get(*name)?.to_str().ok())
        .any(|value| value.contains("prefetch"))
}

/// The text of a header.
pub fn text<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn query_value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
