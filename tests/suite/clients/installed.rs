//! What `tests/run` installs from the registries of Python and Node, beside the program that is tested.

use std::path::{Path, PathBuf};

use crate::support::process::needs;

/// The path of an installed file, which has to be there.
pub fn installed(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_vestibule")).ancestors().nth(2);
    let path = built
        .expect("the program is in target/debug")
        .join("clients")
        .join(name);
    needs(&path.display().to_string(), "it with tests/run --install");
    path
}
