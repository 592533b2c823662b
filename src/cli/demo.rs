//! `vestibule demo`.

use super::arguments::Demo;
use super::{Failure, Outcome, Surroundings};

/// Runs the server on a throw-away database with invented people and four sample services.
///
/// # Errors
/// When it cannot start.
pub fn run(_asked: &Demo, _around: &mut Surroundings) -> Outcome {
    Err(Failure::line("demo is not part of this build"))
}
