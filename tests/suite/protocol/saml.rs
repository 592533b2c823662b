//! SAML 1.1: section 11 of the protocol, with the requests that clients send and those that nobody should.

use std::path::Path;

use chrono::{DateTime, Duration};
use futures_util::future::join_all;

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, STAFF};
use crate::support::raw::Exchange;
use crate::support::service::untraced;
use crate::support::{Browser, Reply, TestServer, encode};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:1.0:protocol";

/// The request of phpCAS.
fn envelope(ticket: &str) -> String {
    format!(
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"{SOAP}\"><SOAP-ENV:Header/><SOAP-ENV:Body><samlp:Request \
         xmlns:samlp=\"{PROTOCOL}\"  MajorVersion=\"1\" MinorVersion=\"1\" RequestID=\"_192.168.16.51.1024506224022\" \
         IssueInstant=\"2002-06-19T17:03:44.022Z\"><samlp:AssertionArtifact>{ticket}</samlp:AssertionArtifact>\
         </samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
}

/// Presents what `envelope` holds for `service`, with more parameters (`&renew=true`).
async fn present(server: &TestServer, service: &str, ticket: &str, more: &str) -> Answer {
    let query = format!("TARGET={}{more}", encode(service));
    send(
        server,
        "/samlValidate",
        &query,
        &["Content-Type: text/xml"],
        envelope(ticket),
    )
    .await
}

async fn send(
    server: &TestServer,
    door: &str,
    query: &str,
    headers: &[&str],
    body: impl Into<Vec<u8>>,
) -> Answer {
    let body = body.into();
    let mut request = format!(
        "POST /cas{door}?{query} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
        server.authority(),
        body.len()
    );
    for line in headers {
        request = request + line + "\r\n";
    }
    let answer = server.raw([(request + "\r\n").into_bytes(), body].concat()).await;
    answer.assert_status(200);
    Answer(answer)
}

/// An answer, read the way clients do.
struct Answer(Exchange);

impl Answer {
    fn body(&self) -> &str {
        &self.0.body
    }

    /// What stands between two texts, the first time.
    fn between(&self, open: &str, close: &str) -> &str {
        let found = self
            .body()
            .split_once(open)
            .and_then(|(_, rest)| rest.split_once(close));
        found.unwrap_or_else(|| panic!("no {open} in {}", self.body())).0
    }

    fn attribute(&self, name: &str) -> Vec<&str> {
        let inside = self.between(&format!("AttributeName=\"{name}\" "), "</saml1:Attribute>");
        let values = inside.split("<saml1:AttributeValue>").skip(1);
        values.filter_map(|rest| rest.split('<').next()).collect()
    }

    fn assert_user(&self, user: &str) -> &Self {
        assert_eq!(
            self.between("<saml1:NameIdentifier>", "<"),
            user,
            "{}",
            self.body()
        );
        assert!(self.body().contains("Value=\"saml1p:Success\"/>"));
        self
    }

    fn assert_refused(&self, message: &str) -> &Self {
        assert_eq!(untraced(self.between("<saml1p:StatusMessage>", "<")), message);
        assert!(self.body().contains("Value=\"saml1p:RequestDenied\"/>"));
        for word in ["NameIdentifier", "saml1:Assertion", "Success"] {
            assert!(!self.body().contains(word), "{}", self.body());
        }
        self
    }

    fn is_success(&self) -> bool {
        self.body().contains("NameIdentifier")
    }
}

const UNKNOWN: &str = "the ticket is not recognized";
const UNREADABLE: &str = "the request could not be decoded";

#[tokio::test]
async fn m1_m6_s57_a_success_is_good_for_a_minute_around_now_and_names_its_issuer() {
    let server = TestServer::with()
        .set("saml.issuer", "https://sso.univ.example/")
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    server.wait(Duration::minutes(5));
    let ticket = browser.visit(MAIL_URL).await;

    let answer = present(&server, MAIL_URL, &ticket, "").await;

    answer.assert_user(CAMILLE);
    assert_eq!(answer.between(" NotBefore=\"", "\""), "2026-10-05T07:34:30.000Z");
    assert_eq!(
        answer.between(" NotOnOrAfter=\"", "\""),
        "2026-10-05T07:35:30.000Z"
    );
    assert_eq!(
        answer.between(" AuthenticationInstant=\"", "\""),
        "2026-10-05T07:30:00.000Z"
    );
    assert_eq!(answer.between(" Issuer=\"", "\""), "https://sso.univ.example/");
    assert_eq!(
        answer.between(" AuthenticationMethod=\"", "\""),
        "urn:oasis:names:tc:SAML:1.0:am:password"
    );
    assert_eq!(answer.between("<saml1:Audience>", "<"), MAIL_URL);
    assert_eq!(
        answer.between(" InResponseTo=\"", "\""),
        "_192.168.16.51.1024506224022"
    );
}

#[tokio::test]
async fn m6_without_a_setting_the_issuer_is_localhost() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    let answer = present(&server, MAIL_URL, &ticket, "").await;

    assert_eq!(answer.between(" Issuer=\"", "\""), "localhost");
}

#[tokio::test]
async fn m2_m3_attributes_are_those_of_the_other_doors_and_never_fewer_than_three() {
    let bare = "key = \"bare\"\nname = { fr = \"Nu\", en = \"Bare\" }\nurl = \"https://nu.univ.example/\"";
    let server = TestServer::with().service(bare).start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let ticket = browser.visit("https://nu.univ.example/").await;
    let told_nothing = present(&server, "https://nu.univ.example/", &ticket, "").await;
    let ticket = browser.visit(COURSES_URL).await;
    let told = present(&server, COURSES_URL, &ticket, "").await;

    assert_eq!(told_nothing.body().matches("<saml1:Attribute ").count(), 3);
    assert_eq!(
        told_nothing.attribute("authenticationDate"),
        ["2026-10-05T07:30:00Z"]
    );
    assert_eq!(
        told_nothing.attribute("longTermAuthenticationRequestTokenUsed"),
        ["false"]
    );
    assert_eq!(told_nothing.attribute("isFromNewLogin"), ["false"]);
    assert_eq!(told.attribute("sn"), ["Orsonneau"]);
    let affiliations = told.attribute("eduPersonAffiliation");
    assert!(
        affiliations.contains(&"student") && affiliations.contains(&"member"),
        "{affiliations:?}"
    );
    assert!(!told.body().contains("\"></saml1:Attribute>"), "{}", told.body());
}

#[tokio::test]
async fn m4_m5_item_51_what_clients_search_for_is_found() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, COURSES_URL).await;

    let good = present(&server, COURSES_URL, &ticket, "").await;
    let bad = present(&server, COURSES_URL, &ticket, "").await;

    // mod_auth_cas reads what follows the colon, rack-cas wants `saml1p:` or `samlp:`, python-cas the end.
    assert_eq!(
        good.between("<saml1p:StatusCode Value=\"", "\""),
        "saml1p:Success"
    );
    assert_eq!(
        bad.between("<saml1p:StatusCode Value=\"", "\""),
        "saml1p:RequestDenied"
    );
    // The Java client looks for the subject under one statement, others under the other.
    for statement in ["AuthenticationStatement", "AttributeStatement"] {
        let inside = good.between(&format!("<saml1:{statement}"), &format!("</saml1:{statement}>"));
        assert!(inside.contains("<saml1:Subject><saml1:NameIdentifier>corsonneau</saml1:NameIdentifier>"));
    }
    // passport-cas wants values without attributes of their own, and more than one attribute.
    assert!(!good.body().contains("<saml1:AttributeValue "));
    assert!(good.body().matches("<saml1:Attribute ").count() > 1);
    // The Java and .NET clients compare dates to the second.
    let instants = good
        .body()
        .split("Instant=\"")
        .skip(1)
        .chain(good.body().split("NotBefore=\"").skip(1));
    for instant in instants.filter_map(|rest| rest.split('"').next()) {
        assert!(
            DateTime::parse_from_rfc3339(instant).is_ok() && instant.ends_with('Z'),
            "{instant}"
        );
    }
    // Nothing between elements that a reader of mixed content would trip over.
    assert!(
        !good.body().contains("> <") && !good.body().contains(">\n"),
        "{}",
        good.body()
    );
    assert_eq!(good.0.header("Content-Type"), Some("text/xml;charset=UTF-8"));
    let cache = good.0.header("Cache-Control").unwrap_or_default();
    assert!(
        cache.contains("no-cache") && cache.contains("no-store"),
        "{cache}"
    );
}

#[tokio::test]
async fn e1_m7_m8_item_52_a_failure_is_a_200_with_a_message_and_no_name() {
    let server = TestServer::start().await;

    let answer = present(&server, MAIL_URL, "ST-unknown", "").await;

    answer.assert_refused(UNKNOWN);
    assert_eq!(
        answer.between(" InResponseTo=\"", "\""),
        "_192.168.16.51.1024506224022"
    );
    assert_eq!(answer.0.header("Content-Type"), Some("text/xml;charset=UTF-8"));
}

#[tokio::test]
async fn m9_item_50_requests_of_all_shapes_and_content_types_are_read() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let java = |ticket: &str| {
        format!(
            "<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Header/><soap:Body><Request xmlns=\"{PROTOCOL}\" \
             MajorVersion=\"1\" MinorVersion=\"1\" RequestID=\"1a\"><AssertionArtifact>{ticket}</AssertionArtifact>\
             </Request></soap:Body></soap:Envelope>"
        )
    };
    let apache = |ticket: &str| {
        let padded = format!("\n    {ticket}\n");
        let instant = " IssueInstant=\"2002-06-19T17:03:44.022Z\"";
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}",
            envelope(&padded).replace(instant, "")
        )
    };

    for media in [
        &["Content-Type: text/xml"][..],
        &[
            "Content-Type: text/xml; charset=utf-8",
            "SOAPAction: http://www.oasis-open.org/committees/security",
        ],
        &["Content-Type: application/soap+xml"],
        &["Content-Type: application/x-www-form-urlencoded"],
        &["Content-Type: multipart/form-data"],
        &[],
    ] {
        for shape in [&java as &dyn Fn(&str) -> String, &apache] {
            for door in ["/samlValidate", "/p3/samlValidate", "//samlValidate"] {
                let ticket = browser.visit(MAIL_URL).await;
                let query = format!("ticket=&TARGET={}", encode(MAIL_URL));
                let answer = send(&server, door, &query, media, shape(&ticket)).await;
                answer.assert_user(CAMILLE);
            }
        }
    }
}

#[tokio::test]
async fn m9_p8_item_54_a_ticket_of_either_kind_of_address_is_good_at_either_door() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let from_service = browser.visit(MAIL_URL).await;
    let reply = browser.get(&format!("/login?TARGET={}", encode(MAIL_URL))).await;
    let from_target = |reply: &Reply| {
        reply
            .location()
            .split_once("SAMLart=")
            .expect("a ticket")
            .1
            .to_owned()
    };
    let first = from_target(&reply);
    let reply = browser.get(&format!("/login?TARGET={}", encode(MAIL_URL))).await;
    let second = from_target(&reply);

    present(&server, MAIL_URL, &from_service, "")
        .await
        .assert_user(CAMILLE);
    present(&server, MAIL_URL, &first, "").await.assert_user(CAMILLE);
    server
        .browser()
        .validate(MAIL_URL, &second)
        .await
        .assert_user(CAMILLE);
}

#[tokio::test]
async fn m9_a_ticket_is_spent_once_whatever_the_verdict() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let ticket = browser.visit(MAIL_URL).await;
    present(&server, MAIL_URL, &ticket, "").await.assert_user(CAMILLE);
    present(&server, MAIL_URL, &ticket, "")
        .await
        .assert_refused(UNKNOWN);
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");

    let ticket = browser.visit(MAIL_URL).await;
    present(&server, COURSES_URL, &ticket, "")
        .await
        .assert_refused("the ticket was issued for another service");
    present(&server, MAIL_URL, &ticket, "")
        .await
        .assert_refused(UNKNOWN);

    let ticket = browser.visit(MAIL_URL).await;
    present(&server, MAIL_URL, &ticket, "&renew=true")
        .await
        .assert_refused("the ticket was not issued from presented credentials");
    present(&server, MAIL_URL, &ticket, "")
        .await
        .assert_refused(UNKNOWN);

    let ticket = browser.visit(MAIL_URL).await;
    server.wait(Duration::seconds(31));
    present(&server, MAIL_URL, &ticket, "")
        .await
        .assert_refused(UNKNOWN);
}

#[tokio::test]
async fn m9_renew_is_met_by_a_ticket_from_presented_credentials() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    let answer = present(&server, MAIL_URL, &ticket, "&renew=true").await;

    assert_eq!(answer.assert_user(CAMILLE).attribute("isFromNewLogin"), ["true"]);
}

#[tokio::test]
async fn m9_a_proxy_ticket_is_refused_and_spent() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    server.execute("UPDATE service_tickets SET kind = 'PT'").await;

    let answer = present(&server, MAIL_URL, &ticket, "").await;

    answer.assert_refused("proxy tickets are validated at proxyValidate");
    present(&server, MAIL_URL, &ticket, "")
        .await
        .assert_refused(UNKNOWN);
}

#[tokio::test]
async fn m9_a_callback_is_read_over_and_a_service_not_for_this_person_refused() {
    let staff_only = "key = \"staff\"\nname = { fr = \"A\", en = \"A\" }\nurl = \"https://rh.univ.example/\"\n\
                      affiliations = [\"employee\"]";
    let server = TestServer::with().service(staff_only).start().await;
    let ticket = server.browser().sign_in_to(STAFF, MAIL_URL).await;

    let callback = "&pgtUrl=https://mail.univ.example/pgt";
    present(&server, MAIL_URL, &ticket, callback)
        .await
        .assert_user(STAFF);

    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    server.forget_service("mail").await;
    present(&server, MAIL_URL, &ticket, "")
        .await
        .assert_refused("the service is not authorized to use this server for this user");
}

#[tokio::test(flavor = "multi_thread")]
async fn m9_of_sixteen_at_once_at_this_door_and_another_one_succeeds() {
    let server = TestServer::with()
        .workers(4)
        .set("database.readers", "4")
        .start()
        .await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let others: Vec<Browser> = (0..8).map(|_| server.browser()).collect();

    let saml = join_all((0..8).map(|_| present(&server, MAIL_URL, &ticket, "")));
    let xml = join_all(others.iter().map(|other| other.validate(MAIL_URL, &ticket)));
    let (saml, xml) = tokio::join!(saml, xml);

    let good = saml.iter().filter(|answer| answer.is_success()).count()
        + xml.iter().filter(|verdict| verdict.is_success()).count();
    assert_eq!(good, 1);
}

#[tokio::test]
async fn m9_a_person_who_came_by_saml_is_signed_out_like_everybody() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    present(&server, MAIL_URL, &ticket, "").await.assert_user(CAMILLE);

    let handles = server.lines("SELECT handle AS line FROM service_tickets").await;
    assert_eq!(handles, [ticket], "single logout names the session by it");
}

#[tokio::test]
async fn h5_only_a_post_is_answered() {
    let server = TestServer::start().await;

    for method in ["GET", "HEAD", "PUT", "OPTIONS", "TRACE"] {
        for door in ["/cas/samlValidate?TARGET=x", "/cas/p3/samlValidate"] {
            let answer = server.raw_request(method, door, &[], "").await;
            answer.assert_status(405);
            assert_eq!(answer.header("Allow"), Some("POST"), "{method} {door}");
        }
    }
}

/// Whatever a validation could leave behind.
async fn traces(server: &TestServer) -> Vec<String> {
    let tickets = "SELECT service || ' ' || COALESCE(consumed_at, 0) AS line FROM service_tickets";
    let mut lines = server.lines(tickets).await;
    for table in ["audit", "spent_forms", "throttles", "logout_messages", "journeys"] {
        lines.extend(
            server
                .lines(&format!("SELECT '{table} ' || COUNT(*) AS line FROM {table}"))
                .await,
        );
    }
    lines
}

/// A body with its name in this test, and what is said of it.
type Sent = (&'static str, Vec<u8>, &'static str);

/// What is sent by mistake.
fn mistakes(ticket: &str) -> Vec<Sent> {
    let good = envelope(ticket);
    let artifact = format!("<samlp:AssertionArtifact>{ticket}</samlp:AssertionArtifact>");
    let with = |content: &str| good.replace(&artifact, content).into_bytes();
    let utf_16: Vec<u8> = good.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let missing = "the request holds no assertion artifact";
    vec![
        ("empty", Vec::new(), missing),
        ("no artifact", with(""), missing),
        (
            "a blank artifact",
            with("<samlp:AssertionArtifact> \n</samlp:AssertionArtifact>"),
            missing,
        ),
        (
            "a form",
            format!("SAMLart={ticket}&TARGET={}", encode(MAIL_URL)).into_bytes(),
            UNREADABLE,
        ),
        (
            "bytes that are no UTF-8",
            [good.as_bytes(), b"\xff"].concat(),
            UNREADABLE,
        ),
        ("UTF-16", utf_16, UNREADABLE),
        ("a NUL", good.replace("ST-", "ST-\0").into_bytes(), UNREADABLE),
        ("gzip", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], UNREADABLE),
    ]
}

/// What is sent on purpose.
fn attacks(ticket: &str, database: &Path) -> Vec<Sent> {
    let good = envelope(ticket);
    let artifact = format!("<samlp:AssertionArtifact>{ticket}</samlp:AssertionArtifact>");
    let with = |content: &str| good.replace(&artifact, content).into_bytes();
    let deep = format!("<SOAP-ENV:Header>{}", "<a>".repeat(10_000));
    let entity = "<!DOCTYPE a [<!ENTITY b \"c\">]>";
    let external = format!(
        "<!DOCTYPE a [<!ENTITY t SYSTEM \"file://{}\">]>",
        database.display()
    );
    let laughs =
        "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    vec![
        ("two artifacts", with(&artifact.repeat(2)), UNREADABLE),
        (
            "an element inside",
            with(&artifact.replace("ST-", "<b/>ST-")),
            UNREADABLE,
        ),
        (
            "a comment inside",
            with(&artifact.replace("ST-", "ST-<!-- -->")),
            UNREADABLE,
        ),
        (
            "SOAP 1.2",
            good.replace(SOAP, "http://www.w3.org/2003/05/soap-envelope")
                .into_bytes(),
            UNREADABLE,
        ),
        (
            "SAML 2",
            good.replace(PROTOCOL, "urn:oasis:names:tc:SAML:2.0:protocol")
                .into_bytes(),
            UNREADABLE,
        ),
        ("two envelopes", good.repeat(2).into_bytes(), UNREADABLE),
        (
            "cut short",
            good.as_bytes()[..good.len() - 9].to_vec(),
            UNREADABLE,
        ),
        ("a DOCTYPE", format!("{entity}{good}").into_bytes(), UNREADABLE),
        (
            "an external entity",
            format!("{external}{}", good.replace(ticket, "&t;")).into_bytes(),
            UNREADABLE,
        ),
        (
            "a billion laughs",
            format!("{laughs}{}", good.replace(ticket, "&c;")).into_bytes(),
            UNREADABLE,
        ),
        (
            "a deep header",
            good.replace("<SOAP-ENV:Header/>", &deep).into_bytes(),
            UNREADABLE,
        ),
        (
            "a long RequestID",
            good.replace("_192", &"9".repeat(300)).into_bytes(),
            UNREADABLE,
        ),
        (
            "more than 64 KiB",
            (good.clone() + &" ".repeat(64 * 1024)).into_bytes(),
            UNREADABLE,
        ),
    ]
}

#[tokio::test]
async fn m7_m9_s56_item_53_a_body_that_cannot_be_read_is_a_failure_and_leaves_no_trace() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let before = traces(&server).await;
    let attacks = attacks(&ticket, &server.database());

    for (name, body, message) in mistakes(&ticket).into_iter().chain(attacks) {
        let query = format!("TARGET={}", encode(MAIL_URL));
        let answer = send(
            &server,
            "/samlValidate",
            &query,
            &["Content-Type: text/xml"],
            body,
        )
        .await;
        assert_eq!(
            untraced(answer.between("<saml1p:StatusMessage>", "<")),
            message,
            "{name}"
        );
        answer.assert_refused(message);
        assert_eq!(traces(&server).await, before, "{name}");
    }

    present(&server, MAIL_URL, &ticket, "").await.assert_user(CAMILLE);
}

#[tokio::test]
async fn m7_m9_p5_p7_an_address_that_cannot_be_read_is_a_failure_and_leaves_no_trace() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let before = traces(&server).await;
    let mail = encode(MAIL_URL);
    let required = "the TARGET parameter is required";
    let repeated = "a parameter was given more than once";

    for (query, message) in [
        (String::new(), required),
        ("TARGET=".to_owned(), required),
        ("TARGET=%20".to_owned(), required),
        (format!("target={mail}"), required),
        (format!("service={mail}&ticket={ticket}"), required),
        (format!("TARGET={mail}&TARGET={mail}"), repeated),
        (format!("TARGET={mail}&renew=true&renew=false"), repeated),
        (format!("TARGET={mail}&SAMLart=&SAMLart={ticket}"), repeated),
        (format!("TARGET={mail}&pgtUrl=a&pgtUrl=a"), repeated),
        (format!("TARGET={mail}&a=%ff"), UNREADABLE),
        (format!("TARGET={mail}%00"), UNREADABLE),
        (format!("TARGET={mail}%zz"), UNREADABLE),
        (format!("TARGET={mail}&{}", "a=1&".repeat(101)), UNREADABLE),
    ] {
        let answer = send(&server, "/samlValidate", &query, &[], envelope(&ticket)).await;
        assert_eq!(
            untraced(answer.between("<saml1p:StatusMessage>", "<")),
            message,
            "{query}"
        );
        answer.assert_refused(message);
        assert_eq!(traces(&server).await, before, "{query}");
    }

    present(&server, MAIL_URL, &ticket, "").await.assert_user(CAMILLE);
}

#[tokio::test]
async fn m9_a_ticket_in_the_address_line_is_no_ticket() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let query = format!("TARGET={}&SAMLart={ticket}&ticket={ticket}", encode(MAIL_URL));

    let without = send(&server, "/samlValidate", &query, &[], "").await;
    let unknown = send(&server, "/samlValidate", &query, &[], envelope("ST-other")).await;

    without.assert_refused("the request holds no assertion artifact");
    unknown.assert_refused(UNKNOWN);
    present(&server, MAIL_URL, &ticket, "&SAMLart=ST-other")
        .await
        .assert_user(CAMILLE);
}

#[tokio::test]
async fn m9_an_artifact_that_can_be_no_ticket_or_an_address_of_kilobytes_is_a_failure() {
    let server = TestServer::start().await;
    let before = traces(&server).await;

    for artifact in [
        "x",
        "AAHhVGhp",
        "TGT-1-a",
        "ST-&amp;",
        "ST-a b",
        &format!("ST-{}", "a".repeat(5_000)),
    ] {
        present(&server, MAIL_URL, artifact, "")
            .await
            .assert_refused(UNKNOWN);
        assert_eq!(traces(&server).await, before, "{artifact}");
    }

    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let long = format!("{MAIL_URL}{}", "a".repeat(10_000));
    let answer = present(&server, &long, &ticket, "").await;
    answer.assert_refused("the ticket was issued for another service");
}
