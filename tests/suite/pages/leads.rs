//! Where a browser goes from an answer, or may be taken by a click on it: read as browsers read it (WHATWG), never as this
//! server does.

use std::collections::BTreeSet;

use reqwest::Url;
use scraper::{Html, Selector};

use crate::support::TestServer;
use crate::support::raw::Exchange;

/// What takes a browser somewhere.
const PLACES: [(&str, &str); 10] = [
    ("a[href]", "href"),
    ("area[href]", "href"),
    ("link[href]", "href"),
    ("base[href]", "href"),
    ("form[action]", "action"),
    ("[formaction]", "formaction"),
    ("[src]", "src"),
    ("iframe", "srcdoc"),
    ("object[data]", "data"),
    ("meta[http-equiv]", "content"),
];

/// The origins of the services of every test; the host with any first label is `*`.
const SERVICES: [&str; 5] = [
    "https://mail.univ.example",
    "https://cours.univ.example",
    "https://*.cours.univ.example",
    "https://edt.univ.example",
    "https://scolarite.univ.example",
];

/// Every address that `answer` leads to from the page at `here`.
pub fn of(answer: &Exchange, here: &Url) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in ["Location", "Refresh", "Link", "Content-Location"] {
        found.extend(answer.header(name).map(str::to_owned));
    }
    let page = Html::parse_document(&answer.body);
    for (selector, attribute) in PLACES {
        let selector = Selector::parse(selector).expect("a selector");
        let values = page
            .select(&selector)
            .filter_map(|element| element.attr(attribute));
        found.extend(values.map(str::to_owned));
    }
    found
        .into_iter()
        .map(|address| absolute(&address, here))
        .collect()
}

fn absolute(address: &str, here: &Url) -> String {
    here.join(address)
        .map_or_else(|_| address.to_owned(), String::from)
}

/// Whether `address` is on this server, at a registered service, or writes to the support.
pub fn is_allowed(address: &str, here: &Url) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    if url.scheme() == "mailto" {
        return true;
    }
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    let origin = url.origin().ascii_serialization();
    origin == here.origin().ascii_serialization() || SERVICES.iter().any(|service| is_at(&origin, service))
}

fn is_at(origin: &str, service: &str) -> bool {
    match service.split_once('*') {
        None => origin == service,
        Some((before, after)) => {
            let first = origin
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after));
            first.is_some_and(|first| !first.is_empty() && !first.contains(['.', ':', '/']))
        }
    }
}

impl TestServer {
    /// Asserts that an answer to `request`, seen at `path`, leads nowhere but where it may.
    pub fn assert_leads_home(&self, answer: &Exchange, path: &str, request: &str) {
        assert!(!answer.head.is_empty(), "no answer to {request:?}");
        assert!(
            (200..500).contains(&answer.status()),
            "{}: {request:?}",
            answer.head
        );
        let port = self.authority().rsplit(':').next().unwrap_or_default();
        let here = Url::parse(&format!("http://localhost:{port}{path}")).expect("an address");
        let away: Vec<String> = of(answer, &here)
            .into_iter()
            .filter(|address| !is_allowed(address, &here))
            .collect();
        assert!(away.is_empty(), "{away:?} after {request:?}: {}", answer.head);
        let lines = answer
            .head
            .lines()
            .filter(|line| line.to_lowercase().starts_with("location:"));
        assert!(lines.count() < 2, "{}", answer.head);
    }
}
