//! This program under callgrind, and the figures it leaves.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

/// Ends one figure and begins the next: callgrind is told to watch this function by its name.
#[inline(never)]
pub fn the_next_figure_begins() {
    black_box(());
}

/// The instructions between the calls of [`the_next_figure_begins`], in order.
pub fn count(word: &str) -> Result<Vec<u64>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = folder.path().join("out");
    let itself = std::env::current_exe().map_err(|error| error.to_string())?;
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--dump-before=*the_next_figure_begins*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(itself)
        .arg(word)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("valgrind does not run ({error}): apt-get install valgrind"))?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    // What runs after the last figure is in a file without a number.
    let mut parts = Vec::new();
    while let Some(total) = total(&out.with_file_name(format!("out.{}", parts.len() + 1))) {
        parts.push(total);
    }
    Ok(parts)
}

fn total(file: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("totals: "))?;
    line.trim().parse().ok()
}
