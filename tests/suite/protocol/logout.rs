//! Signing out: section 8.1 of the protocol.

use crate::support::people::{CAMILLE, MAIL_URL};
use crate::support::{Browser, TestServer, encode};

async fn has_session(browser: &Browser) -> bool {
    let reply = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;
    reply.status == 302
}

/// Another browser with the same cookie: what a thief, or an old page, would present.
fn copy(server: &TestServer, browser: &Browser) -> Browser {
    let copy = server.browser();
    copy.plant("TGC", &browser.cookie("TGC").expect("a session"));
    copy
}

#[tokio::test]
async fn one_get_ends_the_session_and_says_so() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let copy = copy(&server, &browser);

    let reply = browser.get("/logout").await;

    reply
        .assert_status(200)
        .assert_says("Votre session universitaire est fermée");
    assert_eq!(reply.header("content-type"), "text/html;charset=UTF-8");
    assert!(!has_session(&copy).await);
}

#[tokio::test]
async fn o1_without_a_session_it_works_all_the_same_and_as_often_as_one_likes() {
    let server = TestServer::start().await;
    let browser = server.browser();

    for _ in 0..3 {
        let page = browser.get("/logout").await;
        page.assert_status(200)
            .assert_says("Aucune session n’était ouverte");
        assert_eq!(page.cookies("TGC").len(), 3, "the cookies are cleared");
        let away = browser
            .get(&format!("/logout?service={}", encode(MAIL_URL)))
            .await;
        assert_eq!((away.status, away.location()), (302, MAIL_URL));
    }
}

#[tokio::test]
async fn o2_an_old_cookie_gets_the_form_and_is_cleared() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let copy = copy(&server, &browser);
    browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;

    let reply = copy.get(&format!("/login?service={}", encode(MAIL_URL))).await;

    reply.assert_status(200);
    assert_eq!(reply.count("input[name=password]"), 1);
    assert!(copy.cookie("TGC").is_none());
}

#[tokio::test]
async fn s06_a_registered_service_gets_the_browser_back_its_address_unmodified() {
    let server = TestServer::start().await;
    let addresses = [
        "https://mail.univ.example",
        "https://mail.univ.example?bye",
        "https://mail.univ.example/x;jsessionid=1?a=%2F&b#c",
        "https://mail.univ.example/?ticket=mine",
    ];

    for address in addresses {
        for name in ["service", "targetService", "TARGET"] {
            let browser = server.browser();
            browser.sign_in(CAMILLE).await;
            let reply = browser.get(&format!("/logout?{name}={}", encode(address))).await;

            assert_eq!((reply.status, reply.location()), (302, address), "{name}");
            assert!(browser.cookie("TGC").is_none());
        }
    }
}

#[tokio::test]
async fn s06_url_and_its_like_lead_nowhere() {
    let server = TestServer::start().await;

    for name in ["url", "next", "redirect", "return", "Service"] {
        let reply = server
            .browser()
            .get(&format!("/logout?{name}={}", encode(MAIL_URL)))
            .await;

        assert_eq!((reply.status, reply.location()), (200, ""), "{name}");
    }
}

#[tokio::test]
async fn a_post_signs_out_as_well() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let copy = copy(&server, &browser);

    let reply = browser.post("/logout", &[("service", MAIL_URL)]).await;

    assert_eq!((reply.status, reply.location()), (302, MAIL_URL));
    assert!(!has_session(&copy).await);
}

#[tokio::test]
async fn o3_s23_only_a_person_sent_by_a_foreign_page_is_asked_first() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let copy = copy(&server, &browser);
    let browser = browser.with("sec-fetch-site", "cross-site");

    let question = browser.get("/logout").await;
    assert!(has_session(&copy).await, "nothing ended yet");
    let browser = browser.with("sec-fetch-site", "same-origin");
    let done = browser.submit(&question, "/logout", &[("answer", "yes")]).await;

    question.assert_status(200).assert_says("Se déconnecter ?");
    done.assert_status(200);
    assert!(!has_session(&copy).await);
}

#[tokio::test]
async fn o3_a_service_that_sends_its_user_to_sign_out_is_not_held_up() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let browser = browser.with("sec-fetch-site", "cross-site");

    let reply = browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;

    assert_eq!((reply.status, reply.location()), (302, MAIL_URL));
}

#[tokio::test]
async fn s23_a_logout_request_sent_to_the_server_ends_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let service = server.browser();
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);

    let message = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><samlp:SessionIndex>{ticket}\
         </samlp:SessionIndex></samlp:LogoutRequest>"
    );
    for path in ["/login", "/logout", "/serviceValidate"] {
        service.post(path, &[("logoutRequest", message.as_str())]).await;
    }

    assert!(has_session(&browser).await);
}

#[tokio::test]
async fn with_redirects_switched_off_the_page_offers_the_way_back() {
    let server = TestServer::with()
        .set("logout.follow_service", "false")
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let reply = browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;

    reply.assert_status(200).assert_says("Revenir à Messagerie");
    assert_eq!(reply.count(&format!("a[href='{MAIL_URL}']")), 1);
}
