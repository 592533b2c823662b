//! The same store and the same stories on PostgreSQL.

use crate::races;
use crate::store::refuses_changes_to_the_audit;
use crate::support::callback::Answer;
use crate::support::database::{Bare, columns, declared, execute, go_down_and_up_again, indexes};
use crate::support::journeys::PROPOSED;
use crate::support::people::{CAMILLE, CODE, LOST, MAIL_URL, PENDING};
use crate::support::proxies::Proxies;
use crate::support::{Postgres, TestServer};
use vestibule::store::{Database, StoreError, Target};

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let (here, there) = (Bare::sqlite(), Bare::postgres());

    let columns_there = there.db.read(columns).await.unwrap();
    assert_eq!(columns_there, here.db.read(columns).await.unwrap());
    assert_eq!(columns_there, declared());
    assert_eq!(
        there.db.read(indexes).await.unwrap(),
        here.db.read(indexes).await.unwrap()
    );
}

#[tokio::test]
async fn the_migrations_go_up_and_down_and_up_again_on_postgres() {
    go_down_and_up_again(&Bare::postgres()).await;
}

#[tokio::test]
async fn s81_the_audit_is_added_to_and_never_changed_on_postgres() {
    refuses_changes_to_the_audit(&Bare::postgres()).await;
}

#[tokio::test]
async fn s81_the_audit_is_never_emptied_on_postgres() {
    let bare = Bare::postgres();

    let refused = bare.db.write(|conn| execute(conn, "TRUNCATE audit")).await;

    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}

#[test]
fn a_postgres_server_that_is_away_is_refused_in_one_line_without_its_password() {
    let target: Target = "postgres://cas:s3cret@%2Fnowhere/vestibule?sslmode=disable"
        .parse()
        .unwrap();

    let line = Database::open(target, 1).err().unwrap().to_string();

    assert!(
        line.starts_with("the database vestibule on PostgreSQL cannot be opened: "),
        "{line}"
    );
    assert!(!line.contains("s3cret") && !line.contains('\n'), "{line}");
}

async fn server() -> TestServer {
    TestServer::with()
        .on_postgres(&Postgres::running())
        .workers(4)
        .set("database.readers", "4")
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_of_sixteen_that_present_a_ticket_one_is_let_in_on_postgres() {
    races::one_ticket_opens_once(&server().await).await;
}

/// Lines of every statement that waits for another transaction.
const WAITING: &str = "SELECT pid::text AS line FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";

#[tokio::test(flavor = "multi_thread")]
async fn t6_a_ticket_presented_while_another_node_ends_its_session_is_refused_on_postgres() {
    let postgres = Postgres::running();
    let address = postgres.database();
    let server = TestServer::with().set("database.url", &address).start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let node = Database::open(address.parse().unwrap(), 1).unwrap();
    let (ended, is_ended) = std::sync::mpsc::channel();
    let (commit, may_commit) = std::sync::mpsc::channel::<()>();
    let ending = tokio::spawn(async move {
        let end = move |conn: &mut _| {
            execute(conn, "DELETE FROM sessions")?;
            ended.send(()).ok();
            may_commit.recv().ok();
            Ok(())
        };
        node.write(end).await
    });
    tokio::task::spawn_blocking(move || is_ended.recv())
        .await
        .unwrap()
        .unwrap();

    let service = server.browser();
    let validating = tokio::spawn(async move { service.validate(MAIL_URL, &ticket).await });
    while !validating.is_finished() && server.lines(WAITING).await.is_empty() {
        tokio::task::yield_now().await;
    }
    drop(commit);

    ending.await.unwrap().unwrap();
    validating.await.unwrap().assert_failure("INVALID_TICKET");
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_of_sixteen_that_present_a_proxy_ticket_one_is_let_in_on_postgres() {
    let setup = TestServer::with().on_postgres(&Postgres::running());
    races::one_proxy_ticket_opens_once(&Proxies::on(setup, &[Answer::Status(200)]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s22_of_sixteen_that_send_one_form_one_is_signed_in_on_postgres() {
    races::one_form_signs_in_once(&server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s42_of_sixteen_guesses_at_once_no_more_are_judged_than_one_after_another_on_postgres() {
    races::no_more_guesses_than_one_after_another(&server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s48_of_two_journeys_for_one_account_one_activates_it_on_postgres() {
    races::one_journey_activates(&server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_a_journey_sent_sixteen_times_at_once_happens_once_on_postgres() {
    races::one_step_happens_once(&server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s50_of_sixteen_journeys_with_one_code_one_gets_new_credentials_on_postgres() {
    races::one_code_recovers_once(&server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_of_sixteen_guesses_of_a_code_at_once_five_are_judged_on_postgres() {
    races::five_codes_are_judged(&server().await).await;
}

#[tokio::test]
async fn r5_a_program_signs_in_and_out_on_postgres() {
    let server = TestServer::with_rest()
        .on_postgres(&Postgres::running())
        .start()
        .await;

    crate::protocol::rest::a_journey(&server).await;
}

const NEW: &str = "trois tasses de thé vert";

#[tokio::test]
async fn somebody_signs_in_opens_a_service_and_is_signed_out_on_postgres() {
    let server = server().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
    browser.get("/logout").await.assert_says("Déconnexion terminée");

    assert!(!browser.is_in().await);
    assert_eq!(
        server.events().await,
        ["signed_out", "ticket_replayed", "signed_in"]
    );
}

#[tokio::test]
async fn the_journeys_of_the_student_guide_lead_to_their_ends_on_postgres() {
    let server = server().await;

    let activated = server.browser().activate(PENDING, &PROPOSED).await;
    server
        .browser()
        .sign_in_as_noted(&activated)
        .await
        .assert_status(302);

    let elsewhere = server.browser();
    elsewhere.sign_in(CAMILLE).await;
    let recovered = server.browser().recover(LOST, CODE, &PROPOSED).await;
    assert!(!elsewhere.is_in().await);
    let own = server.browser();
    own.sign_in_as_noted(&recovered).await.assert_status(302);

    let password = recovered.password.unwrap();
    own.change(&password, NEW, NEW).await.assert_status(200);
    assert!(own.is_in().await);
    let fields = [("username", CAMILLE), ("password", NEW)];
    server.browser().fill("/login", &fields).await.assert_status(302);
}

#[tokio::test]
async fn s41_wrong_passwords_wait_on_postgres() {
    let server = server().await;
    let browser = server.browser();
    for _ in 0..4 {
        browser.fail(CAMILLE).await.assert_status(401);
    }

    browser.try_in(CAMILLE).await.assert_status(423);
    server.wait(chrono::Duration::minutes(1));

    browser.try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn what_is_old_is_forgotten_on_postgres() {
    let server = server().await;
    server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    server.wait(chrono::Duration::days(100));

    let stop = tokio_util::sync::CancellationToken::new();
    vestibule::jobs::sweep::sweep(&server.app, &stop).await.unwrap();

    assert_eq!(server.sessions().await, 0);
    assert_eq!(
        server.lines("SELECT service AS line FROM service_tickets").await,
        Vec::<String>::new()
    );
    assert_eq!(
        server.lines("SELECT ledger AS line FROM throttles").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn old_tickets_of_a_session_that_goes_on_are_kept_and_looked_at_once_on_postgres() {
    crate::stories::tickets::old_tickets_are_looked_at_once(&server().await).await;
}
