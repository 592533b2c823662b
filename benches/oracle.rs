//! Whether an answer comes sooner for one person than for another: `cargo bench --bench oracle`. Asks a server in this
//! process as somebody would who wants to know who has an account, and where it stands; says how long half the answers took
//! for each kind of person, and fails when the slowest kind is further from the fastest than `--bound` percent.
//!
//! Kinds take turns, sample by sample, so that whatever else the machine does falls on all of them alike. Hashes are as cheap
//! as can be: what differs beside them is not hidden behind sixteen milliseconds of hashing.

#[expect(dead_code, unused_imports, reason = "the suite uses all of it")]
#[path = "../tests/suite/support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use support::journeys::{ACTIVATE, RECOVER};
use support::people::{CAMILLE, LOST, PENDING, SUSPENDED};
use support::{Browser, TestServer};

#[derive(Parser)]
struct Arguments {
    /// Answers for each kind of person at each door.
    #[arg(long, default_value_t = 500)]
    samples: usize,
    /// What the medians may differ by, in percent.
    #[arg(long, default_value_t = 10.0)]
    bound: f64,
    /// What `cargo bench` says when it runs a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A page that somebody is asked for at, and what is typed there about each kind of person.
struct Door {
    name: &'static str,
    path: &'static str,
    kinds: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
}

fn log_in() -> Door {
    let kind = |name, login| {
        (
            name,
            vec![("username", login), ("password", "ce n'est pas le bon")],
        )
    };
    Door {
        name: "log-in",
        path: "/login",
        kinds: vec![
            kind("active", CAMILLE),
            kind("pending", "jkerlodoc"),
            kind("suspended", SUSPENDED),
            kind("closed", "zoeillardet"),
            kind("nobody", "nobody"),
        ],
    }
}

fn card(name: &'static str, path: &'static str) -> Door {
    let kind = |name, number| {
        let born = [("day", "9"), ("month", "9"), ("year", "2009")];
        (name, [&[("fileNumber", number)], &born[..]].concat())
    };
    Door {
        name,
        path,
        kinds: vec![
            kind("active", LOST.0),
            kind("pending", PENDING.0),
            kind("suspended", "22601236"),
            kind("closed", "22601237"),
            kind("nobody", "22699999"),
        ],
    }
}

/// How long an answer takes from the last byte of the form.
async fn time(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Duration {
    let page = browser.get(path).await;
    let begun = Instant::now();
    let answer = browser.submit(&page, path, fields).await;
    let took = begun.elapsed();
    assert!(
        matches!(answer.status, 200 | 400..500),
        "{}: {}",
        answer.status,
        answer.text()
    );
    took
}

/// The medians of a door, and what they differ by in percent of the smallest.
async fn ask(server: &TestServer, door: &Door, samples: usize) -> f64 {
    let mut took = vec![Vec::with_capacity(samples); door.kinds.len()];
    for _ in 0..samples {
        for ((_, fields), took) in door.kinds.iter().zip(&mut took) {
            // Whoever asks so often is made to wait, whomever they ask about: that is another test's.
            server.execute("DELETE FROM throttles").await;
            took.push(time(&server.browser(), door.path, fields).await);
        }
    }
    let median = |took: &mut Vec<Duration>| {
        took.sort_unstable();
        took[took.len() / 2].as_secs_f64() * 1e6
    };
    let medians: Vec<f64> = took.iter_mut().map(median).collect();
    let (least, most) = medians.iter().fold((f64::MAX, 0.0_f64), |(least, most), median| {
        (least.min(*median), most.max(*median))
    });
    let apart = (most / least - 1.0) * 100.0;
    print!("{:<10}", door.name);
    for ((kind, _), median) in door.kinds.iter().zip(&medians) {
        print!(" {kind} {median:.0} µs,");
    }
    println!(" apart by {apart:.1} %");
    apart
}

#[actix_web::main]
async fn main() -> ExitCode {
    let asked = Arguments::parse();
    let server = TestServer::start().await;
    let mut worst = 0.0_f64;
    for door in [log_in(), card("activation", ACTIVATE), card("recovery", RECOVER)] {
        worst = worst.max(ask(&server, &door, asked.samples).await);
    }
    if worst > asked.bound {
        println!("{worst:.1} % is more than {} %", asked.bound);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
