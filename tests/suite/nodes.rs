//! Two equal nodes on one PostgreSQL database: what one begins the other ends, and nothing happens twice.

use std::sync::Arc;
use std::time::Duration as Patience;

use chrono::Duration;
use futures_util::future::join_all;
use vestibule::app::App;
use vestibule::cas::catalogue::Service;
use vestibule::config::Config;
use vestibule::jobs::sweep::sweep;
use vestibule::kernel::clock::SystemClock;
use vestibule::kernel::entropy::Entropy;
use vestibule::kernel::keyring::{Key, Keyring};
use vestibule::store::outbox::Outcome;

use crate::support::notices::{enter, leave, once, registered};
use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};
use crate::support::{Browser, Listener, Postgres, TestServer};

/// Two nodes.
struct Pair {
    one: TestServer,
    other: TestServer,
    _postgres: Arc<Postgres>,
}

impl Pair {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    async fn with(services: &[String]) -> Self {
        let postgres = Postgres::running();
        let address = postgres.database();
        let setup = TestServer::with().set("database.url", &address);
        let setup = services
            .iter()
            .fold(setup, |setup, service| setup.service(service));
        let one = setup.start().await;
        let other = TestServer::with().joining(&address).start().await;
        Self {
            one,
            other,
            _postgres: postgres,
        }
    }

    /// The browser, which the balancer sends to the other node from now on.
    fn moved(&self, browser: &Browser) -> Browser {
        browser.at(&self.other.base)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_begins_the_other_goes_on_with() {
    let nodes = Pair::start().await;
    let here = nodes.one.browser();
    let form = here.get("/login").await;

    let there = nodes.moved(&here);
    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    there.submit(&form, "/login", &fields).await.assert_status(302);
    let back = there.at(&nodes.one.base);
    let ticket = back.visit(MAIL_URL).await;

    nodes
        .other
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    let again = nodes.one.browser().validate(MAIL_URL, &ticket).await;
    again.assert_failure("INVALID_TICKET");
    // The form was spent on the other node.
    let twice = here.submit(&form, "/login", &fields).await;
    assert!(twice.cookies("TGC").is_empty(), "{}", twice.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_of_sixteen_that_present_a_ticket_to_two_nodes_one_is_let_in() {
    let nodes = Pair::start().await;
    let ticket = nodes.one.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let services: Vec<Browser> = (0..8)
        .flat_map(|_| [nodes.one.browser(), nodes.other.browser()])
        .collect();

    let verdicts = join_all(services.iter().map(|service| service.validate(MAIL_URL, &ticket))).await;

    let let_in = verdicts.iter().filter(|verdict| verdict.is_success()).count();
    assert_eq!(let_in, 1, "{verdicts:?}");
    for refused in verdicts.iter().filter(|verdict| !verdict.is_success()) {
        refused.assert_failure("INVALID_TICKET");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s41_wrong_passwords_count_wherever_they_are_tried() {
    let nodes = Pair::start().await;
    for node in [&nodes.one, &nodes.other, &nodes.one, &nodes.other] {
        node.browser().fail(CAMILLE).await.assert_status(401);
    }

    nodes.one.browser().try_in(CAMILLE).await.assert_status(423);
    nodes.other.browser().try_in(CAMILLE).await.assert_status(423);
}

#[tokio::test(flavor = "multi_thread")]
async fn o1_a_sign_out_on_one_node_is_told_once_to_the_service_that_the_other_let_in() {
    let listener = Listener::start(&[200]);
    let nodes = Pair::with(&[registered("app", &listener.url, "")]).await;
    let here = nodes.one.browser();
    here.sign_in(CAMILLE).await;
    enter(&nodes.one, &here, &listener.url).await;

    let there = nodes.moved(&here);
    leave(&there).await;

    let told = |message: &vestibule::store::outbox::Message| message.outcome == Outcome::Received;
    let settled = async {
        // Either node may have sent it; this one rings only for its own.
        while nodes
            .other
            .lines("SELECT address AS line FROM logout_messages WHERE outcome = 'received'")
            .await
            .is_empty()
        {
            tokio::task::yield_now().await;
        }
        once(&nodes.other, &there, told).await
    };
    let messages = tokio::time::timeout(Patience::from_secs(20), settled)
        .await
        .unwrap();
    assert_eq!((messages.len(), listener.heard(1).await.len()), (1, 1));
    assert!(!here.is_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_registered_through_one_node_is_known_to_the_other_without_being_told() {
    let nodes = Pair::start().await;
    let url = "https://nouveau.univ.example/";

    nodes.one.define(&registered("nouveau", url, "")).await;

    let noticed = async {
        while nodes.other.app.catalogue().service("nouveau").is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Patience::from_secs(20), noticed)
        .await
        .unwrap();
    let ticket = nodes.other.browser().sign_in_to(CAMILLE, url).await;
    nodes
        .one
        .browser()
        .validate(url, &ticket)
        .await
        .assert_user(CAMILLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_to_a_service_is_known_after_one_look_and_a_node_looks_every_second() {
    let nodes = Pair::start().await;
    let known = |key: &str| {
        let catalogue = nodes.other.app.catalogue();
        catalogue.service(key).map(|service| service.name.fr.clone())
    };
    let look = async || nodes.other.app.refresh_catalogue().await.unwrap();

    nodes
        .one
        .define(&registered("nouveau", "https://nouveau.univ.example/", ""))
        .await;
    look().await;
    assert!(known("nouveau").is_some());
    let rename = |service: &mut Service| service.name.fr = "Autrement".to_owned();
    nodes.one.change_service("nouveau", rename).await;
    look().await;
    assert_eq!(known("nouveau").as_deref(), Some("Autrement"));
    nodes.one.forget_service("nouveau").await;
    look().await;
    assert_eq!(known("nouveau"), None);

    assert!(vestibule::jobs::CATALOGUE <= Patience::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ran_out_is_ended_once_by_two_nodes_that_sweep_together() {
    let listener = Listener::start(&[200]);
    let nodes = Pair::with(&[registered("app", &listener.url, "")]).await;
    let here = nodes.one.browser();
    here.sign_in(CAMILLE).await;
    enter(&nodes.one, &here, &listener.url).await;
    for node in [&nodes.one, &nodes.other] {
        node.wait(Duration::days(1));
    }

    let stop = tokio_util::sync::CancellationToken::new();
    let (first, second) = tokio::join!(sweep(&nodes.one.app, &stop), sweep(&nodes.other.app, &stop));
    first.unwrap();
    second.unwrap();

    assert_eq!(nodes.one.sessions().await, 0);
    let messages = nodes
        .one
        .lines("SELECT address AS line FROM logout_messages")
        .await;
    assert_eq!((messages.len(), listener.heard(1).await.len()), (1, 1));
}

/// The line that a node with these keys, newest first, says instead of starting; nothing when it starts.
fn line(address: &str, keys: &[u8]) -> Option<String> {
    let environment = [("VESTIBULE__DATABASE__URL".to_owned(), address.to_owned())];
    let config = Config::load(None, environment.into_iter()).expect("a configuration");
    let mut keys = keys.iter().map(|byte| Key::new([*byte; 32]));
    let keyring = Keyring::new(keys.next().expect("a key"), keys);
    let built = App::build(
        config,
        &keyring,
        Arc::new(SystemClock),
        Arc::new(Entropy::seeded(1)),
    );
    built.err().map(|error| error.to_string())
}

#[test]
fn s85_a_node_with_another_key_is_refused_in_one_line_and_a_key_is_replaced_node_by_node() {
    let postgres = Postgres::running();
    let address = postgres.database();

    assert_eq!(line(&address, &[1]), None);
    let refused = line(&address, &[2]).expect("a refusal");
    assert!(
        refused.starts_with("the key file vestibule.key is not the one"),
        "{refused}"
    );
    assert!(!refused.contains('\n'), "{refused}");

    // First every node learns the new key, then each signs with it, in any order; at last the old one goes.
    for ring in [&[1, 2][..], &[1, 2], &[2, 1], &[1, 2], &[2, 1], &[2, 1], &[2]] {
        assert_eq!(line(&address, ring), None, "{ring:?}");
    }
    assert!(
        line(&address, &[1]).is_some(),
        "the old key alone is no longer enough"
    );
}
