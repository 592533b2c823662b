//! The end of `vestibule serve` behind a balancer: it says that it goes, answers until that is noticed, and then stops.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::support::browser::Browser;
use crate::support::program::Program;

/// A connection that its owner would keep.
struct Kept(BufReader<TcpStream>);

impl Kept {
    fn open(port: u16) -> Self {
        Self(BufReader::new(
            TcpStream::connect(("127.0.0.1", port)).expect("it listens"),
        ))
    }

    /// The lines of the answer's head, and the body.
    fn get(&mut self, path: &str) -> (Vec<String>, String) {
        let request = format!("GET /cas{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).expect("a request");
        let lines = self.0.by_ref().lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let length = head
            .iter()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .expect("the length of the body");
        let mut body = vec![0; length.1.parse().expect("a number")];
        self.0.read_exact(&mut body).expect("the body");
        (head, String::from_utf8(body).expect("text"))
    }
}

fn is_closing(head: &[String]) -> bool {
    head.iter()
        .any(|line| line.eq_ignore_ascii_case("connection: close"))
}

#[tokio::test]
async fn a_server_that_leaves_says_so_before_its_door_closes_and_answers_whoever_still_comes() {
    let program = Program::new().set("server.leave", "1m");
    let mut server = program.serve();
    let ready = Browser::new(&program.base()).get("/health/ready").await;
    ready.assert_status(200);

    server.signal("TERM");
    server.printed("leaving");

    let late = Browser::new(&program.base());
    let reply = late.get("/health/ready").await;
    reply.assert_status(503);
    assert_eq!(reply.body, "stopping\n");
    late.get("/health/live").await.assert_status(200);
    late.get("/login").await.assert_status(200);
    assert!(!server.lines().iter().any(|line| line.contains("stopping:")));
    // Nobody has a minute.
    server.signal("TERM");
    assert!(server.ended().success(), "{:#?}", server.lines());
    assert!(TcpStream::connect(("127.0.0.1", program.port)).is_err());
}

#[test]
fn a_connection_that_is_kept_is_closed_by_the_next_answer_of_a_server_that_leaves() {
    let program = Program::new().set("server.leave", "1m");
    let mut server = program.serve();
    let mut kept = Kept::open(program.port);
    let (before, _) = kept.get("/health/ready");
    assert!(!is_closing(&before), "{before:#?}");

    server.signal("TERM");
    server.printed("leaving");
    let (after, body) = kept.get("/health/ready");

    assert!(after[0].starts_with("HTTP/1.1 503"), "{after:#?}");
    assert_eq!(body, "stopping\n");
    assert!(is_closing(&after), "{after:#?}");
    assert_eq!(kept.0.read(&mut [0]).expect("the end"), 0);
    server.signal("INT");
    assert!(server.ended().success(), "{:#?}", server.lines());
}

#[test]
fn a_server_by_itself_stops_at_once_and_closes_the_connections_that_nobody_uses() {
    let program = Program::new();
    let mut server = program.serve();
    let mut idle = Kept::open(program.port);
    idle.get("/health/live");

    server.signal("TERM");

    // It is closed although its owner would have kept it.
    assert_eq!(idle.0.read(&mut [0]).expect("the end"), 0);
    assert!(server.ended().success(), "{:#?}", server.lines());
    assert!(!server.lines().iter().any(|line| line.contains("leaving")));
}

#[test]
fn what_is_asked_on_a_connection_from_before_is_answered_by_a_server_that_stops_and_nobody_else_is_let_in() {
    let program = Program::new();
    let mut server = program.serve();
    let mut kept = Kept::open(program.port);
    kept.get("/health/live");

    server.signal("TERM");
    server.printed("stopping");
    let (head, body) = kept.get("/login");

    assert!(head[0].starts_with("HTTP/1.1 200"), "{head:#?}");
    assert!(body.trim_end().ends_with("</html>"), "{body}");
    assert!(is_closing(&head), "{head:#?}");
    assert!(TcpStream::connect(("127.0.0.1", program.port)).is_err());
    assert!(server.ended().success(), "{:#?}", server.lines());
}
