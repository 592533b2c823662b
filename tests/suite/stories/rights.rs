//! Rights that end by themselves: no import has said so, and yet nothing opens from that moment on.

use chrono::Duration;
use tokio_util::sync::CancellationToken;
use vestibule::jobs::sweep::sweep;

use crate::support::TestServer;
use crate::support::journeys::{ACTIVATE, PROPOSED};
use crate::support::people::{CAMILLE, CODE, EMILE, LOST, MAIL_URL, PENDING};

/// Lets the rights of whoever has this number end that far from now.
async fn end_rights(server: &TestServer, number: &str, left: Duration) {
    let end = (server.now() + left).timestamp_micros();
    let sql = format!("UPDATE people SET rights_end = {end} WHERE reference = '{number}'");
    server.execute(&sql).await;
}

async fn number_of(server: &TestServer, login: &str) -> String {
    let sql = format!("SELECT reference AS line FROM people WHERE id = '{login}'");
    server.lines(&sql).await.remove(0)
}

async fn run_the_jobs(server: &TestServer) {
    let swept = sweep(&server.app, &CancellationToken::new()).await;
    swept.expect("the database answers");
}

#[tokio::test]
async fn an_account_whose_rights_have_ended_opens_nothing_though_nobody_marked_it() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let number = number_of(&server, CAMILLE).await;
    end_rights(&server, &number, Duration::seconds(5)).await;
    let ticket = browser.visit(MAIL_URL).await;
    assert!(browser.is_in().await);

    server.wait(Duration::seconds(5));

    let verdict = server.browser().validate(MAIL_URL, &ticket).await;
    verdict.assert_failure("INVALID_TICKET");
    assert!(!browser.is_in().await);
    let again = server.browser().try_in(CAMILLE).await;
    again.assert_form_again(401, "Ce compte est fermé");
    server.browser().sign_in(EMILE).await;
}

#[tokio::test]
async fn whose_rights_have_ended_neither_activates_nor_recovers() {
    let server = TestServer::start().await;
    for card in [PENDING, LOST] {
        end_rights(&server, card.0, Duration::zero()).await;
    }

    let activation = server.browser().identify(ACTIVATE, PENDING).await;
    let recovery = server.browser().prove(LOST, CODE).await;

    activation.assert_identity_again("ne correspondent à aucun compte");
    recovery.assert_form_again(200, "ne correspondent pas");
}

#[tokio::test]
async fn whoever_is_locked_or_loses_their_rights_while_choosing_a_password_gets_no_account() {
    let ended = "UPDATE people SET rights_end = 0 WHERE reference = '22600042'";
    let locked = "UPDATE accounts SET standing = 'suspended' WHERE id IN \
                  (SELECT id FROM people WHERE reference = '22600042')";
    for happens in [ended, locked] {
        let server = TestServer::start().await;
        let browser = server.browser();
        browser.claim(PENDING).await;
        server.execute(&happens.replace("22600042", PENDING.0)).await;

        let refused = browser.fill(ACTIVATE, &PROPOSED).await;

        assert_eq!(refused.noted(), None, "{happens}");
        refused.assert_says("Reprenez depuis le début");
        let passwords = "SELECT password_hash AS line FROM accounts, people \
                         WHERE accounts.id = people.id AND reference = '22600042' AND password_hash IS NOT NULL";
        let set = server.lines(&passwords.replace("22600042", PENDING.0)).await;
        assert_eq!(set, Vec::<String>::new(), "{happens}");
    }
}

#[tokio::test]
async fn the_jobs_close_such_an_account_end_its_sessions_and_tell_the_services() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    server.browser().sign_in(EMILE).await;
    let number = number_of(&server, CAMILLE).await;
    end_rights(&server, &number, Duration::hours(1)).await;
    run_the_jobs(&server).await;
    assert_eq!(server.sessions().await, 2);

    server.wait(Duration::hours(1));
    run_the_jobs(&server).await;
    run_the_jobs(&server).await;

    let standing = "SELECT standing AS line FROM accounts WHERE id = 'corsonneau'";
    assert_eq!(server.lines(standing).await, ["closed"]);
    assert_eq!(server.sessions().await, 1);
    let told = "SELECT service_key AS line FROM logout_messages WHERE account_id = 'corsonneau'";
    assert_eq!(server.lines(told).await, ["mail"]);
    let events = "SELECT event || ' ' || detail AS line FROM audit WHERE actor = 'server' ORDER BY rowid";
    assert_eq!(
        server.lines(events).await,
        [
            "session_closed {\"by\":\"rights_ended\"}",
            "standing_changed {\"to\":\"closed\"}"
        ]
    );
}

#[tokio::test]
async fn more_than_fits_a_batch_is_closed_and_forgotten_in_one_run() {
    let server = TestServer::start().await;
    server
        .execute(
            "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1201)
             INSERT INTO spent_forms (digest, expires_at) SELECT randomblob(32), 0 FROM number",
        )
        .await;
    server.execute("UPDATE people SET rights_end = 0").await;

    run_the_jobs(&server).await;

    let forms = server.lines("SELECT '' AS line FROM spent_forms").await;
    assert_eq!(forms.len(), 0);
    let open = "SELECT id AS line FROM accounts WHERE standing NOT IN ('closed', 'suspended')";
    assert_eq!(server.lines(open).await, Vec::<String>::new());
}
