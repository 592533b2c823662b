//! `vestibule audit …`: whether it is whole, and taking it out.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Console, Done, Failure, Outcome, Surroundings, open, user};
use crate::config::{Config, keys, read_span};
use crate::store::audit::{self, Chain, Linked, Place, Unread, Wanted};
use crate::store::{Conn, accounts};

/// `vestibule audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Walk along the whole audit and find the first row that was changed, removed, added or put elsewhere. Nothing is
    /// changed, and servers go on meanwhile.
    ///
    /// Standard output gets the number and the link of the last row, `SEQ:LINK`: written down elsewhere, and given to
    /// `--expect` later, it finds an older whole that was put back as well. Exit code 1 when something does not fit.
    Verify {
        /// A row that has to be there, as `head`, `verify` or an export told it.
        #[arg(long, value_name = "SEQ:LINK")]
        expect: Option<Place>,
    },
    /// Print the number and the link of the last row, `SEQ:LINK`, to be written down where nobody reaches who reaches the
    /// database.
    Head,
    /// Write the audit as JSON lines, in the order of the chain, each with its number (`seq`) and its `link`.
    Export(ExportAudit),
}

/// `vestibule audit export`
#[derive(Debug, Args)]
pub struct ExportAudit {
    /// Not what was before: `2026-09-01`, `2026-09-01T06:00:00Z`, or so long ago (`2h`, `30d`). Days begin at midnight UTC.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<Time>,
    /// Not what was then or later.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Time>,
    /// Only what is about this account: the login or the mail address.
    #[arg(long, value_name = "LOGIN")]
    pub account: Option<String>,
    /// The file to write, readable by its owner alone; standard output if it is left out. It never replaces a file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A moment, as it is typed.
#[derive(Debug, Clone, Copy)]
pub enum Time {
    /// So long ago.
    Ago(Duration),
    /// Then.
    At(DateTime<Utc>),
}

impl Time {
    fn seen_from(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(span) => now - span,
            Self::At(time) => time,
        }
    }
}

fn time(text: &str) -> Result<Time, &'static str> {
    if let Some(span) = read_span(text) {
        return Ok(Time::Ago(span));
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(Time::At(day.and_time(NaiveTime::MIN).and_utc()));
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Ok(Time::At(time.to_utc())),
        Err(_) => Err("a day, a time with its zone, or a number with s, m, h or d behind it"),
    }
}

/// No story is told and nothing is opened for writing: what may have been tampered with is looked at as it is.
pub(super) fn run(command: AuditCommand, config: &Config, around: &mut Surroundings) -> Outcome {
    match command {
        AuditCommand::Verify { expect } => verify(expect.as_ref(), config, around),
        AuditCommand::Head => head(config, around),
        AuditCommand::Export(asked) => export(&asked, config, around),
    }
}

fn verify(expect: Option<&Place>, config: &Config, around: &mut Surroundings) -> Outcome {
    let chain = Chain::new(&keys::open(&config.keys)?);
    let verdict = audit::view(&open::target(config)?, |conn| {
        Ok(audit::verify(conn, &chain, expect)?)
    })?;
    let whole = verdict.map_err(|misfit| Failure::line(format!("the audit does not fit: {misfit}")))?;
    let first = whole.removed.seq + 1;
    around.console.say(&match whole.rows {
        0 => "the audit is empty".to_owned(),
        rows => format!("the audit is whole: {rows} rows, {first} to {}", whole.head.seq),
    });
    around.console.data(&format!("{}\n", whole.head))?;
    Ok(Done::All)
}

fn head(config: &Config, around: &mut Surroundings) -> Outcome {
    let chain = Chain::new(&keys::open(&config.keys)?);
    let place = audit::view(&open::target(config)?, |conn| Ok(audit::head(conn, &chain)?))?;
    let place = place.map_err(|misfit| Failure::line(misfit.to_string()))?;
    around.console.data(&format!("{place}\n"))?;
    Ok(Done::All)
}

/// One line of an export.
#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    at: String,
    event: &'a str,
    account: Option<&'a str>,
    actor: &'a str,
    address: Option<&'a str>,
    service: Option<&'a str>,
    detail: serde_json::Value,
    id: &'a str,
    link: &'a str,
}

fn line(row: &Linked) -> Line<'_> {
    let record = &row.record;
    Line {
        seq: row.seq,
        at: record.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        event: &record.event,
        account: record.account.as_deref(),
        actor: &record.actor,
        address: record.address.as_deref(),
        service: record.service.as_deref(),
        // Whoever wrote a row by hand may have written anything.
        detail: serde_json::from_str(&record.detail).unwrap_or_else(|_| record.detail.as_str().into()),
        id: &record.id,
        link: &row.link,
    }
}

fn export(asked: &ExportAudit, config: &Config, around: &mut Surroundings) -> Outcome {
    let now = around.clock.now();
    let login = asked.account.as_deref().map(user::typed).transpose()?;
    let target = open::target(config)?;
    let mut sheet = match &asked.out {
        None => Sheet::Console(&mut around.console),
        Some(path) => Sheet::File(create(path)?),
    };
    let written = audit::view(&target, |conn| {
        let account = match &login {
            None => None,
            Some(login) => match accounts::by_name(conn, login.as_str())? {
                Some(account) => Some(account.id),
                None => return Ok(None),
            },
        };
        let wanted = Wanted {
            since: asked.since.map(|time| time.seen_from(now)),
            until: asked.until.map(|time| time.seen_from(now)),
            account,
        };
        write(conn, &wanted, &mut sheet).map(Some)
    });
    if let (Some(path), Err(_) | Ok(None)) = (&asked.out, &written) {
        // Half an export is none, and the name is free for the next.
        let _ = fs::remove_file(path);
    }
    let Written { rows, loose } =
        written?.ok_or_else(|| user::unknown(asked.account.as_deref().unwrap_or_default()))?;
    around.console.say(&format!("rows: {rows}"));
    if loose > 0 {
        around.console.say(&format!(
            "left out, because they are in no chain: {loose}; the next start of a server takes them in"
        ));
    }
    Ok(Done::All)
}

struct Written {
    rows: u64,
    loose: i64,
}

/// As many bytes as are written at once.
const PART: usize = 65_536;

fn write(conn: &mut Conn, wanted: &Wanted, sheet: &mut Sheet) -> Result<Written, Unread> {
    let (mut part, mut rows) = (Vec::new(), 0);
    let loose = audit::export(conn, wanted, |row| {
        serde_json::to_writer(&mut part, &line(row))?;
        part.push(b'\n');
        rows += 1;
        if part.len() >= PART {
            sheet.add(&part)?;
            part.clear();
        }
        Ok(())
    })?;
    sheet.add(&part)?;
    sheet.end()?;
    Ok(Written { rows, loose })
}

/// What an export is written on.
enum Sheet<'a> {
    Console(&'a mut Console),
    File(File),
}

impl Sheet<'_> {
    fn add(&mut self, part: &[u8]) -> io::Result<()> {
        match self {
            Self::Console(console) => console.bytes(part),
            Self::File(file) => file.write_all(part),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Console(_) => Ok(()),
            Self::File(file) => file.sync_all(),
        }
    }
}

fn create(path: &Path) -> Result<File, Failure> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    made.map_err(|error| Failure::line(format!("{} cannot be written: {error}", path.display())))
}
