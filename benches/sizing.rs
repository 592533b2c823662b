//! How large a machine it takes, worked out minute by minute: `cargo bench --bench sizing`. Nothing is measured here; what
//! was measured goes in (`figures.rs`), and a term begins. The same arguments give the same numbers.

#[path = "sizing/campus.rs"]
mod campus;
#[path = "sizing/figures.rs"]
mod figures;
#[path = "sizing/house.rs"]
mod house;
#[path = "sizing/store.rs"]
mod store;

use campus::{Morning, morning};
use clap::Parser;
use figures::Engine;
use house::House;

/// The timetable is out: a fifth of all people sign in within five minutes, and each opens six services.
#[derive(Parser)]
struct Arguments {
    /// People with an account.
    #[arg(long)]
    accounts: Option<u32>,
    /// Nodes.
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Cores of each node: so many passwords are hashed at once.
    #[arg(long, default_value_t = 2)]
    cores: usize,
    /// Where tickets are kept: sqlite, postgres or redis.
    #[arg(long, default_value = "postgres")]
    engine: Engine,
    /// What `cargo bench` says when it runs a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What the guide on sizing shows.
const WORKED: [(u32, House); 8] = [
    (5_000, House::new(1, 1, Engine::Sqlite)),
    (60_000, House::new(1, 2, Engine::Sqlite)),
    (60_000, House::new(2, 2, Engine::Postgres)),
    (60_000, House::new(2, 2, Engine::Redis)),
    (1_000_000, House::new(8, 2, Engine::Postgres)),
    (1_000_000, House::new(8, 4, Engine::Postgres)),
    (1_000_000, House::new(8, 4, Engine::Redis)),
    (1_000_000, House::new(16, 4, Engine::Redis)),
];

fn main() {
    let asked = Arguments::parse();
    println!(
        "{:>9} {:>5} {:>5} {:<9} {:>8} {:>8} {:>8} {:>9} {:>9} {:>7} {:>10}",
        "accounts",
        "nodes",
        "cores",
        "tickets",
        "come/s",
        "p50 s",
        "p99 s",
        "come back",
        "passwords",
        "store",
        "ticket ms"
    );
    match asked.accounts {
        Some(accounts) => report(accounts, House::new(asked.nodes, asked.cores, asked.engine)),
        None => WORKED
            .into_iter()
            .for_each(|(accounts, house)| report(accounts, house)),
    }
}

/// One line: how fast people come at the peak; how long half of them, and all but a hundredth, wait to be in; how many were
/// asked to come back; how busy hashing and the store are in the busiest minute; the slowest hundredth of the tickets.
fn report(accounts: u32, house: House) {
    let Morning {
        peak,
        middle,
        slow,
        came_back,
        hashing,
        storing,
        ticket,
    } = morning(accounts, house);
    println!(
        "{accounts:>9} {:>5} {:>5} {:<9} {peak:>8.0} {middle:>8.1} {slow:>8.1} {:>7.1} % {:>7.0} % {:>5.0} % {:>10.0}",
        house.nodes,
        house.cores,
        house.engine.to_string(),
        came_back * 100.0,
        hashing * 100.0,
        storing * 100.0,
        ticket * 1_000.0,
    );
}
