//! Counts the allocations of a request through the whole server, on all its threads: `cargo bench --bench allocations`.
//! Fails when a request has come to need more; `-- --bless` writes the counts as they now are.
//!
//! Server and client are this one process. The client allocates nothing while it counts; log lines are off.

#[path = "counts/mod.rs"]
mod counts;
#[path = "allocations/server.rs"]
mod server;

use std::alloc::System;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

use counts::Counts;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many requests are counted, after as many that are not.
const REQUESTS: usize = 200;

/// What jobs allocate meanwhile is spread over the requests of a few milliseconds.
const TOLERANCE: f64 = 0.05;

fn main() -> ExitCode {
    let server = server::start();
    let mut line = Line::open(server.port);
    let session = line.sign_in();
    let mut counts = Counts::open("allocations", TOLERANCE, 0);
    let health = line.get("/cas/health/live", "");
    let form = line.get(&format!("/cas/login?service={}", server::SERVICE), "");
    let grant = line.get(&format!("/cas/login?service={}", server::SERVICE), &session);
    for (name, request) in [
        ("answer of the liveness page", health),
        ("sign-in form", form),
        ("grant of a ticket", grant.clone()),
    ] {
        counts.add(name, line.count(&vec![request; 2 * REQUESTS]));
    }
    let validations: Vec<Vec<u8>> = (0..2 * REQUESTS).map(|_| line.validation(&grant)).collect();
    counts.add("validation", line.count(&validations));
    counts.close()
}

/// A connection and room for an answer.
struct Line {
    stream: TcpStream,
    port: u16,
    answer: Vec<u8>,
    length: usize,
}

impl Line {
    fn open(port: u16) -> Self {
        Self {
            stream: TcpStream::connect(("127.0.0.1", port)).expect("the server listens"),
            port,
            answer: vec![0; 64 * 1024],
            length: 0,
        }
    }

    /// Allocations of one of these requests: the first half is sent uncounted.
    fn count(&mut self, requests: &[Vec<u8>]) -> u64 {
        let (first, counted) = requests.split_at(REQUESTS);
        for request in first {
            self.send(request);
        }
        let region = Region::new(ALLOCATOR);
        for request in counted {
            self.send(request);
        }
        let change = region.change();
        let all = change.allocations + change.reallocations;
        ((all + counted.len() / 2) / counted.len()) as u64
    }

    fn get(&self, path: &str, cookies: &str) -> Vec<u8> {
        format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookies}\r\n\r\n",
            self.port
        )
        .into_bytes()
    }

    /// Sends a request and reads the whole answer.
    fn send(&mut self, request: &[u8]) {
        self.stream.write_all(request).expect("a request is sent");
        self.length = 0;
        while !self.is_whole() {
            let read = self
                .stream
                .read(&mut self.answer[self.length..])
                .expect("an answer");
            assert!(read > 0, "the connection is closed");
            self.length += read;
        }
        let good = [b" 200 ".as_slice(), b" 302 "];
        assert!(good.contains(&&self.answer[8..13]), "{}", self.text());
    }

    fn is_whole(&self) -> bool {
        let text = self.text();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return false;
        };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        body.len() >= length
    }

    fn text(&self) -> &str {
        // An answer may be cut inside a character.
        match std::str::from_utf8(&self.answer[..self.length]) {
            Ok(text) => text,
            Err(error) => {
                std::str::from_utf8(&self.answer[..error.valid_up_to()]).expect("that much is text")
            }
        }
    }

    fn between(&self, before: &str, after: &[char]) -> String {
        let text = self.text();
        let (_, rest) = text
            .split_once(before)
            .unwrap_or_else(|| panic!("no {before} in {text}"));
        rest.split(after).next().unwrap_or_default().to_owned()
    }

    fn sign_in(&mut self) -> String {
        self.send(&self.get("/cas/login", ""));
        let bound = self.between("CASFORM=", &[';']);
        let token = self.between("name=\"execution\" value=\"", &['"']);
        let body = format!(
            "username={}&password={}&execution={token}&_eventId=submit",
            server::LOGIN,
            server::PASSWORD
        );
        let request = format!(
            "POST /cas/login HTTP/1.1\r\nHost: localhost:{}\r\nCookie: CASFORM={bound}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        self.send(request.as_bytes());
        format!("TGC={}", self.between("TGC=", &[';']))
    }

    fn validation(&mut self, grant: &[u8]) -> Vec<u8> {
        self.send(grant);
        let ticket = self.between("ticket=", &['\r', '#']);
        let path = format!(
            "/cas/p3/serviceValidate?service={}&ticket={ticket}",
            server::SERVICE
        );
        self.get(&path, "")
    }
}
