//! `vestibule database …`: the whole database at once.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zeroize::Zeroizing;

use super::{Console, Done, Failure, Outcome, Surroundings, open};
use crate::config::Config;
use crate::store::Target;
use crate::store::backup::backup;
use crate::store::copy::{self, Compared, Stage, Use, Watch};

/// `vestibule database …`
#[derive(Debug, Subcommand)]
pub enum DatabaseCommand {
    /// Copy a whole database into an empty one, of the same engine or the other, and compare the two.
    ///
    /// Stop every server on the source first. An interrupted copy goes on when the same command is given again; no
    /// server opens the destination before every table is equal. Standard output gets the name, the number of rows and
    /// the checksum of each table. Exit code 2 when a table differs: the source was written to meanwhile; empty the
    /// destination and copy again.
    Copy(CopyDatabase),
    /// Write the embedded database as it is at this moment to a new file, while servers work on it.
    ///
    /// The copy is whole, checked and on disk when the command ends, and readable by its owner alone. To restore it,
    /// stop every server, put it in the place of the database without the `-wal` and `-shm` files beside that, and
    /// keep the key file of before: the sessions it held go on. A database on PostgreSQL is backed up by `pg_dump`.
    Backup {
        /// The file to write. It never replaces one.
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
}

/// `vestibule database copy`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("destination").required(true).args(["to", "to_file"]))]
pub struct CopyDatabase {
    /// The source, `sqlite://` and a path or `postgres://user@host/base`. The database of the configuration if it is
    /// left out.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "from_file")]
    pub from: Option<String>,
    /// The file whose first line is the address of the source: a password on the command line can be read by others.
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// The destination: an empty database, or a copy of the same source that was interrupted.
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<String>,
    /// The file whose first line is the address of the destination.
    #[arg(long, value_name = "FILE")]
    pub to_file: Option<PathBuf>,
    /// Copy although somebody has the source open, to see how long it takes: what is written meanwhile is missing, and
    /// no server opens the copy.
    #[arg(long)]
    pub rehearse: bool,
}

/// Runs the command; `config` is asked for only when it names the source.
pub(super) fn run(
    command: DatabaseCommand,
    config: impl FnOnce(&Surroundings) -> Result<Config, Failure>,
    around: &mut Surroundings,
) -> Outcome {
    let asked = match command {
        DatabaseCommand::Copy(asked) => asked,
        DatabaseCommand::Backup { to } => return back_up(&to, &config(around)?, around),
    };
    let from = match address(asked.from, asked.from_file.as_deref())? {
        Some(address) => address.parse()?,
        None => open::target(&config(around)?)?,
    };
    let to: Target = match address(asked.to, asked.to_file.as_deref())? {
        Some(address) => address.parse()?,
        None => return Err(Failure::line("a destination is missing: --to or --to-file")),
    };
    let allowed = if asked.rehearse { Use::Live } else { Use::AtRest };
    let console = &mut around.console;
    console.say(&format!("from {} to {}", from.place(), to.place()));
    let mut progress = Progress { console, table: None };
    let compared = copy::copy(&from, &to, allowed, &mut progress)?;
    tell(&compared, allowed, &to, around)
}

fn back_up(to: &Path, config: &Config, around: &mut Surroundings) -> Outcome {
    let from = open::target(config)?;
    backup(&from, to)?;
    let console = &mut around.console;
    console.say(&format!("{} is in {}", from.place(), to.display()));
    console.say(&format!(
        "keep it apart from the key file ({}), and keep both: one is of no use without the other",
        config.keys.file.display()
    ));
    Ok(Done::All)
}

/// The address that is written, or that a file holds; never shown, because it may hold a password.
fn address(written: Option<String>, file: Option<&Path>) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(file) = file else {
        return Ok(written.map(Zeroizing::new));
    };
    let content = fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|error| Failure::line(format!("{} cannot be read: {error}", file.display())))?;
    let line = content.lines().next().unwrap_or_default().trim();
    Ok(Some(Zeroizing::new(line.to_owned())))
}

/// What the source holds, for whoever files it.
fn line(one: &Compared) -> String {
    let Compared { table, source, .. } = one;
    format!("{table}\t{}\t{}\n", source.rows(), source.checksum())
}

fn tell(compared: &[Compared], allowed: Use, to: &Target, around: &mut Surroundings) -> Outcome {
    let table: String = compared.iter().map(line).collect();
    let console = &mut around.console;
    console.data(&table)?;
    let different: Vec<&Compared> = compared.iter().filter(|one| !one.is_equal()).collect();
    for one in &different {
        console.say(&format!(
            "{} differs: {} rows in the source ({}), {} in the destination ({})",
            one.table,
            one.source.rows(),
            &one.source.checksum()[..8],
            one.destination.rows(),
            &one.destination.checksum()[..8],
        ));
    }
    if !different.is_empty() {
        console.say(&format!(
            "the source was written to meanwhile: {} stays closed to servers; stop every server, empty it and copy again",
            to.place()
        ));
        return Ok(Done::WithRefusals);
    }
    console.say("every table is equal");
    if allowed == Use::Live {
        console.say(&format!("rehearsed: {} stays closed to servers", to.place()));
        return Ok(Done::All);
    }
    console.say(
        "next: set database.url or database.url_file to the destination and keys.file to the key file of before: no \
         password, session or code is right under another key; then vestibule check",
    );
    Ok(Done::All)
}

/// A line a table and, on a terminal, a bar while it is done.
struct Progress<'a> {
    console: &'a mut Console,
    table: Option<Running>,
}

/// The table that is being done.
struct Running {
    stage: Stage,
    name: &'static str,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Watch for Progress<'_> {
    fn begin(&mut self, stage: Stage, name: &'static str, done: u64, all: u64) {
        let bar = self.console.is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg:<25} {bar:40} {pos}/{len}");
            ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr())
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                .with_message(format!("{} {name}", verb(stage)))
        });
        self.table = Some(Running {
            stage,
            name,
            done,
            bar,
        });
    }

    fn step(&mut self, rows: u64) -> ControlFlow<()> {
        if let Some(running) = &mut self.table {
            running.done += rows;
            if let Some(bar) = &running.bar {
                bar.set_position(running.done);
            }
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self) {
        let Some(Running {
            stage,
            name,
            done,
            bar,
        }) = self.table.take()
        else {
            return;
        };
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        if stage == Stage::Copying {
            self.console.say(&format!("{name:<17}{done:>9} rows"));
        }
    }
}

fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Copying => "copying",
        Stage::ReadingSource => "comparing",
        Stage::ReadingDestination => "with",
    }
}
