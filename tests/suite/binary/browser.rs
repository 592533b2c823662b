//! A real browser: pages, style sheet, script and content security policy work together.

use std::path::Path;
use std::process::Command;

use crate::support::port::free_ports;
use crate::support::process::{needs, succeed};

/// No picture of the README is larger, in bytes.
const LARGEST: usize = 150_000;

#[test]
fn chromium_walks_through_a_first_activation_and_takes_its_pictures() {
    needs("/usr/bin/chromium", "chromium");
    needs("/usr/bin/chromedriver", "chromium-driver");
    let folder = tempfile::tempdir().expect("a temporary directory");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screenshots");
    let port = free_ports(5).to_string();

    let mut command = Command::new("python3");
    command
        .arg(script)
        .args([
            "--port",
            &port,
            "--program",
            env!("CARGO_BIN_EXE_vestibule"),
            "--to",
        ])
        .arg(folder.path());
    succeed(command, "");

    for name in ["login.png", "credentials-sheet.png"] {
        let picture = std::fs::read(folder.path().join(name)).expect("a picture");
        assert!(
            picture.starts_with(b"\x89PNG") && picture.len() < LARGEST,
            "{name}: {}",
            picture.len()
        );
    }
}
