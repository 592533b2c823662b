//! `/v1`, where it is switched on.

use super::spelling::{Fault, join, repeated, spellings, undecodable};
use super::validation::strange_services;
use super::{Row, SERVICE, Wants, get, post, send, utf_16};

const UNREADABLE: Wants = Wants::Words(400, "the request cannot be read");
const NO_CREDENTIALS: Wants = Wants::Words(400, "username or password is missing");
const NO_SERVICE: Wants = Wants::Words(400, "service is missing");
const REFUSED: Wants = Wants::Words(403, "the service is not authorised");
const UNKNOWN: Wants = Wants::Words(404, "no such ticket");
const NO_MEDIA: Wants = Wants::Words(415, "unsupported media type");
const TOO_LONG: Wants = Wants::Words(413, "the request is too long");

const GOOD: &str = "username={login}&password={password}";
const JSON: &str = "Content-Type: application/json";

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for path in ["/v1/tickets", "/v1/users"] {
        credentials(&mut rows, path);
    }
    for path in ["/v1/tickets", "/v1/users", "/v1/tickets/{tgt}"] {
        bodies(&mut rows, path);
        objects(&mut rows, path);
    }
    tickets(&mut rows);
    services(&mut rows);
    for (path, allowed) in [
        ("/v1/tickets", "POST"),
        ("/v1/users", "POST"),
        ("/v1/services", "POST"),
        ("/v1/tickets/{tgt}", "GET, HEAD, POST, DELETE"),
    ] {
        for method in ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            rows.push(get(path, "").method(method).wants(Wants::Method(allowed)));
        }
    }
    for path in ["/v1/tickets", "/v1/users", "/v1/services"] {
        rows.push(get(path, GOOD).wants(Wants::Method("POST")));
        rows.push(get(path, GOOD).method("DELETE").wants(Wants::Method("POST")));
    }
    rows
}

fn credentials(rows: &mut Vec<Row>, path: &str) {
    for (name, value, rest) in [
        ("username", "{login}", "password={password}"),
        ("password", "{password}", "username={login}"),
    ] {
        for (fault, pairs) in spellings(name, value) {
            let wants = match fault {
                Fault::Missing => NO_CREDENTIALS,
                Fault::Repeated | Fault::Undecodable => UNREADABLE,
            };
            rows.push(post(path, join(&[rest, &pairs])).wants(wants));
        }
    }
    // Passwords in the address line are nobody's.
    rows.push(post(&format!("{path}?{GOOD}"), "").wants(NO_CREDENTIALS));
    for name in ["rememberMe", "renew", "service"] {
        for pairs in repeated(name, "true")
            .into_iter()
            .chain(undecodable(name, "true"))
        {
            rows.push(post(path, join(&[GOOD, &pairs])).wants(UNREADABLE));
        }
    }
    for service in strange_services() {
        rows.push(post(path, format!("{GOOD}&service={service}")).wants(REFUSED));
        rows.push(post(path, format!("{GOOD}&TARGET={service}")).wants(REFUSED));
    }
    let long = "a".repeat(60_000);
    for login in [
        "{login}%0D%0A",
        "{login}%1Bx",
        "{login}%E2%80%AE",
        &"a".repeat(255),
        &long,
    ] {
        let login = login.replace("%0D%0A", "%0D%0Ax");
        let body = format!("username={login}&password={{password}}");
        rows.push(post(path, body).wants(Wants::Unproven));
    }
    for password in ["a".repeat(1_025), long] {
        let body = format!("username={{login}}&password={password}");
        rows.push(post(path, body).wants(Wants::Unproven));
    }
}

fn bodies(rows: &mut Vec<Row>, path: &str) {
    for media in [
        "text/xml",
        "text/plain",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "x",
    ] {
        let row = send(path, GOOD).header(format!("Content-Type: {media}"));
        rows.push(row.wants(NO_MEDIA));
    }
    let good = format!("{GOOD}&service={SERVICE}");
    for little in [false, true] {
        rows.push(post(path, utf_16(&good, little)).wants(UNREADABLE));
    }
    rows.push(post(path, [good.as_bytes(), b"\xff"].concat()).wants(UNREADABLE));
    let long = format!("{good}&a={}", "a".repeat(64 * 1024));
    rows.push(post(path, long.as_str()).wants(TOO_LONG));
    let pieces = post(path, long.as_str()).chunked();
    rows.push(pieces.wants(TOO_LONG));
    rows.push(post(path, format!("{good}{}", "&a=1".repeat(98))).wants(UNREADABLE));
}

/// Bodies that are no object of texts.
fn objects(rows: &mut Vec<Row>, path: &str) {
    let pair = r#""username":"{login}","password":"{plain}""#;
    let many = |at: usize| format!("\"a{at}\":\"\",");
    let texts = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "\"{login}\"".to_owned(),
        format!("[{{{pair}}}]"),
        format!("{{{pair}"),
        format!("{{{pair}}}}}"),
        format!("{{{pair}}}{{{pair}}}"),
        format!("{{{pair},}}"),
        format!("{{{pair},\"username\":\"{{login}}\"}}"),
        format!("{{{pair},\"service\":[\"{SERVICE}\"]}}"),
        format!("{{{pair},\"service\":{{}}}}"),
        format!("{{{pair},\"service\":\"\\u0000\"}}"),
        format!("{{{pair},\"service\":\"\\ud800\"}}"),
        format!("{{{pair},\"service\":\"\\x41\"}}"),
        format!("{{{pair},\"service\":\"a\nb\"}}"),
        format!("{{{pair},\"service\":1e999}}"),
        format!("{{{pair},{}\"b\":\"\"}}", (0..100).map(many).collect::<String>()),
        format!("{{{pair},\"a\":{}", "[".repeat(10_000)),
        format!(
            "{{{pair},\"service\":{}{}}}",
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
        format!("{{{pair},\"a\":{}", "{\"a\":".repeat(10_000)),
        format!("\u{feff}{{{pair}}}"),
        GOOD.to_owned(),
    ];
    for text in texts {
        rows.push(send(path, text).header(JSON).wants(UNREADABLE));
    }
    let object = format!("{{{pair}}}");
    rows.push(send(path, utf_16(&object, true)).header(JSON).wants(UNREADABLE));
    let broken = [br#"{"username":"x"#.as_slice(), b"\xff", br#"","password":"y"}"#].concat();
    rows.push(send(path, broken).header(JSON).wants(UNREADABLE));
    let long = format!("{{{pair},\"a\":\"{}\"}}", "a".repeat(64 * 1024));
    rows.push(send(path, long).header(JSON).wants(TOO_LONG));
}

/// The ticket in the path, and what is asked of it.
fn tickets(rows: &mut Vec<Row>) {
    let service = format!("service={SERVICE}");
    let at = |id: &str| format!("/v1/tickets/{id}");
    let long = format!("TGT-{}", "a".repeat(8_000));
    for id in [
        "TGT-other",
        "TGT-",
        "{tgt}x",
        "{tgt}%20",
        "{tgt}%0A",
        "{tgt}%00",
        "{tgt}%FF",
        "{tgt}%C0%AF",
        "{tgt}%ED%A0%80",
        "{tgt};a=b",
        "{tgt}%2F",
        "%2554GT-1",
        "tgt-1",
        "PGT-1",
        "ST-other",
        "..%2F..%2Flogin",
        "'%20OR%201=1",
        "null",
        &format!("TGT-{}", "a".repeat(125)),
        &long,
    ] {
        rows.push(get(&at(id), "").wants(UNKNOWN));
        rows.push(post(&at(id), service.as_str()).wants(UNKNOWN));
        rows.push(get(&at(id), "").method("DELETE").wants(Wants::Nothing));
    }
    let path = at("{tgt}");
    for (fault, pairs) in spellings("service", SERVICE) {
        let wants = match fault {
            Fault::Missing => NO_SERVICE,
            Fault::Repeated | Fault::Undecodable => UNREADABLE,
        };
        rows.push(post(&path, pairs).wants(wants));
    }
    rows.push(post(&format!("{path}?{service}"), "").wants(NO_SERVICE));
    for refused in strange_services() {
        rows.push(post(&path, format!("service={refused}")).wants(REFUSED));
    }
    for (name, value, rest) in [
        ("username", "{login}", "password={password}"),
        ("password", "{password}", "username={login}"),
    ] {
        for (fault, pairs) in spellings(name, value) {
            let wants = match fault {
                Fault::Missing => NO_CREDENTIALS,
                Fault::Repeated | Fault::Undecodable => UNREADABLE,
            };
            rows.push(post(&path, join(&[&service, "renew=true", rest, &pairs])).wants(wants));
        }
    }
}

fn services(rows: &mut Vec<Row>) {
    let path = "/v1/services";
    for media in [
        "",
        "Content-Type: text/xml",
        "Content-Type: application/x-www-form-urlencoded",
    ] {
        let row = send(path, "{}").header("Authorization: Basic eDp5");
        let row = if media.is_empty() { row } else { row.header(media) };
        rows.push(row.wants(NO_MEDIA));
    }
    let long = "eHh4".repeat(2_000);
    for authorization in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic eA==",
        "Basic Og==",
        "Basic Onk=",
        "Basic eDo=",
        "Basic //86eA==",
        "Basic eDp5 eDp5",
        "Bearer eDp5",
        "Digest username=\"x\"",
        "\u{a0}",
        &format!("Basic {long}"),
    ] {
        for body in ["{}", "", "not json", &"[".repeat(10_000)] {
            let row = send(path, body).header(JSON);
            let row = if authorization.is_empty() {
                row
            } else {
                row.header(format!("Authorization: {authorization}"))
            };
            rows.push(row.wants(Wants::Unproven));
        }
    }
}
