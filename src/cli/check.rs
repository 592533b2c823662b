//! `vestibule check`: what would keep the server from starting, and what is worth a warning.

use std::path::Path;
use std::sync::Arc;

use super::{Done, Outcome, Surroundings, configuration, open};
use crate::web::Web;

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
    let app = Arc::new(open::app(config, around)?);
    let services = app.catalogue().services().len();
    let accounts = open::block_on(app.db.read(crate::store::accounts::count))??;
    around.console.say(&format!(
        "{}: {accounts} accounts, {services} registered services",
        app.db.target().place()
    ));
    Web::new(app)?;
    around.console.say("the server can start");
    Ok(Done::All)
}
