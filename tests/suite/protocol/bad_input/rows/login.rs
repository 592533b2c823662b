//! `/login`: what it is asked, and the form that is sent to it.

use super::spelling::{Fault, join, missing, repeated, spellings, undecodable};
use super::validation::{long_service, strange_services};
use super::{Row, SERVICE, Wants, get, post, send, utf_16};

/// The aliases of the application's address.
const ADDRESSES: [&str; 3] = ["service", "targetService", "TARGET"];

/// What may be there once in an address line.
const ONCE: [&str; 8] = [
    "renew", "gateway", "method", "warn", "ticket", "pgt", "pgtUrl", "SAMLart",
];

/// What is read from a form alone.
const FORM_ONLY: [&str; 4] = ["username", "password", "execution", "rememberMe"];

/// Requests without credentials.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in ADDRESSES {
        for (fault, pairs) in spellings(name, SERVICE) {
            let (alone, signed_in) = match fault {
                Fault::Missing => (Wants::Form(200), Wants::Home),
                Fault::Repeated | Fault::Undecodable => (Wants::Page(400), Wants::Page(400)),
            };
            let held = |row: Row| row.header("Cookie: {session}").wants(signed_in.clone());
            rows.push(get("/login", &pairs).wants(alone.clone()));
            rows.push(post("/login", pairs.as_str()).wants(alone));
            rows.push(held(get("/login", &pairs)));
            rows.push(held(post("/login", pairs.as_str())));
        }
        for service in strange_services() {
            let pairs = format!("{name}={service}");
            let refused = |row: Row| row.wants(Wants::Page(403));
            rows.push(refused(get("/login", &pairs)));
            rows.push(refused(post("/login", pairs.as_str())));
            rows.push(refused(get("/login", join(&[&pairs, "gateway=true"]))));
            rows.push(refused(get("/login", &pairs).header("Cookie: {session}")));
        }
        let longest = format!("{name}={}", long_service(2_048));
        rows.push(get("/login", longest).wants(Wants::Form(200)));
        let passed_on = format!("{name}={SERVICE}%3Fticket%3DST-1");
        rows.push(get("/login", passed_on).wants(Wants::Page(400)));
    }
    flags(&mut rows);
    bodies(&mut rows);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "post"] {
        let row = get("/login", format!("service={SERVICE}")).header("Cookie: {session}");
        rows.push(row.method(method).wants(Wants::Method("GET, HEAD, POST")));
    }
    rows
}

fn flags(rows: &mut Vec<Row>) {
    let service = format!("service={SERVICE}");
    for name in ONCE {
        for pairs in repeated(name, "true")
            .into_iter()
            .chain(undecodable(name, "true"))
        {
            rows.push(get("/login", join(&[&service, &pairs])).wants(Wants::Page(400)));
            let held = get("/login", join(&[&service, &pairs])).header("Cookie: {session}");
            rows.push(held.wants(Wants::Page(400)));
        }
    }
    // A flag that is not there asks for nothing.
    for pairs in missing("gateway", "true") {
        rows.push(get("/login", join(&[&service, &pairs])).wants(Wants::Form(200)));
    }
    let long = "a".repeat(8_000);
    for value in ["bogus", "POST%0D%0Aa:b", "[]", "null", &long] {
        let query = format!("{service}&method={value}&renew={value}");
        rows.push(get("/login", query).wants(Wants::Form(200)));
    }
    for name in FORM_ONLY {
        for pairs in repeated(name, "{login}") {
            rows.push(get("/login", join(&[&service, &pairs])).wants(Wants::Form(200)));
        }
        for pairs in undecodable(name, "true") {
            rows.push(get("/login", join(&[&service, &pairs])).wants(Wants::Page(400)));
        }
        rows.push(get("/login", format!("{name}={long}")).wants(Wants::Form(200)));
    }
    for name in ["renew", "gateway", "method", "warn", "rememberMe"] {
        for pairs in repeated(name, "true") {
            rows.push(post("/login", join(&[&service, &pairs])).wants(Wants::Page(400)));
        }
    }
}

fn bodies(rows: &mut Vec<Row>) {
    let good = format!("service={SERVICE}");
    for media in [
        "application/json",
        "text/xml",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let row = send("/login", good.as_str()).header(format!("Content-Type: {media}"));
        rows.push(row.wants(Wants::Page(400)));
    }
    for little in [false, true] {
        rows.push(post("/login", utf_16(&good, little)).wants(Wants::Page(400)));
    }
    rows.push(post("/login", b"service=\xe9".as_slice()).wants(Wants::Page(400)));
    let padded = |length: usize| format!("{good}&a={}", "a".repeat(length - good.len() - 3));
    for (length, wants) in [(64 * 1024, Wants::Form(200)), (64 * 1024 + 1, Wants::Page(413))] {
        let body = padded(length);
        rows.push(post("/login", body.as_str()).wants(wants.clone()));
        let pieces = post("/login", body.as_str()).chunked();
        rows.push(pieces.wants(wants));
    }
    for (count, wants) in [(99, Wants::Form(200)), (100, Wants::Page(400))] {
        let all = format!("{good}{}", "&a=1".repeat(count));
        rows.push(get("/login", all.as_str()).wants(wants.clone()));
        rows.push(post("/login", all.as_str()).wants(wants));
    }
    let two = format!("/login?{good}");
    rows.push(post(&two, "service=https://cours.univ.example/").wants(Wants::Page(400)));
}

/// Forms with a right password in which something else is wrong: nobody is signed in, no try is counted, and the token
/// is still good, so that nothing is written.
pub fn credentials() -> Vec<Row> {
    let mut rows = Vec::new();
    let filled = |body: String| post("/login", body).header("Cookie: {form}");
    let fields = [
        ("username", "{login}", "password={password}&execution={token}"),
        ("password", "{password}", "username={login}&execution={token}"),
        ("execution", "{token}", "username={login}&password={password}"),
    ];
    for (name, value, rest) in fields {
        for (fault, pairs) in spellings(name, value) {
            let wants = match fault {
                Fault::Missing | Fault::Repeated => Wants::Form(200),
                Fault::Undecodable => Wants::Page(400),
            };
            rows.push(filled(join(&[rest, &pairs])).wants(wants));
        }
    }
    let all = "username={login}&password={password}&execution={token}";
    for name in ["rememberMe", "warn", "renew", "gateway", "method", "service"] {
        for pairs in repeated(name, "true")
            .into_iter()
            .chain(undecodable(name, "true"))
        {
            rows.push(filled(join(&[all, &pairs])).wants(Wants::Page(400)));
        }
    }
    for service in strange_services() {
        rows.push(filled(format!("{all}&service={service}")).wants(Wants::Page(403)));
    }
    let long = "a".repeat(8_000);
    for token in [
        "x",
        "{token}x",
        "{token}%20",
        "%20{token}",
        "{token}%0A",
        "..",
        "e30.e30.e30",
        "-1",
        "null",
        &long,
    ] {
        let body = format!("username={{login}}&password={{password}}&execution={token}");
        rows.push(filled(body).wants(Wants::Form(200)));
    }
    // Nobody can have such a name: refused as wrong, and not worth a try.
    for login in [
        "{login}%0D%0Aa:b",
        "{login}%1B",
        "{login}%7F",
        "{login}%E2%80%AE",
        "{login}%E2%80%8B",
        &"a".repeat(255),
        &"%C3%A9".repeat(255),
        &long,
    ] {
        let body = format!("username={login}&password={{password}}&execution={{token}}");
        rows.push(filled(body).wants(Wants::Form(401)));
    }
    for password in ["a".repeat(1_025), "%C3%A9".repeat(513), "a".repeat(60_000)] {
        let body = format!("username={{login}}&password={password}&execution={{token}}");
        rows.push(filled(body).wants(Wants::Form(200)));
    }
    for media in [
        "application/json",
        "text/xml",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let row = send("/login", all).header("Cookie: {form}");
        rows.push(
            row.header(format!("Content-Type: {media}"))
                .wants(Wants::Page(400)),
        );
    }
    rows.push(filled(format!("{all}&a={}", "a".repeat(64 * 1024))).wants(Wants::Page(413)));
    rows.push(filled(format!("{all}{}", "&a=1".repeat(98))).wants(Wants::Page(400)));
    for cookie in ["CASFORM=x", "CASFORM=", "CASFORM=%00", "CASFORM=%FF", "a=b"] {
        let row = post("/login", all).header(format!("Cookie: {cookie}"));
        rows.push(row.wants(Wants::Form(200)));
    }
    rows.push(post("/login", all).wants(Wants::Form(200)));
    for origin in ["https://evil.example", "file://", "x"] {
        let row = filled(all.to_owned()).header(format!("Origin: {origin}"));
        rows.push(row.wants(Wants::Page(400)));
    }
    rows
}
