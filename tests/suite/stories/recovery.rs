//! Lost credentials: file number and birth date, the code of the certificate sheet, new credentials to note.

use chrono::Duration;

use crate::support::journeys::{Card, PROPOSED, RECOVER, own};
use crate::support::listener::Listener;
use crate::support::people::{CAMILLE, CODE, LOST, PASSWORD, PENDING, STAFF, SUSPENDED};
use crate::support::{Browser, TestServer};

/// Well formed, and nobody's.
const OTHER_CODE: &str = "22222-22222";
const NO_MATCH: &str = "ne correspondent pas";
const EMILE_LOST: Card = ("22500002", ["30", "9", "2006"]);
const NOBODY: Card = ("29999999", ["14", "2", "2006"]);

async fn behind_a_proxy() -> TestServer {
    TestServer::with()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .start()
        .await
}

fn at(server: &TestServer, place: usize) -> Browser {
    server
        .browser()
        .with("x-forwarded-for", &format!("198.51.100.{place}"))
}

#[tokio::test]
async fn lost_credentials_come_back_with_the_code_of_the_certificate_sheet() {
    let server = TestServer::start().await;
    let browser = server.browser();

    browser.identify(RECOVER, LOST).await.assert_status(302);
    browser.get(RECOVER).await.assert_says("en haut à gauche");
    browser.fill(RECOVER, &[("code", CODE)]).await.assert_status(302);
    let sheet = browser.fill(RECOVER, &PROPOSED).await;

    let noted = sheet.noted().unwrap();
    assert_eq!(noted.login, CAMILLE, "a forgotten login is lost as well");
    server.browser().try_in(CAMILLE).await.assert_status(401);
    server.browser().sign_in_as_noted(&noted).await.assert_status(302);
    assert!(server.events().await.contains(&"recovered".to_owned()));
}

#[tokio::test]
async fn s34_a_recovery_ends_every_session_and_tells_the_services() {
    let heard = Listener::start(&[200]);
    let library = format!(
        "key = \"library\"\nname = {{ fr = \"B\", en = \"L\" }}\nurl = \"{}\"",
        heard.url
    );
    let server = TestServer::with().service(&library).start().await;
    let (phone, library_desk) = (server.browser(), server.browser());
    phone.sign_in(CAMILLE).await;
    let ticket = library_desk.sign_in_to(CAMILLE, &heard.url).await;
    server
        .browser()
        .validate(&heard.url, &ticket)
        .await
        .assert_user(CAMILLE);

    server.browser().recover(LOST, CODE, &PROPOSED).await;

    assert!(!phone.is_in().await && !library_desk.is_in().await);
    assert_eq!(server.sessions().await, 0);
    assert!(heard.heard(1).await[0].body.contains(&ticket));
}

#[tokio::test]
async fn s50_the_backup_code_replaces_the_one_that_was_used_and_works_the_next_time() {
    let server = TestServer::start().await;
    let first = server.browser().recover(LOST, CODE, &PROPOSED).await;
    assert_ne!(first.code, CODE);

    let used = server.browser().prove(LOST, CODE).await;
    used.assert_form_again(200, "Ce code a déjà servi");
    let second = server
        .browser()
        .recover(LOST, &first.code, &own("trois tasses de thé vert"))
        .await;

    assert_ne!(second.code, first.code);
    let used = server.browser().prove(LOST, &first.code).await;
    used.assert_form_again(200, "Ce code a déjà servi");
    let fields = [("username", CAMILLE), ("password", "trois tasses de thé vert")];
    server.browser().fill("/login", &fields).await.assert_status(302);
}

#[tokio::test]
async fn the_backup_code_of_an_activation_recovers_the_account() {
    let server = TestServer::start().await;
    let noted = server.browser().activate(PENDING, &PROPOSED).await;

    let again = server.browser().recover(PENDING, &noted.code, &PROPOSED).await;

    assert_eq!(again.login, noted.login);
    server.browser().sign_in_as_noted(&noted).await.assert_status(401);
    server.browser().sign_in_as_noted(&again).await.assert_status(302);
}

#[tokio::test]
async fn s40_the_first_step_tells_nobody_whether_it_matched() {
    let server = TestServer::start().await;
    let cards = [
        LOST,
        NOBODY,
        (LOST.0, ["15", "2", "2006"]),
        PENDING,
        ("22601236", ["2", "1", "2005"]),
    ];
    let (mut answers, mut pages, mut refusals) = (Vec::new(), Vec::new(), Vec::new());

    for card in cards {
        let browser = server.browser();
        answers.push(browser.identify(RECOVER, card).await.without_tokens(&[]));
        pages.push(browser.get(RECOVER).await.without_tokens(&[]));
        refusals.push(
            browser
                .fill(RECOVER, &[("code", OTHER_CODE)])
                .await
                .without_tokens(&[]),
        );
    }

    for same in [answers, pages, refusals] {
        assert!(same.iter().all(|one| *one == same[0]), "{same:#?}");
    }
}

#[tokio::test]
async fn a_code_is_read_in_lower_case_and_with_spaces() {
    let server = TestServer::start().await;

    server
        .browser()
        .prove(LOST, " vzjg4 ph2g8 ")
        .await
        .assert_status(302);
}

#[tokio::test]
async fn a_typing_mistake_in_the_code_costs_no_try() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.identify(RECOVER, LOST).await.assert_status(302);

    for _ in 0..4 {
        browser
            .fill(RECOVER, &[("code", "")])
            .await
            .assert_form_again(200, "Saisissez le code");
        let again = browser.fill(RECOVER, &[("code", "VZJG4-PH2G9")]).await;
        again.assert_form_again(200, "faute de frappe");
        assert_eq!(again.value("code"), "VZJG4-PH2G9");
        browser
            .fill(RECOVER, &[("code", "VZJG4-PH2O8")])
            .await
            .assert_form_again(200, "faute de frappe");
    }

    browser.fill(RECOVER, &[("code", CODE)]).await.assert_status(302);
}

#[tokio::test]
async fn last_years_code_is_named_as_such_to_its_owner_only() {
    let server = TestServer::start().await;
    server.wait(Duration::days(500));

    server
        .browser()
        .prove(LOST, CODE)
        .await
        .assert_form_again(200, "une année précédente");
    let stranger = (LOST.0, ["15", "2", "2006"]);
    server
        .browser()
        .prove(stranger, CODE)
        .await
        .assert_form_again(200, NO_MATCH);
}

#[tokio::test]
async fn an_account_never_activated_is_named_as_such_only_when_all_three_match() {
    let server = TestServer::start().await;

    server
        .browser()
        .prove(PENDING, CODE)
        .await
        .assert_form_again(200, "Obtenir mon compte");
    server
        .browser()
        .prove(PENDING, OTHER_CODE)
        .await
        .assert_form_again(200, NO_MATCH);
}

#[tokio::test]
async fn a_suspended_or_closed_account_is_not_recovered() {
    let server = TestServer::start().await;
    for card in [("22601236", ["2", "1", "2005"]), ("22601237", ["5", "5", "2005"])] {
        server
            .browser()
            .prove(card, CODE)
            .await
            .assert_form_again(200, NO_MATCH);
    }
    let spent = server
        .lines("SELECT id AS line FROM recovery_codes WHERE spent_at IS NOT NULL")
        .await;
    assert_eq!(spent, Vec::<String>::new(), "{SUSPENDED}");
}

#[tokio::test]
async fn s46_five_wrong_codes_a_day_close_a_number_from_everywhere_whether_or_not_it_exists() {
    let server = behind_a_proxy().await;
    let mut pages = Vec::new();

    for card in [LOST, NOBODY] {
        for place in 0..5 {
            at(&server, place)
                .prove(card, OTHER_CODE)
                .await
                .assert_form_again(200, NO_MATCH);
        }
        let closed = at(&server, 9).prove(card, OTHER_CODE).await;
        closed
            .assert_status(423)
            .assert_says("Trop d’essais")
            .assert_says("dans 24 h");
        assert_eq!(closed.header("retry-after"), "86400");
        pages.push(closed.without_tokens(&[]));
    }

    assert_eq!(pages[0], pages[1]);
    at(&server, 10).prove(LOST, CODE).await.assert_status(423);
    server.wait(Duration::hours(24));
    at(&server, 10).prove(LOST, CODE).await.assert_status(302);
}

#[tokio::test]
async fn fifteen_wrong_tries_on_one_code_revoke_it() {
    let server = behind_a_proxy().await;
    for day in 0..3 {
        for place in 0..5 {
            at(&server, 10 * day + place)
                .prove(LOST, OTHER_CODE)
                .await
                .assert_form_again(200, NO_MATCH);
        }
        server.wait(Duration::hours(24));
    }

    at(&server, 99)
        .prove(LOST, CODE)
        .await
        .assert_form_again(200, "déjà servi");
}

#[tokio::test]
async fn a_fourth_recovery_in_a_month_waits_and_costs_no_code() {
    let server = TestServer::start().await;
    let mut code = CODE.to_owned();
    for _ in 0..3 {
        code = server.browser().recover(LOST, &code, &PROPOSED).await.code;
    }
    let browser = server.browser();
    browser.prove(LOST, &code).await.assert_status(302);

    browser.fill(RECOVER, &PROPOSED).await.assert_status(423);

    server.wait(Duration::days(30));
    server.browser().recover(LOST, &code, &PROPOSED).await;
}

#[tokio::test]
async fn the_same_password_again_is_refused() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.prove(EMILE_LOST, CODE).await.assert_status(302);

    browser
        .fill(RECOVER, &own(PASSWORD))
        .await
        .assert_form_again(200, "différent de l’actuel");

    assert!(browser.fill(RECOVER, &PROPOSED).await.noted().is_some());
}

#[tokio::test]
async fn a_person_who_uses_a_partial_date_recovers_with_it() {
    let server = TestServer::start().await;
    let partial = ("22601235", ["00", "00", "2004"]);
    let browser = server.browser();
    browser.identify_with(partial, CODE).await.assert_status(302);
    browser
        .fill("/account/activate", &[("answer", "yes")])
        .await
        .assert_status(302);
    let noted = browser
        .fill("/account/activate", &PROPOSED)
        .await
        .noted()
        .unwrap();

    server.browser().recover(partial, &noted.code, &PROPOSED).await;
}

#[tokio::test]
async fn s22_no_step_of_a_recovery_is_taken_by_a_form_that_this_browser_was_not_given() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.identify(RECOVER, LOST).await.assert_status(302);

    browser
        .post(RECOVER, &[("code", CODE)])
        .await
        .assert_form_again(200, "restée ouverte trop longtemps");
    browser.fill(RECOVER, &[("code", CODE)]).await.assert_status(302);
    browser
        .post(RECOVER, &PROPOSED)
        .await
        .assert_form_again(200, "restée ouverte trop longtemps");

    server.browser().try_in(CAMILLE).await.assert_status(302);
    assert!(browser.fill(RECOVER, &PROPOSED).await.noted().is_some());
}

#[tokio::test]
async fn staff_recover_their_account_like_everybody() {
    let server = TestServer::start().await;

    let noted = server
        .browser()
        .recover(("90000001", ["1", "6", "1970"]), CODE, &PROPOSED)
        .await;

    assert_eq!(noted.login, STAFF);
    server.browser().sign_in_as_noted(&noted).await.assert_status(302);
}
