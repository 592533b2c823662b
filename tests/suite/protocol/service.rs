//! Service identifiers on the wire: section 4 of the protocol, and the redirects built from them.

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, PASSWORD};
use crate::support::{TestServer, encode};

/// What a service may send, and the `Location` up to the ticket.
const REDIRECTS: [(&str, &str, &str); 12] = [
    (
        "https://mail.univ.example",
        "https://mail.univ.example?ticket=",
        "",
    ),
    (
        "https://mail.univ.example?x",
        "https://mail.univ.example?x&ticket=",
        "",
    ),
    (
        "https://mail.univ.example/?",
        "https://mail.univ.example/?&ticket=",
        "",
    ),
    (
        "https://mail.univ.example/?url",
        "https://mail.univ.example/?url&ticket=",
        "",
    ),
    (
        "https://mail.univ.example/?b=2&a=1&a",
        "https://mail.univ.example/?b=2&a=1&a&ticket=",
        "",
    ),
    (
        "https://mail.univ.example/#/inbox",
        "https://mail.univ.example/?ticket=",
        "#/inbox",
    ),
    (
        "https://mail.univ.example/?a=1#x?y",
        "https://mail.univ.example/?a=1&ticket=",
        "#x?y",
    ),
    (
        "https://MAIL.univ.example:443/%7Ex%2a",
        "https://MAIL.univ.example:443/%7Ex%2a?ticket=",
        "",
    ),
    (
        "https://mail.univ.example/x;jsessionid=1F?y=2",
        "https://mail.univ.example/x;jsessionid=1F?y=2&ticket=",
        "",
    ),
    (
        "https://mail.univ.example/my docs/é?q=ü",
        "https://mail.univ.example/my%20docs/%C3%A9?q=%C3%BC&ticket=",
        "",
    ),
    (
        "https://mail.univ.example/?ticket=mine",
        "https://mail.univ.example/?ticket=mine&ticket=",
        "",
    ),
    (
        "https://mail.univ.example/?q=%252F%26+\"<>'|^{}",
        "https://mail.univ.example/?q=%252F%26+\"<>'|^{}&ticket=",
        "",
    ),
];

#[tokio::test]
async fn s1_s5_s6_s7_s07_the_ticket_is_appended_last_and_nothing_else_is_touched() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for (sent, before, after) in REDIRECTS {
        let reply = browser.get(&format!("/login?service={}", encode(sent))).await;

        reply.assert_status(302);
        let location = reply.location();
        let ticket = location
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .unwrap_or_else(|| panic!("{sent}: {location}"));
        assert!(
            ticket.starts_with("ST-") && !ticket.contains(['&', '#']),
            "{location}"
        );
        server.browser().validate(sent, ticket).await.assert_user(CAMILLE);
    }
}

#[tokio::test]
async fn s1_l1_the_redirect_of_a_gateway_is_the_address_itself() {
    let server = TestServer::start().await;

    for (sent, before, after) in REDIRECTS {
        let reply = server
            .browser()
            .get(&format!("/login?gateway=true&service={}", encode(sent)))
            .await;

        let untouched = before
            .strip_suffix("?ticket=")
            .or_else(|| before.strip_suffix("&ticket="));
        let wanted = format!("{}{after}", untouched.unwrap_or_default());
        assert_eq!(reply.location(), wanted);
    }
}

#[tokio::test]
async fn s07_an_address_that_carries_a_ticket_already_is_refused_with_an_explanation() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for value in ["ST-1-abc", "PT-1-abc", "%53T-1"] {
        let address = format!("https://mail.univ.example/?a=1&ticket={value}");
        let reply = browser.get(&format!("/login?service={}", encode(&address))).await;

        reply.assert_status(400).assert_says("Lien déjà utilisé");
        assert_eq!(reply.location(), "");
    }
}

#[tokio::test]
async fn s2_a_rule_covers_its_host_its_one_star_and_its_path_at_a_segment() {
    let server = TestServer::with()
        .service(
            r#"
            key = "library"
            name = { fr = "Bibliothèque", en = "Library" }
            url = "https://bu.univ.example/search"
            "#,
        )
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let accepted = [
        "https://bu.univ.example/search",
        "https://bu.univ.example/search/deep?x#y",
        "https://bu.univ.example/search;jsessionid=1/",
        "https://BU.univ.example:443/search?x",
        "https://sciences.cours.univ.example/moodle/x",
    ];
    let refused = [
        "https://bu.univ.example/",
        "https://bu.univ.example/searching",
        "https://bu.univ.example/search/../admin",
        "https://bu.univ.example/search/%2e%2e/admin",
        "https://bu.univ.example:8443/search",
        "http://bu.univ.example/search",
        "https://bu.univ.example.evil.test/search",
        "https://xbu.univ.example/search",
        "https://a.b.cours.univ.example/moodle",
        "https://.cours.univ.example/moodle",
        "https://evil.test/?https://bu.univ.example/search",
    ];

    for address in accepted {
        let reply = browser.get(&format!("/login?service={}", encode(address))).await;
        assert_eq!(reply.status, 302, "{address}");
    }
    for address in refused {
        let reply = browser.get(&format!("/login?service={}", encode(address))).await;
        assert_eq!((reply.status, reply.location()), (403, ""), "{address}");
    }
}

/// Addresses that lead elsewhere than they seem to.
const DECEITFUL: [&str; 16] = [
    "javascript:alert(1)",
    "data:text/html,x",
    "//mail.univ.example/",
    "/cas/login",
    "mail.univ.example",
    "https:mail.univ.example/",
    "https://mail.univ.example\\@evil.test/",
    "https:\\\\mail.univ.example/",
    "https://evil.test@mail.univ.example/",
    "https://mail.univ.example@evil.test/",
    "https://mail.univ.example/\r\nSet-Cookie: a=b",
    "https://mail.univ.example/\u{7f}",
    "https://mail.univ.example/\tx",
    "https://mail.univ.example/..;/x",
    "imap://mail.univ.example",
    "https://[::1]/",
];

#[tokio::test]
async fn s3_s4_s04_s05_what_is_not_registered_gets_neither_form_nor_redirect_anywhere() {
    let server = TestServer::start().await;
    let signed_in = server.browser();
    signed_in.sign_in(CAMILLE).await;
    let stranger = server.browser();
    let session = signed_in.cookie("TGC");

    for address in DECEITFUL
        .into_iter()
        .chain(["https://evil.example/", MAIL_LOOKALIKE])
    {
        let service = encode(address);
        let paths = [
            format!("/login?service={service}"),
            format!("/login?service={service}&gateway=true"),
            format!("/login?service={service}&renew=true"),
            format!("/login?service={service}&method=POST"),
            format!("/login?TARGET={service}"),
            format!("/login?targetService={service}"),
        ];
        for path in paths {
            for browser in [&signed_in, &stranger] {
                let reply = browser.get(&path).await;

                assert_eq!(reply.status, 403, "{path}");
                assert_eq!(reply.location(), "", "{path}");
                assert_eq!(reply.count("form"), 0, "{path}");
            }
        }
    }
    assert_eq!(signed_in.cookie("TGC"), session, "the session is untouched");
}

const MAIL_LOOKALIKE: &str = "https://mail.univ.example.evil.test/";

#[tokio::test]
async fn s05_s06_a_sign_out_leads_to_registered_addresses_only() {
    let server = TestServer::start().await;

    for address in DECEITFUL.into_iter().chain([MAIL_LOOKALIKE]) {
        let browser = server.browser();
        browser.sign_in(CAMILLE).await;
        let reply = browser.get(&format!("/logout?service={}", encode(address))).await;

        assert_eq!((reply.status, reply.location()), (403, ""), "{address}");
        assert!(
            browser.cookie("TGC").is_none(),
            "{address}: the session ended all the same"
        );
    }
}

#[tokio::test]
async fn s4_a_disabled_service_is_refused_like_an_unknown_one() {
    let server = TestServer::with()
        .service(
            r#"
            key = "old"
            name = { fr = "Ancien", en = "Old" }
            url = "https://ancien.univ.example/"
            enabled = false
            "#,
        )
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for more in ["", "&gateway=true", "&renew=true"] {
        let reply = browser
            .get(&format!("/login?service=https://ancien.univ.example/{more}"))
            .await;
        reply.assert_status(403);
    }
}

/// Section 4.4: what a ticket was issued for, what it is presented with, and whether that is the same place.
const EQUALITY: [(&str, &str, bool); 20] = [
    (
        "https://mail.univ.example/x;jsessionid=9?b=1",
        "https://mail.univ.example/x?b=1",
        true,
    ),
    (
        "https://mail.univ.example/#/home",
        "https://mail.univ.example/",
        true,
    ),
    (
        "https://mail.univ.example/?u=x%2fy",
        "https://mail.univ.example/?u=x/y",
        true,
    ),
    (
        "https://mail.univ.example/?u=x%2fy",
        "https://mail.univ.example/?u=x%2Fy",
        true,
    ),
    (
        "https://mail.univ.example/?q=a+b",
        "https://mail.univ.example/?q=a%20b",
        true,
    ),
    (
        "https://MAIL.univ.example:443",
        "https://mail.univ.example/",
        true,
    ),
    (
        "https://mail.univ.example/my docs/",
        "https://mail.univ.example/my%20docs/",
        true,
    ),
    ("http://127.0.0.1:9/", "https://127.0.0.1:9/", false),
    (
        "https://mail.univ.example/x",
        "https://mail.univ.example/x/",
        false,
    ),
    (
        "https://mail.univ.example/x",
        "https://mail.univ.example/X",
        false,
    ),
    (
        "https://mail.univ.example/?p=1&q=2",
        "https://mail.univ.example/?q=2&p=1",
        false,
    ),
    (
        "https://mail.univ.example/?p=1&q=2",
        "https://mail.univ.example/?p=1",
        false,
    ),
    (
        "https://mail.univ.example/?u",
        "https://mail.univ.example/?u=",
        false,
    ),
    ("https://mail.univ.example/?", "https://mail.univ.example/", false),
    (
        "https://mail.univ.example/",
        "https://mail.univ.example.evil.test/",
        false,
    ),
    (
        "https://mail.univ.example/",
        "https://mail.univ.example:8443/",
        false,
    ),
    ("https://mail.univ.example/", "https://cours.univ.example/", false),
    (
        "https://mail.univ.example/",
        "https://mail.univ.example/\u{1}",
        false,
    ),
    ("https://mail.univ.example/", "mail.univ.example", false),
    (
        "https://mail.univ.example/a",
        "https://mail.univ.example/a/../a",
        false,
    ),
];

#[tokio::test]
async fn s12_a_ticket_is_good_at_the_address_it_was_issued_for_and_nowhere_else() {
    let server = TestServer::with()
        .service(
            r#"
            key = "local"
            name = { fr = "Local", en = "Local" }
            url = "http://127.0.0.1:9/"
            "#,
        )
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for (issued, presented, same) in EQUALITY {
        let ticket = browser.visit(issued).await;
        let verdict = server.browser().validate(presented, &ticket).await;

        if same {
            verdict.assert_user(CAMILLE);
        } else {
            verdict.assert_failure("INVALID_SERVICE");
            let late = server.browser().validate(issued, &ticket).await;
            late.assert_failure("INVALID_TICKET");
        }
    }
}

#[tokio::test]
async fn s08_l12_every_way_to_a_service_is_a_302() {
    let server = TestServer::start().await;
    let browser = server.browser();

    let path = format!("/login?service={}", encode(MAIL_URL));
    let after_password = browser
        .fill(&path, &[("username", CAMILLE), ("password", PASSWORD)])
        .await;
    let single_sign_on = browser
        .get(&format!("/login?service={}", encode(COURSES_URL)))
        .await;
    let by_post = browser.post("/login", &[("service", COURSES_URL)]).await;
    let gateway = server.browser().get(&format!("{path}&gateway=true")).await;
    let out = browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;

    for reply in [after_password, single_sign_on, by_post, gateway, out] {
        assert_eq!(reply.status, 302, "{}", reply.location());
        assert!(reply.body.is_empty());
    }
}
