//! Sixteen at once on everything that may happen only once: exactly one wins.

use futures_util::future::join_all;

use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};
use crate::support::{Browser, Reply, TestServer};

const MANY: usize = 16;

/// A server with threads enough for a race.
async fn server() -> TestServer {
    TestServer::with()
        .set("server.workers", "4")
        .set("database.readers", "4")
        .start()
        .await
}

/// Sends the same form sixteen times at once.
async fn send_at_once(browser: &Browser, page: &Reply, path: &str, fields: &[(&str, &str)]) -> Vec<Reply> {
    join_all((0..MANY).map(|_| browser.submit(page, path, fields))).await
}

fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_of_sixteen_that_present_a_ticket_one_is_let_in() {
    one_ticket_opens_once(&server().await).await;
}

pub async fn one_ticket_opens_once(server: &TestServer) {
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let services: Vec<Browser> = (0..MANY).map(|_| server.browser()).collect();

    let verdicts = join_all(services.iter().map(|service| service.validate(MAIL_URL, &ticket))).await;

    let let_in = verdicts.iter().filter(|verdict| verdict.is_success()).count();
    assert_eq!(let_in, 1, "{verdicts:?}");
    for refused in verdicts.iter().filter(|verdict| !verdict.is_success()) {
        refused.assert_failure("INVALID_TICKET");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s22_of_sixteen_that_send_one_form_one_is_signed_in() {
    one_form_signs_in_once(&server().await).await;
}

pub async fn one_form_signs_in_once(server: &TestServer) {
    let browser = server.browser();
    let page = browser.get("/login").await;

    let replies = send_at_once(
        &browser,
        &page,
        "/login",
        &[("username", CAMILLE), ("password", PASSWORD)],
    )
    .await;

    assert_eq!(count(&replies, 302), 1);
    assert_eq!(count(&replies, 200), MANY - 1);
    assert_eq!(server.sessions().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s42_of_sixteen_guesses_at_once_no_more_are_judged_than_one_after_another() {
    no_more_guesses_than_one_after_another(&server().await).await;
}

pub async fn no_more_guesses_than_one_after_another(server: &TestServer) {
    let browsers: Vec<Browser> = (0..MANY).map(|_| server.browser()).collect();
    let pages = join_all(browsers.iter().map(|browser| browser.get("/login"))).await;
    let fields = [("username", CAMILLE), ("password", "ce n'est pas le bon")];

    let guesses = browsers
        .iter()
        .zip(&pages)
        .map(|(browser, page)| browser.submit(page, "/login", &fields));
    let replies = join_all(guesses).await;

    assert_eq!(count(&replies, 401), 4);
    assert_eq!(count(&replies, 423), MANY - 4);
}
