//! Callbacks as the real program calls them: which authorities it trusts, and what it writes down.

use crate::support::Browser;
use crate::support::callback::{Answer, Authority, Callback, Signed};
use crate::support::encode;
use crate::support::people::EMILE;
use crate::support::process::Process;
use crate::support::program::Program;
use crate::support::proxies::{IMAP_URL, PORTAL_URL, definitions};
use crate::support::service::Verdict;

#[tokio::test]
async fn s18_s62_the_authorities_are_those_of_the_system_and_no_ticket_is_in_the_log() {
    let authority = Authority::new();
    let callback = Callback::start(
        &authority,
        Signed::Well,
        &[Answer::Status(200), Answer::Status(500)],
    )
    .await;
    let program = Program::new().set("log.level", "debug");
    let [portal, _, imap, _] = definitions(&callback.url);
    program.services(&format!("[[service]]\n{portal}\n[[service]]\n{imap}\n"));
    program.user(EMILE, "Émile", "Vaubrunel");
    let file = program.folder.path().join("authority.pem");
    std::fs::write(&file, authority.pem()).expect("the folder can be written");
    let mut serve = program.command(&["serve"]);
    serve.env("SSL_CERT_FILE", &file);
    let mut server = Process::start(serve, "Vestibule is ready");
    let browser = Browser::new(&program.base());
    browser.sign_in(EMILE).await;
    let more = format!("&pgtUrl={}", encode(&callback.url));

    let ticket = browser.visit(PORTAL_URL).await;
    let verdict = browser
        .validate_at("/serviceValidate", PORTAL_URL, &ticket, &more)
        .await;
    let iou = verdict.attribute("proxyGrantingTicket").pop().expect("an IOU");
    let pgt = callback.granted(&iou);
    let path = format!("/proxy?pgt={pgt}&targetService={}", encode(IMAP_URL));
    let proxy = Verdict(browser.get(&path).await.body)
        .attribute("proxyTicket")
        .pop()
        .expect("a ticket");
    browser
        .validate_at("/proxyValidate", IMAP_URL, &proxy, "")
        .await
        .assert_user(EMILE);
    let ticket = browser.visit(PORTAL_URL).await;
    let failed = browser
        .validate_at("/serviceValidate", PORTAL_URL, &ticket, &more)
        .await;
    failed.assert_failure("INVALID_PROXY_CALLBACK");
    server.signal("TERM");
    server.ended();

    let log = server.lines().join("\n");
    assert!(log.contains("status 500"), "the operator learns why: {log}");
    for secret in ["PGT", "PT-", "ST-", "pgtId"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
