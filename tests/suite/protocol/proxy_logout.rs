//! Single logout where proxies are: who of them, and of those behind them, is told.

use crate::support::people::{CAMILLE, MAIL_URL};
use crate::support::proxies::{IMAP_URL, definitions};
use crate::support::{Browser, Listener, TestServer, encode};

const TOLD: &str = "SELECT service_key || ' ' || session_index AS line FROM logout_messages ORDER BY 1";

fn registered(key: &str, url: &str, proxy: &str) -> String {
    format!(
        "key = \"{key}\"\nname = {{ fr = \"{key}\", en = \"{key}\" }}\nurl = \"{url}\"\nproxy = {{ {proxy} }}"
    )
}

/// A proxy and a back end on listeners of this machine, and a back end that is no web address.
async fn house(portal: &Listener, back: &Listener) -> TestServer {
    let [.., imap, _] = definitions(&portal.url);
    TestServer::with()
        .service(&registered(
            "portal",
            &portal.url,
            &format!("callbacks = [\"{}\"]", portal.url),
        ))
        .service(&registered("back", &back.url, "accepts_proxy_tickets = true"))
        .service(&imap)
        .start()
        .await
}

/// Presents a ticket at `/proxyValidate`.
async fn spend(server: &TestServer, service: &str, ticket: &str, more: &str) {
    let verdict = server
        .browser()
        .validate_at("/proxyValidate", service, ticket, more)
        .await;
    verdict.assert_user(CAMILLE);
}

/// Asks for a proxy ticket and has it validated.
async fn reach(server: &TestServer, portal: &Listener, target: &str) -> String {
    let called = portal.heard(1).await;
    let (_, pgt) = called[0].path.split_once("pgtId=").expect("the callback");
    let path = format!("/proxy?pgt={pgt}&targetService={}", encode(target));
    let answer = crate::support::service::Verdict(server.browser().get(&path).await.body);
    let ticket = answer.attribute("proxyTicket").pop().expect("a proxy ticket");
    spend(server, target, &ticket, "").await;
    ticket
}

async fn leave(browser: &Browser) {
    let reply = browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;
    reply.assert_status(302);
}

#[tokio::test]
async fn o6_a_proxy_and_the_web_back_ends_behind_it_are_told_and_nobody_else() {
    let (portal, back) = (Listener::start(&[200]), Listener::start(&[200]));
    let server = house(&portal, &back).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let entry = browser.visit(&portal.url).await;
    spend(
        &server,
        &portal.url,
        &entry,
        &format!("&pgtUrl={}", encode(&portal.url)),
    )
    .await;
    let behind = reach(&server, &portal, &back.url).await;
    reach(&server, &portal, IMAP_URL).await;

    leave(&browser).await;

    assert!(portal.heard(2).await[1].body.contains(&entry));
    assert!(back.heard(1).await[0].body.contains(&behind));
    assert_eq!(
        server.lines(TOLD).await,
        [format!("back {behind}"), format!("portal {entry}")]
    );
}

#[tokio::test]
async fn o6_a_proxy_ticket_does_not_hide_the_browsers_own_session_at_the_same_address() {
    let (portal, back) = (Listener::start(&[200]), Listener::start(&[200]));
    let server = house(&portal, &back).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let entry = browser.visit(&portal.url).await;
    spend(
        &server,
        &portal.url,
        &entry,
        &format!("&pgtUrl={}", encode(&portal.url)),
    )
    .await;
    let own = browser.visit(&back.url).await;
    spend(&server, &back.url, &own, "").await;
    server.wait(chrono::Duration::seconds(1));
    let behind = reach(&server, &portal, &back.url).await;

    leave(&browser).await;

    let heard = back.heard(2).await;
    for ticket in [own, behind] {
        assert!(
            heard.iter().any(|message| message.body.contains(&ticket)),
            "{heard:?}"
        );
    }
}

#[tokio::test]
async fn o6_a_service_whose_callback_failed_is_not_told() {
    let (portal, back) = (Listener::start(&[500]), Listener::start(&[200]));
    let server = house(&portal, &back).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let entry = browser.visit(&portal.url).await;
    let more = format!("&pgtUrl={}", encode(&portal.url));
    let verdict = server
        .browser()
        .validate_at("/serviceValidate", &portal.url, &entry, &more)
        .await;
    verdict.assert_failure("INVALID_PROXY_CALLBACK");

    leave(&browser).await;

    assert_eq!(server.lines(TOLD).await, Vec::<String>::new());
}
