//! `vestibule init`: an annotated configuration and a fresh key.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::arguments::Init;
use super::{CONFIGURATION, Done, Failure, Outcome, Surroundings};
use crate::config::{keys, reference};

pub(super) fn run(asked: &Init, around: &mut Surroundings) -> Outcome {
    let (configuration, key) = (asked.dir.join(CONFIGURATION), asked.dir.join("vestibule.key"));
    fs::create_dir_all(&asked.dir)
        .map_err(|error| Failure::line(format!("{} cannot be made: {error}", asked.dir.display())))?;
    // Both are looked for before either is written, so that a refusal leaves nothing behind.
    for path in [&configuration, &key] {
        if path.exists() {
            return Err(Failure::line(format!(
                "{} exists already and is left as it is",
                path.display()
            )));
        }
    }
    keys::create(&key, &around.entropy)?;
    write_new(&configuration, reference::annotated_file().as_bytes())
        .map_err(|error| Failure::line(format!("{} cannot be written: {error}", configuration.display())))?;
    let console = &mut around.console;
    console.say(&format!(
        "written: {}, every setting with its explanation",
        configuration.display()
    ));
    console.say(&format!(
        "written: {}, the server's key; back it up apart from the database",
        key.display()
    ));
    console.say(&format!(
        "next, in {}: set [server] and [university], then vestibule check, then vestibule serve",
        asked.dir.display()
    ));
    Ok(Done::All)
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
