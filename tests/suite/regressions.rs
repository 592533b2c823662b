//! One test for each thing that once was wrong.

use chrono::Duration;
use vestibule::audit::Scene;
use vestibule::flow::activate;

use crate::support::journeys::{ACTIVATE, PROPOSED, RECOVER};
use crate::support::people::{CAMILLE, CODE, LOST, MAIL_URL, PASSWORD, PENDING};
use crate::support::{TestServer, encode};

async fn behind_a_proxy() -> TestServer {
    TestServer::with()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .start()
        .await
}

#[tokio::test]
async fn s41_a_try_that_the_address_refuses_leaves_the_failures_on_the_name() {
    let server = behind_a_proxy().await;
    let guesser = || server.browser().with("x-forwarded-for", "203.0.113.9");
    for _ in 0..4 {
        guesser().fail(CAMILLE).await.assert_status(401);
    }
    for number in 0..26 {
        guesser().fail(&format!("nobody{}", number % 13)).await;
    }
    server.wait(Duration::seconds(61));

    guesser().fail(CAMILLE).await.assert_status(429);

    server.wait(Duration::minutes(5));
    guesser().fail(CAMILLE).await.assert_status(401);
    guesser().fail(CAMILLE).await.assert_status(423);
}

#[tokio::test]
async fn s42_a_login_and_its_mail_address_share_one_budget() {
    let server = TestServer::start().await;
    for _ in 0..3 {
        server.browser().fail(CAMILLE).await.assert_status(401);
    }
    let address = format!("{CAMILLE}@etu.univ.example");
    server.browser().fail(&address).await.assert_status(401);

    server.browser().fail(&address).await.assert_status(423);
}

#[tokio::test]
async fn s81_a_wait_is_written_down_once_however_often_somebody_tries() {
    let server = TestServer::start().await;
    for _ in 0..4 {
        server.browser().fail(CAMILLE).await.assert_status(401);
    }

    for _ in 0..10 {
        server.browser().fail(CAMILLE).await.assert_status(423);
    }

    let throttled = server
        .events()
        .await
        .iter()
        .filter(|event| *event == "throttled")
        .count();
    assert_eq!(throttled, 1);
}

#[tokio::test]
async fn s36_a_session_ends_on_the_day_its_account_closes() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let closes = (server.now() + Duration::minutes(30)).timestamp_micros();
    server
        .execute(&format!(
            "UPDATE people SET rights_end = {closes} WHERE id = '{CAMILLE}'"
        ))
        .await;
    server.set_standing(CAMILLE, "leaving").await;
    let ticket = browser.visit(MAIL_URL).await;

    server.wait(Duration::minutes(30));

    assert!(!browser.is_in().await);
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn s34_a_recovery_under_way_stops_when_the_helpdesk_locks_the_account() {
    let server = TestServer::start().await;
    let thief = server.browser();
    thief.prove(LOST, CODE).await.assert_status(302);
    let page = thief.get(RECOVER).await;

    server.set_standing(CAMILLE, "suspended").await;
    thief.submit(&page, RECOVER, &PROPOSED).await.assert_status(400);

    server.set_standing(CAMILLE, "active").await;
    server.browser().try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn s33_a_change_that_a_recovery_overtook_changes_nothing() {
    let server = TestServer::start().await;
    let thief = server.browser();
    thief.sign_in(CAMILLE).await;
    let page = thief.get("/account/password").await;
    let noted = server.browser().recover(LOST, CODE, &PROPOSED).await;

    let fields = [
        ("currentPassword", PASSWORD),
        ("newPassword", "une phrase du voleur"),
        ("confirmPassword", "une phrase du voleur"),
    ];
    thief
        .submit(&page, "/account/password", &fields)
        .await
        .assert_status(302);

    server.browser().sign_in_as_noted(&noted).await.assert_status(302);
}

#[tokio::test]
async fn s44_a_strangers_guesses_do_not_end_the_session_of_the_owner_who_mistypes() {
    let server = behind_a_proxy().await;
    let owner = server.browser();
    owner.sign_in(CAMILLE).await;
    for place in 1..5 {
        let stranger = server
            .browser()
            .with("x-forwarded-for", &format!("203.0.113.{place}"));
        stranger.fail(CAMILLE).await.assert_status(401);
    }

    let again = "une phrase toute neuve";
    owner.change("pas le bon", again, again).await.assert_status(401);

    assert!(owner.is_in().await);
}

#[tokio::test]
async fn mon_compte_never_makes_up_a_password_that_it_does_not_show() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let fields = [("currentPassword", PASSWORD), ("choice", "generated")];
    let reply = browser.fill("/account/password", &fields).await;

    reply
        .assert_status(200)
        .assert_says("Saisissez un nouveau mot de passe");
    server.browser().try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn s24_signing_in_again_from_a_public_computer_shortens_the_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let again = [
        ("password", PASSWORD),
        ("username", CAMILLE),
        ("publicComputer", "true"),
    ];
    let reply = browser.fill("/login?renew=true", &again).await;
    reply.assert_status(302);

    server.wait(Duration::minutes(21));

    assert!(
        reply.cookies("CASDEVICE").is_empty(),
        "a public computer is nobody's own"
    );
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn s47_an_operator_reopens_what_an_attack_closed() {
    let server = behind_a_proxy().await;
    for place in 0..80 {
        let address = format!("198.51.{}.{}", 100 + place / 4, place % 4);
        let guesser = server.browser().with("x-forwarded-for", &address);
        let number: &str = format!("2999{place:04}").leak();
        guesser.identify(ACTIVATE, (number, ["1", "1", "2007"])).await;
    }
    server
        .browser()
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(200);

    activate::reopen(&server.app, &Scene::operator("test"))
        .await
        .expect("it is reopened");

    server
        .browser()
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn s71_a_script_that_sends_account_forms_is_stopped_before_it_writes() {
    let server = behind_a_proxy().await;
    let script = server.browser().with("x-forwarded-for", "203.0.113.7");
    let page = script.get(RECOVER).await;
    let fields = [("fileNumber", "x")];
    let mut statuses = Vec::new();
    for _ in 0..125 {
        statuses.push(script.submit(&page, RECOVER, &fields).await.status);
    }

    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 5);
    server.browser().get(RECOVER).await.assert_status(200);
}

#[tokio::test]
async fn a_temporary_password_once_replaced_leads_on_to_the_service() {
    let server = TestServer::start().await;
    server.set_temporary(CAMILLE, "bakt-mwez-hvdr").await;
    let browser = server.browser();
    let path = format!("/login?service={}", encode(MAIL_URL));
    let sent = browser
        .fill(&path, &[("username", CAMILLE), ("password", "bakt-mwez-hvdr")])
        .await;

    let form = browser.get(sent.location()).await;
    form.assert_says("Messagerie");
    let again = "une phrase toute neuve";
    let fields = [
        ("currentPassword", "bakt-mwez-hvdr"),
        ("newPassword", again),
        ("confirmPassword", again),
    ];
    let changed = browser.submit(&form, "/account/password", &fields).await;
    let ticket = browser.get(changed.location()).await.ticket().to_owned();

    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
}

#[tokio::test]
async fn s44_a_stranger_who_used_up_the_dates_of_a_number_has_not_closed_the_door_for_its_owner() {
    let server = behind_a_proxy().await;
    for place in 1..6 {
        let stranger = server
            .browser()
            .with("x-forwarded-for", &format!("203.0.113.{place}"));
        stranger
            .identify(ACTIVATE, (PENDING.0, ["1", "1", "2007"]))
            .await
            .assert_status(200);
    }

    let owner = server.browser();
    let told = owner.identify(ACTIVATE, PENDING).await;
    told.assert_status(423).assert_says("Saisissez aussi le code");
    assert_eq!(told.count("input[name=code]"), 1);
    owner.identify_with(PENDING, CODE).await.assert_status(302);
}
