//! `vestibule import`: the report of a roster, and its import.
//!
//! Measured on two cores that others used as well (load 7): 61,278 rows, 58,070 people with a code each, 27 s and
//! 165 MiB, of which the transaction held the embedded database's write lock for 3.5 s (a server waits 5 s for it):
//! `vestibule demo-roster --n 58000 --out r.csv && /usr/bin/time -v vestibule import r.csv --apply --codes c.csv`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::{GivenNames, Import};
use super::{Done, Failure, Outcome, Surroundings, open};
use crate::app::App;
use crate::config::Config;
use crate::flow::import::{self, Applied, Coverage, Draft, Report, Stage, Unwatched, Watch, Wishes};
use crate::roster::plan::{Insistence, LeavingRefused};
use crate::roster::reader::Suspicion;
use crate::roster::{report, row};

/// How many warnings and suspicions are shown one by one.
const SHOWN: usize = 10;

pub(super) fn run(asked: &Import, config: Config, around: &mut Surroundings) -> Outcome {
    let file = fs::read(&asked.roster)
        .map_err(|error| Failure::line(format!("{} cannot be read: {error}", asked.roster.display())))?;
    let app = open::app(config, around)?;
    let wishes = Wishes {
        given_names: match asked.given_names {
            GivenNames::Commas => row::GivenNames::Commas,
            GivenNames::Spaces => row::GivenNames::Spaces,
        },
        coverage: if asked.complete {
            Coverage::Complete
        } else {
            Coverage::Part
        },
        insistence: if asked.force {
            Insistence::Forced
        } else {
            Insistence::Cautious
        },
    };
    let draft = open::block_on(import::compare(&app, &file, &wishes))??.map_err(refused)?;
    drop(file);
    tell(asked, draft.report(), around)?;
    let refusals = !draft.report().errors.is_empty();
    if asked.apply {
        apply(asked, &app, draft, around)?;
        around.console.say("imported");
    } else {
        around.console.say("nothing was written: add --apply to import");
    }
    Ok(if refusals { Done::WithRefusals } else { Done::All })
}

/// Imports `draft`, and leaves its codes in a file.
fn apply(asked: &Import, app: &App, draft: Draft, around: &mut Surroundings) -> Result<(), Failure> {
    let codes = codes_file(asked, &draft, around)?;
    let watch: Arc<dyn Watch> = if around.console.is_terminal() {
        Arc::new(Bar::default())
    } else {
        Arc::new(Unwatched)
    };
    let scene = around.scene();
    let applied = open::block_on(import::apply(app, draft, &scene, watch))
        .and_then(|applied| applied.map_err(Failure::from));
    match (applied, codes) {
        (Ok(Applied::Done { kept }), Some(codes)) => {
            tell_kept(kept, around);
            let path = codes.keep()?;
            around.console.say(&format!(
                "codes: {}, in clear and nowhere else; destroy it once the sheets are printed",
                path.display()
            ));
        }
        (Ok(Applied::Done { kept }), None) => tell_kept(kept, around),
        (failed, codes) => {
            if let Some(codes) = codes {
                codes.discard();
            }
            failed?;
            return Err(Failure::line(
                "the accounts changed while the roster was compared: nothing was imported, try again",
            ));
        }
    }
    Ok(())
}

fn tell_kept(kept: usize, around: &mut Surroundings) {
    if kept > 0 {
        around.console.say(&format!(
            "kept: {kept} accounts were locked or moved while the roster was compared, and stay where they are"
        ));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn refused(why: import::Refused) -> Failure {
    let hint = match why {
        import::Refused::Leaving(LeavingRefused::TooMany { .. }) => {
            ": leave out --complete if the file is in part, add --force if it is right"
        }
        import::Refused::Leaving(LeavingRefused::Unidentified { .. }) => {
            ": correct them, or leave out --complete"
        }
        import::Refused::Unreadable(_) => "",
    };
    Failure::line(format!("{why}{hint}"))
}

fn tell(asked: &Import, report: &Report, around: &mut Surroundings) -> Result<(), Failure> {
    let console = &mut around.console;
    for line in lines(&asked.roster, report) {
        console.say(&line);
    }
    if asked.json {
        console.json(report)?;
    }
    if let Some(path) = &asked.errors {
        fs::write(path, report::remarks(&report.errors))
            .map_err(|error| Failure::line(format!("{} cannot be written: {error}", path.display())))?;
        console.say(&format!("refused rows: {}", path.display()));
    } else if !asked.json && !report.errors.is_empty() {
        console.data(&report::remarks(&report.errors))?;
    }
    Ok(())
}

/// The report for people.
fn lines(roster: &Path, report: &Report) -> Vec<String> {
    let separator = match report.separator {
        '\t' => "tab".to_owned(),
        other => other.to_string(),
    };
    let mut lines = vec![format!(
        "{}: {} rows, {}, separator {separator}",
        roster.display(),
        report.rows,
        report.encoding.as_str()
    )];
    if !report.accented_names.is_empty() {
        lines.push(format!(
            "names with accents, to be looked at: {}",
            report.accented_names.join(", ")
        ));
    }
    for (name, count) in [
        ("new", report.new),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("back", report.back),
        ("missing", report.missing),
        ("leaving", report.leaving),
        ("waiting again", report.waiting_again),
        ("codes issued", report.codes),
        ("passwords taken", report.passwords),
        ("passwords kept", report.passwords_kept),
        ("partial birth dates", report.partial_dates),
        ("rows refused", report.errors.len()),
        ("suspected duplicates", report.suspected_duplicates.len()),
    ] {
        lines.push(format!("{name:<21}{count:>7}"));
    }
    let suspected = report.suspected_duplicates.iter();
    lines.extend(suspected.take(SHOWN).map(suspicion));
    lines.extend(more(report.suspected_duplicates.len()));
    let warnings = report.warnings.iter();
    lines.extend(warnings.take(SHOWN).map(|remark| {
        let column = remark.column.map_or("", |column| column.name());
        format!("warning: line {} {column}: {}", remark.line, remark.message)
    }));
    lines.extend(more(report.warnings.len()));
    lines
}

fn suspicion(group: &Suspicion) -> String {
    format!("one person or several? {}", group.references.join(", "))
}

fn more(count: usize) -> Option<String> {
    (count > SHOWN).then(|| format!("… and {} more, in the report of --json", count - SHOWN))
}

/// The codes in clear, under a name of their own until the import is done: after an interruption nobody prints codes
/// that open nothing.
struct CodesFile {
    draft: PathBuf,
    path: PathBuf,
}

impl CodesFile {
    /// Gives the file its name.
    fn keep(self) -> Result<PathBuf, Failure> {
        fs::rename(&self.draft, &self.path).map_err(|error| {
            Failure::line(format!(
                "the roster is imported, and its codes stay in {}: {error}",
                self.draft.display()
            ))
        })?;
        Ok(self.path)
    }

    fn discard(self) {
        // What stays is told by its name.
        let _ = fs::remove_file(self.draft);
    }
}

/// Writes the codes before anything is imported: a full disk must not leave people with codes that nobody knows.
fn codes_file(asked: &Import, draft: &Draft, around: &Surroundings) -> Result<Option<CodesFile>, Failure> {
    if draft.report().codes == 0 {
        return Ok(None);
    }
    let path = asked.codes.clone().unwrap_or_else(|| {
        let now = around.clock.now().format("%Y%m%d-%H%M%S");
        PathBuf::from(format!("codes-{now}.csv"))
    });
    let failed = |path: &Path, error: io::Error| {
        Failure::line(format!(
            "the codes cannot be written to {}: {error}; nothing was imported",
            path.display()
        ))
    };
    if path.exists() {
        return Err(failed(&path, io::ErrorKind::AlreadyExists.into()));
    }
    let mut draft_name = path.clone().into_os_string();
    draft_name.push(".not-imported");
    let file = CodesFile {
        draft: draft_name.into(),
        path,
    };
    write_private(&file.draft, report::codes(draft.codes()).as_bytes())
        .map_err(|error| failed(&file.draft, error))?;
    Ok(Some(file))
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// A progress bar on standard error.
#[derive(Default)]
struct Bar(Mutex<Option<ProgressBar>>);

impl Watch for Bar {
    fn begin(&self, stage: Stage, count: usize) {
        let words = match stage {
            Stage::Hashing => "hashing codes",
            Stage::Writing => "writing",
        };
        let style = ProgressStyle::with_template("{msg:<14} {bar:40} {pos}/{len}");
        let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr())
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_message(words);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
    }

    fn step(&self, count: usize) {
        if let Some(bar) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(count as u64);
            if Some(bar.position()) == bar.length() {
                bar.finish_and_clear();
            }
        }
    }
}
