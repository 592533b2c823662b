//! `vestibule check`: everything that would keep the server from starting, and what is worth a warning.

use std::path::Path;

use super::{Done, Failure, Outcome, Surroundings, configuration, open};
use crate::config::Config;

/// A further check on a sound configuration: what is wrong, one line each.
type Probe = fn(&Config) -> Vec<String>;

/// Checks of the edges.
const PROBES: &[Probe] = &[];

pub(super) fn run(file: Option<&Path>, around: &mut Surroundings) -> Outcome {
    let config = configuration(file, around)?;
    let origin = file.map_or_else(
        || "no configuration file: the built-in values hold".to_owned(),
        |file| format!("{}: sound", file.display()),
    );
    around.console.say(&origin);
    for warning in config.warnings() {
        around.console.say(&format!("warning: {warning}"));
    }
    let mut wrong: Vec<String> = PROBES.iter().flat_map(|probe| probe(&config)).collect();
    match open::app(config, around) {
        Ok(app) => {
            let services = app.catalogue().services().len();
            let accounts = open::block_on(app.db.read(crate::store::accounts::count))??;
            around.console.say(&format!(
                "{}: {accounts} accounts, {services} registered services",
                app.db.target().place()
            ));
        }
        Err(Failure(lines)) => wrong.extend(lines),
    }
    if wrong.is_empty() {
        around.console.say("the server can start");
        Ok(Done::All)
    } else {
        Err(Failure(wrong))
    }
}
