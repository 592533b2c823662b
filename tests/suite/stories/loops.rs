//! A service that sends people back to sign in, again and again.

use chrono::Duration;

use crate::support::TestServer;
use crate::support::browser::{Browser, encode};
use crate::support::page::Reply;
use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL};

/// A browser that a person looks at, signed in.
async fn person(server: &TestServer) -> Browser {
    let browser = server.browser().with("accept", "text/html,application/xhtml+xml");
    browser.sign_in(CAMILLE).await;
    browser
}

async fn ask(browser: &Browser, service: &str) -> Reply {
    browser.get(&format!("/login?service={}", encode(service))).await
}

/// Goes round `times` with a service that accepts its ticket each time and keeps no session.
async fn go_round(server: &TestServer, browser: &Browser, times: usize) {
    for _ in 0..times {
        let ticket = ask(browser, MAIL_URL).await.ticket().to_owned();
        browser.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
        server.wait(Duration::seconds(1));
    }
}

#[tokio::test]
async fn a_service_that_keeps_no_session_is_stopped_after_five_rounds() {
    let server = TestServer::start().await;
    let browser = person(&server).await;
    go_round(&server, &browser, 5).await;

    let stopped = ask(&browser, MAIL_URL).await;

    stopped
        .assert_status(429)
        .assert_says("Messagerie")
        .assert_says("cookies");
    assert_eq!(stopped.header("location"), "");
    let tickets = server.lines("SELECT service AS line FROM service_tickets").await;
    assert_eq!(tickets.len(), 5, "no ticket was issued for the page");
    let incident = "SELECT detail AS line FROM audit WHERE event = 'loop_stopped'";
    let incidents = server.lines(incident).await;
    assert_eq!(incidents.len(), 1);
    assert!(incidents[0].contains("keeps no session"), "{incidents:?}");
}

#[tokio::test]
async fn whoever_insists_is_given_one_more_ticket() {
    let server = TestServer::start().await;
    let browser = person(&server).await;
    go_round(&server, &browser, 5).await;
    let stopped = ask(&browser, MAIL_URL).await;

    let again = browser.submit(&stopped, "/login", &[]).await;

    let ticket = again.assert_status(302).ticket().to_owned();
    browser.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
    ask(&browser, MAIL_URL).await.assert_status(429);
}

#[tokio::test]
async fn ten_seconds_later_the_way_is_open_again() {
    let server = TestServer::start().await;
    let browser = person(&server).await;
    go_round(&server, &browser, 5).await;
    ask(&browser, MAIL_URL).await.assert_status(429);

    server.wait(Duration::seconds(10));

    ask(&browser, MAIL_URL).await.assert_status(302);
}

#[tokio::test]
async fn other_services_slow_rounds_and_scripts_are_never_stopped() {
    let server = TestServer::start().await;
    let browser = person(&server).await;
    go_round(&server, &browser, 4).await;
    ask(&browser, COURSES_URL).await.assert_status(302);
    server.wait(Duration::seconds(7));
    go_round(&server, &browser, 3).await;
    server.wait(Duration::seconds(20));

    let script = server.browser();
    script.sign_in(CAMILLE).await;
    go_round(&server, &script, 8).await;

    let incidents = server
        .lines("SELECT detail AS line FROM audit WHERE event = 'loop_stopped'")
        .await;
    assert_eq!(incidents, Vec::<String>::new());
}
