//! HTTP itself: sections 1 and 13 of the protocol.

use crate::support::people::{CAMILLE, MAIL_URL};
use crate::support::{TestServer, encode};

const DOORS: [&str; 5] = [
    "/validate",
    "/serviceValidate",
    "/proxyValidate",
    "/p3/serviceValidate",
    "/p3/proxyValidate",
];

const UNCACHEABLE: &str = "no-cache, no-store, max-age=0, must-revalidate";

#[tokio::test]
async fn e1_every_validation_is_answered_with_200_and_words() {
    let server = TestServer::start().await;
    let service = server.browser();
    let long = format!("service=https://mail.univ.example/&ticket={}", "a".repeat(3000));
    let questions = [
        "",
        "service=https%3A%2F%2Fmail.univ.example%2F",
        "ticket=ST-1",
        "service=x&ticket=ST-1",
        "service=https%3A%2F%2Fmail.univ.example%2F&ticket=ST-1&ticket=ST-2",
        "service=https%3A%2F%2Fevil.example%2F&ticket=ST-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "service=%00&ticket=%FF",
        "service=%zz&ticket=%",
        "service=%0D%0A&ticket=%1B",
        "service=a&ticket=b&format=YAML",
        long.as_str(),
    ];

    for door in DOORS {
        for question in questions {
            let read = service.get(&format!("{door}?{question}")).await;
            let sent = service
                .send(reqwest::Method::POST, door, Some(question.to_owned()))
                .await;

            for reply in [read, sent] {
                assert_eq!(reply.status, 200, "{door}?{question}");
                assert!(!reply.body.trim().is_empty(), "{door}?{question}");
                assert!(!reply.body.contains("yes"), "{door}?{question}: {}", reply.body);
                assert!(!reply.body.contains("authenticationSuccess"), "{}", reply.body);
            }
        }
    }
}

#[tokio::test]
async fn e1_a_form_that_is_too_long_is_an_invalid_request_and_not_a_413() {
    let server = TestServer::start().await;
    let service = server.browser();

    let body = format!("service=x&ticket={}", "a".repeat(70_000));
    let reply = service
        .send(reqwest::Method::POST, "/serviceValidate", Some(body))
        .await;

    reply.assert_status(200);
    assert!(reply.body.contains("code=\"INVALID_REQUEST\""), "{}", reply.body);
}

#[tokio::test]
async fn e2_repeated_slashes_count_as_one() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for path in [
        "/cas//serviceValidate",
        "//cas///p3//serviceValidate",
        "/cas/p3//proxyValidate",
    ] {
        let ticket = browser.visit(MAIL_URL).await;
        let target = format!("{path}?service={}&ticket={ticket}", encode(MAIL_URL));
        let answer = server.raw_get(&target, &[]).await;

        answer.assert_status(200);
        assert!(
            answer.body.contains("<cas:user>corsonneau<"),
            "{path}: {}",
            answer.body
        );
    }
    let form = server.raw_get("/cas//login", &[]).await;
    form.assert_status(200);
    assert!(form.body.contains("name=\"execution\""));
}

#[tokio::test]
async fn e2_slashes_inside_the_service_are_left_alone() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let reply = browser
        .get("/login?service=https://mail.univ.example//inbox//new")
        .await;

    let wanted = "https://mail.univ.example//inbox//new?ticket=ST-";
    assert!(reply.location().starts_with(wanted), "{}", reply.location());
}

#[tokio::test]
async fn e3_unknown_parameters_are_ignored() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let strays = "entityId=x&locale=de&authn_method=p&_cas_retry=1&empty&=&a=1&a=2";

    let reply = browser
        .get(&format!("/login?{strays}&service={}", encode(MAIL_URL)))
        .await;
    assert!(
        reply
            .location()
            .starts_with("https://mail.univ.example/?ticket=ST-")
    );
    let ticket = reply.ticket();
    let verdict = server
        .browser()
        .validate_at("/serviceValidate", MAIL_URL, ticket, &format!("&{strays}"))
        .await;

    verdict.assert_user(CAMILLE);
}

#[tokio::test]
async fn the_context_with_a_service_leads_to_the_sign_in_page_with_its_query() {
    let server = TestServer::start().await;
    let browser = server.browser();

    for path in ["/cas", "/cas/"] {
        let query = "service=https%3a%2f%2Fmail.univ.example/%3Fa%3D%252F&gateway=true";
        let reply = server.raw_get(&format!("{path}?{query}"), &[]).await;

        reply.assert_status(302);
        assert_eq!(
            reply.header("Location"),
            Some(format!("/cas/login?{query}").as_str())
        );
    }
    browser.get("/cas").await.assert_status(302);
}

#[tokio::test]
async fn h1_answers_of_the_protocol_are_kept_by_nobody() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let paths = [
        "/login",
        "/login?gateway=true&service=https://mail.univ.example/",
        "/login?service=https://evil.example/",
        "/logout?service=https://mail.univ.example/",
        "/validate",
        "/serviceValidate",
        "/p3/proxyValidate?format=JSON",
    ];

    for path in paths {
        let reply = browser.get(path).await;

        assert_eq!(reply.header("cache-control"), UNCACHEABLE, "{path}");
        assert_eq!(reply.header("pragma"), "no-cache", "{path}");
        assert_eq!(reply.header("expires"), "0", "{path}");
    }
    let refused = browser
        .fill("/login", &[("username", CAMILLE), ("password", "wrong")])
        .await;
    assert_eq!(refused.header("cache-control"), UNCACHEABLE);
}

#[tokio::test]
async fn h1_the_style_sheet_may_be_kept() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get("/login").await;
    let (_, rest) = page
        .body
        .split_once("rel=\"stylesheet\" href=\"")
        .expect("a style sheet");
    let path = rest.split('"').next().unwrap_or_default();

    let style = browser.get(path).await;

    style.assert_status(200);
    assert!(!style.header("cache-control").contains("no-store"), "{style:?}");
}

#[tokio::test]
async fn h2_s18_s25_every_answer_carries_the_headers_that_protect_it() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let paths = [
        ("/login", 200),
        ("/login?gateway=true&service=https://mail.univ.example/", 302),
        ("/login?service=https://evil.example/", 403),
        ("/login?service=a&service=b", 400),
        ("/nowhere", 404),
        ("/serviceValidate", 200),
        ("/validate", 200),
        ("/health/live", 200),
    ];

    for (path, status) in paths {
        let reply = browser.get(path).await;

        reply.assert_status(status);
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            reply.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        let policy = reply.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(
            !policy.contains("form-action") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(reply.header("server"), "", "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}");
        assert_eq!(
            reply.header("strict-transport-security"),
            "",
            "plain http has none"
        );
    }
}

#[tokio::test]
async fn h2_s25_under_https_browsers_are_told_to_stay_there() {
    let server = TestServer::with()
        .set("server.public_url", "https://sso.univ.example/cas")
        .start()
        .await;
    let browser = server.browser().with("host", "sso.univ.example");

    let reply = browser.get("/login").await;

    reply.assert_status(200);
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn h3_http_1_0_without_a_host_is_answered_and_closed() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    let target = format!("/cas/proxyValidate?service={MAIL_URL}&ticket={ticket}");
    let answer = server.raw(format!("GET {target} HTTP/1.0\r\n\r\n")).await;

    answer.assert_status(200);
    assert!(
        answer.body.contains("<cas:user>corsonneau</cas:user>"),
        "{}",
        answer.body
    );
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("Content-Length"), Some(length.as_str()));
    assert_eq!(answer.header("Transfer-Encoding"), None);
    assert!(answer.head.len() + answer.body.len() < 16 * 1024);
}

#[tokio::test]
async fn h3_a_connection_to_be_closed_is_closed_after_the_answer() {
    let server = TestServer::start().await;

    for path in [
        "/cas/validate",
        "/cas/serviceValidate",
        "/cas/p3/serviceValidate?format=json",
    ] {
        let answer = server.raw_get(path, &[]).await;

        answer.assert_status(200);
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("Content-Length"), Some(length.as_str()), "{path}");
        assert_eq!(answer.header("Transfer-Encoding"), None, "{path}");
    }
}

#[tokio::test]
async fn h4_header_names_are_capitalised_and_nothing_is_compressed_unasked() {
    let server = TestServer::start().await;

    let form = server.raw_get("/cas/login", &[]).await;
    let away = server
        .raw_get(
            "/cas/login?gateway=1&service=https://mail.univ.example/",
            &["Cookie: TGC=old"],
        )
        .await;

    assert_eq!(away.header("Location"), Some("https://mail.univ.example/"));
    assert!(away.header("Set-Cookie").is_some(), "{}", away.head);
    assert!(form.header("Content-Type").is_some(), "{}", form.head);
    for name in form.names().into_iter().chain(away.names()) {
        let capital = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase());
        assert!(name.split('-').all(capital), "{name}");
    }
    assert_eq!(form.header("Content-Encoding"), None);
}

#[tokio::test]
async fn h5_head_has_the_headers_of_get_and_no_body() {
    let server = TestServer::start().await;

    for path in [
        "/cas/login",
        "/cas/logout",
        "/cas/validate",
        "/cas/serviceValidate",
        "/cas/",
    ] {
        let answer = server.raw_request("HEAD", path, &[], "").await;

        answer.assert_status(200);
        assert_eq!(answer.body, "", "{path}");
    }
    let validation = server.raw_request("HEAD", "/cas/serviceValidate", &[], "").await;
    assert_eq!(
        validation.header("Content-Type"),
        Some("application/xml;charset=UTF-8")
    );
}

#[tokio::test]
async fn s23_a_head_or_a_prefetch_of_the_sign_in_page_grants_nothing_and_ends_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let cookie = format!("Cookie: TGC={}", browser.cookie("TGC").expect("a session"));
    let login = "/cas/login?service=https://mail.univ.example/";
    let logout = "/cas/logout?service=https://mail.univ.example/";

    for path in [login, logout] {
        let head = server.raw_request("HEAD", path, &[&cookie], "").await;
        let ahead = server
            .raw_get(path, &[&cookie, "Sec-Purpose: prefetch;prerender"])
            .await;

        for answer in [head, ahead] {
            assert_eq!(answer.header("Location"), None, "{}", answer.head);
            assert_eq!(answer.header("Set-Cookie"), None, "{}", answer.head);
        }
    }
    let granted = server.lines("SELECT service AS line FROM service_tickets").await;
    assert_eq!(granted, Vec::<String>::new());
    assert!(browser.visit(MAIL_URL).await.starts_with("ST-"));
}

#[tokio::test]
async fn h5_s23_a_head_at_a_validation_endpoint_leaves_the_ticket_as_it_was() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    for endpoint in [
        "validate",
        "serviceValidate",
        "p3/serviceValidate",
        "proxyValidate",
        "p3/proxyValidate",
    ] {
        let target = format!("/cas/{endpoint}?service={MAIL_URL}&ticket={ticket}");
        let head = server.raw_request("HEAD", &target, &[], "").await;

        head.assert_status(200);
        assert_eq!(head.body, "", "{endpoint}");
    }
    let verdict = server.browser().validate(MAIL_URL, &ticket).await;
    verdict.assert_user(CAMILLE);
}

#[tokio::test]
async fn h5_s25_other_methods_are_refused_with_those_allowed() {
    let server = TestServer::start().await;
    let paths = [
        ("/cas/login", "GET, HEAD, POST"),
        ("/cas/logout", "GET, HEAD, POST"),
        ("/cas/validate", "GET, HEAD, POST"),
        ("/cas/p3/serviceValidate", "GET, HEAD, POST"),
        ("/cas/health", "GET, HEAD"),
    ];

    for (path, allowed) in paths {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
            let answer = server
                .raw_request(method, path, &["Cookie: TGC=secret-value"], "")
                .await;

            answer.assert_status(405);
            assert_eq!(answer.header("Allow"), Some(allowed), "{method} {path}");
            assert!(!answer.body.contains("secret-value"), "{method} {path}");
            assert_eq!(answer.header("X-Frame-Options"), Some("DENY"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn h6_forwarded_names_count_only_when_they_come_from_a_listed_proxy() {
    let server = TestServer::start().await;

    let answer = server
        .raw_get(
            "/cas/login?service=https://mail.univ.example/",
            &[
                "X-Forwarded-Host: evil.example",
                "X-Forwarded-Proto: https",
                "Forwarded: host=evil.example;proto=https",
            ],
        )
        .await;

    answer.assert_status(200);
    assert!(!answer.body.contains("evil.example"), "{}", answer.body);
    let cookie = answer.header("Set-Cookie").unwrap_or_default();
    assert!(!cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn h8_a_refused_sign_in_challenges_nobody() {
    let server = TestServer::start().await;

    let reply = server
        .browser()
        .fill("/login", &[("username", CAMILLE), ("password", "wrong")])
        .await;

    reply.assert_status(401);
    assert!(!reply.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn s28_identity_headers_are_nobodys_identity() {
    let server = TestServer::start().await;
    let basic = format!("Authorization: Basic {}", "Y29yc29ubmVhdTpwYXNzd29yZA==");

    let answer = server
        .raw_get(
            "/cas/login?service=https://mail.univ.example/",
            &[
                "Remote-User: corsonneau",
                "X-Forwarded-User: corsonneau",
                "X-Remote-User: corsonneau",
                &basic,
            ],
        )
        .await;

    answer.assert_status(200);
    assert!(answer.body.contains("name=\"password\""), "the form");
    assert!(!answer.body.contains("corsonneau"));
}
