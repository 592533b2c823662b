//! Handing the ticket over, and the question before: sections 7.5 and 7.6 of the protocol.

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, PASSWORD};
use crate::support::{Browser, TestServer, encode};

const ADDRESS: &str = "https://mail.univ.example/my docs/?a=\"1\"&b=é#x";

fn to(service: &str, more: &str) -> String {
    format!("/login?service={}{more}", encode(service))
}

/// A browser whose owner wants to be asked before each service.
async fn wary(server: &TestServer) -> Browser {
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", PASSWORD), ("warn", "true")];
    browser.fill("/login", &fields).await.assert_status(302);
    browser
}

#[tokio::test]
async fn row_2_without_service_a_session_sees_the_services() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for path in ["/login", "/login?gateway=true"] {
        let reply = browser.get(path).await;

        reply.assert_status(200).assert_says("Camille Orsonneau");
        assert_eq!(reply.count("input[name=password]"), 0);
    }
}

#[tokio::test]
async fn l9_signing_in_without_a_service_ends_on_the_page_of_services() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    let reply = browser.fill("/login", &fields).await;
    let next = browser.get(reply.location()).await;

    assert_eq!((reply.status, reply.location()), (302, "/cas/login"));
    next.assert_status(200).assert_says("Camille Orsonneau");
}

#[tokio::test]
async fn l11_post_hands_over_a_form_that_goes_to_the_address_itself() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for method in ["POST", "post", "Post"] {
        let reply = browser.get(&to(ADDRESS, &format!("&method={method}"))).await;

        reply.assert_status(200);
        assert_eq!(reply.location(), "");
        assert_eq!(reply.attributes("form", "action"), [ADDRESS]);
        assert_eq!(reply.attributes("form", "method"), ["post"]);
        assert_eq!(reply.count("form input"), 1);
        assert_eq!(
            reply.count("form button[type=submit]"),
            1,
            "it works without scripts"
        );
        let ticket = reply.value("ticket");
        server
            .browser()
            .validate(ADDRESS, &ticket)
            .await
            .assert_user(CAMILLE);
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("form-action"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn p8_a_form_for_an_address_from_target_carries_samlart() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let reply = browser
        .get(&format!("/login?method=POST&TARGET={}", encode(MAIL_URL)))
        .await;

    assert!(reply.value("SAMLart").starts_with("ST-"), "{}", reply.body);
    assert_eq!(reply.count("input[name=ticket]"), 0);
}

#[tokio::test]
async fn l11_header_hands_over_two_headers_and_no_body() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = "https://mail.univ.example/?a=b%2Fc#x";

    let reply = browser.get(&to(service, "&method=HEADER")).await;

    reply.assert_status(200);
    assert_eq!((reply.header("service"), reply.body.as_str()), (service, ""));
    assert_eq!(reply.location(), "");
    let verdict = server.browser().validate(service, reply.header("ticket")).await;
    verdict.assert_user(CAMILLE);
}

#[tokio::test]
async fn l11_the_method_survives_the_form_and_an_unknown_one_is_a_redirect() {
    let server = TestServer::start().await;
    let fields = [("username", CAMILLE), ("password", PASSWORD)];

    let header = server
        .browser()
        .fill(&to(MAIL_URL, "&method=HEADER"), &fields)
        .await;
    let post = server
        .browser()
        .fill(&to(MAIL_URL, "&method=post"), &fields)
        .await;
    let bogus = server
        .browser()
        .fill(&to(MAIL_URL, "&method=bogus"), &fields)
        .await;

    assert!(header.header("ticket").starts_with("ST-"));
    assert!(post.value("ticket").starts_with("ST-"));
    assert!(bogus.ticket().starts_with("ST-"));
}

#[tokio::test]
async fn l11_the_request_wins_over_what_the_service_prefers() {
    let server = TestServer::with()
        .service(
            r#"
            key = "poster"
            name = { fr = "Par formulaire", en = "By form" }
            url = "https://post.univ.example/"
            response = "post"
            "#,
        )
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = "https://post.univ.example/";

    let preferred = browser.get(&to(service, "")).await;
    let asked = browser.get(&to(service, "&method=GET")).await;
    let unknown = browser.get(&to(service, "&method=bogus")).await;

    assert!(preferred.value("ticket").starts_with("ST-"));
    assert!(asked.ticket().starts_with("ST-"));
    assert!(unknown.ticket().starts_with("ST-"));
}

#[tokio::test]
async fn a_wary_person_is_asked_and_gets_the_ticket_then_and_not_before() {
    let server = TestServer::start().await;
    let browser = wary(&server).await;

    let question = browser.get(&to(MAIL_URL, "")).await;
    let form = to(MAIL_URL, "");
    let answer = browser.submit(&question, &form, &[]).await;

    question.assert_status(200).assert_says("Messagerie");
    assert!(!question.body.contains("ST-"));
    assert_eq!(question.value("_eventId"), "success");
    let verdict = server.browser().validate(MAIL_URL, answer.ticket()).await;
    verdict.assert_user(CAMILLE);
    assert_eq!(verdict.attribute("isFromNewLogin"), ["false"]);
    let next = browser.get(&to(COURSES_URL, "")).await;
    next.assert_status(200).assert_says("Cours en ligne");
}

#[tokio::test]
async fn a_wary_person_may_ask_not_to_be_asked_again() {
    let server = TestServer::start().await;
    let browser = wary(&server).await;

    let question = browser.get(&to(MAIL_URL, "")).await;
    let answer = browser
        .submit(&question, "/login", &[("ignorewarn", "true")])
        .await;

    assert!(answer.ticket().starts_with("ST-"));
    assert!(browser.cookie("CASPRIVACY").is_none());
    assert!(browser.visit(COURSES_URL).await.starts_with("ST-"));
}

#[tokio::test]
async fn s22_s05_the_question_is_not_answered_by_a_forged_form() {
    let server = TestServer::start().await;
    let browser = wary(&server).await;
    let login_token = browser.get("/login?renew=true").await.value("execution");

    for token in ["", "forged", login_token.as_str()] {
        let fields = [
            ("execution", token),
            ("_eventId", "success"),
            ("service", MAIL_URL),
        ];
        let reply = browser.post("/login", &fields).await;

        assert_eq!((reply.status, reply.location()), (200, ""), "{token}");
    }
    let question = browser.get(&to(MAIL_URL, "")).await;
    let elsewhere = browser
        .submit(&question, "/login", &[("service", "https://evil.example/")])
        .await;
    elsewhere.assert_status(403);
}
