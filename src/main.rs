//! The program: what it finds around it is read here, once, and handed in.

use std::process::ExitCode;
use std::sync::Arc;

use mimalloc::MiMalloc;
use vestibule::cli::{self, Console, Surroundings};
use vestibule::kernel::clock::SystemClock;
use vestibule::kernel::entropy::Entropy;

// Argon2's buffers come and go in an import: the system's allocator keeps them in as many arenas as there are threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    small_pages();
    // A variable that is not text is none of ours.
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let operator = ["LOGNAME", "USER"]
        .iter()
        .find_map(|wanted| {
            environment
                .iter()
                .find(|(name, value)| name == wanted && !value.is_empty())
        })
        .map_or_else(|| "unknown".to_owned(), |(_, value)| value.clone());
    let around = Surroundings {
        environment,
        operator,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(Entropy::system()),
        console: Console::standard(),
    };
    cli::run(std::env::args_os(), around)
}

/// Asks for memory in small pages. One of 2 MiB is there as a whole for the first small thing in it: 16 MB more at rest,
/// for hashes that take 1 to 4 % less time. The allocator is built not to ask for them; some systems give them unasked.
fn small_pages() {
    #[cfg(target_os = "linux")]
    // A system that knows no huge pages has small ones.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
