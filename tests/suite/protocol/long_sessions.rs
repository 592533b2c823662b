//! Long sessions, and what the four wishes of a sign-in do together: sections 6 and 7 of the protocol.

use chrono::Duration;
use reqwest::Method;

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, PASSWORD};
use crate::support::{Browser, Reply, TestServer, encode};

/// What tells services that a session is a long one.
const LONG: &str = "longTermAuthenticationRequestTokenUsed";

const STRICT: &str = r#"
key = "exams"
name = { fr = "Examens", en = "Exams" }
url = "https://examens.univ.example/"
sso = false
"#;

fn to(service: &str, more: &str) -> String {
    format!("/login?service={}{more}", encode(service))
}

async fn remembering() -> TestServer {
    TestServer::with().set("session.remember_me", "14d").start().await
}

/// Presents credentials at `path` with these boxes ticked.
async fn present(browser: &Browser, path: &str, ticked: &[&str]) -> Reply {
    let mut fields = vec![("username", CAMILLE), ("password", PASSWORD)];
    fields.extend(ticked.iter().map(|name| (*name, "true")));
    browser.fill(path, &fields).await
}

/// How many seconds the session's cookie of this answer is kept.
fn kept_for(reply: &Reply) -> Option<i64> {
    let lines = reply.cookies("TGC");
    let (_, age) = lines.last()?.split_once("; Max-Age=")?;
    age.parse().ok()
}

async fn is_long(server: &TestServer, browser: &Browser) -> bool {
    let ticket = browser.visit(MAIL_URL).await;
    let verdict = server.browser().validate(MAIL_URL, &ticket).await;
    verdict.assert_user(CAMILLE).attribute(LONG) == ["true"]
}

/// What `/samlValidate` says of a ticket.
async fn by_saml(server: &TestServer, ticket: &str) -> String {
    let envelope = format!(
        "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><p:Request \
         xmlns:p=\"urn:oasis:names:tc:SAML:1.0:protocol\"><p:AssertionArtifact>{ticket}</p:AssertionArtifact>\
         </p:Request></S:Body></S:Envelope>"
    );
    let path = format!("/samlValidate?TARGET={}", encode(MAIL_URL));
    server
        .browser()
        .send(Method::POST, &path, Some(envelope))
        .await
        .body
}

#[tokio::test]
async fn s24_a1_a_long_session_says_so_at_every_door_and_a_plain_one_does_not() {
    let server = remembering().await;
    let (long, plain) = (server.browser(), server.browser());
    present(&long, "/login", &["rememberMe"]).await.assert_status(302);
    present(&plain, "/login", &[]).await.assert_status(302);

    for (browser, word) in [(&long, "true"), (&plain, "false")] {
        for door in [
            "/serviceValidate",
            "/proxyValidate",
            "/p3/serviceValidate",
            "/p3/proxyValidate",
        ] {
            let ticket = browser.visit(MAIL_URL).await;
            let xml = server.browser().validate_at(door, MAIL_URL, &ticket, "").await;
            assert_eq!(xml.attribute(LONG), [word], "{door}");
            let ticket = browser.visit(MAIL_URL).await;
            let json = server
                .browser()
                .validate_at(door, MAIL_URL, &ticket, "&format=json")
                .await;
            assert!(json.0.contains(&format!("\"{LONG}\":[{word}]")), "{}", json.0);
        }
        let saml = by_saml(&server, &browser.visit(MAIL_URL).await).await;
        let (_, attribute) = saml
            .split_once(&format!("AttributeName=\"{LONG}\""))
            .expect("the attribute");
        let (_, value) = attribute.split_once("AttributeValue>").expect("its value");
        assert!(value.starts_with(&format!("{word}<")), "{saml}");
    }
}

#[tokio::test]
async fn s24_a_long_session_lives_unused_and_ends_after_its_time_however_busy() {
    let server = remembering().await;
    let (busy, idle) = (server.browser(), server.browser());
    for browser in [&busy, &idle] {
        present(browser, "/login", &["rememberMe"])
            .await
            .assert_status(302);
    }

    for _ in 0..13 {
        server.wait(Duration::days(1));
        busy.visit(COURSES_URL).await;
    }
    server.wait(Duration::hours(23));
    assert!(busy.is_in().await && idle.is_in().await);
    server.wait(Duration::hours(1));

    assert!(!busy.is_in().await && !idle.is_in().await);
}

#[tokio::test]
async fn s24_on_a_public_computer_nobody_is_remembered() {
    let said = remembering().await;
    let detected = TestServer::with()
        .set("session.remember_me", "14d")
        .set("throttle.public_computers", "127.0.0.0/8")
        .start()
        .await;

    for (server, ticked) in [
        (&said, ["rememberMe", "publicComputer"].as_slice()),
        (&detected, &["rememberMe"]),
    ] {
        let browser = server.browser();
        let reply = present(&browser, "/login", ticked).await;

        assert_eq!(kept_for(reply.assert_status(302)), None);
        assert!(!is_long(server, &browser).await);
        server.wait(Duration::minutes(20));
        assert!(!browser.is_in().await);
    }
}

#[tokio::test]
async fn l9_renew_asks_in_a_long_session_too_and_leaves_it_its_time() {
    let server = remembering().await;
    let browser = server.browser();
    present(&browser, "/login", &["rememberMe"])
        .await
        .assert_status(302);
    server.wait(Duration::days(1));

    let form = browser.get(&to(MAIL_URL, "&renew=true")).await;
    assert_eq!(form.count("input[name=password]"), 1);
    let reply = present(&browser, &to(MAIL_URL, "&renew=true"), &[]).await;

    assert_eq!(kept_for(&reply), Some(13 * 86_400));
    let verdict = server
        .browser()
        .validate_at("/p3/serviceValidate", MAIL_URL, reply.ticket(), "&renew=true")
        .await;
    assert_eq!(verdict.attribute("isFromNewLogin"), ["true"]);
    assert_eq!(verdict.attribute("authenticationDate"), ["2026-10-06T07:30:00Z"]);
    assert_eq!(verdict.attribute(LONG), ["true"]);
    assert_eq!(server.sessions().await, 1);
}

#[tokio::test]
async fn l9_a_session_renewed_with_the_wish_becomes_a_long_one() {
    let server = remembering().await;
    let browser = server.browser();
    present(&browser, "/login", &[]).await.assert_status(302);
    server.wait(Duration::hours(1));

    let reply = present(&browser, "/login?renew=true", &["rememberMe"]).await;

    assert_eq!(kept_for(&reply), Some(14 * 86_400));
    assert_eq!(server.sessions().await, 1);
    server.wait(Duration::days(13));
    assert!(is_long(&server, &browser).await);
}

#[tokio::test]
async fn s24_a_long_session_renewed_on_a_public_computer_is_long_no_more() {
    let server = remembering().await;
    let browser = server.browser();
    present(&browser, "/login", &["rememberMe"])
        .await
        .assert_status(302);

    let reply = present(&browser, "/login?renew=true", &["publicComputer", "rememberMe"]).await;

    assert_eq!(kept_for(reply.assert_status(302)), None);
    assert!(!is_long(&server, &browser).await);
    server.wait(Duration::minutes(20));
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn s24_the_session_of_a_public_computer_does_not_become_a_long_one() {
    let server = remembering().await;
    let browser = server.browser();
    present(&browser, "/login", &["publicComputer"])
        .await
        .assert_status(302);

    let reply = present(&browser, "/login?renew=true", &["rememberMe"]).await;

    assert_eq!(kept_for(reply.assert_status(302)), None);
    assert!(!is_long(&server, &browser).await);
}

#[tokio::test]
async fn s33_a_new_password_ends_long_sessions_elsewhere_and_keeps_the_age_of_ones_own() {
    let server = remembering().await;
    let (own, other) = (server.browser(), server.browser());
    for browser in [&own, &other] {
        present(browser, "/login", &["rememberMe"])
            .await
            .assert_status(302);
    }
    server.wait(Duration::days(2));

    let new = "trois tasses de thé vert";
    let reply = own.change(PASSWORD, new, new).await;

    reply.assert_status(200);
    assert_eq!(kept_for(&reply), Some(12 * 86_400));
    assert!(own.is_in().await && !other.is_in().await);
}

#[tokio::test]
async fn d10_d11_what_counts_as_set() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let stranger = server.browser();

    for set in ["true", "True", "1", "on", "x"] {
        let renewed = browser.get(&to(MAIL_URL, &format!("&renew={set}"))).await;
        assert_eq!(renewed.count("input[name=password]"), 1, "renew={set}");
        let passed = stranger.get(&to(MAIL_URL, &format!("&gateway={set}"))).await;
        assert_eq!(passed.location(), MAIL_URL, "gateway={set}");
        let both = stranger
            .get(&to(MAIL_URL, &format!("&gateway={set}&renew={set}")))
            .await;
        assert_eq!(both.count("input[name=password]"), 1, "both {set}");
    }
    for unset in ["false", "False", "FALSE", "", "%20"] {
        let granted = browser.get(&to(MAIL_URL, &format!("&renew={unset}"))).await;
        assert!(granted.ticket().starts_with("ST-"), "renew={unset}");
        let asked = stranger.get(&to(MAIL_URL, &format!("&gateway={unset}"))).await;
        assert_eq!(asked.count("input[name=password]"), 1, "gateway={unset}");
        let gateway = stranger
            .get(&to(MAIL_URL, &format!("&gateway=true&renew={unset}")))
            .await;
        assert_eq!(gateway.location(), MAIL_URL, "renew={unset} leaves gateway alone");
    }
}

#[tokio::test]
async fn row_1_s4_an_unknown_service_is_refused_with_and_without_session_whatever_is_asked() {
    let server = TestServer::start().await;
    let browser = server.browser();
    present(&browser, "/login", &["warn"]).await.assert_status(302);

    for more in [
        "",
        "&gateway=true",
        "&renew=true",
        "&renew=true&gateway=true",
        "&method=POST",
    ] {
        for one in [&browser, &server.browser()] {
            let reply = one.get(&to("https://evil.example/", more)).await;

            assert_eq!((reply.status, reply.location()), (403, ""), "{more}");
        }
    }
}

#[tokio::test]
async fn row_6_l2_the_question_is_asked_with_gateway_too_and_keeps_the_way_of_the_ticket() {
    let server = TestServer::start().await;
    let browser = server.browser();
    present(&browser, "/login", &["warn"]).await.assert_status(302);

    let question = browser.get(&to(MAIL_URL, "&gateway=true&method=POST")).await;
    question.assert_status(200).assert_says("Messagerie");
    let page = browser.submit(&question, "/login", &[]).await;
    let by_header = browser.get(&to(MAIL_URL, "&method=HEADER")).await;
    let headers = browser.submit(&by_header, "/login", &[]).await;
    let saml = browser
        .get(&format!("/login?method=POST&TARGET={}", encode(MAIL_URL)))
        .await;
    let artifact = browser.submit(&saml, "/login", &[]).await;

    assert_eq!(page.attributes("form", "action"), [MAIL_URL]);
    assert!(page.value("ticket").starts_with("ST-"), "{}", page.body);
    assert!(headers.header("ticket").starts_with("ST-"));
    assert!(artifact.value("SAMLart").starts_with("ST-"), "{}", artifact.body);
    assert_eq!(artifact.count("input[name=ticket]"), 0);
}

#[tokio::test]
async fn row_7_9_a_gateway_without_a_ticket_is_a_redirect_whatever_the_method() {
    let server = TestServer::with().service(STRICT).start().await;
    let browser = server.browser();
    present(&browser, "/login", &["warn"]).await.assert_status(302);
    let strict = "https://examens.univ.example/";

    for more in ["", "&method=POST", "&method=HEADER"] {
        for one in [&browser, &server.browser()] {
            let reply = one.get(&to(strict, &format!("&gateway=true{more}"))).await;

            assert_eq!((reply.status, reply.location()), (302, strict), "{more}");
            assert_eq!(reply.header("ticket"), "");
        }
    }
}

#[tokio::test]
async fn p8_l11_the_form_keeps_target_and_method_together() {
    let server = TestServer::start().await;
    let path = format!("/login?method=POST&TARGET={}", encode(MAIL_URL));

    let page = present(&server.browser(), &path, &[]).await;

    let artifact = page.value("SAMLart");
    assert!(artifact.starts_with("ST-"), "{}", page.body);
    assert_eq!(page.count("input[name=ticket]"), 0);
    server
        .browser()
        .validate(MAIL_URL, &artifact)
        .await
        .assert_user(CAMILLE);
}
