//! Nodes that come and go while people work, by the clock:
//!
//! ```console
//! $ cargo bench --bench rolling -- [--kill] [--seconds N] [--rate N] [--every N] [--leave SPAN]
//! $ cargo bench --bench rolling -- --beside PROGRAM [--at-once] [--seconds N] [--rate N]
//! ```
//!
//! Two nodes of the release build share a throw-away PostgreSQL server; `--rate` full chains are begun each second, and every
//! `--every` seconds one of the nodes, in turn, is restarted, or killed and started again. Prints what was counted, and
//! fails when a chain did. With `--beside`, nothing is restarted: the first node, which makes the tables, is another, older
//! build of the program, and both are sent requests, or, `--at-once`, first the one and from half-time on the other alone
//! (see `tests/mixed-versions`).

#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "rolling/support.rs"]
mod support;

#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../tests/suite/rolling/campus.rs"]
mod campus;
#[path = "../tests/suite/rolling/chain.rs"]
mod chain;
#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../tests/suite/rolling/front.rs"]
mod front;
#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../tests/suite/rolling/tally.rs"]
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::TaskTracker;

use campus::{Campus, login, password};
use chain::{Visitor, come_and_go};
use front::Front;
use tally::{Counts, Tally};

/// People who are signed in.
const PEOPLE: usize = 32;

/// Of so many chains, one is a whole sign-in and sign-out.
const NEWCOMERS: u64 = 100;

#[derive(Parser)]
struct Options {
    /// Nodes are killed, not asked to stop.
    #[arg(long)]
    kill: bool,
    /// How long it lasts.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Chains begun each second.
    #[arg(long, default_value_t = 100)]
    rate: u64,
    /// Seconds from one restart to the next.
    #[arg(long, default_value_t = 10)]
    every: u64,
    /// `server.leave` of the nodes.
    #[arg(long, default_value = "2s")]
    leave: String,
    /// Another build of the program for the first node.
    #[arg(long)]
    beside: Option<PathBuf>,
    /// Nobody is sent to the second node before half-time, and nobody to the first from then on.
    #[arg(long, requires = "beside")]
    at_once: bool,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let options = Options::parse();
    let programs = [options.beside.as_deref(), None];
    let mut campus = Campus::start(&programs, &[("server.leave", &options.leave)], PEOPLE);
    let front = Front::new(&campus.ports());
    if options.at_once {
        front.move_to(0);
    } else {
        tokio::spawn(Arc::clone(&front).watch());
        front.until(0, true).await;
        front.until(1, true).await;
    }
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let signing_in = Visitor::sign_in(&front, &login(number), password()).await;
        people.push(Arc::new(signing_in.expect("a session").0));
    }
    let tally = Tally::default();
    let chains = options.rate * options.seconds;
    let mut working = tokio::spawn(work(
        Arc::clone(&front),
        people,
        tally.clone(),
        options.rate,
        chains,
    ));

    let (begun, half_time) = (Instant::now(), Duration::from_secs(options.seconds / 2));
    let mut restarts = 0;
    let mut clock = interval(Duration::from_secs(options.every));
    clock.tick().await;
    loop {
        tokio::select! {
            done = &mut working => break done.expect("the people work"),
            _ = clock.tick() => {}
        }
        if options.at_once && begun.elapsed() >= half_time {
            front.move_to(1);
        }
        if options.beside.is_none() {
            campus.signal(restarts % 2, if options.kill { "KILL" } else { "TERM" });
            campus.ended(restarts % 2);
            campus.up(restarts % 2);
            restarts += 1;
        }
    }

    let counts = Counts {
        again: front.again(),
        ..tally.counts()
    };
    println!("{restarts} restarts, {counts}");
    ExitCode::from(u8::from(counts.failures() > 0))
}

/// Begins chains at a rate that waits for nobody, since a node that is slow would slow it down; then waits until the last
/// has ended.
async fn work(front: Arc<Front>, people: Vec<Arc<Visitor>>, tally: Tally, rate: u64, chains: u64) {
    let working = TaskTracker::new();
    let mut clock = interval(Duration::from_secs(1) / u32::try_from(rate).unwrap_or(u32::MAX));
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..chains {
        clock.tick().await;
        let person = usize::try_from(number % PEOPLE as u64).unwrap_or_default();
        let (front, visitor, tally) = (Arc::clone(&front), Arc::clone(&people[person]), tally.clone());
        working.spawn(async move {
            let begun = Instant::now();
            let outcome = match number % NEWCOMERS {
                0 => come_and_go(&front, &login(person), password()).await,
                _ => visitor.visit(&front).await,
            };
            tally.count(person, outcome, begun.elapsed());
        });
    }
    working.close();
    working.wait().await;
}
