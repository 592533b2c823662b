//! The program is killed at random instants while people work, by the clock:
//!
//! ```console
//! $ cargo bench --bench crashes -- [--kills N] [--postgres] [--seed N] [--least N]
//! ```
//!
//! Each time people work on the release build for 50 to 800 ms, then it is killed, started again, and everything that was
//! acknowledged is looked for; with `--postgres`, every second time its database falls as well, which has `fsync` on. Prints
//! what was counted, and fails when a promise was broken or when less was done than `--least`. The same seed makes the same
//! choices; what is under way at a kill is the machine's.

#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "crashes/support.rs"]
mod support;

#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../tests/suite/crashes/drill/mod.rs"]
mod drill;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use drill::run::Run;
use drill::site::Site;
use support::Postgres;

/// A server that has written to the disk what it says it has.
const DURABLE: &str = "-c listen_addresses= -c fsync=on -c full_page_writes=on";

#[derive(Parser)]
struct Options {
    /// How often it is killed.
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// On a throw-away PostgreSQL server instead of the embedded database.
    #[arg(long)]
    postgres: bool,
    /// Another number makes other choices; one by chance if it is left out.
    #[arg(long)]
    seed: Option<u64>,
    /// Deeds that must have been acknowledged in all; 25 for each kill if it is left out.
    #[arg(long)]
    least: Option<usize>,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed}");
    let postgres = options.postgres.then(|| Postgres::alone(DURABLE));
    let mut run = Run::new(Site::new(postgres, seed)).await;
    let mut slowest = 0;

    for kill in 1..=options.kills {
        let pause = Duration::from_millis(50 + run.site.below(750) as u64);
        run.round(tokio::time::sleep(pause)).await;
        slowest = run.slowest.as_millis();
        if kill % 20 == 0 {
            println!("{kill} kills, {} wrong", run.site.book.figures().wrong.len());
        }
    }

    let figures = run.site.book.figures();
    println!("\n{} kills, slowest start {slowest} ms\n{figures}", options.kills);
    let least = options.least.unwrap_or(25 * options.kills);
    let too_little = figures.acknowledged() < least;
    if too_little {
        println!("too little was done: {} of {least}", figures.acknowledged());
    }
    ExitCode::from(u8::from(too_little || !figures.wrong.is_empty()))
}
