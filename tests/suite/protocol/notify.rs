//! Single logout: sections 8.2 and 8.3 of the protocol, the messages as services receive them.

use std::net::TcpListener;
use std::time::Duration as Patience;

use chrono::Duration;
use vestibule::store::outbox::{self, Message, Outcome};

use crate::support::notices::{enter, form_decoded, leave, messages, once, registered, session_index};
use crate::support::people::{CAMILLE, EMILE, MAIL_URL, PASSWORD};
use crate::support::{Listener, TestServer};

/// Waits until the one message of the outbox is due again after `pause`.
async fn due_in(server: &TestServer, pause: Duration) {
    let wanted = Some(server.now() + pause);
    let waiting = async {
        loop {
            let settled = server.app.settled.notified();
            let due = server.app.db.read(outbox::next_due).await.expect("the outbox");
            if due == wanted {
                return;
            }
            settled.await;
        }
    };
    tokio::time::timeout(Patience::from_secs(20), waiting)
        .await
        .expect("the try is over");
}

#[tokio::test]
async fn o8_o9_o10_o11_o12_o13_o14_o15_the_message_has_exactly_these_bytes() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;
    server.wait(Duration::seconds(70));

    leave(&browser).await;
    let heard = listener.heard(1).await;

    let [message] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!((message.method.as_str(), message.path.as_str()), ("POST", "/"));
    assert_eq!(message.content_type, "application/x-www-form-urlencoded");
    assert_eq!(message.length, Some(message.body.len()));
    assert!(message.body.len() < 1024, "{}", message.body.len());
    let encoded = message
        .body
        .strip_prefix("logoutRequest=")
        .expect("the first parameter");
    assert!(!encoded.contains(['&', '=', '<', ' ', '\n']), "{encoded}");
    let document = form_decoded(encoded);
    let (_, id) = document.split_once(" ID=\"").expect("an identifier");
    let id = id.split('"').next().unwrap_or_default();
    assert!(id.starts_with("LR-"), "{id}");
    let wanted = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"2026-10-05T07:31:10Z\">\
         <saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">corsonneau</saml:NameID>\
         <samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
    );
    assert_eq!(document, wanted);
}

#[tokio::test]
async fn o4_two_services_are_told_each_with_its_own_ticket() {
    let (one, two) = (Listener::start(&[200]), Listener::start(&[200]));
    let server = TestServer::with()
        .service(&registered("one", &one.url, ""))
        .service(&registered("two", &two.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let first = enter(&server, &browser, &one.url).await;
    let second = enter(&server, &browser, &two.url).await;

    leave(&browser).await;

    assert_eq!(session_index(&one.heard(1).await[0].body), first);
    assert_eq!(session_index(&two.heard(1).await[0].body), second);
    let settled = once(&server, &browser, |message| message.done_at.is_some()).await;
    assert_eq!(settled.len(), 2);
}

#[tokio::test]
async fn o4_of_two_tickets_for_one_path_the_most_recently_validated_is_told() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let page = |tail: &str| format!("{}{tail}", listener.url);

    enter(&server, &browser, &page("x?a=1")).await;
    server.wait(Duration::seconds(1));
    let last = enter(&server, &browser, &page("x;jsessionid=2?b=2#c")).await;
    server.wait(Duration::seconds(1));
    let other = enter(&server, &browser, &page("y")).await;
    leave(&browser).await;

    let heard = listener.heard(2).await;
    let told: Vec<String> = heard.iter().map(|message| session_index(&message.body)).collect();
    assert!(told.contains(&last) && told.contains(&other), "{told:?}");
    assert_eq!(
        once(&server, &browser, |message| message.done_at.is_some())
            .await
            .len(),
        2
    );
}

#[tokio::test]
async fn o4_a_ticket_never_validated_does_not_hide_the_one_that_was() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let validated = enter(&server, &browser, &listener.url).await;
    server.wait(Duration::seconds(1));

    let refused = browser.visit(&listener.url).await;
    let verdict = server.browser().validate(MAIL_URL, &refused).await;
    verdict.assert_failure("INVALID_SERVICE");
    let replay = server.browser().validate(&listener.url, &validated).await;
    replay.assert_failure("INVALID_TICKET");
    browser.visit(&listener.url).await;
    leave(&browser).await;

    assert_eq!(session_index(&listener.heard(1).await[0].body), validated);
    assert_eq!(
        once(&server, &browser, |message| message.done_at.is_some())
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn o4_a_service_that_validated_nothing_is_told_nothing() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    browser.visit(&listener.url).await;
    leave(&browser).await;

    assert!(messages(&server, &browser).await.is_empty());
}

#[tokio::test]
async fn o5_the_message_goes_to_the_address_of_the_ticket_query_and_jsessionid_included() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    enter(
        &server,
        &browser,
        &format!("{}app;jsessionid=1F?x=1&y=%2F", listener.url),
    )
    .await;
    leave(&browser).await;

    assert_eq!(listener.heard(1).await[0].path, "/app;jsessionid=1F?x=1&y=%2F");
}

#[tokio::test]
async fn o5_the_definitions_own_address_comes_first() {
    let (app, bell) = (Listener::start(&[200]), Listener::start(&[200]));
    let more = format!("logout = {{ url = \"{}bye?all=1\" }}", bell.url);
    let server = TestServer::with()
        .service(&registered("app", &app.url, &more))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &app.url).await;

    leave(&browser).await;

    let heard = bell.heard(1).await;
    assert_eq!(heard[0].path, "/bye?all=1");
    assert_eq!(session_index(&heard[0].body), ticket);
}

#[tokio::test]
async fn o5_a_service_that_takes_no_messages_gets_none_and_the_page_says_so() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, "logout = { kind = \"none\" }"))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &listener.url).await;

    let page = browser.get("/logout").await;

    page.assert_says("Service app déconnexion à faire dans le service");
    let messages = messages(&server, &browser).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(
        (messages[0].outcome, messages[0].tries),
        (Outcome::Unsupported, 0)
    );
}

#[tokio::test]
async fn o5_a_service_no_longer_registered_is_told_nothing() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &listener.url).await;

    server.forget_service("app").await;
    leave(&browser).await;

    assert!(messages(&server, &browser).await.is_empty());
}

#[tokio::test]
async fn o7_another_person_at_the_same_browser_ends_the_first_ones_sessions_everywhere() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;

    let fields = [("username", EMILE), ("password", PASSWORD)];
    browser
        .fill("/login?renew=true", &fields)
        .await
        .assert_status(302);

    let heard = listener.heard(1).await;
    assert_eq!(session_index(&heard[0].body), ticket);
    assert!(form_decoded(&heard[0].body).contains(">corsonneau</saml:NameID>"));
}

#[tokio::test]
async fn o7_l9_the_same_person_again_ends_nothing_and_the_service_is_told_at_the_end() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;

    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    browser
        .fill("/login?renew=true", &fields)
        .await
        .assert_status(302);
    let waiting = server.app.db.read(outbox::next_due).await.expect("the outbox");
    leave(&browser).await;

    assert_eq!(waiting, None, "nobody was told anything");
    assert_eq!(session_index(&listener.heard(1).await[0].body), ticket);
}

#[tokio::test]
async fn a8_o14_each_service_hears_the_name_it_knows() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .service(&registered(
            "app",
            &listener.url,
            "username_attribute = \"supannEtuId\"",
        ))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &listener.url).await;

    leave(&browser).await;

    let document = form_decoded(&listener.heard(1).await[0].body);
    assert!(document.contains(">22500001</saml:NameID>"), "{document}");
    assert!(!document.contains(CAMILLE), "{document}");
}

#[tokio::test]
async fn o16_any_answer_but_a_server_error_is_final() {
    for status in [200, 202, 204, 302, 303, 401, 403, 404] {
        let listener = Listener::start(&[status]);
        let server = TestServer::with()
            .service(&registered("app", &listener.url, ""))
            .start()
            .await;
        let browser = server.browser();
        browser.sign_in(CAMILLE).await;
        enter(&server, &browser, &listener.url).await;

        leave(&browser).await;
        let settled = once(&server, &browser, |message| message.done_at.is_some()).await;

        let wanted = if status < 300 {
            Outcome::Received
        } else {
            Outcome::Answered
        };
        assert_eq!((settled[0].outcome, settled[0].tries), (wanted, 1), "{status}");
        assert_eq!(settled[0].status, Some(i64::from(status)));
        assert_eq!(listener.heard(1).await.len(), 1, "a redirect is not followed");
    }
}

#[tokio::test]
async fn o16_a_server_error_is_tried_again_with_growing_pauses() {
    let listener = Listener::start(&[500, 503, 502, 200]);
    let server = TestServer::with()
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, &listener.url).await;
    leave(&browser).await;

    for (tries, pause) in [(1, 2), (2, 4), (3, 8)] {
        listener.heard(tries).await;
        due_in(&server, Duration::seconds(pause)).await;
        server.wait(Duration::seconds(pause));
        server.app.outbox.notify_one();
    }
    let settled = once(&server, &browser, |message| message.done_at.is_some()).await;

    assert_eq!((settled[0].outcome, settled[0].tries), (Outcome::Received, 4));
    let heard = listener.heard(4).await;
    assert!(
        heard.iter().all(|message| message.body == heard[0].body),
        "the same message"
    );
    assert_eq!(session_index(&heard[0].body), ticket);
}

#[tokio::test]
async fn o16_after_ten_minutes_without_an_answer_the_message_is_given_up_and_that_is_kept() {
    let dead = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", dead.local_addr().expect("an address"));
    drop(dead);
    let server = TestServer::with()
        .service(&registered("app", &url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &url).await;
    leave(&browser).await;

    let begun = server.now();
    for pause in [2, 4, 8, 16, 32, 64, 120, 120, 120] {
        due_in(&server, Duration::seconds(pause)).await;
        server.wait(Duration::seconds(pause));
        server.app.outbox.notify_one();
    }
    let settled = once(&server, &browser, |message| message.done_at.is_some()).await;

    assert_eq!((settled[0].outcome, settled[0].tries), (Outcome::Failed, 10));
    assert_eq!(settled[0].status, None);
    assert!(server.now() - begun <= Duration::minutes(10));
    let left = server.app.db.read(outbox::next_due).await.expect("the outbox");
    assert_eq!(left, None);
}

#[tokio::test]
async fn o16_a_receiver_that_never_answers_holds_nobody_up() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", deaf.local_addr().expect("an address"));
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .set("outbound.timeout", "30s")
        .service(&registered("deaf", &url, ""))
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &url).await;
    enter(&server, &browser, &listener.url).await;

    leave(&browser).await;
    listener.heard(1).await;

    let messages = once(&server, &browser, |message| {
        message.done_at.is_some() || message.service_key == "deaf"
    })
    .await;
    let deaf = messages.iter().find(|message| message.service_key == "deaf");
    assert_eq!(
        deaf.map(|message| message.outcome),
        Some(Outcome::Pending),
        "still waiting"
    );
    assert!(
        server
            .browser()
            .sign_in_to(EMILE, MAIL_URL)
            .await
            .starts_with("ST-")
    );
}

#[tokio::test]
async fn s63_a_hundred_messages_to_a_host_that_hangs_leave_the_others_their_turn() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let deaf_url = format!("http://{}/", deaf.local_addr().expect("an address"));
    let listener = Listener::start(&[200]);
    let server = TestServer::with().set("outbound.timeout", "30s").start().await;
    let (now, app_url) = (server.now(), listener.url.clone());
    let message = move |number: usize, address: &str| Message {
        id: format!("LR-{number}"),
        batch: [7; 32],
        account: CAMILLE.to_owned(),
        service_key: "any".to_owned(),
        address: address.to_owned(),
        name_id: CAMILLE.to_owned(),
        session_index: "ST-1".to_owned(),
        // The one that matters is the last in the queue.
        queued_at: now - Duration::seconds(if address == app_url { 0 } else { 60 }),
        tries: 0,
        outcome: Outcome::Pending,
        status: None,
        done_at: None,
        retried_at: None,
    };
    let app_url = listener.url.clone();

    let queued = server.app.db.write(move |conn| {
        for number in 0..100 {
            outbox::enqueue(conn, &message(number, &deaf_url))?;
        }
        outbox::enqueue(conn, &message(100, &app_url))
    });
    queued.await.expect("the messages are queued");
    server.app.outbox.notify_one();

    listener.heard(1).await;
    let tried = "SELECT id AS line FROM logout_messages WHERE tries > 0 AND id <> 'LR-100'";
    assert_eq!(server.lines(tried).await.len(), 4);
}

#[tokio::test]
async fn o16_the_page_says_what_became_of_each_service() {
    let (good, bad) = (Listener::start(&[200]), Listener::start(&[500]));
    let server = TestServer::with()
        .set("logout.page_wait", "0s")
        .service(&registered("good", &good.url, ""))
        .service(&registered("bad", &bad.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &good.url).await;
    enter(&server, &browser, &bad.url).await;

    browser.get("/logout").await.assert_says("Service good");
    once(&server, &browser, |message| message.status.is_some()).await;
    let again = browser.get("/logout").await;

    again.assert_says("Service good demande de déconnexion reçue");
    again.assert_says("Service bad réponse en attente");
    assert!(!again.text().contains("Aucune session"), "{}", again.text());
}

#[tokio::test]
async fn o16_messages_leave_for_listed_networks_only() {
    let listener = Listener::start(&[200]);
    let server = TestServer::with()
        .set("outbound.allowed_networks", "192.0.2.0/24")
        .service(&registered("app", &listener.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &listener.url).await;

    leave(&browser).await;
    due_in(&server, Duration::seconds(2)).await;

    assert!(listener.heard(0).await.is_empty());
}
