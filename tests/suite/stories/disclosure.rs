//! What nobody can find out by asking: who exists, and where an account stands.

use chrono::Duration;

use crate::support::TestServer;
use crate::support::people::{CAMILLE, SUSPENDED};

/// Logins of every kind: active, pending, suspended, closed, nobody's, and no login at all.
const LOGINS: [&str; 6] = [
    CAMILLE,
    "jkerlodoc",
    SUSPENDED,
    "zoeillardet",
    "nobody",
    "no\u{200b}body",
];

#[tokio::test]
async fn s40_a_wrong_password_gets_one_page_whoever_is_asked_for() {
    let server = TestServer::start().await;
    let mut pages = Vec::new();

    for login in LOGINS {
        let reply = server.browser().fail(login).await;
        pages.push(reply.without_tokens(&[login]));
    }

    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    assert!(pages[0].starts_with("401"), "{}", pages[0]);
}

#[tokio::test]
async fn s43_the_waiting_page_is_the_same_for_logins_that_exist_and_that_do_not() {
    let server = TestServer::start().await;
    let mut pages = Vec::new();

    for login in &LOGINS[..5] {
        let browser = server.browser();
        for _ in 0..4 {
            browser.fail(login).await.assert_status(401);
        }
        pages.push(browser.fail(login).await.without_tokens(&[login]));
        server.wait(Duration::minutes(6));
    }

    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    assert!(pages[0].starts_with("423"), "{}", pages[0]);
}

#[tokio::test]
async fn s40_the_audit_knows_what_the_page_does_not_say() {
    let server = TestServer::start().await;

    for login in LOGINS {
        server.browser().fail(login).await;
    }

    let mut reasons = server.lines("SELECT detail AS line FROM audit").await;
    reasons.sort();
    let why = |why: &str| format!("{{\"why\":\"{why}\"}}");
    assert_eq!(
        reasons,
        [
            why("password"),
            why("password"),
            why("password"),
            why("pending"),
            why("unknown")
        ]
    );
}
