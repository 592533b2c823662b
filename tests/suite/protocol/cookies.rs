//! Cookies: section 6 of the protocol.

use chrono::Duration;

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, PASSWORD};
use crate::support::server::Setup;
use crate::support::{Browser, Reply, TestServer, encode};

const EPOCH: &str = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";

fn https() -> Setup {
    TestServer::with().set("server.public_url", "https://sso.univ.example/cas")
}

fn https_browser(server: &TestServer) -> Browser {
    server.browser().with("host", "sso.univ.example")
}

fn value<'a>(line: &'a str, name: &str) -> &'a str {
    let pair = line.split(';').next().unwrap_or_default();
    pair.strip_prefix(&format!("{name}=")).unwrap_or_default()
}

async fn sign_in(browser: &Browser, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![("username", CAMILLE), ("password", PASSWORD)];
    fields.extend_from_slice(more);
    browser
        .fill(&format!("/login?service={}", encode(MAIL_URL)), &fields)
        .await
}

#[tokio::test]
async fn c1_the_ticket_granting_cookie_has_exactly_these_attributes() {
    let server = TestServer::start().await;

    let reply = sign_in(&server.browser(), &[]).await;

    let lines = reply.cookies("TGC");
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    let secret = value(line, "TGC");
    assert_eq!(*line, format!("TGC={secret}; Path=/cas; HttpOnly; SameSite=Lax"));
    assert!(secret.len() >= 43, "{secret}");
}

#[tokio::test]
async fn c1_s21_under_https_the_cookie_belongs_to_this_host_alone() {
    let server = https().start().await;

    let reply = sign_in(&https_browser(&server), &[]).await;

    let lines = reply.cookies("__Host-TGC");
    let [line] = lines.as_slice() else {
        panic!("{:?}", reply.headers)
    };
    let secret = value(line, "__Host-TGC");
    assert_eq!(
        *line,
        format!("__Host-TGC={secret}; Path=/; HttpOnly; SameSite=Lax; Secure")
    );
    assert!(reply.cookies("TGC").is_empty());
}

#[tokio::test]
async fn c1_a_name_of_ones_own_under_https_is_scoped_to_the_context() {
    let server = https().set("session.cookie", "TGC").start().await;

    let reply = sign_in(&https_browser(&server), &[]).await;

    let lines = reply.cookies("TGC");
    assert!(
        lines[0].ends_with("; Path=/cas; HttpOnly; SameSite=Lax; Secure"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn c1_at_the_root_of_a_host_the_path_is_a_slash() {
    let server = TestServer::with()
        .set("server.public_url", "http://localhost:1234")
        .start()
        .await;
    let form = server.raw_get("/login", &[]).await;

    form.assert_status(200);
    let cookie = form.header("Set-Cookie").unwrap_or_default();
    assert!(cookie.contains("; Path=/; "), "{cookie}");
}

#[tokio::test]
async fn c2_c3_a_cookie_that_leads_nowhere_is_cleared_at_three_paths() {
    let server = TestServer::start().await;

    for path in ["/login", "/login?service=https://mail.univ.example/&gateway=true"] {
        let browser = server.browser();
        browser.plant("TGC", "from-an-earlier-deployment");
        let reply = browser.get(path).await;

        let wanted: Vec<String> = ["/cas", "/cas/", "/"]
            .iter()
            .map(|path| format!("TGC=; Path={path}; HttpOnly; SameSite=Lax; {EPOCH}"))
            .collect();
        assert_eq!(reply.cookies("TGC"), wanted, "{path}");
    }
}

#[tokio::test]
async fn c2_a_sign_out_repeats_name_and_path_of_both_cookies() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let reply = browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;

    assert!(
        reply
            .cookies("TGC")
            .contains(&format!("TGC=; Path=/cas; HttpOnly; SameSite=Lax; {EPOCH}").as_str())
    );
    let warn = format!("CASPRIVACY=; Path=/cas; HttpOnly; SameSite=Lax; {EPOCH}");
    assert_eq!(reply.cookies("CASPRIVACY"), [warn]);
}

#[tokio::test]
async fn c2_under_https_deletion_keeps_what_the_name_demands() {
    let server = https().start().await;
    let browser = https_browser(&server);
    browser.plant("__Host-TGC", "old");

    let reply = browser.get("/login").await;

    let wanted = format!("__Host-TGC=; Path=/; HttpOnly; SameSite=Lax; Secure; {EPOCH}");
    assert_eq!(reply.cookies("__Host-TGC"), [wanted]);
}

#[tokio::test]
async fn c4_the_cookie_alone_is_enough_for_single_sign_on() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let cookie = browser.cookie("TGC").expect("a session");

    let request = format!("GET /cas/login?service={MAIL_URL} HTTP/1.0\r\nCookie: TGC={cookie}\r\n\r\n");
    let answer = server.raw(request).await;
    let other_agent = server.browser().with("user-agent", "another/1.0");
    other_agent.plant("TGC", &cookie);

    answer.assert_status(302);
    let location = answer.header("Location").unwrap_or_default();
    assert!(location.contains("ticket=ST-"), "{location}");
    assert!(other_agent.visit(MAIL_URL).await.starts_with("ST-"));
}

#[tokio::test]
async fn c5_s20_the_cookie_changes_whenever_credentials_are_presented() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.plant("TGC", "chosen-by-an-attacker");
    browser.sign_in(CAMILLE).await;
    let first = browser.cookie("TGC").expect("a session");

    let path = format!("/login?renew=true&service={}", encode(MAIL_URL));
    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    browser.fill(&path, &fields).await.assert_status(302);
    let second = browser.cookie("TGC").expect("a session");

    assert_ne!(first, "chosen-by-an-attacker");
    assert_ne!(first, second);
    let thief = server.browser();
    thief.plant("TGC", &first);
    let reply = thief.get(&format!("/login?service={}", encode(MAIL_URL))).await;
    reply.assert_status(200);
    assert!(browser.visit(COURSES_URL).await.starts_with("ST-"));
}

#[tokio::test]
async fn s20_a_cookie_from_before_the_sign_in_never_becomes_a_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.plant("TGC", "planted");

    browser.sign_in(CAMILLE).await;
    let thief = server.browser();
    thief.plant("TGC", "planted");

    let reply = thief.get(&format!("/login?service={}", encode(MAIL_URL))).await;
    reply.assert_status(200);
}

#[tokio::test]
async fn s21_remember_me_is_off_unless_configured() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let form = browser.get("/login").await;
    let reply = sign_in(&browser, &[("rememberMe", "true")]).await;

    assert_eq!(form.count("#rememberMe"), 0);
    assert!(!reply.cookies("TGC")[0].contains("Max-Age"));
}

#[tokio::test]
async fn s24_a_remembered_session_has_an_age_and_says_so_to_services() {
    let server = TestServer::with().set("session.remember_me", "14d").start().await;
    let (kept, plain) = (server.browser(), server.browser());

    let form = kept.get("/login").await;
    let reply = sign_in(&kept, &[("rememberMe", "on")]).await;
    let other = sign_in(&plain, &[]).await;
    let ticket = reply.ticket().to_owned();
    let verdict = server.browser().validate(MAIL_URL, &ticket).await;

    assert_eq!(
        form.count("input#rememberMe[name=rememberMe][value=true]:not([checked])"),
        1
    );
    assert!(reply.cookies("TGC")[0].ends_with("; Max-Age=1209600"));
    assert!(!other.cookies("TGC")[0].contains("Max-Age"));
    assert_eq!(
        verdict.attribute("longTermAuthenticationRequestTokenUsed"),
        ["true"]
    );
    server.wait(Duration::days(13));
    assert!(kept.visit(COURSES_URL).await.starts_with("ST-"));
}

#[tokio::test]
async fn the_wish_to_be_asked_is_a_session_cookie_of_the_same_scope() {
    let server = TestServer::start().await;

    let reply = sign_in(&server.browser(), &[("warn", "true")]).await;
    let without = sign_in(&server.browser(), &[]).await;

    let wanted = "CASPRIVACY=true; Path=/cas; HttpOnly; SameSite=Lax";
    assert_eq!(reply.cookies("CASPRIVACY"), [wanted]);
    assert!(without.cookies("CASPRIVACY").is_empty());
}
