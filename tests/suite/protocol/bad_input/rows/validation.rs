//! The five validators that are asked with parameters.

use super::spelling::{Fault, join, repeated, spellings, undecodable};
use super::{Row, SERVICE, Wants, get, post, send, utf_16};

/// Path, and whether it speaks XML.
const DOORS: [(&str, bool); 5] = [
    ("/validate", false),
    ("/serviceValidate", true),
    ("/p3/serviceValidate", true),
    ("/proxyValidate", true),
    ("/p3/proxyValidate", true),
];

/// Parameters of this and other endpoints that a validator need not have, and may not have twice.
const OTHERS: [&str; 7] = ["pgtUrl", "renew", "gateway", "method", "pgt", "TARGET", "SAMLart"];

/// Parameters that a validator does not know, and must be able to decode.
const STRANGERS: [&str; 6] = [
    "warn",
    "username",
    "password",
    "execution",
    "rememberMe",
    "entityId",
];

const INVALID: &str = "INVALID_REQUEST";
const NO_SERVICE: &str = "the service parameter is required";
const NO_TICKET: &str = "the ticket parameter is required";
const TWICE: &str = "a parameter was given more than once";
const UNREADABLE: &str = "the request could not be decoded";
const UNKNOWN: &str = "the ticket is not recognized";

fn says(xml: bool, code: &'static str, sentence: &'static str) -> Wants {
    if xml {
        Wants::Xml(code, sentence)
    } else {
        Wants::No
    }
}

fn sentence(fault: Fault, missing: &'static str) -> &'static str {
    match fault {
        Fault::Missing => missing,
        Fault::Repeated => TWICE,
        Fault::Undecodable => UNREADABLE,
    }
}

/// Requests for which no ticket is looked at.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (door, xml) in DOORS {
        required(&mut rows, door, xml);
        optional(&mut rows, door, xml);
        forms(&mut rows, door, xml);
        for method in [
            "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get", "post",
        ] {
            let row = get(door, format!("service={SERVICE}&ticket={{ticket}}")).method(method);
            rows.push(row.wants(Wants::Method("GET, HEAD, POST")));
        }
    }
    rows
}

/// `service`, `targetService` and `ticket`, in the query and in a form.
fn required(rows: &mut Vec<Row>, door: &str, xml: bool) {
    let service = format!("service={SERVICE}");
    for (name, value, rest, missing) in [
        ("service", SERVICE, "ticket={ticket}", NO_SERVICE),
        ("targetService", SERVICE, "ticket={ticket}", NO_SERVICE),
        ("ticket", "{ticket}", service.as_str(), NO_TICKET),
    ] {
        for (fault, pairs) in spellings(name, value) {
            let text = sentence(fault, missing);
            rows.push(get(door, join(&[rest, &pairs])).wants(says(xml, INVALID, text)));
            rows.push(post(door, join(&[&pairs, rest])).wants(says(xml, INVALID, text)));
            if xml && fault != Fault::Undecodable {
                let query = join(&[rest, "format=JSON", &pairs]);
                rows.push(get(door, query).wants(Wants::Json(INVALID, text)));
            }
        }
        // What cannot be decoded hides the wish for JSON as well.
        let query = join(&[rest, "format=JSON", &format!("{name}={value}%FF")]);
        rows.push(get(door, query).wants(says(xml, INVALID, UNREADABLE)));
    }
    for semicolons in [
        format!("service={SERVICE};ticket={{ticket}}"),
        format!("service={SERVICE}%26ticket={{ticket}}"),
    ] {
        rows.push(get(door, semicolons).wants(says(xml, INVALID, NO_TICKET)));
    }
    let both = format!("{door}?service={SERVICE}&ticket={{ticket}}");
    rows.push(post(&both, "service=https://cours.univ.example/").wants(says(xml, INVALID, TWICE)));
    rows.push(post(&both, "ticket=ST-other").wants(says(xml, "INVALID_TICKET", UNKNOWN)));
}

/// Everything else, beside a service and a ticket that are good.
fn optional(rows: &mut Vec<Row>, door: &str, xml: bool) {
    let good = format!("service={SERVICE}&ticket={{ticket}}");
    for name in OTHERS {
        for pairs in repeated(name, "true") {
            rows.push(get(door, join(&[&good, &pairs])).wants(says(xml, INVALID, TWICE)));
        }
    }
    for name in OTHERS.iter().chain(&STRANGERS) {
        for pairs in undecodable(name, "true") {
            rows.push(get(door, join(&[&pairs, &good])).wants(says(xml, INVALID, UNREADABLE)));
        }
    }
    if xml {
        let unknown = "the format must be XML or JSON";
        for pairs in repeated("format", "JSON") {
            rows.push(get(door, join(&[&good, &pairs])).wants(Wants::Xml(INVALID, TWICE)));
        }
        for pairs in undecodable("format", "JSON") {
            rows.push(get(door, join(&[&good, &pairs])).wants(Wants::Xml(INVALID, UNREADABLE)));
        }
        let long = "J".repeat(8 * 1024);
        for format in [
            "YAML",
            "JSO",
            "JSONP",
            "XML,JSON",
            "application/json",
            "%3Cxml%3E",
            "JS%0D%0AON",
            &long,
        ] {
            let query = format!("{good}&format={format}");
            rows.push(get(door, query).wants(Wants::Xml(INVALID, unknown)));
        }
    }
}

/// Bodies that are no form, too long, or of too many parts.
fn forms(rows: &mut Vec<Row>, door: &str, xml: bool) {
    let good = format!("service={SERVICE}&ticket={{ticket}}");
    let unreadable = || says(xml, INVALID, UNREADABLE);
    for media in [
        "application/json",
        "text/xml",
        "text/plain",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded-not",
        "x",
    ] {
        let row = send(door, good.as_str()).header(format!("Content-Type: {media}"));
        rows.push(row.wants(unreadable()));
    }
    for little in [false, true] {
        rows.push(post(door, utf_16(&good, little)).wants(unreadable()));
    }
    rows.push(post(door, [b"\xff", good.as_bytes()].concat()).wants(unreadable()));
    rows.push(post(door, vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0]).wants(unreadable()));
    let marked = format!("\u{feff}{good}");
    rows.push(post(door, marked).wants(says(xml, INVALID, NO_SERVICE)));

    let unknown = || says(xml, "INVALID_TICKET", UNKNOWN);
    let padded = |good: &str, length: usize| format!("{good}&a={}", "a".repeat(length - good.len() - 3));
    let other = format!("service={SERVICE}&ticket=ST-other");
    for (length, wants) in [(64 * 1024, unknown()), (64 * 1024 + 1, unreadable())] {
        let body = padded(&other, length);
        rows.push(post(door, body.as_str()).wants(wants.clone()));
        let pieces = post(door, body.as_str()).chunked();
        rows.push(pieces.wants(wants));
    }
    for (count, wants) in [(98, unknown()), (99, unreadable())] {
        let query = format!("{other}{}", "&a=1".repeat(count));
        rows.push(get(door, query.as_str()).wants(wants.clone()));
        rows.push(post(door, query.as_str()).wants(wants.clone()));
        let half = "&a=1".repeat(count - 50);
        let body = "a=1&".repeat(50);
        rows.push(post(&format!("{door}?{other}{half}"), body).wants(wants));
    }
}

/// Requests that are well formed, and whose ticket is looked at.
pub fn judged() -> Vec<Row> {
    let mut rows = Vec::new();
    for (door, xml) in DOORS {
        for ticket in tickets() {
            let query = format!("service={SERVICE}&ticket={ticket}");
            rows.push(get(door, query).wants(says(xml, "INVALID_TICKET", UNKNOWN)));
        }
        for service in strange_services() {
            let query = format!("service={service}&ticket={{fresh}}");
            let wants = says(
                xml,
                "INVALID_SERVICE",
                "the ticket was issued for another service",
            );
            let row = get(door, query).leaves(&[("spent tickets", 1), ("audit", 1)]);
            rows.push(row.wants(wants));
            let query = format!("service={service}&ticket=ST-other");
            rows.push(get(door, query).wants(says(xml, "INVALID_TICKET", UNKNOWN)));
        }
        if xml {
            for callback in callbacks() {
                let query = format!("service={SERVICE}&ticket={{fresh}}&pgtUrl={callback}");
                let row = get(door, query).leaves(&[("spent tickets", 1), ("audit", 1)]);
                let text = "the proxy callback could not be used";
                rows.push(row.wants(Wants::Xml("INVALID_PROXY_CALLBACK", text)));
            }
        }
    }
    rows
}

/// What is no ticket of anybody's. 64 characters are the most.
fn tickets() -> Vec<String> {
    let mut tickets: Vec<String> = [
        "ST-other",
        "ST-",
        "ST",
        "{ticket}x",
        "{ticket}%20",
        "%20{ticket}",
        "{ticket}%0A",
        "{ticket}%0D%0AX-Evil:%201",
        "{ticket}%1B[0m",
        "{ticket}%7F",
        "{ticket}%C2%85",
        "{ticket}%E2%80%AE",
        "{ticket};",
        "{ticket},{ticket}",
        "{ticket}%26service=x",
        "%2553T-1",
        "st-1",
        "ST_1",
        "PT-1",
        "TGT-1",
        "PGT-1",
        "PGTIOU-1",
        "LT-1",
        "AAHhVGhp",
        "-1",
        "0",
        "null",
        "true",
        "[object%20Object]",
        "'%20OR%201=1%20--",
        "%3Ccas:user%3Ecorsonneau%3C/cas:user%3E",
        "%EF%BC%B3%EF%BC%B4-1",
        "ST-%F0%9F%8E%93",
        "+AFMAVA-",
    ]
    .map(str::to_owned)
    .into();
    tickets.extend([61, 62, 8_000].map(|length| format!("ST-{}", "a".repeat(length))));
    tickets
}

/// Addresses for which no ticket was issued.
pub fn strange_services() -> Vec<String> {
    let mut services: Vec<String> = [
        "x",
        "//mail.univ.example/",
        "mail.univ.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https:/mail.univ.example/",
        "https://",
        "https://mail.univ.example/%0D%0ASet-Cookie:%20a=b",
        "https://mail.univ.example/%01",
        "https://mail.univ.example/%7F",
        "https://mail.univ.example/%C2%85",
        "https://mail.univ.example%5C@evil.example/",
        "https://user@mail.univ.example/",
        "https://mail.univ.example:0/",
        "https://mail.univ.example:65536/",
        "https://mail.univ.example:0443/",
        "https://mail.univ.example%2E/../",
        "https://mail.univ.example/%252e%252e/",
        "https://mail.univ.example/a/../b",
        "https://mail.univ.example/%252F",
        "https%253A%252F%252Fmail.univ.example%252F",
        "+AGgAdAB0AHAAcw-://mail.univ.example/",
        "https://[::1]/",
        "https://m%C3%A4il.univ.example/",
        "https://%E2%80%AEmail.univ.example/",
    ]
    .map(str::to_owned)
    .into();
    services.push(long_service(2_049));
    services.push(long_service(8_000));
    services
}

/// A registered service with an address of `length` bytes.
pub fn long_service(length: usize) -> String {
    let start = "https://mail.univ.example/";
    format!("{start}{}", "a".repeat(length - start.len()))
}

/// Addresses that nobody is called at.
fn callbacks() -> Vec<String> {
    let mut all = strange_services();
    all.extend(
        [
            "http://mail.univ.example/",
            SERVICE,
            "https://127.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://evil.example/",
            "gopher://localhost:25/x",
        ]
        .map(str::to_owned),
    );
    all
}
