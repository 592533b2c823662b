//! How long a session lasts, and who ends it.

use chrono::Duration;

use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};
use crate::support::{Browser, TestServer};

async fn sign_in_on_a_public_computer(browser: &Browser) {
    let fields = [
        ("username", CAMILLE),
        ("password", PASSWORD),
        ("publicComputer", "true"),
    ];
    browser.fill("/login", &fields).await.assert_status(302);
}

#[tokio::test]
async fn s24_a_session_ends_two_hours_after_its_last_use() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for _ in 0..3 {
        server.wait(Duration::minutes(119));
        browser.visit(MAIL_URL).await;
    }
    server.wait(Duration::minutes(120));

    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn s24_a_session_ends_ten_hours_after_it_began_however_busy() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for _ in 0..19 {
        server.wait(Duration::minutes(30));
        browser.visit(MAIL_URL).await;
    }
    server.wait(Duration::minutes(30));

    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn s24_on_a_public_computer_a_session_lasts_twenty_minutes_unused_and_two_hours_in_all() {
    let server = TestServer::start().await;
    let browser = server.browser();
    sign_in_on_a_public_computer(&browser).await;
    server.wait(Duration::minutes(20));
    assert!(!browser.is_in().await);

    sign_in_on_a_public_computer(&browser).await;
    for _ in 0..7 {
        server.wait(Duration::minutes(16));
        browser.visit(MAIL_URL).await;
    }
    server.wait(Duration::minutes(8));
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_public_computer_is_not_remembered_as_anybodys() {
    let server = TestServer::start().await;
    let browser = server.browser();

    sign_in_on_a_public_computer(&browser).await;

    assert_eq!(browser.cookie("CASDEVICE"), None);
}

#[tokio::test]
async fn a_self_service_computer_is_public_without_a_word_and_may_be_said_not_to_be() {
    let server = TestServer::with()
        .set("throttle.public_computers", "127.0.0.0/8")
        .start()
        .await;
    let browser = server.browser();

    let page = browser.get("/login").await;

    assert_eq!(page.count("#publicComputer[checked]"), 1);
    page.assert_says("poste en libre-service");
    sign_in_on_a_public_computer(&browser).await;
    server.wait(Duration::minutes(20));
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_ticket_of_a_session_that_ran_out_is_refused() {
    let server = TestServer::with()
        .set("tickets.service_ticket", "60s")
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    for _ in 0..10 {
        server.wait(Duration::minutes(59));
        browser.visit(MAIL_URL).await;
    }
    server.wait(Duration::minutes(9) + Duration::seconds(30));
    let ticket = browser.visit(MAIL_URL).await;

    server.wait(Duration::seconds(30));

    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn s84_a_clock_set_back_revives_no_session_that_was_signed_out() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let cookie = browser.cookie("TGC").unwrap();
    browser.get("/logout").await;

    server.wait(Duration::hours(-1));

    browser.plant("TGC", &cookie);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_person_sees_their_sessions_and_closes_one_or_all_the_others() {
    let server = TestServer::start().await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let own = server.browser().with("user-agent", firefox);
    own.sign_in(CAMILLE).await;
    let (phone, library) = (server.browser(), server.browser());
    let ticket = phone.sign_in_to(CAMILLE, MAIL_URL).await;
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    library.sign_in(CAMILLE).await;

    let page = own.get("/account/sessions").await;
    page.assert_says("Cette session – Firefox sur Linux")
        .assert_says("Services utilisés : Messagerie");
    assert_eq!(page.count("li.card"), 3);
    let ids: Vec<String> = page
        .body
        .split("name=\"session\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();

    let closed = own
        .submit(&page, "/account/sessions", &[("session", &ids[1])])
        .await;
    closed.assert_status(200).assert_says("La session est fermée");
    assert_eq!(closed.count("li.card"), 2);
    assert_eq!(
        usize::from(phone.is_in().await) + usize::from(library.is_in().await),
        1
    );

    let closed = own
        .submit(&closed, "/account/sessions", &[("session", "others")])
        .await;
    closed.assert_says("Toutes les autres sessions sont fermées");
    assert!(!phone.is_in().await && !library.is_in().await && own.is_in().await);
}

#[tokio::test]
async fn nobody_closes_somebody_elses_session() {
    let server = TestServer::start().await;
    let (camille, emile) = (server.browser(), server.browser());
    camille.sign_in(CAMILLE).await;
    emile.sign_in(crate::support::people::EMILE).await;
    let theirs = camille.get("/account/sessions").await.body;
    let id = theirs
        .split("name=\"session\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();

    let page = emile.get("/account/sessions").await;
    emile
        .submit(&page, "/account/sessions", &[("session", id)])
        .await
        .assert_status(200);

    assert!(camille.is_in().await);
}

#[tokio::test]
async fn closing_ones_own_session_is_signing_out() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let page = browser.get("/account/sessions").await;
    let id = page
        .body
        .split("name=\"session\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();

    let closed = browser
        .submit(&page, "/account/sessions", &[("session", id)])
        .await;

    assert_eq!(closed.location(), "/cas/login");
    assert_eq!(browser.cookie("TGC"), None);
    assert_eq!(server.sessions().await, 0);
}
