//! What no table thinks of: noise, made of the words of the protocol and of any bytes.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::rows::{Row, get, post, send};
use super::sign_of_success;
use crate::support::TestServer;

const DOORS: [&str; 14] = [
    "/login",
    "/logout",
    "/validate",
    "/serviceValidate",
    "/p3/serviceValidate",
    "/proxyValidate",
    "/p3/proxyValidate",
    "/proxy",
    "/samlValidate",
    "/p3/samlValidate",
    "/v1/tickets",
    "/v1/tickets/TGT-1",
    "/v1/users",
    "/v1/services",
];

/// Pieces that lead further in than bytes alone would.
const PIECES: [&str; 48] = [
    "service",
    "targetService",
    "TARGET",
    "ticket",
    "SAMLart",
    "pgt",
    "pgtUrl",
    "renew",
    "gateway",
    "method",
    "format",
    "warn",
    "username",
    "password",
    "execution",
    "rememberMe",
    "_eventId",
    "success",
    "answer",
    "JSON",
    "POST",
    "true",
    "=",
    "=",
    "=",
    "&",
    "&",
    ";",
    "%",
    "%00",
    "%FF",
    "%C0%AF",
    "%0D%0A",
    "%25",
    "+",
    "https://mail.univ.example/",
    "imap://",
    "ST-1",
    "TGT-1",
    "corsonneau",
    "{\"",
    "\":\"",
    "\",",
    "\"}",
    "[[",
    "<a>",
    "<!DOCTYPE",
    "&lt;",
];

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(PIECES.as_slice()).prop_map(|piece| piece.as_bytes().to_vec());
    let bytes = prop::collection::vec(any::<u8>(), 0..6);
    let parts = prop::collection::vec(prop_oneof![8 => piece, 1 => bytes], 0..40);
    parts.prop_map(|parts| parts.concat())
}

/// The same without what ends a request line: that is a matter of HTTP alone.
fn query() -> impl Strategy<Value = Vec<u8>> {
    noise().prop_map(|mut bytes| {
        bytes.retain(u8::is_ascii_graphic);
        bytes
    })
}

fn request() -> impl Strategy<Value = Row> {
    let media = prop::sample::select(vec![
        "application/x-www-form-urlencoded",
        "application/json",
        "text/xml",
        "multipart/form-data; boundary=x",
    ]);
    let door = prop::sample::select(DOORS.as_slice());
    (door, query(), noise(), media, 0..4_u8).prop_map(|(door, query, body, media, kind)| {
        let mut row = match kind {
            0 => return get(door, query),
            1 => post(door, body),
            _ => send(door, body).header(format!("Content-Type: {media}")),
        };
        row.target.push(b'?');
        row.target.extend(query);
        row
    })
}

/// Whether what looks like success is none: a program that asks for nothing may be told that nothing is there, and the
/// sign-in page leads back whoever comes with `gateway`.
fn is_harmless(row: &Row, sign: &str) -> bool {
    sign == "Location: " && (row.target.starts_with(b"/cas/login") || row.target.starts_with(b"/cas/logout"))
}

#[test]
fn s17_s74_noise_is_never_a_success_nor_a_fault_of_the_server() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(TestServer::with_rest().start());
    let before = runtime.block_on(server.traces());
    let config = Config {
        cases: 1_000,
        failure_persistence: None,
        ..Config::default()
    };

    let outcome = TestRunner::new(config).run(&request(), |row| {
        let bytes = row.bytes(server.authority(), &[]);
        let answer = runtime.block_on(server.raw(bytes));
        prop_assert!(!answer.head.is_empty(), "no answer");
        prop_assert!((200..500).contains(&answer.status()), "{}", answer.head);
        let sign = sign_of_success(&answer).filter(|sign| !is_harmless(&row, sign));
        prop_assert_eq!(sign, None, "{}", answer.body);
        Ok(())
    });

    outcome.unwrap_or_else(|error| panic!("{error}"));
    let left = runtime.block_on(server.traces()).since(&before);
    let counted = |(table, _, _): &(String, i64, i64)| matches!(table.as_str(), "audit" | "throttles");
    assert!(left.iter().all(counted), "{left:?}");
}
