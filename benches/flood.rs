//! A flood, by the clock:
//!
//! ```console
//! $ cargo bench --bench flood -- [--seconds N] [--times N] [--idle N] [--dribbling N]
//! ```
//!
//! People who are signed in visit a service at a steady rate, on the release build with its own settings, and what is
//! measured is how long the service waits for a validation: in calm; then while `--times` as many log-ins are begun each
//! second as the machine can hash; then while `--idle` connections say nothing and `--dribbling` say one letter a second.
//! It prints that, what became of the log-ins, how long those who were sent away waited to hear it, and the memory. It
//! fails when somebody got no answer or a wrong one, when one who was sent away was not told when to come back, and when
//! the memory went over its bound. The times are printed and not judged: the load is made on the same machine.

#[path = "flood/client.rs"]
mod client;
#[path = "flood/crowd.rs"]
mod crowd;
#[path = "flood/storm.rs"]
mod storm;
#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "flood/support.rs"]
mod support;
#[path = "flood/visits.rs"]
mod visits;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use storm::Storm;
use support::people::PASSWORD;
use support::process::Process;
use support::program::Program;
use visits::{SERVICE, Visits};

/// People with an account: so many that nobody has more log-ins under way than tries.
const PEOPLE: usize = 512;

/// Memory that a hashing thread may have, in KiB.
const EACH_THREAD: u64 = 20 * 1_024;

/// Memory that a connection may have, in KiB.
const EACH_CONNECTION: u64 = 24;

/// Memory that sessions, queues and the allocator may add, in KiB.
const MORE: u64 = 32 * 1_024;

#[derive(Parser)]
struct Options {
    /// How long the storm lasts; calm and crowd last half as long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Log-ins begun, as a multiple of what the machine can hash.
    #[arg(long, default_value_t = 10)]
    times: u64,
    /// Connections that say nothing.
    #[arg(long, default_value_t = 5_000)]
    idle: usize,
    /// Connections that say one letter a second.
    #[arg(long, default_value_t = 1_000)]
    dribbling: usize,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    LocalSet::new().block_on(&runtime(), flood(&options))
}

/// A runtime for one thread.
fn runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

async fn flood(options: &Options) -> ExitCode {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let program = Program::new()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .set("hashing.memory_kib", "19456")
        .set("hashing.passes", "2")
        .set("hashing.threads", &threads.to_string());
    program.services(&format!(
        "[[service]]\nkey = \"app\"\nname = {{ fr = \"Appli\", en = \"App\" }}\nurl = \"{SERVICE}\"\nlogout = {{ kind = \"none\" }}\n"
    ));
    for number in 0..PEOPLE {
        program.user(&client::login(number), "Émile", "Vaubrunel");
    }
    let server = program.serve();
    let half = Duration::from_secs(options.seconds) / 2;

    let capacity = storm::capacity(program.port).await;
    let start = server.own_memory_kib();
    println!("log-ins a second that this machine can hash: {capacity}; memory before: {start} KiB");
    let mut verdict = Verdict::default();

    let visits = Visits::begin(program.port);
    tokio::time::sleep(half).await;
    let calm = visits.told();
    verdict.visits("calm", &calm, &calm);

    let storm = Storm::begin(program.port, capacity * options.times);
    let peak = highest(&server, half * 2).await;
    let stormy = visits.told();
    let log_ins = storm.ended().await;
    println!("{log_ins}");
    verdict.fails(log_ins.wrong(), "log-ins without a right answer");
    verdict.visits("storm", &stormy, &calm);
    verdict.memory(peak, start, u64::try_from(threads).unwrap_or(1) * EACH_THREAD);

    let before = server.own_memory_kib();
    let crowd = crowd::gather(program.port, options.idle, options.dribbling).await;
    visits.told();
    let peak = highest(&server, half).await;
    let crowded = visits.told();
    println!(
        "connections in the crowd: {} there, {} cut off so far",
        crowd.there(),
        crowd.cut_off()
    );
    verdict.visits("crowd", &crowded, &calm);
    let connections = u64::try_from(options.idle + options.dribbling).unwrap_or(0);
    verdict.memory(peak, before, connections * EACH_CONNECTION);

    visits.end();
    drop(crowd);
    verdict.code()
}

/// The most memory that it has for so long.
async fn highest(server: &Process, time: Duration) -> u64 {
    let mut peak = 0;
    let until = tokio::time::Instant::now() + time;
    while tokio::time::Instant::now() < until {
        peak = peak.max(server.own_memory_kib());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    peak
}

/// What is wrong so far.
#[derive(Default)]
struct Verdict(usize);

impl Verdict {
    fn visits(&mut self, name: &str, told: &visits::Told, calm: &visits::Told) {
        println!(
            "{name:<6} {:>6} validations, 50 % in {:>6.2} ms, 99 % in {:>6.2} ms ({:.1} of calm), slowest {:>6.1} ms, visits not begun in time {}",
            told.count(),
            told.part(0.5),
            told.part(0.99),
            told.part(0.99) / calm.part(0.99),
            told.part(1.0),
            told.late,
        );
        self.fails(told.failed, "visits failed");
    }

    fn memory(&mut self, peak: u64, before: u64, allowed: u64) {
        let bound = before + allowed + MORE;
        println!("memory: {peak} KiB at most, bound {bound} KiB");
        self.fails(usize::from(peak > bound), "bound passed");
    }

    fn fails(&mut self, count: usize, what: &str) {
        if count > 0 {
            println!("FAILED: {count} {what}");
        }
        self.0 += count;
    }

    fn code(&self) -> ExitCode {
        ExitCode::from(u8::from(self.0 > 0))
    }
}
