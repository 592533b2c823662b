//! The balancers of the guide on several nodes: each is started with what the page says, in front of real nodes.

mod haproxy;
mod house;
mod nginx;
mod stories;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The text of a file of `tests/data/balancers`.
fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/balancers")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
