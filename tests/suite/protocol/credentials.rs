//! Credentials: section 7.4 of the protocol.

use chrono::Duration;

use crate::support::people::{CAMILLE, COURSES_URL, EMILE, MAIL_URL, PASSWORD, SUSPENDED};
use crate::support::{Browser, Reply, TestServer, encode};

fn to(service: &str) -> String {
    format!("/login?service={}", encode(service))
}

fn assert_form(reply: &Reply) {
    reply.assert_status(200);
    assert_eq!(reply.count("input[name=password]"), 1, "{}", reply.text());
    assert_eq!(reply.location(), "");
}

async fn try_password(browser: &Browser, password: &str) -> Reply {
    browser
        .fill(&to(MAIL_URL), &[("username", CAMILLE), ("password", password)])
        .await
}

#[tokio::test]
async fn l5_s22_a_token_is_good_once() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get(&to(MAIL_URL)).await;
    let fields = [("username", CAMILLE), ("password", PASSWORD)];

    let first = browser.submit(&page, "/login", &fields).await;
    browser.plant("TGC", "");
    let second = browser.submit(&page, "/login", &fields).await;

    assert!(first.ticket().starts_with("ST-"));
    assert_form(&second);
    second.assert_says("La page est restée ouverte trop longtemps");
    assert!(second.cookies("TGC").is_empty(), "nobody is signed in");
    assert_eq!(second.value("service"), MAIL_URL);
    assert_eq!(second.value("username"), CAMILLE);
    assert_eq!(second.value("password"), "");
    assert_ne!(second.value("execution"), page.value("execution"));
}

#[tokio::test]
async fn l5_a_missing_forged_or_foreign_token_authenticates_nobody() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.get("/login").await;
    let other = server.browser().get("/login").await.value("execution");
    let own = browser.get("/login").await.value("execution");
    let mut forged = own.clone();
    forged.replace_range(..1, if own.starts_with('A') { "B" } else { "A" });

    for token in ["", "e1s1", "LT-1", other.as_str(), forged.as_str()] {
        let fields = [
            ("username", CAMILLE),
            ("password", PASSWORD),
            ("execution", token),
            ("lt", own.as_str()),
        ];
        let reply = browser.post("/login", &fields).await;

        assert_form(&reply);
        assert!(browser.cookie("TGC").is_none(), "{token}");
    }
}

#[tokio::test]
async fn l5_a_token_is_good_for_an_hour() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", PASSWORD)];

    let page = browser.get(&to(MAIL_URL)).await;
    server.wait(Duration::minutes(60));
    let late = browser.submit(&page, "/login", &fields).await;
    let page = browser.get(&to(MAIL_URL)).await;
    server.wait(Duration::minutes(59));
    let in_time = browser.submit(&page, "/login", &fields).await;

    assert_form(&late);
    in_time.assert_status(302);
}

#[tokio::test]
async fn s22_a_form_sent_from_another_site_signs_nobody_in() {
    let server = TestServer::start().await;

    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let browser = server.browser();
        let page = browser.get("/login").await;
        let browser = browser.with(name, value);
        let fields = [("username", CAMILLE), ("password", PASSWORD)];
        let reply = browser.submit(&page, "/login", &fields).await;

        assert!(matches!(reply.status, 200 | 400), "{}", reply.status);
        assert!(browser.cookie("TGC").is_none(), "{name}: {value}");
    }
}

#[tokio::test]
async fn s22_a_browser_without_cookies_is_told_so() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get("/login").await;

    browser.forget();
    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    let reply = browser.submit(&page, "/login", &fields).await;

    assert_form(&reply);
    reply.assert_says("refuse les cookies");
    assert!(reply.cookies("TGC").is_empty());
}

#[tokio::test]
async fn l6_s05_the_service_is_judged_again_when_the_form_comes_back() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let fields = [
        ("username", CAMILLE),
        ("password", PASSWORD),
        ("service", "https://evil.example/"),
    ];
    let reply = browser.fill(&to(MAIL_URL), &fields).await;

    reply.assert_status(403);
    assert_eq!(reply.location(), "");
    assert!(browser.cookie("TGC").is_none());
}

#[tokio::test]
async fn l7_a_refusal_is_a_401_with_the_same_form_and_a_fresh_token() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let path = format!("{}&method=POST&renew=true", to(MAIL_URL));
    let page = browser.get(&path).await;

    let fields = [("username", CAMILLE), ("password", "not the password")];
    let reply = browser.submit(&page, "/login", &fields).await;

    reply.assert_status(401);
    assert_eq!(reply.value("service"), MAIL_URL);
    assert_eq!(reply.value("method"), "POST");
    assert_eq!(reply.value("renew"), "true");
    assert_eq!(reply.value("username"), CAMILLE);
    assert!(!reply.body.contains("not the password"));
    assert_ne!(reply.value("execution"), page.value("execution"));
    assert!(reply.cookies("TGC").is_empty());
    let again = browser
        .submit(
            &reply,
            "/login",
            &[("username", CAMILLE), ("password", PASSWORD), ("method", "GET")],
        )
        .await;
    assert!(again.ticket().starts_with("ST-"));
}

#[tokio::test]
async fn l7_unknown_names_and_wrong_passwords_get_the_same_words() {
    let server = TestServer::start().await;
    let mut texts = Vec::new();

    for login in [CAMILLE, "nobody", "jkerlodoc", SUSPENDED, "a b c", "é"] {
        let reply = server
            .browser()
            .fill("/login", &[("username", login), ("password", "not the password")])
            .await;
        reply.assert_status(401);
        texts.push((
            reply.texts("[role=alert], .errors"),
            reply.body.len() - login.len(),
        ));
    }

    assert!(!texts[0].0.is_empty(), "there is a message");
    for other in &texts {
        assert_eq!(other.0, texts[0].0);
    }
}

#[tokio::test]
async fn l7_too_many_tries_are_a_423_even_with_the_right_password() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let mut last = 0;
    for _ in 0..30 {
        last = try_password(&browser, "wrong").await.status;
        if last != 401 {
            break;
        }
    }
    let right = try_password(&browser, PASSWORD).await;

    assert_eq!(last, 423);
    right.assert_status(423);
    assert_ne!(right.header("retry-after"), "");
    assert!(browser.cookie("TGC").is_none());
    let other = server.browser().sign_in_to(EMILE, MAIL_URL).await;
    assert!(other.starts_with("ST-"), "others are not concerned");
}

#[tokio::test]
async fn l8_blank_fields_show_the_form_again_and_count_for_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();

    for _ in 0..40 {
        for (login, password) in [("", PASSWORD), (CAMILLE, ""), ("  ", "")] {
            let fields = [("username", login), ("password", password)];
            let reply = browser.fill(&to(MAIL_URL), &fields).await;
            reply.assert_status(200);
            assert_eq!(reply.value("service"), MAIL_URL);
            assert!(reply.text().contains("Saisissez votre"), "{}", reply.text());
        }
    }

    assert!(browser.sign_in_to(CAMILLE, MAIL_URL).await.starts_with("ST-"));
}

#[tokio::test]
async fn l9_the_same_person_keeps_the_session_and_gets_a_ticket_from_new_login() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let early = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    server.wait(Duration::seconds(20));

    let path = format!("{}&renew=true", to(COURSES_URL));
    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    let renewed = browser.fill(&path, &fields).await.ticket().to_owned();
    let service = server.browser();
    let new = service
        .validate_at("/serviceValidate", COURSES_URL, &renewed, "&renew=true")
        .await;
    let old = service.validate(MAIL_URL, &early).await;

    new.assert_user(CAMILLE);
    assert_eq!(new.attribute("isFromNewLogin"), ["true"]);
    assert_eq!(new.attribute("authenticationDate"), ["2026-10-05T07:30:20Z"]);
    old.assert_user(CAMILLE);
}

#[tokio::test]
async fn l9_another_person_ends_the_first_ones_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let first = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let cookie = browser.cookie("TGC").expect("a session");

    let path = format!("{}&renew=true", to(MAIL_URL));
    let fields = [("username", EMILE), ("password", PASSWORD)];
    let second = browser.fill(&path, &fields).await.ticket().to_owned();
    let service = server.browser();

    let verdict = service.validate(MAIL_URL, &first).await;
    verdict.assert_failure("INVALID_TICKET");
    service.validate(MAIL_URL, &second).await.assert_user(EMILE);
    let thief = server.browser();
    thief.plant("TGC", &cookie);
    assert_form(&thief.get(&to(MAIL_URL)).await);
}

#[tokio::test]
async fn l9_the_question_is_not_asked_on_the_submission_that_carried_credentials() {
    let server = TestServer::start().await;

    let fields = [("username", CAMILLE), ("password", PASSWORD), ("warn", "true")];
    let reply = server.browser().fill(&to(MAIL_URL), &fields).await;

    assert!(reply.ticket().starts_with("ST-"));
}

#[tokio::test]
async fn l10_an_alias_signs_in_and_services_hear_the_one_name() {
    let server = TestServer::start().await;

    for typed in ["CORSONNEAU", " corsonneau ", "corsonneau@etu.univ.example"] {
        let ticket = server.browser().sign_in_to(typed, MAIL_URL).await;
        let verdict = server.browser().validate(MAIL_URL, &ticket).await;

        verdict.assert_user(CAMILLE);
    }
}
