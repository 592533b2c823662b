//! Signing in: sections 7.1 to 7.4 of the protocol.

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL};
use crate::support::{Reply, TestServer, encode};

/// A service that asks for the password each time.
const STRICT: &str = r#"
key = "exams"
name = { fr = "Examens", en = "Exams" }
url = "https://examens.univ.example/"
sso = false
"#;

fn to(service: &str) -> String {
    format!("/login?service={}", encode(service))
}

fn assert_form(reply: &Reply) {
    reply.assert_status(200);
    assert_eq!(reply.count("input[name=password]"), 1, "{}", reply.text());
    assert_eq!(reply.location(), "");
}

#[tokio::test]
async fn row_3_without_service_a_session_and_renew_show_the_form() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    assert_form(&browser.get("/login?renew=true").await);
}

#[tokio::test]
async fn row_4_without_service_and_session_there_is_the_form_gateway_or_not() {
    let server = TestServer::start().await;

    assert_form(&server.browser().get("/login").await);
    assert_form(&server.browser().get("/login?gateway=true").await);
    assert_form(&server.browser().get("/login?renew=true&gateway=true").await);
}

#[tokio::test]
async fn row_5_renew_shows_the_form_gateway_or_not_and_keeps_the_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for more in ["&renew=true", "&renew=true&gateway=true", "&gateway=true&renew=1"] {
        assert_form(&browser.get(&format!("{}{more}", to(MAIL_URL))).await);
        assert_form(&server.browser().get(&format!("{}{more}", to(MAIL_URL))).await);
    }

    assert!(
        browser.visit(MAIL_URL).await.starts_with("ST-"),
        "the session is kept"
    );
}

#[tokio::test]
async fn row_6_a_session_gets_a_ticket_without_a_form() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let first = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    let second = browser.visit(COURSES_URL).await;

    let service = server.browser();
    service.validate(MAIL_URL, &first).await.assert_user(CAMILLE);
    service.validate(COURSES_URL, &second).await.assert_user(CAMILLE);
}

#[tokio::test]
async fn l2_a_gateway_with_a_session_yields_a_ticket() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let reply = browser.get(&format!("{}&gateway=true", to(MAIL_URL))).await;

    assert!(reply.ticket().starts_with("ST-"));
}

#[tokio::test]
async fn row_7_and_8_a_service_outside_single_sign_on_asks_each_time() {
    let server = TestServer::with().service(STRICT).start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let strict = "https://examens.univ.example/";

    let gateway = browser.get(&format!("{}&gateway=true", to(strict))).await;
    let plain = browser.get(&to(strict)).await;
    let ticket = browser.sign_in_to(CAMILLE, strict).await;

    gateway.assert_status(302);
    assert_eq!(gateway.location(), strict);
    assert_form(&plain);
    server
        .browser()
        .validate(strict, &ticket)
        .await
        .assert_user(CAMILLE);
}

#[tokio::test]
async fn l1_row_9_a_gateway_without_session_goes_back_with_nothing_added() {
    let server = TestServer::start().await;

    for service in ["https://mail.univ.example", "https://mail.univ.example/?a#b"] {
        for more in [
            "&gateway=true",
            "&gateway=1&method=POST",
            "&gateway=on&method=HEADER",
        ] {
            let reply = server.browser().get(&format!("{}{more}", to(service))).await;

            reply.assert_status(302);
            assert_eq!(reply.location(), service);
            assert_eq!(reply.header("ticket"), "");
        }
    }
    let dead = server.browser();
    dead.plant("TGC", "dead");
    let reply = dead.get(&format!("{}&gateway=true", to(MAIL_URL))).await;
    assert_eq!(reply.location(), MAIL_URL);
}

#[tokio::test]
async fn row_10_a_service_without_session_gets_the_form() {
    let server = TestServer::start().await;

    assert_form(&server.browser().get(&to(MAIL_URL)).await);
    assert_form(
        &server
            .browser()
            .get(&format!("{}&gateway=false", to(MAIL_URL)))
            .await,
    );
}

#[tokio::test]
async fn a_post_without_credentials_is_handled_like_a_get() {
    let server = TestServer::start().await;
    let stranger = server.browser();
    let signed_in = server.browser();
    signed_in.sign_in(CAMILLE).await;

    let form = stranger.post("/login", &[("service", MAIL_URL)]).await;
    let gateway = stranger
        .post("/login", &[("service", MAIL_URL), ("gateway", "true")])
        .await;
    let ticket = signed_in.post("/login", &[("service", MAIL_URL)]).await;
    let refused = signed_in
        .post("/login", &[("service", "https://evil.example/")])
        .await;

    assert_form(&form);
    assert_eq!(gateway.location(), MAIL_URL);
    assert!(ticket.ticket().starts_with("ST-"));
    refused.assert_status(403);
}

#[tokio::test]
async fn l3_the_form_has_the_fields_that_scripts_look_for_byte_for_byte() {
    let server = TestServer::start().await;

    let path = format!(
        "{}&method=POST&renew=true",
        to("https://mail.univ.example/?a=1&b=2")
    );
    let reply = server.browser().get(&path).await;

    reply.assert_status(200);
    assert_eq!(reply.header("content-type"), "text/html;charset=UTF-8");
    assert_eq!(reply.count("form"), 1);
    assert!(
        reply
            .body
            .contains("<form action=\"/cas/login\" method=\"post\">")
    );
    let token = reply.value("execution");
    assert!(token.len() >= 22, "{token}");
    for wanted in [
        format!("<input type=\"hidden\" name=\"execution\" value=\"{token}\"/>"),
        "<input type=\"hidden\" name=\"_eventId\" value=\"submit\"/>".to_owned(),
        "<input id=\"username\" name=\"username\"".to_owned(),
        "name=\"service\" value=\"https://mail.univ.example/?a=1&amp;b=2\"".to_owned(),
    ] {
        assert!(reply.body.contains(&wanted), "{wanted} is not in {}", reply.body);
    }
    for selector in [
        "input#username[autocapitalize=none][spellcheck=false][autocomplete=username]",
        "input#password[name=password][type=password]",
        "input#warn[name=warn][value=true][type=checkbox]:not([checked])",
        "input[type=hidden][name=method][value=POST]",
        "input[type=hidden][name=renew][value=true]",
    ] {
        assert_eq!(reply.count(selector), 1, "{selector}");
    }
}

#[tokio::test]
async fn l3_what_was_not_given_is_not_in_the_form() {
    let server = TestServer::start().await;

    let reply = server.browser().get("/login").await;

    for name in ["service", "TARGET", "method", "renew"] {
        assert_eq!(reply.count(&format!("input[name={name}]")), 0, "{name}");
    }
}

#[tokio::test]
async fn l4_s27_the_service_is_escaped_wherever_the_page_repeats_it() {
    let server = TestServer::start().await;
    let service = "https://mail.univ.example/?x=\"><script>alert(1)</script>'&y=<b>";

    let reply = server.browser().get(&to(service)).await;

    assert_eq!(reply.value("service"), service);
    assert!(!reply.body.contains("<script>alert"), "{}", reply.body);
    assert!(!reply.body.contains("x=\">"), "{}", reply.body);
    assert_eq!(reply.count("form"), 1);
}

#[tokio::test]
async fn s04_an_unregistered_service_is_refused_before_any_password_is_asked_for() {
    let server = TestServer::start().await;

    let reply = server.browser().get(&to("https://evil.example/")).await;

    reply
        .assert_status(403)
        .assert_says("Votre mot de passe n’a pas été demandé");
    assert_eq!(reply.count("input"), 0);
}

#[tokio::test]
async fn s26_the_sign_in_page_loads_nothing_from_elsewhere() {
    let server = TestServer::start().await;

    let reply = server.browser().get(&to(MAIL_URL)).await;

    for attribute in ["src=\"", "rel=\"stylesheet\" href=\"", "rel=\"icon\" href=\""] {
        for rest in reply.body.split(attribute).skip(1) {
            assert!(rest.starts_with("/cas/assets/"), "{}", &rest[..40]);
        }
    }
    assert!(
        !reply.body.contains("<script>") && !reply.body.contains(" on"),
        "no inline script"
    );
    assert!(reply.body.len() < 30_000);
}
