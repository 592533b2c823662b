//! What every answer of this server carries, and what none may: asked of each answer that any test gets ([S-25], [H-1]).

use super::page::Reply;

/// Headers that an answer may have besides those it must.
const MAY: [&str; 13] = [
    "allow",
    "clear-site-data",
    "connection",
    "content-length",
    "content-type",
    "date",
    "expires",
    "location",
    "pragma",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
];

/// Headers that an answer must have, with this value.
const MUST: [(&str, &str); 4] = [
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Headers by which a ticket is handed over to whoever asked for `HEADER`, without a body ([L-11]).
const HANDED_OVER: [&str; 2] = ["service", "ticket"];

/// # Panics
/// When a header is missing, unexpected, or says something else than it should.
pub fn are_in_order(reply: &Reply) {
    for (name, value) in MUST {
        assert_eq!(reply.header(name), value, "{name}: {reply:#?}");
    }
    assert!(!reply.header("cache-control").is_empty(), "{reply:#?}");
    let policy = reply.header("content-security-policy");
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    for hole in ["unsafe", "*", "data:", "blob:"] {
        assert!(!policy.contains(hole), "{hole}: {policy}");
    }
    for line in reply.headers.get_all("set-cookie") {
        let line = line.to_str().expect("a cookie is text");
        for flag in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(line.contains(flag), "{flag}: {line}");
        }
        assert!(
            !line.contains("; Domain"),
            "another host of the university would get it: {line}"
        );
        // Whoever is told to come back by https alone is given no cookie that travels otherwise.
        let by_https_alone = !reply.header("strict-transport-security").is_empty();
        assert_eq!(line.contains("; Secure"), by_https_alone, "{line}");
    }
    for name in reply.headers.keys().map(reqwest::header::HeaderName::as_str) {
        let is_known = MAY.contains(&name)
            || MUST.iter().any(|(must, _)| *must == name)
            || ["cache-control", "content-security-policy"].contains(&name)
            || (HANDED_OVER.contains(&name) && reply.body.is_empty());
        assert!(is_known, "{name}: {reply:#?}");
    }
}
