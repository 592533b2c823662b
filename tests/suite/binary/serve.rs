//! `vestibule serve`: its start, its log and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::support::browser::{Browser, encode};
use crate::support::people::{EMILE, PASSWORD};
use crate::support::port::free_port;
use crate::support::process::{Process, output};
use crate::support::program::{Program, command};

const MAIL: &str = "https://mail.univ.example/";

fn register(program: &Program) {
    program.services(&format!(
        "[[service]]\nkey = \"mail\"\nname = {{ fr = \"Messagerie\", en = \"Email\" }}\nurl = \"{MAIL}\"\n"
    ));
}

#[tokio::test]
async fn an_empty_directory_is_all_it_needs() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let port = free_port();
    let mut serve = command(folder.path(), &["serve"]);
    serve.env("VESTIBULE__SERVER__LISTEN", format!("127.0.0.1:{port}"));

    let _server = Process::start(serve, "Vestibule is ready");

    let browser = Browser::new(&format!("http://localhost:{port}/cas"));
    browser.get("/login").await.assert_status(200);
    browser.get("/health/ready").await.assert_status(200);
}

#[test]
fn s81_a_start_and_what_is_configured_are_in_the_audit() {
    let program = Program::new();
    let starts = || {
        let mut server = program.serve();
        server.signal("TERM");
        server.ended();
    };
    starts();
    starts();
    let program = program.set("session.idle", "3h");
    let mut other = program.serve();
    other.signal("TERM");
    other.ended();

    let exported = program.run(&["audit", "export"]);

    let rows: Vec<serde_json::Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let configuration = |row: usize| rows[row]["detail"]["configuration"].as_str().expect("a digest");
    assert!(
        rows.iter().all(|row| row["event"] == "server_started"),
        "{exported}"
    );
    assert_eq!(rows.len(), 3);
    assert_eq!(configuration(0), configuration(1));
    assert_ne!(configuration(1), configuration(2));
    assert!(program.run(&["audit", "verify"]).starts_with("3:"));
}

#[test]
fn a_busy_port_is_named_in_one_line() {
    let program = Program::new();
    let _somebody = TcpListener::bind(("127.0.0.1", program.port)).expect("a free port");

    let refused = output(program.command(&["serve"]), "");

    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&format!("127.0.0.1:{}", program.port)), "{said}");
}

#[test]
fn a_request_under_way_is_finished_after_sigterm() {
    let program = Program::new();
    let mut server = program.serve();
    let body = format!("username={EMILE}&password=wrong");
    let mut slow = TcpStream::connect(("127.0.0.1", program.port)).expect("it listens");
    let head = format!(
        "POST /cas/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).expect("the head is sent");
    let mut answer = BufReader::new(slow.try_clone().expect("one connection, two ends"));
    let mut line = String::new();
    answer.read_line(&mut line).expect("the server asks for the body");
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");

    server.signal("TERM");
    server.printed("stopping");
    slow.write_all(body.as_bytes())
        .expect("the connection is still there");

    let mut rest = String::new();
    answer.read_to_string(&mut rest).expect("an answer");
    assert!(rest.trim_start().starts_with("HTTP/1.1 200"), "{rest}");
    assert!(rest.trim_end().ends_with("</html>"), "{rest}");
    assert!(server.ended().success(), "{:#?}", server.lines());
}

#[tokio::test]
async fn s18_no_secret_is_in_the_log_at_any_level() {
    let program = Program::new().set("log.level", "debug");
    register(&program);
    program.user(EMILE, "Émile", "Vaubrunel");
    let mut server = program.serve();
    let browser = Browser::new(&program.base());
    let identity = [
        ("fileNumber", "22601234"),
        ("day", "27"),
        ("month", "3"),
        ("year", "2007"),
        ("code", "VZJG4-PH2G8"),
    ];

    browser
        .fill("/login", &[("username", EMILE), ("password", "mauvais-secret-7")])
        .await
        .assert_status(401);
    let ticket = browser.sign_in_to(EMILE, MAIL).await;
    browser.validate(MAIL, &ticket).await.assert_user(EMILE);
    browser
        .validate(MAIL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
    browser.fill("/account/activate", &identity).await;
    browser.fill("/account/recover", &identity).await;
    let session = browser.cookie("TGC").expect("a session");
    browser.get("/logout").await.assert_status(200);
    server.signal("TERM");
    server.ended();

    let log = server.lines().join("\n");
    let password = encode(PASSWORD);
    for secret in [
        PASSWORD,
        &password,
        "mauvais-secret-7",
        &ticket,
        &session,
        "22601234",
        "27/03/2007",
        "2007-03-27",
        "VZJG4",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    assert!(log.contains("/cas/p3/serviceValidate"), "{log}");
}

#[tokio::test]
async fn away_from_a_terminal_every_line_of_the_log_is_json() {
    let program = Program::new();
    let mut server = program.serve();
    Browser::new(&program.base())
        .get("/login")
        .await
        .assert_status(200);

    server.signal("TERM");
    server.ended();

    let lines = server.lines();
    for line in &lines {
        let read: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(read.is_ok_and(|line| line["level"].is_string()), "{line}");
    }
    let requests = lines
        .iter()
        .filter(|line| line.contains("\"path\":\"/cas/login\""))
        .count();
    assert_eq!(requests, 1, "{lines:#?}");
}

#[test]
fn the_memory_that_passwords_are_hashed_in_is_given_back_when_nobody_signs_in() {
    let program = Program::new()
        .set("hashing.memory_kib", "131072")
        .set("hashing.threads", "1")
        .set("log.level", "debug");
    let server = program.serve();
    // Three hashes, to say how fast they are.
    server.printed("passwords are hashed this fast");

    server.printed("memory of a hashing thread was given back");

    let held = server.own_memory_kib();
    assert!(held < 65_536, "{held} KiB");
}

#[tokio::test]
async fn hashing_stands_back_behind_whoever_answers() {
    let program = Program::new().set("hashing.threads", "1");

    let server = program.serve();

    server.printed("passwords are hashed this fast");
    // The workers begin after the door is open: one of them has when a page was answered.
    Browser::new(&program.base())
        .get("/login")
        .await
        .assert_status(200);
    assert_eq!(server.niceness("hash-"), [10]);
    let workers = server.niceness("actix-server wo");
    assert!(
        !workers.is_empty() && workers.iter().all(|own| *own == 0),
        "{workers:?}"
    );
}
