//! A key is replaced while people are in the middle of something: nobody notices.

use crate::support::journeys::{ACTIVATE, PROPOSED, RECOVER};
use crate::support::people::{CAMILLE, CODE, COURSES_URL, EMILE, LOST, MAIL_URL, PASSWORD, PENDING, STAFF};
use crate::support::{Browser, TestServer, encode};

/// What the server signed with its first key, on the database of which a server with the next one goes on.
struct Before {
    server: TestServer,
    address: String,
}

impl Before {
    async fn start() -> Self {
        let server = TestServer::start().await;
        let address = format!("sqlite://{}", server.database().display());
        Self { server, address }
    }

    /// The next server: it signs with another key, and knows these former ones.
    async fn then(&self, key: u8, former: &[u8]) -> TestServer {
        let setup = TestServer::with().keys(key, former);
        setup.joining(&self.address).start().await
    }
}

async fn assert_in(browser: &Browser) {
    let reply = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;
    assert!(reply.ticket().starts_with("ST-"));
}

#[tokio::test]
async fn s85_a_key_is_replaced_without_logging_anybody_out() {
    let before = Before::start().await;
    let browser = before.server.browser();
    let ticket = browser.sign_in_to(CAMILLE, COURSES_URL).await;

    let after = before.then(8, &[7]).await;
    let browser = browser.at(&after.base);

    assert_in(&browser).await;
    let verdict = after.browser().validate(COURSES_URL, &ticket).await;
    verdict.assert_user(CAMILLE);
    // And again, when the first key has gone for good.
    let later = before.then(9, &[8]).await;
    assert_in(&browser.at(&later.base)).await;
}

#[tokio::test]
async fn s85_a_form_shown_before_the_key_was_replaced_is_taken_after_and_once() {
    let before = Before::start().await;
    let browser = before.server.browser();
    let form = browser.get("/login").await;

    let after = before.then(8, &[7]).await;
    let browser = browser.at(&after.base);
    let fields = [("username", EMILE), ("password", PASSWORD)];
    let first = browser.submit(&form, "/login", &fields).await;
    let second = browser.submit(&form, "/login", &fields).await;

    first.assert_status(302);
    second.assert_status(200).assert_says("trop longtemps");
}

#[tokio::test]
async fn s85_passwords_and_codes_from_before_the_key_was_replaced_are_still_right() {
    let before = Before::start().await;

    let after = before.then(8, &[7]).await;

    after.browser().try_in(STAFF).await.assert_status(302);
    after.browser().fail(STAFF).await.assert_status(401);
    let noted = after.browser().recover(LOST, CODE, &PROPOSED).await;
    assert_eq!(noted.login, CAMILLE);
}

#[tokio::test]
async fn s85_a_journey_begun_before_the_key_was_replaced_ends_after() {
    let before = Before::start().await;
    let (newcomer, lost) = (before.server.browser(), before.server.browser());
    newcomer.claim(PENDING).await;
    lost.prove(LOST, CODE).await.assert_status(302);

    let after = before.then(8, &[7]).await;

    let sheet = newcomer.at(&after.base).fill(ACTIVATE, &PROPOSED).await;
    assert!(sheet.noted().is_some(), "{}", sheet.text());
    let sheet = lost.at(&after.base).fill(RECOVER, &PROPOSED).await;
    assert!(sheet.noted().is_some(), "{}", sheet.text());
}

#[tokio::test]
async fn s85_a_browser_known_before_the_key_was_replaced_is_known_after() {
    let before = Before::start().await;
    let own = before.server.browser();
    own.sign_in(CAMILLE).await;
    own.get("/logout").await;

    let after = before.then(8, &[7]).await;
    for _ in 0..4 {
        after.browser().fail(CAMILLE).await.assert_status(401);
    }
    after.browser().fail(CAMILLE).await.assert_status(423);

    own.at(&after.base).try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn s85_what_only_a_forgotten_key_signed_is_worth_nothing() {
    let before = Before::start().await;
    let browser = before.server.browser();
    let form = browser.get("/login").await;

    // The key in force then went twice, and is on the ring no longer.
    drop(before.then(8, &[7]).await);
    let after = before.then(9, &[8]).await;
    let fields = [("username", EMILE), ("password", PASSWORD)];
    let reply = browser.at(&after.base).submit(&form, "/login", &fields).await;

    reply.assert_status(200).assert_says("trop longtemps");
}
