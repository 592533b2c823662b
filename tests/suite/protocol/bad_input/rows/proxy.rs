//! `/proxy`.

use super::spelling::{Fault, join, repeated, spellings, undecodable};
use super::validation::{long_service, strange_services};
use super::{Row, Wants, get, post, send, utf_16};

const TARGET: &str = "imap%3A%2F%2Fimap.univ.example";
const INVALID: &str = "INVALID_REQUEST";
const TWICE: &str = "a parameter was given more than once";
const UNREADABLE: &str = "the request could not be decoded";

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let target = format!("targetService={TARGET}");
    for (name, value, rest, missing) in [
        ("pgt", "{pgt}", target.as_str(), "the pgt parameter is required"),
        (
            "targetService",
            TARGET,
            "pgt={pgt}",
            "the service parameter is required",
        ),
        (
            "service",
            TARGET,
            "pgt={pgt}",
            "the service parameter is required",
        ),
    ] {
        for (fault, pairs) in spellings(name, value) {
            let text = match fault {
                Fault::Missing => missing,
                Fault::Repeated => TWICE,
                Fault::Undecodable => UNREADABLE,
            };
            let wants = Wants::Proxy(INVALID, text);
            rows.push(get("/proxy", join(&[rest, &pairs])).wants(wants.clone()));
            rows.push(get("/proxy", join(&["format=JSON", &pairs, rest])).wants(wants.clone()));
            rows.push(post("/proxy", join(&[&pairs, rest])).wants(wants));
        }
    }
    let good = format!("pgt={{pgt}}&{target}");
    for name in [
        "ticket", "pgtUrl", "renew", "gateway", "method", "TARGET", "SAMLart",
    ] {
        for pairs in repeated(name, "true") {
            rows.push(get("/proxy", join(&[&good, &pairs])).wants(Wants::Proxy(INVALID, TWICE)));
        }
        for pairs in undecodable(name, "true") {
            rows.push(get("/proxy", join(&[&good, &pairs])).wants(Wants::Proxy(INVALID, UNREADABLE)));
        }
    }
    bodies(&mut rows, &good);
    judged(&mut rows, &target);
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let row = get("/proxy", good.as_str()).method(method);
        rows.push(row.wants(Wants::Method("GET, HEAD, POST")));
    }
    rows
}

fn bodies(rows: &mut Vec<Row>, good: &str) {
    let unreadable = Wants::Proxy(INVALID, UNREADABLE);
    for media in ["application/json", "text/xml", "multipart/form-data; boundary=x"] {
        let row = send("/proxy", good).header(format!("Content-Type: {media}"));
        rows.push(row.wants(unreadable.clone()));
    }
    rows.push(post("/proxy", utf_16(good, true)).wants(unreadable.clone()));
    let long = format!("{good}&a={}", "a".repeat(64 * 1024));
    rows.push(post("/proxy", long.as_str()).wants(unreadable.clone()));
    let pieces = post("/proxy", long.as_str()).chunked();
    rows.push(pieces.wants(unreadable.clone()));
    rows.push(get("/proxy", format!("{good}{}", "&a=1".repeat(99))).wants(unreadable));
}

fn judged(rows: &mut Vec<Row>, target: &str) {
    let unknown = Wants::Proxy("INVALID_TICKET", "the ticket is not recognized");
    let long = format!("PGT-{}", "a".repeat(8_000));
    for pgt in [
        "PGT-other",
        "{pgt}x",
        "{pgt}%20",
        "{pgt}%0D%0Aa",
        "{pgt}%7F",
        "{pgt}%2500",
        "PGT-",
        "pgt-1",
        "TGT-1",
        "ST-1",
        "PGTIOU-1",
        "%2550GT-1",
        "null",
        &format!("PGT-{}", "a".repeat(60)),
        &format!("PGT-{}", "a".repeat(61)),
        &long,
    ] {
        let row = get("/proxy", format!("pgt={pgt}&{target}"));
        rows.push(row.wants(unknown.clone()));
    }
    let refused = Wants::Proxy(
        "UNAUTHORIZED_SERVICE",
        "the service is not authorized to use this server for this user",
    );
    let others = [TARGET, "x"].map(|service| format!("{service}%0D%0Aa"));
    let web = ["https://mail.univ.example/".to_owned(), long_service(2_048)];
    for service in strange_services().into_iter().chain(others).chain(web) {
        // A proxy that asks for what it may not have is written down: somebody holds its ticket.
        let row = get("/proxy", format!("pgt={{pgt}}&targetService={service}")).leaves(&[("audit", 1)]);
        rows.push(row.wants(refused.clone()));
        let row = get("/proxy", format!("pgt=PGT-other&targetService={service}"));
        rows.push(row.wants(unknown.clone()));
    }
}
