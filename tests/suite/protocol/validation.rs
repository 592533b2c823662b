//! Validation: sections 9.1 to 9.5 of the protocol, byte for byte.

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, STAFF};
use crate::support::service::untraced;
use crate::support::{TestServer, encode};

const XML: &str = "application/xml;charset=UTF-8";
const JSON: &str = "application/json;charset=UTF-8";
const XML_DOORS: [&str; 4] = [
    "/serviceValidate",
    "/proxyValidate",
    "/p3/serviceValidate",
    "/p3/proxyValidate",
];

/// What a service is told of Camille, who has just signed in at the beginning of time.
const SUCCESS: &str = "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
    <cas:authenticationSuccess>
        <cas:user>corsonneau</cas:user>
        <cas:attributes>
            <cas:authenticationDate>2026-10-05T07:30:00Z</cas:authenticationDate>
            <cas:longTermAuthenticationRequestTokenUsed>false</cas:longTermAuthenticationRequestTokenUsed>
            <cas:isFromNewLogin>true</cas:isFromNewLogin>
            <cas:displayName>Camille Orsonneau</cas:displayName>
            <cas:mail>corsonneau@etu.univ.example</cas:mail>
        </cas:attributes>
    </cas:authenticationSuccess>
</cas:serviceResponse>
";

const FAILURE: &str = "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
    <cas:authenticationFailure code=\"INVALID_TICKET\">the ticket is not recognized</cas:authenticationFailure>
</cas:serviceResponse>
";

#[tokio::test]
async fn v3_cas_1_answers_two_lines_exactly() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let service = server.browser();

    let good = service.door("/validate", MAIL_URL, &ticket, "").await;
    let replayed = service.door("/validate", MAIL_URL, &ticket, "").await;

    good.assert_status(200);
    assert_eq!(good.body, "yes\ncorsonneau\n");
    assert_eq!(good.header("content-type"), "text/plain;charset=UTF-8");
    assert_eq!(replayed.body, "no\n\n");
    assert_eq!(replayed.header("content-type"), "text/plain;charset=UTF-8");
}

#[tokio::test]
async fn v3_cas_1_knows_neither_callback_nor_format() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for more in [
        "&format=JSON",
        "&format=YAML",
        "&pgtUrl=https://mail.univ.example/pgt",
    ] {
        let ticket = browser.visit(MAIL_URL).await;
        let reply = server.browser().door("/validate", MAIL_URL, &ticket, more).await;
        assert_eq!(reply.body, "yes\ncorsonneau\n", "{more}");
    }
}

#[tokio::test]
async fn v3_every_failure_of_cas_1_is_the_same_two_line_feeds() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let service = server.browser();

    for query in [
        String::new(),
        format!("ticket={ticket}"),
        format!("service={}", encode(MAIL_URL)),
        format!("service={}&ticket=yes", encode(MAIL_URL)),
        format!(
            "service={}&ticket=PT-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            encode(MAIL_URL)
        ),
        format!("service={}&ticket={ticket}", encode("https://yes.example/")),
    ] {
        let reply = service.get(&format!("/validate?{query}")).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "no\n\n"), "{query}");
    }
}

#[tokio::test]
async fn v4_v5_v6_v7_v9_x7_a_success_has_exactly_these_bytes_at_every_door() {
    let server = TestServer::start().await;

    for door in XML_DOORS {
        let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
        let reply = server.browser().door(door, MAIL_URL, &ticket, "").await;

        reply.assert_status(200);
        assert_eq!(reply.body, SUCCESS, "{door}");
        assert_eq!(reply.header("content-type"), XML, "{door}");
    }
}

#[tokio::test]
async fn v4_v9_v10_v11_a_failure_has_exactly_these_bytes_at_every_door() {
    let server = TestServer::start().await;

    for door in XML_DOORS {
        let reply = server.browser().door(door, MAIL_URL, "ST-unknown", "").await;

        reply.assert_status(200);
        assert_eq!(untraced(&reply.body), FAILURE, "{door}");
        assert_eq!(reply.header("content-type"), XML, "{door}");
    }
}

#[tokio::test]
async fn v11_a_replayed_ticket_is_an_invalid_ticket_and_is_written_down() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let service = server.browser();
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);

    let replayed = service.door("/serviceValidate", MAIL_URL, &ticket, "").await;

    assert_eq!(untraced(&replayed.body), FAILURE);
    assert_eq!(
        server.events().await.first().map(String::as_str),
        Some("ticket_replayed")
    );
}

#[tokio::test]
async fn v1_of_several_faults_the_earliest_is_named() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = server.browser();

    let late = browser.visit(MAIL_URL).await;
    server.wait(chrono::Duration::seconds(31));
    let verdict = service.validate(COURSES_URL, &late).await;
    verdict.assert_failure("INVALID_TICKET");

    let fresh = browser.visit(MAIL_URL).await;
    let verdict = service.validate("https://unregistered.example/", &fresh).await;
    verdict.assert_failure("INVALID_SERVICE");

    let fresh = browser.visit(MAIL_URL).await;
    let both = format!("&renew=true&pgtUrl={}", encode("https://mail.univ.example/pgt"));
    let verdict = service
        .validate_at("/serviceValidate", MAIL_URL, &fresh, &both)
        .await;
    verdict.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn a_service_that_was_removed_is_unauthorized_and_its_ticket_spent() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    server.forget_service("mail").await;
    let service = server.browser();

    let verdict = service.validate(MAIL_URL, &ticket).await;
    verdict.assert_failure("UNAUTHORIZED_SERVICE");
    let verdict = service.validate(MAIL_URL, &ticket).await;
    verdict.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn a_person_outside_a_services_circle_gets_no_ticket_for_it() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(STAFF).await;

    let records = encode("https://scolarite.univ.example/");
    let reply = browser.get(&format!("/login?service={records}")).await;

    reply.assert_status(403).assert_says("Dossier de scolarité");
    assert_eq!(reply.location(), "");
}

#[tokio::test]
async fn renew_is_satisfied_by_a_ticket_from_new_login_and_by_no_other() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let from_login = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let from_session = browser.visit(MAIL_URL).await;
    let door = "/serviceValidate";
    let service = server.browser();

    let verdict = service
        .validate_at(door, MAIL_URL, &from_login, "&renew=true")
        .await;
    verdict.assert_user(CAMILLE);
    let verdict = service
        .validate_at(door, MAIL_URL, &from_session, "&renew=1")
        .await;
    verdict.assert_failure("INVALID_TICKET");
    let from_session = browser.visit(MAIL_URL).await;
    let verdict = service
        .validate_at(door, MAIL_URL, &from_session, "&renew=false")
        .await;
    verdict.assert_user(CAMILLE);
    assert_eq!(verdict.attribute("isFromNewLogin"), ["false"]);
}

#[tokio::test]
async fn d12_a_session_opened_without_a_service_gives_no_ticket_from_new_login() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let ticket = browser.visit(MAIL_URL).await;
    let verdict = server.browser().validate(MAIL_URL, &ticket).await;

    assert_eq!(verdict.attribute("isFromNewLogin"), ["false"]);
}

#[tokio::test]
async fn v2_validation_needs_no_cookie_and_is_never_throttled() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = server.browser();

    for _ in 0..200 {
        let verdict = service.validate(MAIL_URL, "ST-guess").await;
        verdict.assert_failure("INVALID_TICKET");
    }
    let ticket = browser.visit(MAIL_URL).await;

    let reply = service.door("/serviceValidate", MAIL_URL, &ticket, "").await;
    assert!(reply.body.contains("<cas:user>"));
    assert!(!reply.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn validation_by_post_reads_the_form() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for door in ["/validate", "/serviceValidate", "/p3/proxyValidate"] {
        let ticket = browser.visit(MAIL_URL).await;
        let fields = [("service", MAIL_URL), ("ticket", ticket.as_str())];
        let reply = server.browser().post(door, &fields).await;

        reply.assert_status(200);
        assert!(reply.body.contains(CAMILLE), "{door}: {}", reply.body);
    }
}

#[tokio::test]
async fn v12_v13_a_json_success_has_exactly_these_bytes() {
    let server = TestServer::start().await;

    for door in XML_DOORS {
        let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
        let reply = server
            .browser()
            .door(door, MAIL_URL, &ticket, "&format=JSON")
            .await;

        let wanted = concat!(
            r#"{"serviceResponse":{"authenticationSuccess":{"user":"corsonneau","attributes":{"#,
            r#""authenticationDate":["2026-10-05T07:30:00Z"],"isFromNewLogin":[true],"#,
            r#""longTermAuthenticationRequestTokenUsed":[false],"#,
            r#""displayName":["Camille Orsonneau"],"mail":["corsonneau@etu.univ.example"]}}}}"#,
        );
        assert_eq!(reply.body, wanted, "{door}");
        assert_eq!(reply.header("content-type"), JSON);
        assert!(reply.header("cache-control").contains("no-store"));
    }
}

#[tokio::test]
async fn v12_a_json_failure_has_exactly_these_bytes() {
    let server = TestServer::start().await;

    for format in ["JSON", "json", "Json"] {
        let more = format!("&format={format}");
        let reply = server
            .browser()
            .door("/p3/serviceValidate", MAIL_URL, "ST-unknown", &more)
            .await;

        let wanted = concat!(
            r#"{"serviceResponse":{"authenticationFailure":{"code":"INVALID_TICKET","#,
            r#""description":"the ticket is not recognized"}}}"#,
        );
        reply.assert_status(200);
        assert_eq!(untraced(&reply.body), wanted);
        assert_eq!(reply.header("content-type"), JSON);
    }
}

#[tokio::test]
async fn d15_a_format_nobody_knows_is_refused_in_xml() {
    let server = TestServer::start().await;

    let reply = server
        .browser()
        .door("/serviceValidate", MAIL_URL, "ST-1", "&format=YAML")
        .await;

    assert_eq!(reply.header("content-type"), XML);
    assert!(reply.body.contains("code=\"INVALID_REQUEST\""), "{}", reply.body);
}

#[tokio::test]
async fn d4_a_callback_for_a_service_that_may_not_act_as_a_proxy_is_refused() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for callback in ["https://mail.univ.example/pgt", "http://x/", "nonsense"] {
        let ticket = browser.visit(MAIL_URL).await;
        let more = format!("&pgtUrl={}", encode(callback));
        let verdict = server
            .browser()
            .validate_at("/serviceValidate", MAIL_URL, &ticket, &more)
            .await;

        verdict.assert_failure("INVALID_PROXY_CALLBACK");
    }
}
