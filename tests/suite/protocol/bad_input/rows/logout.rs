//! `/logout`.

use super::spelling::{Fault, repeated, spellings, undecodable};
use super::validation::strange_services;
use super::{Row, SERVICE, Wants, get, post, send, utf_16};

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in ["service", "targetService", "TARGET"] {
        for (fault, pairs) in spellings(name, SERVICE) {
            let wants = match fault {
                Fault::Missing => Wants::Home,
                Fault::Repeated | Fault::Undecodable => Wants::Page(400),
            };
            rows.push(get("/logout", &pairs).wants(wants.clone()));
            rows.push(post("/logout", pairs.as_str()).wants(wants));
            if fault != Fault::Missing {
                // What cannot be understood ends no session.
                let held = get("/logout", &pairs).header("Cookie: {session}");
                rows.push(held.wants(Wants::Page(400)));
                let held = post("/logout", pairs.as_str()).header("Cookie: {session}");
                rows.push(held.wants(Wants::Page(400)));
            }
        }
        for service in strange_services() {
            let pairs = format!("{name}={service}");
            rows.push(get("/logout", &pairs).wants(Wants::Page(403)));
            rows.push(post("/logout", pairs.as_str()).wants(Wants::Page(403)));
        }
    }
    for name in ["renew", "gateway", "method", "ticket", "pgt", "pgtUrl", "SAMLart"] {
        for pairs in repeated(name, "true")
            .into_iter()
            .chain(undecodable(name, "true"))
        {
            let held = get("/logout", &pairs).header("Cookie: {session}");
            rows.push(held.wants(Wants::Page(400)));
        }
    }
    for url in ["https://evil.example/", "javascript:alert(1)", "//evil.example"] {
        rows.push(get("/logout", format!("url={url}&next={url}")).wants(Wants::Home));
    }
    for media in ["application/json", "text/xml", "multipart/form-data; boundary=x"] {
        let row = send("/logout", "service=x").header(format!("Content-Type: {media}"));
        rows.push(row.header("Cookie: {session}").wants(Wants::Page(400)));
    }
    let held = |body: Vec<u8>| post("/logout", body).header("Cookie: {session}");
    rows.push(held(utf_16("service=x", true)).wants(Wants::Page(400)));
    rows.push(held(b"service=\xff".to_vec()).wants(Wants::Page(400)));
    let long = format!("a={}", "a".repeat(64 * 1024 - 1));
    rows.push(held(long.clone().into_bytes()).wants(Wants::Page(413)));
    let pieces = held(long.into_bytes()).chunked();
    rows.push(pieces.wants(Wants::Page(413)));
    rows.push(held("a=1&".repeat(101).into_bytes()).wants(Wants::Page(400)));
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let row = get("/logout", "").header("Cookie: {session}").method(method);
        rows.push(row.wants(Wants::Method("GET, HEAD, POST")));
    }
    rows
}
