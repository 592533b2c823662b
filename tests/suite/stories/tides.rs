//! Failures of everybody together: one guess on each of hundreds of names, which no single budget sees.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use chrono::Duration as Span;
use vestibule::cas::request::LoginRequest;
use vestibule::flow::Visitor;
use vestibule::flow::forms::Token;
use vestibule::flow::recover::{Proved, prove};
use vestibule::flow::sign_in::{Attempt, SignIn, sign_in};
use vestibule::people::code::CertificateCode;
use vestibule::store::journeys::Journey;

use crate::support::people::{CAMILLE, EMILE, PASSWORD};
use crate::support::{TestServer, logs};

/// A second passes for nobody who is not told to wait.
const ONE_SECOND: Duration = Duration::from_secs(1);

fn from(place: u32) -> Visitor {
    Visitor {
        looks: true,
        address: IpAddr::V4(Ipv4Addr::from_bits(0xC633_0000 + place)),
        campus: false,
        public_computer: false,
        cookie: None,
        device_cookie: None,
        device: String::new(),
    }
}

fn token(server: &TestServer) -> Token {
    Token {
        digest: server.app.entropy.bytes(),
        expires_at: server.now() + Span::hours(1),
    }
}

/// Tries to sign in from a place of its own; answers how long the refusal is held back.
async fn refused(server: &TestServer, login: &str, place: u32) -> Duration {
    let attempt = Attempt {
        request: LoginRequest::default(),
        login: login.to_owned(),
        password: "ce n'est pas le bon".into(),
        public_computer: false,
        token: token(server),
    };
    match sign_in(&server.app, attempt, &from(place)).await {
        Ok(SignIn::Wrong { pause } | SignIn::Disabled { pause }) => pause,
        other => panic!("not refused: {other:?}"),
    }
}

/// Sprays one password over `count` names; answers the last pause.
async fn spray(server: &TestServer, count: u32) -> Duration {
    let mut last = Duration::ZERO;
    for place in 0..count {
        last = refused(server, &format!("nobody{place}"), place).await;
    }
    last
}

async fn alerts(server: &TestServer) -> Vec<String> {
    let sql = "SELECT detail AS line FROM audit WHERE event = 'failure_tide'";
    server.lines(sql).await
}

#[tokio::test]
async fn s47_ten_times_the_usual_failures_are_one_alert_and_hold_every_refusal_back() {
    logs::keep();
    let server = TestServer::start().await;

    assert_eq!(spray(&server, 200).await, Duration::ZERO);
    assert_eq!(alerts(&server).await, Vec::<String>::new());
    let unknown = refused(&server, "nobody-at-all", 900).await;
    let known = refused(&server, CAMILLE, 901).await;

    assert_eq!((unknown, known), (ONE_SECOND, ONE_SECOND));
    assert_eq!(alerts(&server).await, ["{\"form\":\"login\"}"]);
    let log = logs::kept();
    assert!(log.contains("alert=\"failure_tide\" form=\"login\""), "{log}");
    server.wait(Span::hours(2));
    assert_eq!(refused(&server, CAMILLE, 902).await, Duration::ZERO);
}

#[tokio::test]
async fn s47_while_refusals_are_held_back_nobody_else_waits() {
    let server = TestServer::with_rest()
        .change(|config| config.throttle.pause = Duration::from_secs(86_400))
        .start()
        .await;
    spray(&server, 201).await;
    let before = refusals(&server).await;

    // More than there are threads that hash, or lanes.
    let mut held: Vec<_> = [CAMILLE, EMILE, "nobody-at-all", "nobody-either"]
        .map(|login| {
            let browser = server.browser();
            tokio::spawn(async move { browser.fail(login).await })
        })
        .into();
    let program = server.program();
    held.push(tokio::spawn(async move {
        program.present("/v1/tickets", "nobody-else", "no password").await
    }));
    while refusals(&server).await < before + held.len() {
        tokio::task::yield_now().await;
    }
    let fields = [("username", EMILE), ("password", PASSWORD)];
    let right = server.browser().fill("/login", &fields).await;

    right.assert_status(302);
    for waiting in held {
        assert!(!waiting.is_finished());
        waiting.abort();
    }
}

async fn refusals(server: &TestServer) -> usize {
    let sql = "SELECT id AS line FROM audit WHERE event = 'sign_in_refused'";
    server.lines(sql).await.len()
}

#[tokio::test]
async fn s47_two_hundred_wrong_recovery_codes_in_a_day_are_one_alert() {
    logs::keep();
    let server = TestServer::start().await;
    let code = CertificateCode::parse("22222-22222").expect("a code");
    let guess = async |place: u32| {
        let journey = Journey {
            digest: server.app.entropy.bytes(),
            kind: "recovery".into(),
            step: "code".into(),
            person: None,
            typed: place.to_be_bytes().to_vec(),
            details: "{}".into(),
            sheet: None,
            expires_at: server.now() + Span::minutes(30),
        };
        let proved = prove(&server.app, &journey, &code, token(&server), &from(place)).await;
        assert_eq!(proved.expect("the server answers"), Proved::NoMatch);
    };

    for place in 0..199 {
        guess(place).await;
    }
    assert_eq!(alerts(&server).await, Vec::<String>::new());
    for place in 199..220 {
        guess(place).await;
    }

    assert_eq!(alerts(&server).await, ["{\"form\":\"recovery\"}"]);
    let log = logs::kept();
    assert!(log.contains("alert=\"failure_tide\" form=\"recovery\""), "{log}");
}
