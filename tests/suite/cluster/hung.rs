//! The database's server hangs, or the way to it swallows everything: it accepts connections, and then says nothing.

use std::net::TcpListener;

use crate::support::people::{CAMILLE, EMILE, MAIL_URL};
use crate::support::{Postgres, TestServer, Wire};

use super::away::{nobody_is_served, until};
use super::start::refused;

#[test]
fn a_server_that_accepts_a_connection_and_says_nothing_is_refused_in_one_line() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = deaf.local_addr().expect("an address").port();
    let address = format!("postgres://postgres:s3cret@127.0.0.1:{port}/test?connect_timeout=1");

    refused(&address, "no answer within 1 s");
}

#[test]
fn a_server_that_was_halted_is_refused_in_one_line_and_used_when_it_goes_on() {
    let postgres = Postgres::alone("-c listen_addresses=");
    let address = format!("{}?connect_timeout=1", postgres.database());

    postgres.halt();
    refused(&address, "no answer within 1 s");
    postgres.go_on();

    assert_eq!(
        super::start::line(&address, vestibule::kernel::clock::SystemClock),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_silent_is_passed_over_for_the_one_that_has_taken_its_place() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let postgres = Postgres::running();
    let wire = Wire::to(&postgres);
    let address = postgres.database();
    let name = address.rsplit('/').next().unwrap();
    let silent = deaf.local_addr().expect("an address");
    let both = format!(
        "postgres://postgres@{silent},{}/{name}?connect_timeout=1",
        wire.host()
    );

    let server = TestServer::with().set("database.url", &both).start().await;

    server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_server_that_is_halted_serves_nobody_and_is_used_again_when_it_goes_on() {
    let postgres = Postgres::alone("-c listen_addresses=");
    let server = TestServer::with()
        .set("database.url", &postgres.database())
        .start()
        .await;
    let browser = server.browser();
    let (first, second) = (
        browser.sign_in_to(CAMILLE, MAIL_URL).await,
        browser.visit(MAIL_URL).await,
    );
    until(&server, 200, "ready").await;

    postgres.halt();
    // Whoever asks before anybody has noticed is not left waiting.
    let under_way = server.browser().validate(MAIL_URL, &first).await;
    under_way.assert_failure("INTERNAL_ERROR");
    until(&server, 503, "the database does not answer").await;
    nobody_is_served(&server, &second).await;
    postgres.go_on();
    until(&server, 200, "ready").await;

    // The ticket that was under way may be spent; the one that was turned away at the door is not.
    server
        .browser()
        .validate(MAIL_URL, &second)
        .await
        .assert_user(CAMILLE);
    server.browser().sign_in_to(EMILE, MAIL_URL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_on_which_nothing_comes_any_more_are_given_up_and_made_anew() {
    let postgres = Postgres::running();
    let address = postgres.database();
    let wire = Wire::to(&postgres);
    let server = TestServer::with()
        .set("database.url", &wire.address(address.rsplit('/').next().unwrap()))
        .start()
        .await;
    let browser = server.browser();
    let (first, second) = (
        browser.sign_in_to(CAMILLE, MAIL_URL).await,
        browser.visit(MAIL_URL).await,
    );

    wire.hush();
    let under_way = server.browser().validate(MAIL_URL, &first).await;
    under_way.assert_failure("INTERNAL_ERROR");
    until(&server, 503, "the database does not answer").await;
    nobody_is_served(&server, &second).await;
    wire.speak();
    // What was open stays silent for ever: neither the lane that was writing nor those at rest are of use.
    until(&server, 200, "ready").await;

    server
        .browser()
        .validate(MAIL_URL, &second)
        .await
        .assert_user(CAMILLE);
    server.browser().sign_in_to(EMILE, MAIL_URL).await;
}
