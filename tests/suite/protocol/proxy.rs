//! Proxy tickets: sections 10.2 and 10.3 of the protocol, and what becomes of them at sign-out.

use std::collections::HashSet;

use chrono::Duration;
use futures_util::future::join_all;

use crate::support::encode;
use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, STAFF};
use crate::support::proxies::{FILES_URL, IMAP_URL, PORTAL_URL, Proxies, WEBMAIL_URL};

/// The callbacks of a proxy ticket's answer, in order.
fn chain(document: &str) -> Vec<String> {
    let inside = document.split_once("<cas:proxies>").expect("a chain").1;
    let inside = inside.split_once("</cas:proxies>").expect("its end").0;
    let parts = inside.split("<cas:proxy>").skip(1);
    parts
        .map(|rest| rest.split_once("</cas:proxy>").expect("its end").0.to_owned())
        .collect()
}

#[tokio::test]
async fn x4_a_proxy_ticket_has_exactly_these_bytes_by_get_and_by_form() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let granted = proxies.grant(&browser).await;
    let service = proxies.server.browser();

    let query = format!("pgt={}&targetService={}", granted.pgt, encode(IMAP_URL));
    let got = service.get(&format!("/proxy?{query}&format=JSON")).await;
    let fields = [("pgt", granted.pgt.as_str()), ("service", IMAP_URL)];
    let posted = service.post("/proxy", &fields).await;

    for reply in [got, posted] {
        reply.assert_status(200);
        assert_eq!(reply.headers["content-type"], "application/xml;charset=UTF-8");
        let (before, rest) = reply.body.split_once("PT-").expect("a proxy ticket");
        let random = rest.split('<').next().unwrap_or_default();
        assert_eq!(
            before,
            "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n    <cas:proxySuccess>\n        <cas:proxyTicket>"
        );
        assert_eq!(
            rest,
            format!("{random}</cas:proxyTicket>\n    </cas:proxySuccess>\n</cas:serviceResponse>\n")
        );
        let (_instant, random) = random.split_once('-').expect("the instant");
        assert!(random.len() >= 32 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}

#[tokio::test]
async fn h5_s23_a_head_at_proxy_issues_no_ticket_and_writes_nothing_down() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let granted = proxies.grant(&browser).await;
    let tickets = "SELECT kind || service AS line FROM service_tickets ORDER BY issued_at";
    let before = (proxies.server.lines(tickets).await, proxies.server.events().await);

    let target = format!(
        "/cas/proxy?pgt={}&targetService={}",
        granted.pgt,
        encode(IMAP_URL)
    );
    let head = proxies.server.raw_request("HEAD", &target, &[], "").await;

    head.assert_status(200);
    assert_eq!(head.body, "");
    let after = (proxies.server.lines(tickets).await, proxies.server.events().await);
    assert_eq!(after, before);
}

#[tokio::test]
async fn x4_every_refusal_has_its_code_and_words() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(STAFF).await;
    let pgt = proxies.grant(&browser).await.pgt;
    let service = proxies.server.browser();

    for (query, code) in [
        (format!("targetService={}", encode(IMAP_URL)), "INVALID_REQUEST"),
        (format!("pgt={pgt}"), "INVALID_REQUEST"),
        (
            format!("pgt={pgt}&pgt={pgt}&targetService={}", encode(IMAP_URL)),
            "INVALID_REQUEST",
        ),
        (
            format!("pgt=PGT-1&targetService={}", encode(IMAP_URL)),
            "INVALID_TICKET",
        ),
        (
            format!("pgt=ST-1&targetService={}", encode(IMAP_URL)),
            "INVALID_TICKET",
        ),
        (
            "pgt=PGT-1&targetService=https://nobody.example/".into(),
            "INVALID_TICKET",
        ),
        (
            format!("pgt={pgt}&targetService=https://nobody.example/"),
            "UNAUTHORIZED_SERVICE",
        ),
        (
            format!("pgt={pgt}&targetService=nonsense"),
            "UNAUTHORIZED_SERVICE",
        ),
        // Registered, and not for proxies.
        (
            format!("pgt={pgt}&targetService={}", encode(MAIL_URL)),
            "UNAUTHORIZED_SERVICE",
        ),
        // For students only.
        (
            format!("pgt={pgt}&targetService={}", encode(FILES_URL)),
            "UNAUTHORIZED_SERVICE",
        ),
    ] {
        let reply = service.get(&format!("/proxy?{query}")).await;

        reply.assert_status(200);
        let wanted = format!("<cas:proxyFailure code=\"{code}\">");
        let (_, text) = reply
            .body
            .split_once(&wanted)
            .unwrap_or_else(|| panic!("{query}: {}", reply.body));
        assert!(!text.split('<').next().unwrap_or_default().trim().is_empty());
    }
    assert!(
        proxies
            .server
            .events()
            .await
            .contains(&"proxy_ticket_refused".to_owned())
    );
}

#[tokio::test]
async fn x4_a_proxy_that_is_no_longer_one_gets_no_more_tickets() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;
    proxies.proxy_ticket(&pgt, IMAP_URL).await;

    let refused = async || {
        proxies
            .assert_refused(&pgt, IMAP_URL, "UNAUTHORIZED_SERVICE")
            .await;
    };

    let server = &proxies.server;
    server
        .change_service("portail", |portal| portal.enabled = false)
        .await;
    refused().await;
    server
        .change_service("portail", |portal| {
            portal.enabled = true;
            portal.proxy.callbacks.clear();
        })
        .await;
    refused().await;
    server.forget_service("portail").await;
    refused().await;
}

#[tokio::test]
async fn x4_a_target_that_is_no_web_address_is_told_the_chain_and_its_own_attributes() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let granted = proxies.grant(&browser).await;
    assert_eq!(granted.verdict.attribute("displayName").len(), 1);

    let ticket = proxies.proxy_ticket(&granted.pgt, IMAP_URL).await;
    let service = proxies.server.browser();
    let verdict = service.validate_at("/proxyValidate", IMAP_URL, &ticket, "").await;

    verdict.assert_user(CAMILLE);
    assert_eq!(chain(&verdict.0), [proxies.at("portail")]);
    assert_eq!(verdict.attribute("mail").len(), 1);
    assert_eq!(
        verdict.attribute("displayName").len(),
        0,
        "the portal's, not the mail store's"
    );
    assert_eq!(verdict.attribute("proxyGrantingTicket").len(), 0);
}

#[tokio::test]
async fn x5_a_hundred_requests_at_once_get_a_hundred_good_tickets() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;

    let tickets = join_all((0..100).map(|_| proxies.proxy_ticket(&pgt, IMAP_URL))).await;

    let distinct: HashSet<&String> = tickets.iter().collect();
    assert_eq!(distinct.len(), 100);
    let service = proxies.server.browser();
    for ticket in tickets.iter().step_by(9) {
        service
            .validate_at("/proxyValidate", IMAP_URL, ticket, "")
            .await
            .assert_user(CAMILLE);
    }
}

#[tokio::test]
async fn d5_t3_a_proxy_ticket_at_a_door_for_service_tickets_is_refused_and_spent() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;
    let service = proxies.server.browser();

    for door in ["/serviceValidate", "/p3/serviceValidate"] {
        let ticket = proxies.proxy_ticket(&pgt, WEBMAIL_URL).await;
        let refused = service.validate_at(door, WEBMAIL_URL, &ticket, "").await;
        refused.assert_failure("INVALID_TICKET");
        assert!(refused.0.contains("proxyValidate"), "{}", refused.0);
        let after = service
            .validate_at("/proxyValidate", WEBMAIL_URL, &ticket, "")
            .await;
        after.assert_failure("INVALID_TICKET");
    }
    let ticket = proxies.proxy_ticket(&pgt, WEBMAIL_URL).await;
    assert_eq!(
        service.door("/validate", WEBMAIL_URL, &ticket, "").await.body,
        "no\n\n"
    );
    let after = service
        .validate_at("/proxyValidate", WEBMAIL_URL, &ticket, "")
        .await;
    after.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn t3_a_proxy_ticket_is_good_at_its_own_address_and_for_thirty_seconds() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;
    let service = proxies.server.browser();

    let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
    let elsewhere = service
        .validate_at("/proxyValidate", WEBMAIL_URL, &ticket, "")
        .await;
    elsewhere.assert_failure("INVALID_SERVICE");
    let after = service.validate_at("/proxyValidate", IMAP_URL, &ticket, "").await;
    after.assert_failure("INVALID_TICKET");

    let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
    proxies.server.wait(Duration::seconds(30));
    let late = service.validate_at("/proxyValidate", IMAP_URL, &ticket, "").await;
    late.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn x6_a_proxy_ticket_is_never_from_new_login() {
    let proxies = Proxies::start().await;
    // Signed in on the way to the portal: the service ticket is from new login.
    let ticket = proxies.server.browser().sign_in_to(CAMILLE, PORTAL_URL).await;
    let verdict = proxies
        .validate(PORTAL_URL, &ticket, &proxies.at("portail"))
        .await;
    assert_eq!(verdict.attribute("isFromNewLogin"), ["true"]);
    let pgt = proxies.granted(verdict).pgt;
    let service = proxies.server.browser();

    let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
    let verdict = service
        .validate_at("/p3/proxyValidate", IMAP_URL, &ticket, "")
        .await;
    assert_eq!(verdict.attribute("isFromNewLogin"), ["false"]);
    let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
    let renewed = service
        .validate_at("/p3/proxyValidate", IMAP_URL, &ticket, "&renew=true")
        .await;

    renewed.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn x7_a_service_ticket_at_the_door_for_proxy_tickets_has_no_chain() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;

    for door in ["/proxyValidate", "/p3/proxyValidate"] {
        let ticket = browser.visit(COURSES_URL).await;
        let verdict = proxies
            .server
            .browser()
            .validate_at(door, COURSES_URL, &ticket, "")
            .await;

        verdict.assert_user(CAMILLE);
        assert!(!verdict.0.contains("proxies"), "{}", verdict.0);
    }
}

#[tokio::test]
async fn v7_the_chain_names_the_most_recent_proxy_first_whatever_its_length() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let mut pgt = proxies.grant(&browser).await.pgt;
    let mut expected = vec![proxies.at("portail")];
    let service = proxies.server.browser();

    for step in ["webmail-1", "webmail-2"] {
        let ticket = proxies.proxy_ticket(&pgt, WEBMAIL_URL).await;
        let verdict = proxies.validate(WEBMAIL_URL, &ticket, &proxies.at(step)).await;
        assert_eq!(chain(&verdict.0), expected);
        pgt = proxies.granted(verdict).pgt;
        expected.insert(0, proxies.at(step));

        let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
        let verdict = service.validate_at("/proxyValidate", IMAP_URL, &ticket, "").await;
        assert_eq!(chain(&verdict.0), expected);
    }
    assert_eq!(expected.len(), 3);
}

#[tokio::test]
async fn v7_a_chain_is_as_deep_as_64_kib_of_callbacks() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let mut pgt = proxies.grant(&browser).await.pgt;
    let long = |step: usize| format!("{step}/{}", "a".repeat(400));

    let mut depth = 1;
    let refused = loop {
        let ticket = proxies.proxy_ticket(&pgt, WEBMAIL_URL).await;
        let callback = proxies.at(&long(depth));
        let verdict = proxies.validate(WEBMAIL_URL, &ticket, &callback).await;
        if !verdict.0.contains("authenticationSuccess") {
            break verdict;
        }
        let told = chain(&verdict.0);
        assert_eq!(told.len(), depth, "the new link is not part of its own chain");
        pgt = proxies.granted(verdict).pgt;
        depth += 1;
    };

    refused.assert_failure("INVALID_PROXY_CALLBACK");
    assert!(depth > 150, "{depth}");
    assert_eq!(proxies.callback.heads().len(), depth);
}

#[tokio::test]
async fn v7_the_chain_repeats_the_callback_as_it_was_sent_and_only_escaped() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let odd = "/pgtCallback?proxyResponse=true&a=b%2Fc&d=%C3%A9";

    let pgt = proxies.granted(proxies.present(&browser, odd).await).pgt;
    let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
    let service = proxies.server.browser();
    let xml = service.validate_at("/proxyValidate", IMAP_URL, &ticket, "").await;
    let ticket = proxies.proxy_ticket(&pgt, IMAP_URL).await;
    let json = service
        .validate_at("/proxyValidate", IMAP_URL, &ticket, "&format=JSON")
        .await;

    let sent = proxies.at(odd);
    assert!(sent.contains("//pgtCallback"));
    assert_eq!(chain(&xml.0), [sent.replace('&', "&amp;")]);
    let json: serde_json::Value = serde_json::from_str(&json.0).expect("JSON");
    let success = &json["serviceResponse"]["authenticationSuccess"];
    assert_eq!(success["proxies"], serde_json::json!([sent]));
    assert_eq!(success["user"], CAMILLE);
}

#[tokio::test]
async fn v12_json_names_the_iou_where_the_java_client_looks_for_it() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = browser.visit(PORTAL_URL).await;
    let more = format!("&format=json&pgtUrl={}", encode(&proxies.at("portail")));

    let service = proxies.server.browser();
    let json = service
        .validate_at("/p3/serviceValidate", PORTAL_URL, &ticket, &more)
        .await;

    let json: serde_json::Value = serde_json::from_str(&json.0).expect("JSON");
    let success = &json["serviceResponse"]["authenticationSuccess"];
    let iou = success["proxyGrantingTicket"].as_str().expect("an IOU");
    proxies
        .proxy_ticket(&proxies.callback.granted(iou), IMAP_URL)
        .await;
    assert!(success.get("proxies").is_none(), "{json}");
}

#[tokio::test]
async fn t7_a_ticket_brings_one_proxy_granting_ticket_at_most() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = browser.visit(PORTAL_URL).await;

    let callback = proxies.at("portail");
    let asked = (0..16).map(|_| proxies.validate(PORTAL_URL, &ticket, &callback));
    let verdicts = join_all(asked).await;

    assert_eq!(verdicts.iter().filter(|verdict| verdict.is_success()).count(), 1);
    assert_eq!(proxies.callback.heads().len(), 1);
    let rows = proxies
        .server
        .lines("SELECT service_key AS line FROM proxy_grants")
        .await;
    assert_eq!(rows, ["portail"]);
    let twin = "INSERT INTO proxy_grants SELECT x'00', session, ticket, service_key, proxies, issued_at FROM proxy_grants";
    let refused = proxies
        .server
        .app
        .db
        .write(move |conn| crate::support::database::execute(conn, twin))
        .await;
    assert!(refused.is_err(), "the database itself refuses a second one");
}

#[tokio::test]
async fn x3_t6_s15_proxy_granting_tickets_of_every_depth_and_unspent_proxy_tickets_die_at_sign_out() {
    let proxies = Proxies::start().await;
    let (browser, other) = (proxies.server.browser(), proxies.server.browser());
    browser.sign_in(CAMILLE).await;
    other.sign_in(CAMILLE).await;
    let first = proxies.grant(&browser).await.pgt;
    let ticket = proxies.proxy_ticket(&first, WEBMAIL_URL).await;
    let verdict = proxies
        .validate(WEBMAIL_URL, &ticket, &proxies.at("webmail"))
        .await;
    let second = proxies.granted(verdict).pgt;
    let unspent = proxies.proxy_ticket(&second, IMAP_URL).await;
    let elsewhere = proxies.grant(&other).await.pgt;

    browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;

    for pgt in [&first, &second] {
        proxies.assert_refused(pgt, IMAP_URL, "INVALID_TICKET").await;
    }
    let service = proxies.server.browser();
    let dead = service
        .validate_at("/proxyValidate", IMAP_URL, &unspent, "")
        .await;
    dead.assert_failure("INVALID_TICKET");
    proxies.proxy_ticket(&elsewhere, IMAP_URL).await;
    let rows = proxies
        .server
        .lines("SELECT service_key AS line FROM proxy_grants")
        .await;
    assert_eq!(rows.len(), 1, "the rows are gone too");
}

#[tokio::test]
async fn x3_t8_a_proxy_granting_ticket_lives_as_long_as_its_session_is_used() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;

    // Not single-use, and each proxy ticket restarts the idle clock.
    for _ in 0..3 {
        proxies.server.wait(Duration::minutes(119));
        proxies.proxy_ticket(&pgt, IMAP_URL).await;
    }
    assert!(browser.is_in().await);
    proxies.server.wait(Duration::minutes(121));

    proxies.assert_refused(&pgt, IMAP_URL, "INVALID_TICKET").await;
}

#[tokio::test]
async fn x3_a_suspended_person_has_no_proxies() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;

    proxies.server.set_standing(CAMILLE, "suspended").await;

    proxies.assert_refused(&pgt, IMAP_URL, "INVALID_TICKET").await;
}

#[tokio::test]
async fn s81_grants_and_proxy_tickets_are_written_down() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let pgt = proxies.grant(&browser).await.pgt;

    proxies.proxy_ticket(&pgt, IMAP_URL).await;

    let events = proxies.server.events().await;
    assert_eq!(events[..2], ["proxy_ticket_issued", "proxy_granted"]);
    let written = "SELECT service || ' ' || account_id || ' ' || detail AS line FROM audit WHERE event = 'proxy_ticket_issued'";
    let lines = proxies.server.lines(written).await;
    assert_eq!(lines, [format!("imap {CAMILLE} {{\"proxy\":\"portail\"}}")]);
}

#[tokio::test]
async fn s16_the_database_holds_no_proxy_granting_ticket_and_no_proxy_ticket_that_works() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let granted = proxies.grant(&browser).await;
    let ticket = proxies.proxy_ticket(&granted.pgt, IMAP_URL).await;

    let database = proxies.server.database();
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(database.parent().expect("a directory")).expect("the directory") {
        bytes.extend(std::fs::read(file.expect("a file").path()).expect("its bytes"));
    }
    let holds = |needle: &str| {
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    };

    assert!(holds(&proxies.at("portail")), "the search finds what is there");
    assert!(!holds(&granted.pgt) && !holds(&granted.iou) && !holds(&ticket));
}
