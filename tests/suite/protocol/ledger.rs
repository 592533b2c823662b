//! Single logout: the ledger of messages, who may send them, and sending again.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;
use vestibule::app::App;
use vestibule::audit::{Event, Scene};
use vestibule::flow::ledger::{self, Asked};
use vestibule::flow::operate;
use vestibule::flow::sign_out::{end_expired, end_session};
use vestibule::jobs::{Jobs, sweep};
use vestibule::kernel::entropy::Entropy;
use vestibule::kernel::keyring::{Key, Keyring};
use vestibule::people::naming::Login;
use vestibule::store::outbox::ledger::Which;
use vestibule::store::outbox::{self, Answer, Message, Outcome};

use crate::support::notices::{enter, leave, messages, once, registered, session_index};
use crate::support::people::{CAMILLE, EMILE, PASSWORD};
use crate::support::{Listener, TestServer};

/// A message to `address` that nobody has tried yet.
fn waiting(server: &TestServer, id: &str, address: &str) -> Message {
    Message {
        id: id.to_owned(),
        batch: [1; 32],
        account: CAMILLE.to_owned(),
        service_key: "app".to_owned(),
        address: address.to_owned(),
        name_id: CAMILLE.to_owned(),
        session_index: format!("ST-{id}"),
        queued_at: server.now(),
        tries: 0,
        outcome: Outcome::Pending,
        status: None,
        done_at: None,
        retried_at: None,
    }
}

/// Writes messages as a process would that stops before it sends any.
async fn queue(server: &TestServer, messages: Vec<Message>) {
    let written = server.app.db.write(move |conn| {
        messages
            .iter()
            .try_for_each(|message| outbox::enqueue(conn, message))
    });
    written.await.expect("the outbox");
}

/// The messages of [`waiting`] once all are settled.
async fn settled(server: &TestServer) -> Vec<Message> {
    let waiting = async {
        loop {
            let read = server.app.db.read(|conn| outbox::of_batch(conn, &[1; 32]));
            let messages = read.await.expect("the outbox");
            if messages.iter().all(|message| message.done_at.is_some()) {
                return messages;
            }
            let bell = server.app.settled.notified();
            let _ = tokio::time::timeout(std::time::Duration::from_millis(50), bell).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting)
        .await
        .expect("the messages are settled")
}

/// Another process on the same database.
fn second(server: &TestServer) -> Arc<App> {
    let app = App::build(
        server.app.config.clone(),
        &Keyring::new(Key::new([7; 32]), []),
        Arc::new(server.clock.clone()),
        Arc::new(Entropy::seeded(99)),
    );
    Arc::new(app.expect("a second app"))
}

/// Camille signs out of a service whose message is given up.
async fn given_up(server: &TestServer, browser: &crate::support::Browser) -> Message {
    leave(browser).await;
    server.wait(Duration::minutes(11));
    server.app.outbox.notify_one();
    let failed = once(server, browser, |message| message.done_at.is_some()).await;
    assert_eq!(failed[0].outcome, Outcome::Failed);
    failed[0].clone()
}

#[tokio::test]
async fn o16_two_processes_on_one_database_send_each_message_once() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let other = second(&server);
    let _jobs = Jobs::start(&other);
    let all = (0..60)
        .map(|number| waiting(&server, &format!("LR-{number}"), &listener.url))
        .collect();

    queue(&server, all).await;
    server.app.outbox.notify_one();
    other.outbox.notify_one();
    let settled = settled(&server).await;

    let heard = listener.heard(60).await;
    let told: BTreeSet<String> = heard.iter().map(|call| session_index(&call.body)).collect();
    assert_eq!((heard.len(), told.len()), (60, 60));
    assert!(settled.iter().all(|message| message.tries == 1));
}

#[tokio::test]
async fn o16_of_sixteen_senders_one_claims_a_message() {
    let server = TestServer::start().await;
    // Far in the future for the server itself, which must not take part.
    let later = server.now() + Duration::hours(1);
    let mut message = waiting(&server, "LR-1", "http://127.0.0.1:9/");
    message.queued_at = later;
    queue(&server, vec![message]).await;

    let read = server.app.db.read(move |conn| outbox::due(conn, later, &[], 9));
    let due = read.await.expect("the outbox");
    let tries = (0..16).map(|_| {
        let due = due.clone();
        server
            .app
            .db
            .write(move |conn| outbox::claim(conn, &due[0], later))
    });
    let claimed = futures_util::future::join_all(tries).await;

    let counts = claimed
        .into_iter()
        .filter(|claim| matches!(claim, Ok(Some(_))))
        .count();
    assert_eq!(counts, 1);
}

#[tokio::test]
async fn o16_a_message_whose_sender_died_is_sent_when_the_claim_runs_out() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let now = server.now();
    let message = waiting(&server, "LR-1", &listener.url);
    let claimed = server
        .app
        .db
        .write(move |conn| {
            outbox::enqueue(conn, &message)?;
            let due = outbox::due(conn, now, &[], 1)?;
            outbox::claim(conn, &due[0], now)
        })
        .await
        .expect("the outbox");

    server.app.outbox.notify_one();
    server.wait(Duration::seconds(59));
    server.app.outbox.notify_one();
    let due = server.app.db.read(outbox::next_due).await.expect("the outbox");
    assert_eq!(due, Some(now + Duration::seconds(60)), "nobody else took it");
    assert!(listener.heard(0).await.is_empty());
    server.wait(Duration::seconds(1));
    server.app.outbox.notify_one();
    let settled = settled(&server).await;

    assert_eq!((settled[0].outcome, settled[0].tries), (Outcome::Received, 2));
    listener.heard(1).await;
    let late = Answer {
        outcome: Outcome::Pending,
        status: Some(500),
        latency: Duration::seconds(70),
        again: Some(now),
    };
    let first = claimed.expect("nobody was sooner");
    let noted = server
        .app
        .db
        .write(move |conn| outbox::record(conn, &first, &late, now))
        .await;
    assert!(!noted.expect("the outbox"), "what was settled stays settled");
}

#[tokio::test]
async fn o16_a_message_given_up_is_sent_again_when_an_operator_says_so() {
    let listener = Listener::start(&[500, 500, 500, 200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;
    let failed = given_up(&server, &browser).await;
    let tries = listener.heard(0).await.len();

    let scene = Scene::operator("sophie");
    let retried = ledger::retry(&server.app, Which::Failed(Some("app".into())), &scene).await;
    assert_eq!(retried.expect("the outbox"), 1);
    listener.heard(tries + 1).await;
    let after_one = once(&server, &browser, |message| message.tries > failed.tries).await;
    while messages(&server, &browser).await[0].done_at.is_none() {
        let before = listener.heard(0).await.len();
        let due = server.app.db.read(outbox::next_due).await.expect("the outbox");
        let Some(due) = due else { break };
        server.wait((due - server.now()).max(Duration::zero()));
        server.app.outbox.notify_one();
        listener.heard(before.max(1)).await;
        let _ = tokio::time::timeout(
            std::time::Duration::from_millis(50),
            server.app.settled.notified(),
        )
        .await;
    }

    assert_eq!(
        after_one[0].retried_at,
        Some(failed.queued_at + Duration::minutes(11))
    );
    let settled = messages(&server, &browser).await;
    assert_eq!(
        settled[0].outcome,
        Outcome::Received,
        "the time to give up began anew"
    );
    let last = listener.heard(0).await.pop().expect("a message");
    assert_eq!(session_index(&last.body), ticket);
    assert!(server.events().await.contains(&"logout_retried".to_owned()));
}

#[tokio::test]
async fn of_sixteen_that_ask_at_once_one_has_a_message_sent_again_and_only_a_failed_one() {
    let server = TestServer::start().await;
    let now = server.now();
    let in_state = |id: &str, outcome| Message {
        outcome,
        done_at: (outcome != Outcome::Pending).then_some(now),
        queued_at: now + Duration::hours(1),
        ..waiting(&server, id, "http://127.0.0.1:9/")
    };
    let states = vec![
        in_state("LR-failed", Outcome::Failed),
        in_state("LR-received", Outcome::Received),
        in_state("LR-answered", Outcome::Answered),
        in_state("LR-front", Outcome::Front),
        in_state("LR-unsupported", Outcome::Unsupported),
        in_state("LR-pending", Outcome::Pending),
    ];
    queue(&server, states).await;

    let scene = Scene::operator("sophie");
    let asks = (0..16).map(|number| {
        let which = if number % 2 == 0 {
            Which::Failed(None)
        } else {
            Which::One("LR-failed".into())
        };
        ledger::retry(&server.app, which, &scene)
    });
    let counts = futures_util::future::join_all(asks).await;

    let sum: usize = counts.into_iter().map(|count| count.expect("the outbox")).sum();
    assert_eq!(sum, 1);
    let events = server.events().await;
    assert_eq!(
        events.iter().filter(|event| *event == "logout_retried").count(),
        1
    );
}

#[tokio::test]
async fn the_ledger_lists_what_was_asked_for_and_never_the_ticket() {
    let (good, bad) = (Listener::start(&[200]), Listener::start(&[503]));
    let server = TestServer::with()
        .service(&registered("good", &good.url, ""))
        .service(&registered("bad", &bad.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &good.url).await;
    let ticket = enter(&server, &browser, &bad.url).await;
    leave(&browser).await;
    once(&server, &browser, |message| message.status.is_some()).await;

    let list = async |asked: Asked| {
        let asked = Asked { limit: 10, ..asked };
        ledger::list(&server.app, asked).await.expect("the outbox")
    };
    let login = |text: &str| Login::typed(text);
    let all = list(Asked::default()).await.expect("messages");
    let pending = list(Asked {
        outcome: Some(Outcome::Pending),
        ..Asked::default()
    })
    .await
    .expect("messages");
    let to_good = list(Asked {
        service: Some("good".into()),
        ..Asked::default()
    })
    .await
    .expect("messages");
    let of_emile = list(Asked {
        login: login(EMILE),
        ..Asked::default()
    })
    .await
    .expect("messages");
    let of_nobody = list(Asked {
        login: login("nemo"),
        ..Asked::default()
    })
    .await;
    let since = Some(server.now() + Duration::seconds(1));
    let recent = list(Asked {
        since,
        login: login(CAMILLE),
        ..Asked::default()
    })
    .await
    .expect("messages");

    assert_eq!(all.len(), 2);
    assert!(
        all.iter()
            .all(|entry| entry.login.as_deref() == Some(CAMILLE) && entry.latency.is_some())
    );
    assert!(!format!("{all:?}").contains(&ticket));
    assert_eq!(
        (pending.len(), pending[0].service_key.as_str(), pending[0].status),
        (1, "bad", Some(503))
    );
    assert_eq!(pending[0].next_try_at, Some(server.now() + Duration::seconds(2)));
    assert_eq!((to_good.len(), to_good[0].outcome), (1, Outcome::Received));
    assert!(of_emile.is_empty() && recent.is_empty() && of_nobody.is_none());
}

#[tokio::test]
async fn o7_an_operator_who_signs_somebody_out_or_suspends_them_has_the_services_told() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let login = Login::typed(CAMILLE).expect("a login");
    let scene = Scene::operator("sophie");
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let first = enter(&server, &browser, &listener.url).await;

    operate::sign_out(&server.app, &login, &scene)
        .await
        .expect("done");
    listener.heard(1).await;
    browser.sign_in(CAMILLE).await;
    let second = enter(&server, &browser, &listener.url).await;
    operate::lock(&server.app, &login, &scene).await.expect("done");

    let heard = listener.heard(2).await;
    assert_eq!(session_index(&heard[0].body), first);
    assert_eq!(session_index(&heard[1].body), second);
}

#[tokio::test]
async fn o7_a_session_closed_from_another_device_is_told_and_so_is_a_new_password() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let (lost, held) = (server.browser(), server.browser());
    lost.sign_in(CAMILLE).await;
    let first = enter(&server, &lost, &listener.url).await;
    held.sign_in(CAMILLE).await;

    held.fill("/account/sessions", &[("session", "others")])
        .await
        .assert_status(200);
    listener.heard(1).await;
    lost.sign_in(CAMILLE).await;
    server.wait(Duration::seconds(1));
    let second = enter(&server, &lost, &listener.url).await;
    let fields = [
        ("currentPassword", PASSWORD),
        ("newPassword", "Quatre-vingt-dix moutons bleus"),
        ("confirmPassword", "Quatre-vingt-dix moutons bleus"),
    ];
    held.fill("/account/password", &fields).await;

    let heard = listener.heard(2).await;
    assert_eq!(session_index(&heard[0].body), first);
    assert_eq!(session_index(&heard[1].body), second);
}

#[tokio::test]
async fn o7_a_session_ended_by_its_ticket_is_told_once() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;
    let account = CAMILLE.to_owned();
    let open = server
        .app
        .db
        .read(move |conn| vestibule::store::sessions::of_account(conn, &account))
        .await
        .expect("the sessions");
    let scene = Scene::service("192.0.2.7");

    let first = end_session(&server.app, open[0].digest, Event::SignedOut, &scene).await;
    let again = end_session(&server.app, open[0].digest, Event::SignedOut, &scene).await;

    assert!(first.expect("done") && !again.expect("done"));
    assert_eq!(session_index(&listener.heard(1).await[0].body), ticket);
    assert!(!browser.is_in().await);
    assert_eq!(server.events().await[0], "signed_out");
}

#[tokio::test]
async fn o7_a_session_past_its_limit_is_told_and_one_that_is_merely_idle_is_not() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;
    let stop = tokio_util::sync::CancellationToken::new();

    server.wait(Duration::hours(3));
    assert!(!browser.is_in().await, "idle for too long");
    sweep::sweep(&server.app, &stop).await.expect("swept");
    assert_eq!(
        server.app.db.read(outbox::next_due).await.expect("the outbox"),
        None
    );
    server.wait(Duration::hours(8));
    sweep::sweep(&server.app, &stop).await.expect("swept");

    assert_eq!(session_index(&listener.heard(1).await[0].body), ticket);
    assert_eq!(server.sessions().await, 0);
    assert_eq!(end_expired(&server.app, 50).await.expect("swept"), 0);
}

#[tokio::test]
async fn s65_fifty_services_that_hang_hold_the_page_no_longer_than_it_may_wait() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let host = format!("http://{}", deaf.local_addr().expect("an address"));
    let mut setup = TestServer::with()
        .set("outbound.timeout", "30s")
        .set("logout.page_wait", "1s");
    for number in 0..50 {
        setup = setup.service(&registered(
            &format!("deaf-{number}"),
            &format!("{host}/{number}/"),
            "",
        ));
    }
    let server = setup.start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    for number in 0..50 {
        enter(&server, &browser, &format!("{host}/{number}/")).await;
    }

    let begun = std::time::Instant::now();
    let page = browser.get("/logout").await;

    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
    assert_eq!(page.count(".states li.pending"), 50);
    assert!(page.body.contains("Service deaf-49"));
}

#[tokio::test]
async fn s65_the_session_has_ended_before_the_page_waits_for_anybody() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", deaf.local_addr().expect("an address"));
    let server = TestServer::with()
        .set("outbound.timeout", "30s")
        .set("logout.page_wait", "10s")
        .service(&registered("deaf", &url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &url).await;

    let ended = async { while server.sessions().await > 0 {} };
    tokio::select! {
        _ = browser.get("/logout") => panic!("the page did not wait"),
        () = ended => {}
    }

    // The browser went away without the answer: it is signed out all the same.
    assert!(!browser.is_in().await);
}
