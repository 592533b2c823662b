//! `vestibule demo`.

use std::sync::Arc;

use super::arguments::Demo;
use super::serve::runtime;
use super::{Done, Outcome, Surroundings};
use crate::config::{LogFormat, LogLevel};
use crate::demo::{self, Options};
use crate::telemetry;

/// Runs the server on a throw-away database with invented people and four sample services.
///
/// # Errors
/// When it cannot start.
pub fn run(asked: &Demo, around: &mut Surroundings) -> Outcome {
    telemetry::start(LogFormat::Auto, LogLevel::Warn);
    let folder = tempfile::Builder::new().prefix("vestibule-demo-").tempdir()?;
    let options = Options {
        port: asked.port,
        people: asked.people,
        seed: asked.seed,
    };
    let (clock, entropy) = (Arc::clone(&around.clock), Arc::clone(&around.entropy));
    runtime()?.block_on(demo::run(
        options,
        folder.path(),
        clock,
        entropy,
        std::io::stdout(),
    ))?;
    folder.close()?;
    Ok(Done::All)
}
