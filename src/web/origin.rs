//! Whether a form was sent from our own pages.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::Web;
use super::request::text;

/// Whether `Origin` and `Sec-Fetch-Site`, when sent, are ours ([S-22]).
///
/// `Origin: null` passes: our own pages forbid referrers, and browsers then send that. The form token, which is bound
/// to a cookie that another site cannot read or set, is what such a request still needs.
pub fn is_ours(request: &HttpRequest, web: &Web) -> bool {
    let origin =
        text(request, &header::ORIGIN).is_none_or(|origin| origin == "null" || is_our_origin(origin, web));
    let site = request
        .headers()
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok());
    origin && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn is_our_origin(origin: &str, web: &Web) -> bool {
    let public = &web.app.config.server.public_url;
    origin == public.origin()
        || (is_loopback(public.host())
            && origin
                .split_once("://")
                .is_some_and(|(_, authority)| is_loopback(host(authority))))
}

/// Whether the request names this host. On a machine of one's own, any name of the loopback interface will do.
pub fn names_this_host(request: &HttpRequest, web: &Web) -> bool {
    let public = &web.app.config.server.public_url;
    let Some(named) = text(request, &header::HOST) else {
        // HTTP/1.0 clients send no Host (RFC 9112 §3.2); HTTP/1.1 ones must.
        return request.version() == actix_web::http::Version::HTTP_10;
    };
    named.eq_ignore_ascii_case(public.authority())
        || named.eq_ignore_ascii_case(public.host())
        || host(named).eq_ignore_ascii_case(public.host())
        || (is_loopback(public.host()) && is_loopback(host(named)))
}

fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
