//! Counts the instructions of parsing, matching and rendering: `cargo bench --bench instructions`. Unlike times, counts
//! are the same on a busy machine. Fails when something has grown; `-- --bless` writes the counts as they now are.
//!
//! The program runs itself under callgrind, which counts. Each case is called a few times and then many times, and the
//! difference is taken: what the calls share falls away.

#[path = "instructions/cases.rs"]
mod cases;
#[path = "counts/mod.rs"]
mod counts;
#[path = "instructions/valgrind.rs"]
mod valgrind;

use std::process::ExitCode;

use counts::Counts;

/// How often each case is called: the difference between the two is what is counted.
const CALLS: [u64; 2] = [2, 22];

/// Says to the program that it is run under callgrind.
const COUNTED: &str = "--counted";

/// Counts vary by less than 2 % from run to run.
const TOLERANCE: f64 = 0.03;

/// Hash tables are seeded by chance: a look-up that meets a neighbour takes a few dozen instructions more.
const CHANCE: u64 = 64;

fn main() -> ExitCode {
    let cases = cases::all();
    if std::env::args().any(|word| word == COUNTED) {
        for (_, case) in &cases {
            // Once outside: what only a first call prepares is not what every call costs.
            case();
            valgrind::the_next_figure_begins();
            for calls in CALLS {
                for _ in 0..calls {
                    case();
                }
                valgrind::the_next_figure_begins();
            }
        }
        return ExitCode::SUCCESS;
    }
    let parts = match valgrind::count(COUNTED) {
        Ok(parts) => parts,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let mut counts = Counts::open("instructions", TOLERANCE, CHANCE);
    for ((name, _), part) in cases.iter().zip(parts.chunks(CALLS.len() + 1)) {
        let [_, few, many] = part else {
            eprintln!(
                "callgrind has counted {} parts too few",
                CALLS.len() + 1 - part.len()
            );
            return ExitCode::FAILURE;
        };
        counts.add(name, many.saturating_sub(*few) / (CALLS[1] - CALLS[0]));
    }
    counts.close()
}
