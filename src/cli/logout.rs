//! `vestibule logout …`: the ledger of single logout.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::arguments::{ListMessages, LogoutCommand, RetryMessages};
use super::{Done, Failure, Outcome, Surroundings, open, user};
use crate::app::App;
use crate::cas::service::path_key;
use crate::config::Config;
use crate::flow::ledger::{self, Asked};
use crate::store::outbox::ledger::{Entry, Which};

pub(super) fn run(command: LogoutCommand, config: Config, around: &mut Surroundings) -> Outcome {
    let app = open::app(config, around)?;
    match command {
        LogoutCommand::List(asked) => list(&app, &asked, around),
        LogoutCommand::Retry(asked) => retry(&app, asked, around),
    }
}

/// A message as it is shown: no ticket, no name, and of the address nothing that could hold a secret.
#[derive(Serialize)]
struct Line {
    id: String,
    queued: String,
    service: String,
    login: Option<String>,
    address: String,
    state: &'static str,
    tries: i64,
    status: Option<i64>,
    latency_ms: Option<i64>,
    next_try: Option<String>,
}

fn list(app: &App, asked: &ListMessages, around: &mut Surroundings) -> Outcome {
    let login = asked.user.as_deref().map(user::typed).transpose()?;
    let query = Asked {
        service: asked.service.clone(),
        login,
        outcome: asked.state(),
        since: asked.since.map(|span| app.clock.now() - span),
        limit: asked.limit,
    };
    let entries = open::block_on(ledger::list(app, query))??
        .ok_or_else(|| user::unknown(asked.user.as_deref().unwrap_or_default()))?;
    let lines: Vec<Line> = entries.into_iter().map(line).collect();
    if asked.json {
        around.console.json(&lines)?;
    } else if lines.is_empty() {
        around.console.say("no message");
    } else {
        around.console.data(&table(&lines))?;
    }
    Ok(Done::All)
}

fn line(entry: Entry) -> Line {
    Line {
        queued: at(entry.queued_at),
        service: entry.service_key,
        login: entry.login,
        address: path_key(&entry.address).to_owned(),
        state: entry.outcome.as_str(),
        tries: entry.tries,
        status: entry.status,
        latency_ms: entry.latency.map(|latency| latency.num_milliseconds()),
        next_try: entry.next_try_at.map(at),
        id: entry.id,
    }
}

fn at(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn table(lines: &[Line]) -> String {
    let head = [
        "queued", "service", "login", "address", "state", "tries", "status", "latency", "id",
    ];
    let dash = || "-".to_owned();
    let number = |value: Option<i64>| value.map_or_else(dash, |value| value.to_string());
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(lines.iter().map(|line| {
        [
            line.queued.clone(),
            line.service.clone(),
            line.login.clone().unwrap_or_else(dash),
            if line.address.is_empty() {
                dash()
            } else {
                // It goes to a terminal, and a service chose it.
                line.address.escape_debug().to_string()
            },
            line.state.to_owned(),
            line.tries.to_string(),
            number(line.status),
            line.latency_ms.map_or_else(dash, |ms| format!("{ms} ms")),
            line.id.clone(),
        ]
    }));
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut written = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(written, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", written.trim_end());
    }
    text
}

fn retry(app: &App, asked: RetryMessages, around: &mut Surroundings) -> Outcome {
    let scene = around.scene();
    let one = asked.id.is_some();
    let which = asked.id.map_or(Which::Failed(asked.service), Which::One);
    let messages = open::block_on(ledger::retry(app, which, &scene))??;
    if one && messages == 0 {
        return Err(Failure::line("no failed message has this identifier"));
    }
    around.console.say(&format!("due again: {messages}"));
    Ok(Done::All)
}
