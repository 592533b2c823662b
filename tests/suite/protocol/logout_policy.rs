//! What a service's definition says of its logout messages: how many, where to, and how they are written.

use chrono::Duration;
use vestibule::store::outbox::Outcome;

use crate::support::notices::{enter, form_decoded, leave, once, registered, session_index};
use crate::support::people::CAMILLE;
use crate::support::{Listener, TestServer};

#[tokio::test]
async fn o4_with_scope_all_every_validated_ticket_is_told_once() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, "logout = { scope = \"all\" }"))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let mut entered = Vec::new();
    for _ in 0..3 {
        entered.push(enter(&server, &browser, &listener.url).await);
        server.wait(Duration::seconds(1));
    }
    browser.visit(&listener.url).await;

    leave(&browser).await;

    let settled = once(&server, &browser, |message| message.done_at.is_some()).await;
    let heard = listener.heard(3).await;
    let mut told: Vec<String> = heard.iter().map(|call| session_index(&call.body)).collect();
    told.sort();
    entered.sort();
    assert_eq!((told, settled.len()), (entered, 3));
}

#[tokio::test]
async fn o5_every_address_of_the_definition_gets_a_message_of_its_own() {
    let (app, bell) = (Listener::start(&[200]), Listener::start(&[200, 404]));
    let more = format!(
        "logout = {{ url = \"{0}one\", urls = [\"{0}two?x=1\"] }}",
        bell.url
    );
    let server = TestServer::with()
        .service(&registered("app", &app.url, &more))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &app.url).await;

    leave(&browser).await;

    let settled = once(&server, &browser, |message| message.done_at.is_some()).await;
    let heard = bell.heard(2).await;
    let mut paths: Vec<&str> = heard.iter().map(|call| call.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/one", "/two?x=1"]);
    assert!(heard.iter().all(|call| session_index(&call.body) == ticket));
    assert_ne!(settled[0].id, settled[1].id);
    assert!(app.heard(0).await.is_empty());
}

#[tokio::test]
async fn o5_s60_an_address_that_left_the_registration_is_told_nothing() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &listener.url).await;

    server
        .define(&registered("app", "https://moved.univ.example/", ""))
        .await;
    let page = browser.get("/logout").await;

    page.assert_says("Service app déconnexion à faire dans le service");
    assert!(listener.heard(0).await.is_empty());
}

#[tokio::test]
async fn o14_a_nameless_service_hears_the_ticket_and_no_name() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered(
            "app",
            &listener.url,
            "logout = { dialect = \"nameless\" }",
        ))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;

    leave(&browser).await;

    let heard = listener.heard(1).await;
    assert_eq!(session_index(&heard[0].body), ticket);
    assert!(form_decoded(&heard[0].body).contains(">@NOT_USED@</saml:NameID>"));
    assert!(!heard[0].body.contains(CAMILLE));
}

#[tokio::test]
async fn o8_a_raw_service_finds_the_ticket_in_the_body_as_it_came() {
    let listener = Listener::start(&[204]);
    let server = TestServer::with()
        .service(&registered(
            "app",
            &listener.url,
            "logout = { dialect = \"raw\" }",
        ))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;

    leave(&browser).await;

    let heard = listener.heard(1).await;
    assert!(
        heard[0].body.starts_with("<samlp:LogoutRequest "),
        "{}",
        heard[0].body
    );
    assert!(
        heard[0]
            .body
            .contains(&format!("<samlp:SessionIndex>{ticket}</samlp:SessionIndex>"))
    );
    assert_eq!(heard[0].content_type, "text/xml;charset=UTF-8");
}

#[tokio::test]
async fn a_dialect_mended_between_two_tries_is_that_of_the_second() {
    let listener = Listener::start(&[500, 200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &listener.url).await;
    leave(&browser).await;
    once(&server, &browser, |message| message.status == Some(500)).await;

    server
        .define(&registered(
            "app",
            &listener.url,
            "logout = { dialect = \"raw\" }",
        ))
        .await;
    server.wait(Duration::seconds(2));
    server.app.outbox.notify_one();

    let settled = once(&server, &browser, |message| message.done_at.is_some()).await;
    assert_eq!(settled[0].outcome, Outcome::Received);
    let heard = listener.heard(2).await;
    assert!(heard[0].body.starts_with("logoutRequest=") && heard[1].body.starts_with("<samlp:"));
}
