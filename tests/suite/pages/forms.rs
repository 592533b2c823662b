//! Every form is taken only from the browser that it was shown to, and not too late ([S-22]).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chrono::Duration;

use super::walks::{Shown, WAYS, elsewhere, form, go, templates_with_forms};
use crate::support::database::declared;
use crate::support::journeys::{ACTIVATE, RECOVER};
use crate::support::{Browser, Reply, TestServer};

/// What a form may change; a try, a spent token or a line of the audit does nothing to anybody.
const TABLES: [&str; 8] = [
    "accounts",
    "journeys",
    "people",
    "recovery_codes",
    "retired_logins",
    "service_tickets",
    "services",
    "sessions",
];

/// All that is in these tables, but for when a session was last used.
async fn state(server: &TestServer) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for table in TABLES {
        let columns: Vec<String> = declared()
            .iter()
            .filter_map(|column| {
                column
                    .split(':')
                    .next()?
                    .strip_prefix(&format!("{table}."))
                    .map(str::to_owned)
            })
            .filter(|column| column != "used_at")
            .map(|column| format!("quote({column})"))
            .collect();
        assert!(!columns.is_empty(), "{table}");
        let sql = format!(
            "SELECT '{table} ' || {} AS line FROM {table}",
            columns.join(" || ' ' || ")
        );
        rows.extend(server.lines(&sql).await);
    }
    rows
}

/// Sends the form with this token, or without any, as `browser`.
async fn send(browser: &Browser, shown: &Shown, token: Option<&str>) -> Reply {
    let (action, hidden) = form(&shown.page, &shown.filled);
    let mut fields: Vec<(&str, &str)> = hidden
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "execution")
        .collect();
    fields.extend(token.map(|token| ("execution", token)));
    fields.extend(shown.filled.iter().copied());
    browser.post(&action, &fields).await
}

/// The browser again, with the headers that it would send from this kind of site.
fn from_site(browser: &Browser, site: &'static str) -> Browser {
    let again = browser.at(&browser.base).direct();
    let again = again.with("accept", "text/html").with("sec-fetch-site", site);
    if site == "cross-site" {
        return again.with("origin", "https://evil.example");
    }
    again
}

/// A sign-out has no need of a token: by GET it has none either. What keeps strangers from it is where it comes from.
fn home_of(way: &str) -> &'static str {
    if way == "logout/confirm.html" {
        "cross-site"
    } else {
        "same-origin"
    }
}

/// Tries everything that is not the form as it was shown, and then that.
async fn is_taken_only_as_shown(way: &str) {
    let server = TestServer::start().await;
    let stranger = elsewhere(&server, way).await.value("execution");
    let shown = go(&server, way).await;
    let own = shown.page.value("execution");
    let another_form = if way.contains("recover") {
        ACTIVATE
    } else {
        RECOVER
    };
    let other = shown.browser.at(&shown.browser.base);
    let other = other.get(another_form).await.value("execution");
    assert!(
        [&own, &stranger, &other].iter().all(|token| token.len() > 40),
        "{way}: {own} {stranger} {other}"
    );
    let letter = if own.as_bytes()[40] == b'x' { "y" } else { "x" };
    let changed = format!("{}{letter}{}", &own[..40], &own[41..]);
    let before = state(&server).await;

    let browser = from_site(&shown.browser, home_of(way));
    for token in [
        None,
        Some(""),
        Some(stranger.as_str()),
        Some(&other),
        Some(&changed),
        Some("e1s1"),
    ] {
        let reply = send(&browser, &shown, token).await;
        assert_eq!(
            state(&server).await,
            before,
            "{way} took {token:?}: {} {}",
            reply.status,
            reply.text()
        );
        assert_eq!(
            reply
                .cookies("TGC")
                .iter()
                .filter(|line| !line.contains("Max-Age=0"))
                .count(),
            0,
            "{way}"
        );
    }
    if way != "logout/confirm.html" {
        for site in ["cross-site", "same-site"] {
            send(&from_site(&shown.browser, site), &shown, Some(&own)).await;
            assert_eq!(state(&server).await, before, "{way} was taken from a {site} page");
        }
    }

    let reply = send(&from_site(&shown.browser, "same-origin"), &shown, Some(&own)).await;
    assert_ne!(
        state(&server).await,
        before,
        "{way} does nothing at all: {}",
        reply.text()
    );
}

async fn is_not_taken_an_hour_later(way: &str) {
    let server = TestServer::start().await;
    let shown = go(&server, way).await;
    let own = shown.page.value("execution");

    server.wait(Duration::minutes(61));
    let before = state(&server).await;
    let reply = send(&from_site(&shown.browser, home_of(way)), &shown, Some(&own)).await;

    assert_eq!(state(&server).await, before, "{way}: {}", reply.text());
}

#[tokio::test]
async fn s22_no_form_is_taken_without_the_token_that_was_shown_in_it() {
    for way in WAYS {
        is_taken_only_as_shown(way).await;
    }
}

#[tokio::test]
async fn s22_no_form_is_taken_with_a_token_of_an_hour_ago() {
    for way in WAYS {
        is_not_taken_an_hour_later(way).await;
    }
}

#[test]
fn s22_the_forms_that_are_tried_are_all_there_are() {
    let tried: BTreeSet<&str> = WAYS.iter().filter_map(|way| way.split('#').next()).collect();

    let templates = templates_with_forms();

    assert_eq!(tried.into_iter().collect::<Vec<_>>(), templates);
}

/// What a service sends, and what carries no cookie's power.
const NO_FORMS: [&str; 6] = [
    "/p3/proxyValidate",
    "/p3/serviceValidate",
    "/proxy",
    "/proxyValidate",
    "/serviceValidate",
    "/validate",
];

#[tokio::test]
async fn s22_every_path_that_a_form_can_be_sent_to_is_one_of_theirs() {
    let routes = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/routes.rs");
    let routes = fs::read_to_string(routes).expect("the routes");
    let joined: String = routes.split_whitespace().collect();
    let paths: BTreeSet<String> = joined
        .split("form(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| !NO_FORMS.contains(path))
        .map(|path| format!("/cas{path}"))
        .collect();

    let mut actions = BTreeSet::new();
    for way in WAYS {
        let server = TestServer::start().await;
        let shown = go(&server, way).await;
        actions.insert(form(&shown.page, &shown.filled).0);
    }

    assert_eq!(actions, paths);
}
