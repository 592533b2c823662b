//! More log-ins at once than the machine can hash.

use futures_util::future::join_all;

use crate::support::TestServer;
use crate::support::page::Reply;
use crate::support::people::{CAMILLE, EMILE, MAIL_URL, PASSWORD};

/// Log-ins at once: more than anybody has tries.
const STORM: usize = 60;

/// Everything that a log-in may write.
const WRITTEN: &str = "SELECT (SELECT COUNT(*) FROM spent_forms) || ' ' || (SELECT COUNT(*) FROM throttles) || ' ' \
                       || (SELECT COUNT(*) FROM audit) AS line";

/// Tells somebody to come back, and when.
fn assert_sent_away(reply: &Reply) {
    reply.assert_status(503);
    assert_eq!(reply.header("retry-after"), "5");
    assert!(reply.cookies("TGC").is_empty());
}

#[tokio::test]
async fn s70_s72_a_log_in_too_many_is_told_to_come_back_loses_nothing_and_writes_nothing() {
    let server = TestServer::with_rest().start().await;
    let visitor = server.browser();
    let browser = server.browser();
    visitor.sign_in_to(CAMILLE, MAIL_URL).await;
    let form = browser.get("/login").await;
    let before = server.lines(WRITTEN).await;
    let places: Vec<_> = std::iter::from_fn(|| server.app.hasher.place().ok()).collect();

    let fields = [("username", EMILE), ("password", PASSWORD)];
    for _ in 0..STORM {
        assert_sent_away(&browser.submit(&form, "/login", &fields).await);
    }
    assert_sent_away(&server.program().present("/v1/tickets", EMILE, PASSWORD).await);

    assert_eq!(server.lines(WRITTEN).await, before);
    // Whoever needs no hash is served as ever.
    let ticket = visitor.visit(MAIL_URL).await;
    visitor.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
    drop(places);
    browser.submit(&form, "/login", &fields).await.assert_status(302);
}

#[tokio::test]
async fn s70_in_a_storm_everybody_is_let_in_or_told_to_come_back_and_nobody_loses_a_try() {
    let server = TestServer::with()
        .workers(2)
        .change(|config| {
            config.hashing.threads = 1;
            config.hashing.queue = 1;
            config.hashing.memory_kib = 8_192;
        })
        .start()
        .await;
    let people = join_all((0..STORM).map(|_| async {
        let browser = server.browser();
        let form = browser.get("/login").await;
        (browser, form)
    }));
    let people = people.await;
    let fields = [("username", EMILE), ("password", PASSWORD)];

    let storm = people
        .iter()
        .map(|(browser, form)| browser.submit(form, "/login", &fields));
    let replies = join_all(storm).await;

    for reply in replies.iter().filter(|reply| reply.status != 302) {
        assert_sent_away(reply);
    }
    let sessions = server.sessions().await;
    assert_eq!(
        sessions,
        replies.iter().filter(|reply| reply.status == 302).count()
    );
    server.browser().sign_in(EMILE).await;
}
