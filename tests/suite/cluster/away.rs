//! The database goes away, is closed, or is replaced while nodes run: nothing is acknowledged that is not kept, and it
//! passes without a restart.

use std::time::Duration;

use crate::support::people::{CAMILLE, EMILE, MAIL_URL, PASSWORD};
use crate::support::{Postgres, TestServer, Wire};

use super::start::Wrong;

/// Waits until the server says that it is ready, or that it is not.
pub async fn until(server: &TestServer, status: u16, words: &str) {
    let browser = server.browser();
    let waiting = async {
        loop {
            let reply = browser.get("/health").await;
            if reply.status == status && reply.body.contains(words) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    waited.unwrap_or_else(|_| panic!("never {status} {words}"));
}

/// Everybody is told to come back, and nobody that something was done.
pub async fn nobody_is_served(server: &TestServer, ticket: &str) {
    let page = server.browser().get("/login").await;
    if page.status == 200 {
        let browser = server.browser();
        let form = browser.get("/login").await;
        let fields = [("username", EMILE), ("password", PASSWORD)];
        let refused = browser.submit(&form, "/login", &fields).await;
        refused.assert_status(503);
        assert_eq!(refused.header("retry-after"), "5");
        assert!(refused.cookies("TGC").is_empty());
    } else {
        page.assert_status(503);
        assert_eq!(page.header("retry-after"), "5");
    }
    server
        .browser()
        .validate(MAIL_URL, ticket)
        .await
        .assert_failure("INTERNAL_ERROR");
    server.browser().get("/health/live").await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_and_comes_back_is_used_again_without_a_restart() {
    let postgres = Postgres::alone("-c listen_addresses=");
    let server = TestServer::with()
        .set("database.url", &postgres.database())
        .start()
        .await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    until(&server, 200, "ready").await;

    postgres.down();
    until(&server, 503, "the database does not answer").await;
    nobody_is_served(&server, &ticket).await;
    postgres.up();
    until(&server, 200, "ready").await;

    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    server.browser().sign_in_to(EMILE, MAIL_URL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_without_a_database_try_again_now_and_then_and_do_not_spin() {
    let postgres = Postgres::running();
    let address = postgres.database();
    let name = address.rsplit('/').next().unwrap();
    let wire = Wire::to(&postgres);
    let server = TestServer::with()
        .set("database.url", &wire.address(name))
        .start()
        .await;

    wire.down();
    until(&server, 503, "the database does not answer").await;
    let before = wire.calls();
    for _ in 0..200 {
        server
            .browser()
            .validate(MAIL_URL, "ST-1")
            .await
            .assert_failure("INTERNAL_ERROR");
    }

    // Two hundred requests at the door have called nobody: the pulse alone does.
    assert!(wire.calls() - before < 50, "{} calls", wire.calls() - before);
    wire.up();
    until(&server, 200, "ready").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_closed_to_writes_serves_nobody_until_it_is_opened() {
    let postgres = Postgres::alone("-c listen_addresses=");
    let address = postgres.database();
    let server = TestServer::with().set("database.url", &address).start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    postgres.set("default_transaction_read_only=on");
    until(&server, 503, "the database").await;
    nobody_is_served(&server, &ticket).await;
    postgres.set("default_transaction_read_only=off");
    until(&server, 200, "ready").await;

    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_wrong_serves_nobody_until_it_is_right() {
    let clock = Wrong::default();
    let server = TestServer::with()
        .on_postgres(&Postgres::running())
        .clock(clock.clone())
        .start()
        .await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    clock.by(5_000);
    until(
        &server,
        503,
        "the clocks of the database and of this machine differ",
    )
    .await;
    nobody_is_served(&server, &ticket).await;
    clock.by(0);
    until(&server, 200, "ready").await;

    server.browser().sign_in_to(EMILE, MAIL_URL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standby_that_is_promoted_is_found_by_the_nodes_that_know_both() {
    let primary = Postgres::alone("-c listen_addresses=");
    let address = primary.database();
    let standby = primary.standby();
    let (first, second) = (Wire::to(&standby), Wire::to(&primary));
    let name = address.rsplit('/').next().unwrap();
    let both = format!("postgres://postgres@{},{}/{name}", first.host(), second.host());
    let server = TestServer::with().set("database.url", &both).start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    standby.wait_for(name, "SELECT count(*) FROM service_tickets", "1");

    primary.down();
    until(&server, 503, "the database does not answer").await;
    nobody_is_served(&server, &ticket).await;
    standby.promote();
    until(&server, 200, "ready").await;

    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    let late = TestServer::with().joining(&both).start().await;
    late.browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_commit_whose_answer_is_lost_is_never_a_success_and_its_ticket_opens_nothing_twice() {
    let postgres = Postgres::running();
    let address = postgres.database();
    let wire = Wire::to(&postgres);
    let server = TestServer::with()
        .set("database.url", &wire.address(address.rsplit('/').next().unwrap()))
        .start()
        .await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    wire.cut_next_commit();
    let first = server.browser().validate(MAIL_URL, &ticket).await;

    assert!(wire.is_cut());
    first.assert_failure("INTERNAL_ERROR");
    until(&server, 200, "ready").await;
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_backend_that_is_killed_before_its_commit_spends_nothing() {
    let server = TestServer::with().on_postgres(&Postgres::running()).start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    server
        .execute(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
             CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON service_tickets
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()",
        )
        .await;

    let verdict = server.browser().validate(MAIL_URL, &ticket).await;

    verdict.assert_failure("INTERNAL_ERROR");
    server.execute("DROP TRIGGER die ON service_tickets").await;
    until(&server, 200, "ready").await;
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
}
