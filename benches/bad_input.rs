//! Measures how fast the release build refuses what is wrong: `cargo bench --bench bad_input`. Sends every row of the
//! suite's table of bad requests on a connection of its own, several times, and prints the slowest of each part, from
//! the first byte of the connection to its end.

#[expect(
    dead_code,
    reason = "the other benchmark speaks through it, this one writes its own bytes"
)]
#[path = "sign_on/client.rs"]
mod client;
#[expect(dead_code, reason = "the other benchmark asks what the server spent as well")]
#[path = "sign_on/program.rs"]
mod program;
#[expect(dead_code, reason = "what the answers hold is the suite's to check")]
#[path = "../tests/suite/protocol/bad_input/rows/mod.rs"]
mod rows;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use client::{cookie, encode, field};
use program::Program;
use rows::{Row, SERVICE, get, post};

/// How often each row is sent; its figure is the median.
const TIMES: usize = 5;

const LOGIN: &str = "bench0";

fn main() {
    let asker = Asker::new(Program::start(&program::Places::default()));
    println!(
        "{:<12} {:>6} {:>10} {:>11} {:>11}  slowest row",
        "part", "rows", "median ms", "slowest ms", "worst ms"
    );
    for (name, rows) in rows::table() {
        let mut medians = Vec::new();
        let mut worst = Duration::ZERO;
        for row in &rows {
            let mut times: Vec<Duration> = (0..TIMES).map(|_| asker.time(row)).collect();
            times.sort_unstable();
            worst = worst.max(times[TIMES - 1]);
            medians.push((times[TIMES / 2], row));
        }
        medians.sort_by_key(|(time, _)| *time);
        let (slowest, row) = medians[medians.len() - 1];
        println!(
            "{name:<12} {:>6} {:>10.2} {:>11.2} {:>11.2}  {}",
            rows.len(),
            millis(medians[medians.len() / 2].0),
            millis(slowest),
            millis(worst),
            row.title()
        );
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// A server, and what is good there.
struct Asker {
    program: Program,
    words: Vec<(&'static str, String)>,
}

impl Asker {
    fn new(program: Program) -> Self {
        let mut asker = Self {
            program,
            words: vec![
                ("{login}", LOGIN.to_owned()),
                ("{password}", encode(program::PASSWORD)),
                ("{plain}", program::PASSWORD.to_owned()),
                ("{pgt}", "PGT-other".to_owned()),
            ],
        };
        let page = asker.exchange(&get("/login", ""));
        asker.words.push(("{form}", cookie(&page, "CASFORM")));
        let filled = "username={login}&password={password}&execution={token}&_eventId=submit";
        let sent = asker.exchange(&post("/login", filled).header("Cookie: {form}"));
        asker.words.push(("{session}", cookie(&sent, "TGC")));
        asker.words.push(("{ticket}", asker.ticket()));
        let opened = asker.exchange(&post("/v1/tickets", "username={login}&password={password}"));
        let (_, granting) = opened.split_once("/v1/tickets/").expect("a session");
        let granting = granting.split(['\r', '"']).next().unwrap_or_default().to_owned();
        asker.words.push(("{tgt}", granting));
        asker
    }

    fn ticket(&self) -> String {
        let visit = get("/login", format!("service={SERVICE}")).header("Cookie: {session}");
        let sent = self.exchange(&visit);
        let (_, ticket) = sent.split_once("ticket=").expect("a ticket");
        ticket.split('\r').next().unwrap_or_default().to_owned()
    }

    /// How long one sending takes.
    fn time(&self, row: &Row) -> Duration {
        let request = self.bytes(row);
        let begun = Instant::now();
        let answer = talk(self.program.port, &request);
        let took = begun.elapsed();
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert_eq!(status, row.wants.status().to_string(), "{}", row.title());
        took
    }

    fn exchange(&self, row: &Row) -> String {
        talk(self.program.port, &self.bytes(row))
    }

    fn bytes(&self, row: &Row) -> Vec<u8> {
        let mut words = self.words.clone();
        if row.names("{fresh}") {
            words.push(("{fresh}", self.ticket()));
        }
        if row.names("{token}") {
            let page = get("/login", "");
            let page = if words.iter().any(|(word, _)| *word == "{form}") {
                page.header("Cookie: {form}")
            } else {
                page
            };
            words.push(("{token}", encode(&field(&self.exchange(&page), "execution"))));
        }
        row.bytes(&format!("localhost:{}", self.program.port), &words)
    }
}

fn talk(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    stream.set_nodelay(true).expect("a socket option");
    // A server that refuses early closes while we still write.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
