//! This server, checked from outside like any other.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use vestibule::conformance::report::{Outcome, Report};
use vestibule::conformance::{self, Callback, Listening, Options, Time};
use vestibule::kernel::clock::{Clock, ManualClock};

use crate::support::TestServer;
use crate::support::callback::Authority;
use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};
use crate::support::port::free_port;

/// The test's clock: its time passes at once.
pub struct Hands(pub ManualClock);

impl Time for Hands {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    fn pass(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0
            .advance(chrono::Duration::from_std(span).expect("a short while"));
        Box::pin(std::future::ready(()))
    }
}

/// What this server does not offer. The list may only become shorter.
const NOT_OFFERED: [&str; 1] = ["sign-in.remember-me"];

/// Clauses that cannot be checked in this way.
const NOT_TRIED: [&str; 0] = [];

/// Another web service, to which others may proxy.
const BACK_END: &str = "https://arriere.univ.example/";

/// What is registered besides the services of every test: one that listens and may proxy, and two to proxy to.
fn services(port: u16, callback: u16) -> [String; 3] {
    let service = |key: &str, url: &str, proxy: &str| {
        format!(
            "key = \"{key}\"\nname = {{ fr = \"{key}\", en = \"{key}\" }}\nurl = \"{url}\"\n\
             proxy = {{ {proxy}accepts_proxy_tickets = true }}\n"
        )
    };
    let callbacks = format!("callbacks = [\"https://localhost:{callback}/\"], ");
    [
        service("listening", &format!("http://127.0.0.1:{port}/"), &callbacks),
        service("back-end", BACK_END, ""),
        service("imap", "imap://mail.univ.example", ""),
    ]
}

/// The report on a server of the tests.
pub async fn report() -> Report {
    let (port, callback) = (free_port(), free_port());
    let authority = Authority::new();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let [certificate, key] = authority.localhost();
    let files = [("certificate.pem", certificate), ("key.pem", key)].map(|(name, text)| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("the folder can be written");
        file
    });
    let mut setup = TestServer::with()
        .set("rest.enabled", "true")
        .trusting(&authority)
        .workers(2);
    for definition in services(port, callback) {
        setup = setup.service(&definition);
    }
    let server = setup.start().await;
    let [certificate, key] = files;
    let options = Options {
        name: "Vestibule".to_owned(),
        // The public name: forms that come from elsewhere are refused.
        base: server.base.replace("127.0.0.1", "localhost"),
        user: CAMILLE.to_owned(),
        password: PASSWORD.into(),
        service: MAIL_URL.to_owned(),
        second: Some(BACK_END.to_owned()),
        listening: Some(Listening {
            url: format!("http://127.0.0.1:{port}/"),
            bind: ([127, 0, 0, 1], port).into(),
        }),
        callback: Some(Callback {
            url: format!("https://localhost:{callback}/"),
            bind: ([127, 0, 0, 1], callback).into(),
            certificate,
            key,
        }),
        target: Some("imap://mail.univ.example".to_owned()),
        refused: "https://not-registered.example/".to_owned(),
        wrong_passwords: 4,
        ticket_lifetime: Some(Duration::from_secs(30)),
        only: None,
        time: Arc::new(Hands(server.clock.clone())),
    };
    conformance::run(options, |_| {})
        .await
        .expect("the server answers")
}

/// The words by clause.
pub fn words(report: &Report) -> BTreeMap<&str, &str> {
    let findings = report.findings.iter();
    findings
        .map(|one| (one.clause.as_str(), one.outcome.word()))
        .collect()
}

#[tokio::test]
async fn this_server_fulfils_every_clause_that_it_offers() {
    let report = report().await;

    let failed: Vec<String> = report
        .findings
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Fail { .. }))
        .map(vestibule::conformance::report::Finding::line)
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let with = |word: &str| -> Vec<&str> {
        let words = words(&report);
        let all = report.findings.iter().map(|one| one.clause.as_str());
        all.filter(|clause| words[clause] == word).collect()
    };
    assert_eq!(with("not offered"), NOT_OFFERED);
    assert_eq!(with("not tried"), NOT_TRIED);
    let stored = super::pages::stored("vestibule");
    let (now, then) = (words(&report), words(&stored));
    let moved: Vec<&str> = now
        .keys()
        .chain(then.keys())
        .copied()
        .filter(|clause| now.get(clause) != then.get(clause))
        .collect();
    assert!(
        moved.is_empty(),
        "the stored report is of another day in {moved:?}; run: tests/conformance/vestibule && tests/conformance/table"
    );
}
