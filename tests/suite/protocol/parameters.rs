//! Parameters: section 3 of the protocol, and where its flags come from.

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, PASSWORD};
use crate::support::{TestServer, encode};

#[tokio::test]
async fn p1_names_are_case_sensitive_and_the_values_of_method_and_format_are_not() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let url = encode(MAIL_URL);

    let ticket = browser.visit(MAIL_URL).await;
    let wrong_case = server
        .browser()
        .get(&format!("/serviceValidate?Service={url}&ticket={ticket}"))
        .await;
    let json = server
        .browser()
        .get(&format!(
            "/serviceValidate?service={url}&ticket={ticket}&format=jSoN"
        ))
        .await;
    let header = browser.get(&format!("/login?service={url}&method=hEaDeR")).await;

    assert!(wrong_case.body.contains("INVALID_REQUEST"), "{}", wrong_case.body);
    assert!(
        json.body
            .starts_with("{\"serviceResponse\":{\"authenticationSuccess\":")
    );
    assert!(header.header("ticket").starts_with("ST-"), "{header:?}");
}

#[tokio::test]
async fn p2_an_address_is_decoded_once_whatever_the_spelling() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let cookie = format!("Cookie: TGC={}", browser.cookie("TGC").expect("a session"));
    let spellings = [
        (
            "https%3A%2F%2Fmail.univ.example%2Fx",
            "https://mail.univ.example/x?",
        ),
        (
            "https%3a%2f%2fmail.univ.example%2fx",
            "https://mail.univ.example/x?",
        ),
        ("https://mail.univ.example/x", "https://mail.univ.example/x?"),
        (
            "https://mail.univ.example/?a=b%252Fc",
            "https://mail.univ.example/?a=b%2Fc&",
        ),
        (
            "https://mail.univ.example/?a=b%2525",
            "https://mail.univ.example/?a=b%25&",
        ),
        (
            "https://mail.univ.example/?a=b+c",
            "https://mail.univ.example/?a=b%20c&",
        ),
        (
            "https://mail.univ.example/?a=b%2Bc",
            "https://mail.univ.example/?a=b+c&",
        ),
        (
            "https://mail.univ.example/?a=%C3%A9",
            "https://mail.univ.example/?a=%C3%A9&",
        ),
    ];

    for (sent, wanted) in spellings {
        let answer = server
            .raw_get(&format!("/cas/login?service={sent}"), &[&cookie])
            .await;

        let location = answer.header("Location").unwrap_or_default();
        assert!(
            location.starts_with(&format!("{wanted}ticket=ST-")),
            "{sent}: {location}"
        );
    }
}

#[tokio::test]
async fn p2_what_cannot_be_decoded_is_refused() {
    let server = TestServer::start().await;

    for value in ["%FF", "%C3", "%zz", "%4", "a%00b"] {
        let page = server.raw_get(&format!("/cas/login?service={value}"), &[]).await;
        let validation = server
            .raw_get(&format!("/cas/serviceValidate?service={value}&ticket=ST-1"), &[])
            .await;

        page.assert_status(400);
        assert!(
            validation.body.contains("INVALID_REQUEST"),
            "{value}: {}",
            validation.body
        );
    }
}

#[tokio::test]
async fn p3_the_ticket_may_come_before_the_service() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    let reply = server
        .browser()
        .get(&format!("/serviceValidate?ticket={ticket}&service={MAIL_URL}"))
        .await;

    assert!(reply.body.contains("<cas:user>corsonneau<"), "{}", reply.body);
}

#[tokio::test]
async fn p4_a_form_without_service_uses_the_one_in_the_address() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get("/login").await;
    let token = page.value("execution");

    let fields = [
        ("username", CAMILLE),
        ("password", PASSWORD),
        ("execution", token.as_str()),
        ("_eventId", "submit"),
    ];
    let reply = browser
        .post(&format!("/login?service={}", encode(MAIL_URL)), &fields)
        .await;

    assert!(
        reply
            .location()
            .starts_with("https://mail.univ.example/?ticket=ST-")
    );
}

#[tokio::test]
async fn p4_the_body_wins_over_the_address_and_two_services_contradict_each_other() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let method = browser
        .post(
            &format!("/login?method=GET&service={}", encode(MAIL_URL)),
            &[("method", "HEADER")],
        )
        .await;
    let same = browser
        .post(
            &format!("/login?service={}", encode(MAIL_URL)),
            &[("service", MAIL_URL)],
        )
        .await;
    let two = browser
        .post(
            &format!("/login?service={}", encode(MAIL_URL)),
            &[("service", COURSES_URL)],
        )
        .await;

    assert!(method.header("ticket").starts_with("ST-"), "{method:?}");
    same.assert_status(302);
    two.assert_status(400);
}

#[tokio::test]
async fn p5_s17_a_protocol_parameter_given_twice_is_refused_and_spends_no_ticket() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let url = encode(MAIL_URL);
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let service = server.browser();
    let names = [
        "service",
        "ticket",
        "targetService",
        "pgt",
        "pgtUrl",
        "renew",
        "gateway",
        "method",
        "TARGET",
        "SAMLart",
    ];

    for name in names {
        let twice = format!("{name}=1&{name}=1");
        for page in ["/login", "/logout"] {
            browser.get(&format!("{page}?{twice}")).await.assert_status(400);
        }
        let reply = service
            .get(&format!("/serviceValidate?service={url}&ticket={ticket}&{twice}"))
            .await;
        assert!(
            reply.body.contains("\"INVALID_REQUEST\""),
            "{name}: {}",
            reply.body
        );
        let old = service
            .get(&format!("/validate?service={url}&ticket={ticket}&{twice}"))
            .await;
        assert_eq!(old.body, "no\n\n", "{name}");
    }

    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
}

#[tokio::test]
async fn s17_no_odd_spelling_of_a_parameter_is_a_success() {
    let server = TestServer::start().await;
    let url = encode(MAIL_URL);
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let odd = [
        format!("service={url};ticket={ticket}"),
        format!("service[]={url}&ticket[]={ticket}"),
        format!("SERVICE={url}&TICKET={ticket}"),
        format!("service={url}&Ticket={ticket}"),
        format!("service={}&ticket={ticket}", encode(&url)),
        format!("service={url}&ticket={}", ticket.replace('-', "%252D")),
        format!("service={url}&ticket={ticket}%20x"),
    ];

    for query in odd {
        let reply = server
            .browser()
            .get(&format!("/p3/serviceValidate?{query}"))
            .await;

        assert!(
            reply.body.contains("authenticationFailure"),
            "{query}: {}",
            reply.body
        );
    }
}

#[tokio::test]
async fn p6_a_password_in_the_address_authenticates_nobody() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get("/login").await;
    let token = page.value("execution");
    let query = format!(
        "/login?username={CAMILLE}&password={}&service={}",
        encode(PASSWORD),
        encode(MAIL_URL)
    );

    let read = browser.get(&query).await;
    let sent = browser.post(&query, &[("execution", token.as_str())]).await;
    let half = browser
        .post(
            &query,
            &[
                ("username", CAMILLE),
                ("execution", page.value("execution").as_str()),
            ],
        )
        .await;

    for reply in [read, sent, half] {
        reply.assert_status(200);
        assert_eq!(reply.count("input[name=password]"), 1);
        assert!(!reply.body.contains(&PASSWORD[..6]), "the password is shown");
        assert!(browser.cookie("TGC").is_none());
    }
}

#[tokio::test]
async fn p7_a_blank_parameter_is_an_absent_one() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let url = encode(MAIL_URL);
    let service = server.browser();

    for query in [
        format!("service=&ticket={ticket}"),
        format!("service=%20%09&ticket={ticket}"),
        format!("service={url}&ticket="),
        format!("service={url}&ticket=+"),
    ] {
        let reply = service.get(&format!("/serviceValidate?{query}")).await;
        assert!(
            reply.body.contains("\"INVALID_REQUEST\""),
            "{query}: {}",
            reply.body
        );
    }
    let blanks = format!("/login?targetService=&renew=+&gateway=&method=&service={url}&TARGET=");
    assert!(browser.get(&blanks).await.ticket().starts_with("ST-"));
    let nowhere = server.browser().get("/login?service=&gateway=true").await;
    nowhere.assert_status(200);

    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
}

#[tokio::test]
async fn p8_an_address_from_target_gets_its_ticket_as_samlart() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let path = format!("/login?TARGET={}", encode(MAIL_URL));
    let reply = browser
        .fill(&path, &[("username", CAMILLE), ("password", PASSWORD)])
        .await;
    let again = browser.get(&path).await;

    for reply in [reply, again] {
        let (address, ticket) = reply.location().split_once("SAMLart=").unwrap_or_default();
        assert_eq!(address, "https://mail.univ.example/?");
        let verdict = server.browser().validate(MAIL_URL, ticket).await;
        verdict.assert_user(CAMILLE);
    }
}

#[tokio::test]
async fn target_service_comes_before_service_and_service_before_target() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let (mail, courses) = (encode(MAIL_URL), encode(COURSES_URL));

    let first = browser
        .get(&format!(
            "/login?service={courses}&targetService={mail}&TARGET={courses}"
        ))
        .await;
    let second = browser
        .get(&format!("/login?TARGET={courses}&service={mail}"))
        .await;

    for reply in [first, second] {
        assert!(
            reply
                .location()
                .starts_with("https://mail.univ.example/?ticket=ST-")
        );
        let ticket = reply.ticket();
        let verdict = server
            .browser()
            .get(&format!(
                "/serviceValidate?service={courses}&targetService={mail}&ticket={ticket}"
            ))
            .await;
        assert!(verdict.body.contains("<cas:user>"), "{}", verdict.body);
    }
}

#[tokio::test]
async fn a_flag_is_set_unless_it_is_blank_or_says_false() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let url = encode(MAIL_URL);

    for value in ["true", "True", "1", "on", "yes"] {
        let reply = browser.get(&format!("/login?service={url}&renew={value}")).await;
        reply.assert_status(200);
        assert_eq!(reply.count("input[name=password]"), 1, "{value}");
    }
    for value in ["false", "False", "FALSE", "", "%20"] {
        let reply = browser.get(&format!("/login?service={url}&renew={value}")).await;
        assert!(reply.ticket().starts_with("ST-"), "{value}");
    }
}
