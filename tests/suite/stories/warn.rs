//! The wish to be asked before each service.

use crate::support::TestServer;
use crate::support::browser::encode;
use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, PASSWORD};

#[tokio::test]
async fn somebody_who_asked_is_asked_before_each_service_and_told_what_it_learns() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", PASSWORD), ("warn", "true")];
    browser.fill("/login", &fields).await.assert_status(302);
    let path = format!("/login?service={}", encode(MAIL_URL));

    let question = browser.get(&path).await;
    question
        .assert_status(200)
        .assert_says("Messagerie")
        .assert_says("mail.univ.example");
    assert_eq!(
        question.count("main ul li"),
        2,
        "the two attributes that it is released"
    );
    let issued = server.lines("SELECT service AS line FROM service_tickets").await;
    assert_eq!(issued, Vec::<String>::new(), "no ticket before the answer");

    let ticket = browser.submit(&question, "/login", &[]).await.ticket().to_owned();
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    browser
        .get(&format!("/login?service={}", encode(COURSES_URL)))
        .await
        .assert_says("Cours en ligne");
}

#[tokio::test]
async fn a_service_that_is_not_wanted_gets_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", PASSWORD), ("warn", "true")];
    browser.fill("/login", &fields).await.assert_status(302);
    let question = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;

    assert_eq!(question.count("a[href='/cas/login']"), 1);
    browser.get("/login").await.assert_says("Camille Orsonneau");

    assert_eq!(
        server.lines("SELECT service AS line FROM service_tickets").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn the_questions_stop_when_they_are_no_longer_wanted() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", PASSWORD), ("warn", "true")];
    browser.fill("/login", &fields).await.assert_status(302);
    let question = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;

    browser
        .submit(&question, "/login", &[("ignorewarn", "true")])
        .await
        .ticket();

    browser.visit(COURSES_URL).await;
}

#[tokio::test]
async fn s22_an_answer_sent_again_is_the_question_again() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", PASSWORD), ("warn", "true")];
    browser.fill("/login", &fields).await.assert_status(302);
    let question = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;
    browser.submit(&question, "/login", &[]).await.ticket();

    let again = browser.submit(&question, "/login", &[]).await;

    again.assert_status(200).assert_says("Messagerie");
    let issued = server.lines("SELECT service AS line FROM service_tickets").await;
    assert_eq!(issued, [MAIL_URL]);
    browser.submit(&again, "/login", &[]).await.ticket();
}

#[tokio::test]
async fn an_answer_from_another_site_opens_no_service() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", PASSWORD), ("warn", "true")];
    browser.fill("/login", &fields).await.assert_status(302);
    let forged = [
        ("_eventId", "success"),
        ("execution", "forged"),
        ("service", MAIL_URL),
    ];

    browser
        .post("/login", &forged)
        .await
        .assert_status(200)
        .assert_says("Messagerie");

    assert_eq!(
        server.lines("SELECT service AS line FROM service_tickets").await,
        Vec::<String>::new()
    );
}
