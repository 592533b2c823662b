//! `vestibule serve`.

use super::{Failure, Outcome, Surroundings};
use crate::config::Config;

/// Runs the server until it is asked to stop.
///
/// # Errors
/// When it cannot start.
pub fn run(_config: Config, _around: &mut Surroundings) -> Outcome {
    Err(Failure::line("serve is not part of this build"))
}
