//! What the REST protocol refuses, and how.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use reqwest::Method;

use super::{RECORDS_URL, TICKETS, WRONG, at};
use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD, STAFF, SUSPENDED};
use crate::support::rest::{FORM, JSON};
use crate::support::{Reply, TestServer, encode};

const DEFINITION: &str = r#"{"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":"^https://a/","name":"a","id":1}"#;

fn basic(login: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{login}:{password}")))
}

fn assert_refused(reply: &Reply, reason: &str) {
    reply.assert_status(401);
    assert_eq!(reply.header("content-type"), "application/json;charset=UTF-8");
    assert_eq!(
        reply.body,
        format!(r#"{{"authentication_exceptions":["{reason}"]}}"#)
    );
}

fn assert_plain(reply: &Reply, status: u16) {
    reply.assert_status(status);
    assert_eq!(
        reply.header("content-type"),
        "text/plain;charset=UTF-8",
        "{}",
        reply.body
    );
    assert!(!reply.body.is_empty() && reply.body.len() < 80, "{}", reply.body);
    assert!(!reply.body.contains(['<', '&']), "{}", reply.body);
}

#[tokio::test]
async fn r3_wrong_credentials_are_a_401_that_does_not_say_what_is_wrong() {
    let server = TestServer::with_rest().start().await;

    for path in [TICKETS, "/v1/users"] {
        for (login, password) in [
            (CAMILLE, WRONG),
            ("nobody", WRONG),
            ("jkerlodoc", PASSWORD),
            (SUSPENDED, WRONG),
            (CAMILLE, "LE VÉLO DE CAMILLE ROULE"),
            ("corsonneau*", PASSWORD),
        ] {
            let reply = server.program().present(path, login, password).await;
            assert_refused(&reply, "invalid credentials");
            assert_eq!(reply.header("www-authenticate"), "");
            server.wait(Duration::hours(1));
        }
    }
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn r3_a_right_password_that_opens_nothing_is_told_what_the_form_tells() {
    let server = TestServer::with_rest().start().await;
    server.set_temporary(CAMILLE, "tulipe-navet-radis").await;

    let disabled = server.program().present(TICKETS, SUSPENDED, PASSWORD).await;
    let seen = server
        .program()
        .present(TICKETS, CAMILLE, "tulipe-navet-radis")
        .await;
    let told = server
        .program()
        .present("/v1/users", CAMILLE, "tulipe-navet-radis")
        .await;

    assert_refused(&disabled, "account disabled");
    assert_refused(&seen, "password must be changed");
    assert_refused(&told, "password must be changed");
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn r3_missing_or_blank_credentials_are_a_400_and_count_for_nothing() {
    let server = TestServer::with_rest().start().await;

    for path in [TICKETS, "/v1/users"] {
        for fields in [
            vec![],
            vec![("username", CAMILLE)],
            vec![("password", PASSWORD)],
            vec![("username", ""), ("password", PASSWORD)],
            vec![("username", CAMILLE), ("password", "  ")],
            vec![("Username", CAMILLE), ("Password", PASSWORD)],
        ] {
            assert_plain(&server.program().post(path, &fields).await, 400);
        }
    }
    for n in 0..4 {
        let reply = server.program().present(TICKETS, CAMILLE, WRONG).await;
        assert_eq!(reply.status, 401, "{n}");
    }
}

#[tokio::test]
async fn r3_credentials_in_the_address_or_in_a_header_are_not_read() {
    let server = TestServer::with_rest().start().await;
    let pair = format!("username={CAMILLE}&password={}", encode(PASSWORD));

    let program = server.program().with("authorization", &basic(CAMILLE, PASSWORD));
    let reply = program.post(&format!("{TICKETS}?{pair}"), &[]).await;

    assert_plain(&reply, 400);
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn r3_a_service_that_is_not_authorised_is_a_403_before_any_password_is_judged() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();

    for service in [
        "https://nowhere.example/",
        "javascript:alert(1)",
        "https://mail.univ.example@evil.example/",
        "https://mail.univ.example/\r\nX: y",
        "not an address",
        "imap://mail.univ.example",
    ] {
        let fields = [("username", CAMILLE), ("password", WRONG), ("service", service)];
        assert_plain(&program.post(TICKETS, &fields).await, 403);
        assert_plain(&program.post("/v1/users", &fields).await, 403);
    }
    let fields = [
        ("username", STAFF),
        ("password", PASSWORD),
        ("service", RECORDS_URL),
    ];
    assert_plain(&program.post(TICKETS, &fields).await, 403);

    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn r5_what_cannot_be_granted_is_a_404_a_400_or_a_403() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(STAFF).await;
    let spent = program.ticket(&granting, MAIL_URL).await;

    for id in [
        "TGT-unknown",
        "rubbish",
        "TGT-%27",
        "%3Cb%3E",
        &spent,
        &"x".repeat(4_000),
    ] {
        assert_plain(&program.ask(id, MAIL_URL).await, 404);
        if *id != *spent {
            assert_plain(&program.get(&at(id)).await, 404);
        }
    }
    assert_plain(&program.post(&at(&granting), &[]).await, 400);
    assert_plain(&program.ask(&granting, " ").await, 400);
    let in_the_address = format!("{}?service={}", at(&granting), encode(MAIL_URL));
    assert_plain(&program.post(&in_the_address, &[]).await, 400);
    assert_plain(&program.ask(&granting, "https://nowhere.example/").await, 403);
    assert_plain(&program.ask(&granting, RECORDS_URL).await, 403);
    server.set_standing(STAFF, "suspended").await;
    assert_plain(&program.ask(&granting, MAIL_URL).await, 404);
}

#[tokio::test]
async fn r4_other_methods_are_refused_with_those_allowed() {
    let server = TestServer::with_rest().start().await;

    for (path, methods, allowed) in [
        (
            TICKETS,
            vec!["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"],
            "POST",
        ),
        ("/v1/users", vec!["GET", "PUT", "DELETE", "OPTIONS"], "POST"),
        ("/v1/services", vec!["GET", "PUT", "DELETE", "OPTIONS"], "POST"),
        (
            "/v1/tickets/TGT-1",
            vec!["PUT", "PATCH", "OPTIONS", "TRACE"],
            "GET, HEAD, POST, DELETE",
        ),
    ] {
        for method in methods {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let reply = server
                .program()
                .with("origin", "https://evil.example")
                .send(method, path, "", "")
                .await;

            reply.assert_status(405);
            assert_eq!(reply.header("allow"), allowed, "{path}");
            assert_eq!(reply.header("access-control-allow-origin"), "");
        }
    }
}

#[tokio::test]
async fn r10_services_are_registered_by_nobody_over_the_network() {
    let server = TestServer::with_rest().start().await;
    let post = async |authorization: &str, media: &str| {
        server
            .program()
            .with("authorization", authorization)
            .send(Method::POST, "/v1/services", media, DEFINITION)
            .await
    };
    let right = basic(CAMILLE, PASSWORD);

    assert_plain(&post(&right, JSON).await, 403);
    assert_plain(&post(&right.replace("Basic", "basic"), JSON).await, 403);
    assert_plain(&post(&right, FORM).await, 415);
    let nothing = basic("", "");
    let wrong = basic(CAMILLE, WRONG);
    for authorization in [
        &*wrong,
        &nothing,
        "Basic",
        "Basic ?",
        "Basic bm9jb2xvbg==",
        "Basic /zo=",
        "Bearer x",
    ] {
        let reply = post(authorization, JSON).await;
        assert_refused(&reply, "invalid credentials");
        assert!(reply.header("www-authenticate").starts_with("Basic realm="));
    }
    let definitions = server.lines("SELECT key AS line FROM services").await;
    assert_eq!(definitions.len(), 4, "{definitions:?}");
}

#[tokio::test]
async fn r11_a_json_object_is_read_like_a_form() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let send = async |path: &str, body: String| program.send(Method::POST, path, JSON, body).await;

    let opened = send(
        TICKETS,
        format!(r#"{{"username":"{CAMILLE}","password":"{PASSWORD}","more":[1,{{"a":null}}]}}"#),
    )
    .await;
    opened.assert_status(201);
    let granting = opened
        .location()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let ticket = send(&at(&granting), format!(r#"{{"service":"{MAIL_URL}"}}"#)).await;

    ticket.assert_status(200);
    let verdict = server.browser().validate(MAIL_URL, &ticket.body).await;
    verdict.assert_user(CAMILLE);
}

#[tokio::test]
async fn r11_bodies_of_other_kinds_are_a_415_and_bodies_that_cannot_be_read_a_400() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let form = format!("username={CAMILLE}&password={}", encode(PASSWORD));
    let deep = format!("{{\"username\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
    let wrong_form: [&[u8]; 8] = [
        b"username=%ZZ&password=a",
        b"username=%FF&password=a",
        b"username=\xe9mile&password=a",
        b"username=a%00b&password=a",
        b"username=a&username=a&password=a",
        b"username=a&password=a&password=b",
        b"service=a&service=b",
        b"renew=true&renew=false",
    ];
    let wrong_json: [&[u8]; 8] = [
        b"",
        b"[]",
        b"{",
        b"{\"username\":1,\"password\":\"a\"}",
        b"{\"username\":\"a\",\"password\":[\"a\"]}",
        b"{\"username\":\"\xe9\"}",
        b"{\"service\":\"a\",\"service\":\"a\"}",
        deep.as_bytes(),
    ];

    for path in [TICKETS, "/v1/users", &at(&granting)] {
        for media in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/xml",
            "rubbish",
        ] {
            assert_plain(&program.send(Method::POST, path, media, form.clone()).await, 415);
        }
        for body in wrong_form {
            assert_plain(&program.send(Method::POST, path, FORM, body).await, 400);
        }
        for body in wrong_json {
            assert_plain(&program.send(Method::POST, path, JSON, body).await, 400);
        }
        let many = "a=b&".repeat(101);
        assert_plain(&program.send(Method::POST, path, FORM, many).await, 400);
        let long = format!("{form}&more={}", "x".repeat(70_000));
        assert_plain(&program.send(Method::POST, path, FORM, long).await, 413);
    }
    assert_eq!(server.sessions().await, 1);
}

#[tokio::test]
async fn r11_what_is_too_long_opens_nothing() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let long = "x".repeat(40_000);
    let address = format!("{MAIL_URL}{long}");

    assert_refused(
        &program.present(TICKETS, CAMILLE, &long).await,
        "invalid credentials",
    );
    assert_refused(
        &program.present(TICKETS, &long, PASSWORD).await,
        "invalid credentials",
    );
    assert_plain(&program.ask(&granting, &address).await, 403);
}

#[tokio::test]
async fn r12_the_form_and_every_path_spend_one_budget() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    server.browser().fail(CAMILLE).await.assert_status(401);
    program.present(TICKETS, CAMILLE, WRONG).await.assert_status(401);
    program
        .present("/v1/users", CAMILLE, WRONG)
        .await
        .assert_status(401);
    let services = server.program().with("authorization", &basic(CAMILLE, WRONG));
    let reply = services
        .send(Method::POST, "/v1/services", JSON, DEFINITION)
        .await;
    reply.assert_status(401);

    let renew = [
        ("service", MAIL_URL),
        ("renew", "true"),
        ("username", CAMILLE),
        ("password", PASSWORD),
    ];
    let services = server.program().with("authorization", &basic(CAMILLE, PASSWORD));
    for reply in [
        program.present(TICKETS, CAMILLE, PASSWORD).await,
        program.present("/v1/users", CAMILLE, PASSWORD).await,
        program.post(&at(&granting), &renew).await,
        services
            .send(Method::POST, "/v1/services", JSON, DEFINITION)
            .await,
    ] {
        assert_plain(&reply, 423);
        assert_eq!(reply.header("retry-after"), "60");
    }
    server.browser().try_in(CAMILLE).await.assert_status(423);
    // Tickets need no password, and are not throttled.
    program.ticket(&granting, MAIL_URL).await;
    server.wait(Duration::minutes(1));

    program
        .present(TICKETS, CAMILLE, PASSWORD)
        .await
        .assert_status(201);
}

#[tokio::test]
async fn r12_an_address_that_tries_many_names_is_a_429() {
    let server = TestServer::with_rest().start().await;
    for n in 0..15 {
        let name = format!("nobody{n}");
        let reply = server.program().present(TICKETS, &name, WRONG).await;
        reply.assert_status(401);
        server.wait(Duration::seconds(4));
    }

    let reply = server.program().present("/v1/users", CAMILLE, PASSWORD).await;

    assert_plain(&reply, 429);
    assert!(!reply.header("retry-after").is_empty());
    server.browser().try_in(CAMILLE).await.assert_status(429);
}
