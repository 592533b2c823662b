//! Signing in: sections 7.1 to 7.4 of the protocol.

use chrono::Duration;

use crate::support::people::{CAMILLE, COURSES_URL, EMILE, MAIL_URL, PASSWORD, SUSPENDED};
use crate::support::{Browser, Reply, TestServer, encode};

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

async fn try_password(browser: &Browser, password: &str) -> Reply {
    browser
        .fill(&to(MAIL_URL), &[("username", CAMILLE), ("password", password)])
        .await
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
