//! Sixteen at once on everything that may happen only once: exactly one wins.

use futures_util::future::join_all;

use crate::support::journeys::{ACTIVATE, Noted, PROPOSED, RECOVER};
use crate::support::people::{CAMILLE, CODE, LOST, MAIL_URL, PASSWORD, PENDING};
use crate::support::proxies::{IMAP_URL, Proxies};
use crate::support::{Browser, Reply, TestServer};

const MANY: usize = 16;

/// A server with threads enough for a race.
async fn server() -> TestServer {
    TestServer::with()
        .workers(4)
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
async fn t3_of_sixteen_that_present_a_proxy_ticket_one_is_let_in() {
    one_proxy_ticket_opens_once(&Proxies::start().await).await;
}

pub async fn one_proxy_ticket_opens_once(proxies: &Proxies) {
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;
    let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
    let services: Vec<Browser> = (0..MANY).map(|_| proxies.server.browser()).collect();

    let asked = services
        .iter()
        .map(|one| one.validate_at("/proxyValidate", IMAP_URL, &ticket, ""));
    let verdicts = join_all(asked).await;

    let (good, bad): (Vec<_>, Vec<_>) = verdicts.iter().partition(|verdict| verdict.is_success());
    assert_eq!(good.len(), 1, "{verdicts:?}");
    for refused in bad {
        refused.assert_failure("INVALID_TICKET");
    }
    browser.get("/logout").await;
    proxies.assert_refused(&pgt, IMAP_URL, "INVALID_TICKET").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn s48_of_two_journeys_for_one_account_one_activates_it() {
    one_journey_activates(&server().await).await;
}

pub async fn one_journey_activates(server: &TestServer) {
    let browsers: Vec<Browser> = (0..MANY).map(|_| server.browser()).collect();
    for browser in &browsers {
        browser.claim(PENDING).await;
    }
    let pages = join_all(browsers.iter().map(|browser| browser.get(ACTIVATE))).await;

    let races = browsers
        .iter()
        .zip(&pages)
        .map(|(browser, page)| browser.submit(page, ACTIVATE, &PROPOSED));
    let replies = join_all(races).await;

    let sheets: Vec<Noted> = replies.iter().filter_map(Reply::noted).collect();
    let [noted] = sheets.as_slice() else {
        panic!("{sheets:?}")
    };
    server.browser().sign_in_as_noted(noted).await.assert_status(302);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_a_journey_sent_sixteen_times_at_once_happens_once() {
    one_step_happens_once(&server().await).await;
}

pub async fn one_step_happens_once(server: &TestServer) {
    let browser = server.browser();
    browser.claim(PENDING).await;
    let page = browser.get(ACTIVATE).await;
    let flow = browser.cookie("CASFLOW").expect("the journey's cookies");
    let twins: Vec<Browser> = (0..MANY).map(|_| server.browser()).collect();
    for twin in &twins {
        twin.plant("CASFLOW", &flow);
        twin.plant(
            "CASFORM",
            &browser.cookie("CASFORM").expect("the journey's cookies"),
        );
    }

    let replies = join_all(twins.iter().map(|twin| twin.submit(&page, ACTIVATE, &PROPOSED))).await;

    let mut sheets: Vec<Noted> = replies.iter().filter_map(Reply::noted).collect();
    sheets.dedup();
    let [noted] = sheets.as_slice() else {
        panic!("{sheets:?}")
    };
    server.browser().sign_in_as_noted(noted).await.assert_status(302);
    assert_eq!(
        server
            .events()
            .await
            .iter()
            .filter(|event| *event == "activated")
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn s50_of_sixteen_journeys_with_one_code_one_gets_new_credentials() {
    one_code_recovers_once(&server().await).await;
}

pub async fn one_code_recovers_once(server: &TestServer) {
    let browsers: Vec<Browser> = (0..MANY).map(|_| server.browser()).collect();
    for browser in &browsers {
        browser.prove(LOST, CODE).await.assert_status(302);
    }
    let pages = join_all(browsers.iter().map(|browser| browser.get(RECOVER))).await;

    let races = browsers
        .iter()
        .zip(&pages)
        .map(|(browser, page)| browser.submit(page, RECOVER, &PROPOSED));
    let replies = join_all(races).await;

    let sheets: Vec<Noted> = replies.iter().filter_map(Reply::noted).collect();
    let [noted] = sheets.as_slice() else {
        panic!("{sheets:?}")
    };
    server.browser().sign_in_as_noted(noted).await.assert_status(302);
    // The losers cost their owner none of the three recoveries of a month.
    server.browser().recover(LOST, &noted.code, &PROPOSED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_of_sixteen_guesses_of_a_code_at_once_five_are_judged() {
    five_codes_are_judged(&server().await).await;
}

pub async fn five_codes_are_judged(server: &TestServer) {
    let browsers: Vec<Browser> = (0..MANY).map(|_| server.browser()).collect();
    for browser in &browsers {
        browser.identify(RECOVER, LOST).await.assert_status(302);
    }
    let pages = join_all(browsers.iter().map(|browser| browser.get(RECOVER))).await;
    let fields = [("code", "22222-22222")];

    let guesses = browsers
        .iter()
        .zip(&pages)
        .map(|(browser, page)| browser.submit(page, RECOVER, &fields));
    let replies = join_all(guesses).await;

    assert_eq!(count(&replies, 200), 5);
    assert_eq!(count(&replies, 423), MANY - 5);
}
