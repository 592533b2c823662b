//! What each state of an account means for who signs in.

use chrono::Duration;

use crate::support::TestServer;
use crate::support::people::{CAMILLE, EMILE, MAIL_URL, SUSPENDED};

const CLOSED: &str = "zoeillardet";

#[tokio::test]
async fn a_pending_account_opens_nothing() {
    let server = TestServer::start().await;

    server
        .browser()
        .try_in("jkerlodoc")
        .await
        .assert_form_again(401, "incorrect");

    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn s36_a_suspended_or_closed_account_is_named_only_to_who_knows_its_password() {
    let server = TestServer::start().await;
    for login in [SUSPENDED, CLOSED] {
        server
            .browser()
            .fail(login)
            .await
            .assert_form_again(401, "incorrect");
        server
            .browser()
            .try_in(login)
            .await
            .assert_form_again(401, "Ce compte est fermé");
    }
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn s36_a_suspension_ends_the_sessions_at_once_and_the_tickets_with_them() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    server.set_standing(CAMILLE, "suspended").await;

    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn somebody_who_leaves_signs_in_until_the_closing_date_and_not_after() {
    let server = TestServer::start().await;
    let until = (server.now() + Duration::days(9)).timestamp_micros();
    server.set_standing(EMILE, "leaving").await;
    server
        .execute(&format!(
            "UPDATE people SET rights_end = {until} WHERE id = '{EMILE}'"
        ))
        .await;

    server.browser().try_in(EMILE).await.assert_status(302);
    server.wait(Duration::days(9));
    server
        .browser()
        .try_in(EMILE)
        .await
        .assert_form_again(401, "Ce compte est fermé");
}

#[tokio::test]
async fn a_standing_that_this_version_does_not_know_opens_nothing() {
    let server = TestServer::start().await;
    server.set_standing(CAMILLE, "on_the_moon").await;

    server.browser().try_in(CAMILLE).await.assert_status(401);

    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn a_temporary_password_leads_to_its_own_change_and_to_no_service() {
    let server = TestServer::start().await;
    server.set_temporary(CAMILLE, "bakt-mwez-hvdr").await;
    let browser = server.browser();

    let page = browser
        .get("/login?service=https%3A%2F%2Fmail.univ.example%2F")
        .await;
    let reply = browser
        .submit(
            &page,
            "/login",
            &[("username", CAMILLE), ("password", "Bakt MWEZ hvdr")],
        )
        .await;

    reply.assert_status(302);
    let mail = "/cas/account/password?service=https%3A%2F%2Fmail.univ.example%2F";
    assert_eq!(reply.location(), mail);
    for (path, change) in [
        ("/login?service=https%3A%2F%2Fmail.univ.example%2F", mail),
        ("/login", "/cas/account/password"),
        ("/account", "/cas/account/password"),
    ] {
        assert_eq!(browser.get(path).await.location(), change, "{path}");
    }
}

#[tokio::test]
async fn a_temporary_password_is_good_for_three_days() {
    let server = TestServer::start().await;
    server.set_temporary(CAMILLE, "bakt-mwez-hvdr").await;
    let fields = [("username", CAMILLE), ("password", "bakt-mwez-hvdr")];

    server.wait(Duration::hours(71));
    server.browser().fill("/login", &fields).await.assert_status(302);
    server.wait(Duration::hours(1));

    server
        .browser()
        .fill("/login", &fields)
        .await
        .assert_form_again(401, "incorrect");
}

#[tokio::test]
async fn the_home_page_shows_what_opens_the_last_sign_in_and_the_closing_date() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let first = browser.get("/login").await;
    first
        .assert_says("Camille Orsonneau")
        .assert_says("Messagerie")
        .assert_says("Dossier de scolarité");
    assert_eq!(first.count("ul.tiles li"), 4);

    let until = (server.now() + Duration::days(9)).timestamp_micros();
    server.set_standing(CAMILLE, "leaving").await;
    server
        .execute(&format!(
            "UPDATE people SET rights_end = {until} WHERE id = '{CAMILLE}'"
        ))
        .await;
    let later = server.browser();
    later.sign_in(CAMILLE).await;
    later
        .get("/login")
        .await
        .assert_says("14 octobre 2026")
        .assert_says("5 octobre 2026");
}
