//! Single logout as a test sees it: services that know a session, and the messages that tell them of its end.

use std::time::Duration as Patience;

use sha2::{Digest as _, Sha256};
use vestibule::store::outbox::{self, Message};

use super::people::MAIL_URL;
use super::{Browser, Reply, TestServer, encode};

/// A registered service at `url`, with more lines of its definition.
pub fn registered(key: &str, url: &str, more: &str) -> String {
    format!(
        "key = \"{key}\"\nname = {{ fr = \"Service {key}\", en = \"Service {key}\" }}\nurl = \"{url}\"\n{more}"
    )
}

/// Visits `service` and has the ticket validated: from now on the service has a session of its own.
pub async fn enter(server: &TestServer, browser: &Browser, service: &str) -> String {
    let ticket = browser.visit(service).await;
    let verdict = server.browser().validate(service, &ticket).await;
    assert!(verdict.is_success(), "{}", verdict.0);
    ticket
}

/// Signs out on the way to a registered service: the answer waits for nobody.
pub async fn leave(browser: &Browser) -> Reply {
    let reply = browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;
    assert_eq!(reply.location(), MAIL_URL);
    reply
}

/// The messages of the browser's last sign-out.
pub async fn messages(server: &TestServer, browser: &Browser) -> Vec<Message> {
    let receipt = browser.cookie("CASRECEIPT").expect("the receipt of a sign-out");
    let batch = Sha256::digest(receipt.as_bytes()).into();
    let read = server.app.db.read(move |conn| outbox::of_batch(conn, &batch));
    read.await.expect("the outbox")
}

/// The messages of the browser's last sign-out as soon as they are `ready`.
pub async fn once(server: &TestServer, browser: &Browser, ready: impl Fn(&Message) -> bool) -> Vec<Message> {
    let waiting = async {
        loop {
            let settled = server.app.settled.notified();
            let messages = messages(server, browser).await;
            if messages.iter().all(&ready) {
                return messages;
            }
            settled.await;
        }
    };
    tokio::time::timeout(Patience::from_secs(20), waiting)
        .await
        .expect("the messages are settled")
}

pub fn form_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.expect("two digits"));
                let digits = String::from_utf8(digits.to_vec()).expect("digits");
                u8::from_str_radix(&digits, 16).expect("hexadecimal digits")
            }
            other => other,
        });
    }
    String::from_utf8(bytes).expect("the message is text")
}

/// The ticket that a message names.
pub fn session_index(body: &str) -> String {
    let document = form_decoded(body.strip_prefix("logoutRequest=").expect("the parameter"));
    let (_, rest) = document.split_once("<samlp:SessionIndex>").expect("an index");
    let (index, _) = rest.split_once("</samlp:SessionIndex>").expect("its end");
    index.to_owned()
}
