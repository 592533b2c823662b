//! The command line: arguments in, lines out. Output for people goes to standard error, data to standard output.
//!
//! Exit codes: 0 done, 1 not done, 2 done as far as possible with rows refused, or a copy that is not equal. A wrong
//! command line is 1. The check of a server has its own: 1 clauses failed, 2 nothing could be checked.

pub mod arguments;
pub mod audit;
mod check;
pub mod conformance;
mod console;
pub mod database;
pub mod demo;
mod demo_roster;
mod import;
mod init;
mod logout;
pub mod open;
mod reference;
pub mod serve;
mod service;
mod ticket;
mod user;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use self::arguments::{Arguments, Command, ConfigCommand};
pub use self::console::Console;
use crate::audit::Scene;
use crate::config::{Config, Problems};
use crate::kernel::clock::Clock;
use crate::kernel::entropy::Entropy;

/// The file that is read when no other is named and it is there.
pub const CONFIGURATION: &str = "vestibule.toml";

/// What the program finds around it, read once at the start.
pub struct Surroundings {
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Whom the audit names.
    pub operator: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<Entropy>,
    /// Where lines go.
    pub console: Console,
}

impl Surroundings {
    /// The scene of the operator's acts.
    pub fn scene(&self) -> Scene {
        Scene::operator(&self.operator)
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Everything was done.
    All,
    /// Something was refused, and the rest was done.
    WithRefusals,
    /// Nothing went wrong, and the answer is no.
    No,
}

/// Why a command was not done; one line each.
#[derive(Debug)]
pub struct Failure(pub Vec<String>);

impl Failure {
    /// A failure in one line.
    pub fn line(text: impl Into<String>) -> Self {
        Self(vec![text.into()])
    }
}

/// The error and its causes on one line.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut line = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            let words = next.to_string();
            // A cause that only repeats what was said adds nothing.
            if !line.ends_with(&words) {
                line = format!("{line}: {words}");
            }
            cause = next.source();
        }
        Self::line(line.replace('\n', "; "))
    }
}

/// How a command ended, or why it did not.
pub type Outcome = Result<Done, Failure>;

/// Runs the command that `words` (the program's name first) ask for.
pub fn run(words: impl IntoIterator<Item = OsString>, mut around: Surroundings) -> ExitCode {
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are asked for; the rest is a mistake, and 2 means something else here.
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            };
        }
    };
    // A server that fails a clause and one that could not be asked are told apart by scripts.
    let not_done = match arguments.command {
        Command::Conformance(_) => 2,
        _ => 1,
    };
    match dispatch(arguments, &mut around) {
        Ok(Done::All) => ExitCode::SUCCESS,
        Ok(Done::WithRefusals) => ExitCode::from(2),
        Ok(Done::No) => ExitCode::from(1),
        Err(Failure(lines)) => {
            for line in lines {
                around.console.say(&format!("vestibule: {line}"));
            }
            ExitCode::from(not_done)
        }
    }
}

fn dispatch(arguments: Arguments, around: &mut Surroundings) -> Outcome {
    let file = configuration_file(arguments.config);
    let config = |around: &Surroundings| configuration(file.as_deref(), around);
    match arguments.command {
        Command::Init(asked) => init::run(&asked, around),
        Command::Check => check::run(file.as_deref(), around),
        Command::Serve => serve::run(config(around)?, around),
        Command::Demo(asked) => demo::run(&asked, around),
        Command::Service(command) => service::run(command, config(around)?, around),
        Command::Ticket(command) => ticket::run(command, config(around)?, around),
        Command::Import(asked) => import::run(&asked, config(around)?, around),
        Command::DemoRoster(asked) => demo_roster::run(&asked, around),
        Command::User(command) => user::run(command, config(around)?, around),
        Command::Audit(command) => audit::run(command, &config(around)?, around),
        Command::Logout(command) => logout::run(command, config(around)?, around),
        Command::Database(command) => database::run(command, config, around),
        Command::ReopenActivation => {
            let app = open::app(config(around)?, around)?;
            open::block_on(crate::flow::activate::reopen(&app, &around.scene()))??;
            around.console.say("activation is open again");
            Ok(Done::All)
        }
        Command::Config(ConfigCommand::Reference) => {
            around.console.data(&crate::config::reference::page())?;
            Ok(Done::All)
        }
        Command::Conformance(asked) => conformance::run(&asked, around),
        Command::ConformanceTable(asked) => conformance::tabulate(&asked, around),
        Command::Commands => {
            around.console.data(&reference::page())?;
            Ok(Done::All)
        }
    }
}

fn configuration_file(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| {
        Path::new(CONFIGURATION)
            .exists()
            .then(|| PathBuf::from(CONFIGURATION))
    })
}

/// Reads the configuration.
///
/// # Errors
/// All that is wrong with it, one line each.
pub fn configuration(file: Option<&Path>, around: &Surroundings) -> Result<Config, Failure> {
    Config::load(file, around.environment.iter().cloned()).map_err(|problems| Failure(lines(&problems)))
}

fn lines(problems: &Problems) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
