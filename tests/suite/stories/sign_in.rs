//! Signing in: what is typed, what is shown again, and what the browser keeps.

use chrono::Duration;

use crate::support::TestServer;
use crate::support::browser::encode;
use crate::support::people::{CAMILLE, COURSES_URL, EMILE, MAIL_URL, PASSWORD};

#[tokio::test]
async fn a_student_signs_in_once_and_opens_two_services() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let first = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let second = browser.visit(COURSES_URL).await;

    let service = server.browser();
    service.validate(MAIL_URL, &first).await.assert_user(CAMILLE);
    service.validate(COURSES_URL, &second).await.assert_user(CAMILLE);
    assert_eq!(server.events().await, ["signed_in"]);
}

#[tokio::test]
async fn s32_a_login_is_found_however_it_was_typed_and_told_in_one_form() {
    let server = TestServer::start().await;
    let typed = [
        "corsonneau",
        "  CORSONNEAU ",
        "Corsonneau\u{a0}",
        "corsonneau@etu.univ.example",
        "CORSONNEAU@ETU.UNIV.EXAMPLE ",
        "ｃｏｒｓｏｎｎｅａｕ",
    ];

    for login in typed {
        let ticket = server.browser().sign_in_to(login, MAIL_URL).await;
        server
            .browser()
            .validate(MAIL_URL, &ticket)
            .await
            .assert_user(CAMILLE);
    }

    let another = server.browser().try_in("corsonnéau").await;
    another.assert_form_again(401, "incorrect");
}

#[tokio::test]
async fn s31_a_password_is_compared_in_its_normal_form_and_otherwise_exactly() {
    let server = TestServer::start().await;
    let decomposed = PASSWORD.replace('é', "e\u{301}");
    let cases = [
        (decomposed.as_str(), 302),
        (&PASSWORD.to_uppercase(), 401),
        (&format!("{PASSWORD} "), 401),
        (&PASSWORD.replace('é', "e"), 401),
        (&PASSWORD[..PASSWORD.len() - 1], 401),
    ];

    for (password, status) in cases {
        let browser = server.browser();
        let reply = browser
            .fill("/login", &[("username", CAMILLE), ("password", password)])
            .await;
        assert_eq!(reply.status, status, "{password:?}");
        server.wait(Duration::hours(25));
    }
}

#[tokio::test]
async fn a_blank_field_is_named_and_costs_no_try() {
    let server = TestServer::start().await;
    let browser = server.browser();

    for _ in 0..9 {
        let nothing = browser
            .fill("/login", &[("username", " "), ("password", "")])
            .await;
        nothing.assert_form_again(200, "Saisissez votre identifiant");
        nothing.assert_form_again(200, "Saisissez votre mot de passe");
        let half = browser
            .fill("/login", &[("username", CAMILLE), ("password", "")])
            .await;
        half.assert_form_again(200, "Saisissez votre mot de passe");
        assert_eq!(half.value("username"), CAMILLE);
    }

    browser.try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn s31_a_very_long_password_is_refused_in_words_and_costs_no_try() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let (long, very_long) = ("é".repeat(200), "é".repeat(600));

    let wrong = browser
        .fill("/login", &[("username", CAMILLE), ("password", &long)])
        .await;
    wrong.assert_form_again(401, "incorrect");
    for _ in 0..9 {
        let refused = browser
            .fill("/login", &[("username", CAMILLE), ("password", &very_long)])
            .await;
        refused.assert_form_again(200, "128");
        assert!(!refused.body.contains(&very_long));
    }

    browser.try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn s22_a_form_left_open_too_long_is_shown_again_with_what_was_typed() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let path = format!("/login?service={}", encode(MAIL_URL));
    let page = browser.get(&path).await;
    let fields = [
        ("username", CAMILLE),
        ("password", PASSWORD),
        ("publicComputer", "true"),
        ("warn", "true"),
    ];

    server.wait(Duration::minutes(61));
    let again = browser.submit(&page, &path, &fields).await;

    again.assert_form_again(200, "restée ouverte trop longtemps");
    assert_eq!(again.value("username"), CAMILLE);
    assert_eq!(again.value("service"), MAIL_URL);
    assert_eq!(again.count("#publicComputer[checked]"), 1);
    assert_eq!(again.count("#warn[checked]"), 1);
    let ticket = browser.submit(&again, &path, &fields).await.ticket().to_owned();
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
}

#[tokio::test]
async fn s22_a_form_sent_twice_signs_in_once() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get("/login").await;
    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    browser.submit(&page, "/login", &fields).await.assert_status(302);

    let again = browser.submit(&page, "/login", &fields).await;

    again.assert_form_again(200, "restée ouverte trop longtemps");
    assert_eq!(server.sessions().await, 1);
}

#[tokio::test]
async fn s22_a_form_of_another_browser_signs_nobody_in() {
    let server = TestServer::start().await;
    let (attacker, victim) = (server.browser(), server.browser());
    let page = attacker.get("/login").await;
    victim.get("/login").await;

    let reply = victim
        .submit(&page, "/login", &[("username", EMILE), ("password", PASSWORD)])
        .await;

    reply.assert_form_again(200, "restée ouverte trop longtemps");
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn s22_a_form_sent_from_another_site_signs_nobody_in() {
    let server = TestServer::start().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let browser = server.browser();
        let page = browser.get("/login").await;
        let browser = browser.with(name, value);

        let reply = browser
            .submit(&page, "/login", &[("username", CAMILLE), ("password", PASSWORD)])
            .await;

        assert_eq!(reply.status, 400, "{name}");
        assert_eq!(server.sessions().await, 0);
    }
}

#[tokio::test]
async fn a_browser_that_refuses_cookies_is_told_so_and_pays_no_try() {
    let server = TestServer::start().await;
    let browser = server.browser();

    for _ in 0..9 {
        let page = browser.get("/login").await;
        browser.forget();
        let reply = browser
            .submit(&page, "/login", &[("username", CAMILLE), ("password", PASSWORD)])
            .await;
        reply.assert_form_again(200, "refuse les cookies");
        assert_eq!(reply.value("username"), CAMILLE);
    }

    browser.try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn s20_a_cookie_that_was_planted_never_becomes_a_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.plant("TGC", "TGT-1-planted");

    browser.sign_in(CAMILLE).await;

    let own = browser.cookie("TGC").unwrap();
    assert_ne!(own, "TGT-1-planted");
    let thief = server.browser();
    thief.plant("TGC", "TGT-1-planted");
    assert!(!thief.is_in().await);
}

#[tokio::test]
async fn s20_signing_in_again_changes_the_cookie_and_the_old_one_is_dead() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let before = browser.cookie("TGC").unwrap();

    let path = format!("/login?service={}&renew=true", encode(MAIL_URL));
    let page = browser.get(&path).await;
    assert_eq!(page.value("username"), CAMILLE);
    browser
        .submit(&page, &path, &[("username", CAMILLE), ("password", PASSWORD)])
        .await
        .ticket();

    assert_ne!(browser.cookie("TGC").unwrap(), before);
    let thief = server.browser();
    thief.plant("TGC", &before);
    assert!(!thief.is_in().await);
    assert_eq!(server.sessions().await, 1, "the session is the same");
}

#[tokio::test]
async fn signing_in_as_somebody_else_ends_the_session_that_was_there() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let page = browser.get("/login?renew=true").await;
    browser
        .submit(&page, "/login", &[("username", EMILE), ("password", PASSWORD)])
        .await
        .assert_status(302);

    let left = server.lines("SELECT account_id AS line FROM sessions").await;
    assert_eq!(left, [EMILE]);
    assert!(server.events().await.contains(&"session_closed".to_owned()));
}

#[tokio::test]
async fn s21_the_session_cookie_is_hidden_from_scripts_and_from_other_sites() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let reply = browser.try_in(CAMILLE).await;

    let lines = reply.cookies("TGC");
    let [cookie] = lines.as_slice() else {
        panic!("one cookie: {lines:?}")
    };
    assert!(
        cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"),
        "{cookie}"
    );
    assert!(
        !cookie.contains("Max-Age") && !cookie.contains("Domain"),
        "{cookie}"
    );
}

#[tokio::test]
async fn the_service_is_kept_when_the_language_changes() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;
    let link = page
        .body
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|href| href.contains("lang=en"))
        .unwrap()
        .replace("&amp;", "&");
    assert!(link.starts_with("/cas/login?"), "{link}");

    let english = browser.get(&link).await;

    assert_eq!(english.count("html[lang=en]"), 1);
    assert_eq!(english.value("service"), MAIL_URL);
    english.assert_says("You are going to").assert_says("Email");
    browser.get("/login").await.assert_says("Sign in");
    let ticket = browser
        .submit(
            &english,
            "/login",
            &[("username", CAMILLE), ("password", PASSWORD)],
        )
        .await;
    assert!(ticket.location().starts_with(MAIL_URL));
}

#[tokio::test]
async fn each_browser_is_answered_in_its_own_language() {
    let server = TestServer::start().await;
    for (accepted, language, words) in [
        ("fr-CA,fr;q=0.9", "fr", "Identifiant"),
        ("en-GB,en;q=0.9", "en", "Username"),
        ("de-DE,en;q=0.5", "en", "Username"),
        ("tlh", "fr", "Identifiant"),
    ] {
        let browser = server.browser().with("accept-language", accepted);
        let page = browser.get("/login").await;
        page.assert_says(words);
        assert_eq!(page.count(&format!("html[lang={language}]")), 1, "{accepted}");
        let refused = browser.fail(CAMILLE).await;
        assert_eq!(refused.count(&format!("html[lang={language}]")), 1, "{accepted}");
    }
}
