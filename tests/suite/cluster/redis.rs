//! Two nodes that keep their sessions and tickets in one Redis: what one begins the other ends, and what is lost with it.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::support::notices::{enter, leave, registered};
use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};
use crate::support::redis::Redis;
use crate::support::{Browser, Listener, Postgres, TestServer};

use super::away::{nobody_is_served, until};

/// Two nodes on one database and one Redis.
struct Pair {
    one: TestServer,
    other: TestServer,
    _postgres: Arc<Postgres>,
}

impl Pair {
    async fn beside(redis: &Redis, services: &[String]) -> Self {
        let postgres = Postgres::running();
        let address = postgres.database();
        let setup = TestServer::with()
            .set("database.url", &address)
            .set("tickets.registry", &redis.address());
        let setup = services
            .iter()
            .fold(setup, |setup, service| setup.service(service));
        let one = setup.start().await;
        let other = TestServer::with()
            .joining(&address)
            .set("tickets.registry", &redis.address())
            .start()
            .await;
        Self {
            one,
            other,
            _postgres: postgres,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_begins_the_other_goes_on_with() {
    let redis = Redis::running();
    let nodes = Pair::beside(&redis, &[]).await;
    let here = nodes.one.browser();
    here.sign_in(CAMILLE).await;

    let there = here.at(&nodes.other.base);
    let ticket = there.visit(MAIL_URL).await;

    let service = nodes.one.browser();
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
    let again = nodes.other.browser().validate(MAIL_URL, &ticket).await;
    again.assert_failure("INVALID_TICKET");
    there.get("/logout").await;
    assert!(!there.at(&nodes.one.base).is_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_of_sixteen_that_present_a_ticket_to_two_nodes_one_is_let_in() {
    let redis = Redis::running();
    let nodes = Pair::beside(&redis, &[]).await;
    let ticket = nodes.one.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let services: Vec<Browser> = (0..8)
        .flat_map(|_| [nodes.one.browser(), nodes.other.browser()])
        .collect();

    let verdicts = join_all(services.iter().map(|service| service.validate(MAIL_URL, &ticket))).await;

    let let_in = verdicts.iter().filter(|verdict| verdict.is_success()).count();
    assert_eq!(let_in, 1, "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s41_wrong_passwords_count_wherever_they_are_tried() {
    let redis = Redis::running();
    let nodes = Pair::beside(&redis, &[]).await;
    for node in [&nodes.one, &nodes.other, &nodes.one, &nodes.other] {
        node.browser().fail(CAMILLE).await.assert_status(401);
    }

    nodes.one.browser().try_in(CAMILLE).await.assert_status(423);
    nodes.other.browser().try_in(CAMILLE).await.assert_status(423);
}

#[tokio::test(flavor = "multi_thread")]
async fn o1_a_sign_out_on_one_node_is_told_once_to_the_service_that_the_other_let_in() {
    let redis = Redis::running();
    let listener = Listener::start(&[200]);
    let nodes = Pair::beside(&redis, &[registered("app", &listener.url, "")]).await;
    let here = nodes.one.browser();
    here.sign_in(CAMILLE).await;
    enter(&nodes.one, &here, &listener.url).await;

    leave(&here.at(&nodes.other.base)).await;

    assert_eq!(listener.heard(1).await.len(), 1);
    assert!(!here.is_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_sessions_of_the_old_one_on_every_node() {
    let redis = Redis::running();
    let nodes = Pair::beside(&redis, &[]).await;
    let (here, elsewhere) = (nodes.one.browser(), nodes.other.browser());
    here.sign_in(CAMILLE).await;
    elsewhere.sign_in(CAMILLE).await;

    let new = "trois tasses de thé vert";
    here.change(PASSWORD, new, new).await.assert_status(200);

    assert!(
        here.at(&nodes.other.base).is_in().await,
        "the one who changed it stays"
    );
    assert!(!elsewhere.is_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_gone_with_an_emptied_redis_and_no_ticket_from_before_is_good() {
    let redis = Redis::alone(&[]);
    let nodes = Pair::beside(&redis, &[]).await;
    let browser = nodes.one.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    redis.say(&["FLUSHALL"]);

    let refused = nodes.other.browser().validate(MAIL_URL, &ticket).await;
    refused.assert_failure("INVALID_TICKET");
    assert!(!browser.is_in().await);
    let anew = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let service = nodes.other.browser();
    service.validate(MAIL_URL, &anew).await.assert_user(CAMILLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_goes_away_and_comes_back_is_used_again_without_a_restart() {
    let mut redis = Redis::alone(&[]);
    let nodes = Pair::beside(&redis, &[]).await;
    let ticket = nodes.one.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    until(&nodes.one, 200, "ready").await;

    redis.down();

    until(&nodes.one, 503, "the ticket registry does not answer").await;
    nobody_is_served(&nodes.one, &ticket).await;
    redis.up();
    until(&nodes.one, 200, "ready").await;
    let anew = nodes.one.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let service = nodes.one.browser();
    service.validate(MAIL_URL, &anew).await.assert_user(CAMILLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_signed_in_stays_so_when_redis_restarts_from_its_file_and_no_ticket_of_before_is_good() {
    let mut redis = Redis::alone(&["--appendonly", "yes", "--appendfsync", "always"]);
    let nodes = Pair::beside(&redis, &[]).await;
    let browser = nodes.one.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    until(&nodes.one, 200, "ready").await;

    redis.down();
    until(&nodes.one, 503, "the ticket registry does not answer").await;
    redis.up();
    until(&nodes.one, 200, "ready").await;

    let service = nodes.one.browser();
    let refused = service.validate(MAIL_URL, &ticket).await;
    refused.assert_failure("INVALID_TICKET");
    let anew = browser.visit(MAIL_URL).await;
    service.validate(MAIL_URL, &anew).await.assert_user(CAMILLE);
}
