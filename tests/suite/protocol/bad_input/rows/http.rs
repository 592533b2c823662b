//! What is wrong before any parameter is read, at every endpoint alike.

use super::{Row, SERVICE, Wants, get, post};

const DOORS: [&str; 9] = [
    "/login",
    "/logout",
    "/validate",
    "/serviceValidate",
    "/p3/serviceValidate",
    "/proxyValidate",
    "/p3/proxyValidate",
    "/proxy",
    "/samlValidate",
];

/// The most that a head may hold.
const HEAD: usize = 16 * 1024;

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for door in DOORS {
        targets(&mut rows, door);
        heads(&mut rows, door);
        framing(&mut rows, door);
    }
    longest_heads(&mut rows);
    cookies(&mut rows);
    rows
}

/// A request line that is none.
fn targets(rows: &mut Vec<Row>, door: &str) {
    let good = format!("service={SERVICE}&ticket={{ticket}}");
    for bytes in [
        b"\xff".as_slice(),
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xc3\xa9",
        b"\0",
        b"\x01",
        b"\x7f",
        b"\t",
        b" ",
        b"<",
        b">",
    ] {
        let query = [good.as_bytes(), bytes].concat();
        rows.push(get(door, query).wants(Wants::Status(400)));
    }
    let mut row = get(door, &good);
    row.target = [b"x", row.target.as_slice()].concat();
    rows.push(row);
    for method in ["G\0T", "G T", "G\u{e9}T", ""] {
        rows.push(get(door, &good).method(method).wants(Wants::Status(400)));
    }
}

fn heads(rows: &mut Vec<Row>, door: &str) {
    let good = format!("service={SERVICE}&ticket={{ticket}}");
    let too_much = || Wants::Status(431);
    rows.push(get(door, format!("{good}&a={}", "a".repeat(HEAD))).wants(too_much()));
    let line = format!("X-Long: {}", "a".repeat(HEAD));
    rows.push(get(door, &good).header(line).wants(too_much()));
    let mut many = get(door, &good);
    many.headers = (0..90).map(|at| format!("X-{at}: {}", "a".repeat(200))).collect();
    rows.push(many.wants(too_much()));
    let mut crowd = get(door, &good);
    crowd.headers = (0..200).map(|at| format!("X-{at}: a")).collect();
    rows.push(crowd.wants(too_much()));
    for line in [
        "X-Nul: a\0b",
        "X Space: a",
        "X-\u{e9}: a",
        ": a",
        "X-Folded: a\r\n b",
        "X-Bare: a\rb",
        "x",
    ] {
        rows.push(get(door, &good).header(line).wants(Wants::Status(400)));
    }
    for host in [
        "Host: evil.example",
        "Host: localhost.evil.example",
        "Host: \u{e9}",
    ] {
        let status = Wants::Status(421);
        rows.push(get(door, &good).header(host).wants(status));
    }
}

/// A body whose end is not to be known.
fn framing(rows: &mut Vec<Row>, door: &str) {
    let good = format!("service={SERVICE}&ticket={{ticket}}");
    for lines in [
        "Content-Length: -1",
        "Content-Length: 1a",
        "Content-Length: 4, 4",
        "Content-Length: 99999999999999999999",
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked, identity",
    ] {
        let row = post(door, good.as_str()).header(lines);
        rows.push(row.wants(Wants::Status(400)));
    }
}

/// A head of exactly the most bytes, counted as names and values with four bytes a line and the target, and one more.
fn longest_heads(rows: &mut Vec<Row>) {
    let others = "/cas/login?".len() + "Connection: close\r\n".len() + "Host: localhost\r\n".len();
    let rest = HEAD - others - "X-Long: \r\n".len();
    for (length, wants) in [(rest, Wants::Form(200)), (rest + 1, Wants::Status(431))] {
        let row = get("/login", "").header("Host: localhost");
        rows.push(row.header(format!("X-Long: {}", "a".repeat(length))).wants(wants));
    }
}

/// Cookies that nobody gave out, where cookies are read.
fn cookies(rows: &mut Vec<Row>) {
    let long = format!("TGC={}", "a".repeat(8_000));
    for cookie in [
        "TGC=",
        "TGC=x",
        "TGC=%00",
        "TGC=%FF",
        "TGC=\u{e9}",
        "TGC=\"x\"",
        "TGC=x; TGC=y",
        "TGC=TGT-1",
        "TGC",
        "=",
        ";;;",
        "CASPRIVACY=\u{e9}; CASFORM=%FF",
        &long,
    ] {
        let row = get("/login", "").header(format!("Cookie: {cookie}"));
        rows.push(row.wants(Wants::Form(200)));
        let row = get("/logout", "").header(format!("Cookie: {cookie}"));
        rows.push(row.wants(Wants::Home));
    }
    for line in [
        "Accept-Language: \u{e9},,;q=x",
        "Accept: \u{e9}",
        "User-Agent: \u{e9}\u{1f393}",
        "X-Forwarded-For: \u{e9}, 1.2.3",
        "Accept-Encoding: gzip;q=\u{e9}",
        "Range: bytes=0-,-1",
        "If-None-Match: *",
        "Expect: x",
        "Sec-Fetch-Site: \u{e9}",
    ] {
        rows.push(get("/login", "lang=%FF").header(line).wants(Wants::Page(400)));
        rows.push(get("/login", "lang=zz").header(line).wants(Wants::Form(200)));
    }
}
