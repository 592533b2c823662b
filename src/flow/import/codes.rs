//! Who gets a certificate code, and their hashes: outside the transaction and on all threads, for they are most of the
//! work of an import.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::newcomers::Newcomer;
use super::{Code, Known, Plan, Watch, code_row};
use crate::app::App;
use crate::people::account::Kind;
use crate::people::code::CertificateCode;
use crate::roster::person::RosterPerson;

/// A code to be issued.
pub(super) struct Issue {
    /// The line of the file, by which the codes file is ordered.
    pub line: u64,
    /// The person's identifier.
    pub person: String,
    /// The person's number.
    pub reference: String,
    /// The code.
    pub code: CertificateCode,
    /// Whether the person may have one already.
    pub turn: Turn,
}

/// Whether a code is somebody's first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is.
    First,
    /// It revokes the one before.
    Next,
}

/// Rows of codes.
pub(super) struct Hashed {
    pub first: Vec<Code>,
    pub next: Vec<Code>,
}

/// The codes of people seen for the first time: the file's, or made up. A guest has no use for one.
pub(super) fn of_newcomers(app: &App, newcomers: &[Newcomer]) -> Vec<Issue> {
    newcomers
        .iter()
        .filter(|new| new.person.kind != Kind::Guest || new.person.code.is_some())
        .map(|new| Issue {
            line: new.person.line,
            person: new.id.clone(),
            reference: new.person.reference.clone(),
            code: given_or_new(app, &new.person),
            turn: Turn::First,
        })
        .collect()
}

/// The codes of people known before: those who come back get one; others only when the file gives one that they never
/// had. A code that was spent or replaced does not come back with last month's file.
pub(super) fn of_known(
    app: &App,
    plan: &Plan,
    people: &[Option<RosterPerson>],
    known: &[Known],
    secrets: &HashMap<String, Vec<String>>,
) -> Vec<Issue> {
    let issue = |person: &RosterPerson, id: &str, code| Issue {
        line: person.line,
        person: id.to_owned(),
        reference: person.reference.clone(),
        code,
        turn: Turn::Next,
    };
    let back = plan
        .back
        .iter()
        .filter_map(|back| Some((people[back.person].as_ref()?, known[back.existing].id.as_str())));
    let returners: Vec<_> = back.collect();
    let others: Vec<_> = plan
        .changed
        .iter()
        .chain(&plan.unchanged)
        .filter_map(|pair| Some((people[pair.person].as_ref()?, known[pair.existing].id.as_str())))
        .filter(|(person, _)| person.code.is_some())
        .collect();
    let is_new = |(person, id): &(&RosterPerson, &str)| {
        person.code.as_ref().is_some_and(|code| {
            let code = code.canonical().into();
            let had = secrets.get(*id).map_or(&[][..], Vec::as_slice);
            !had.iter().any(|secret| app.hasher.is_code(&code, secret))
        })
    };
    let mut issues: Vec<Issue> = Vec::new();
    let new = in_parallel(app, &others, is_new);
    for ((person, id), new) in others.iter().zip(new) {
        issues.extend(
            person
                .code
                .clone()
                .filter(|_| new)
                .map(|code| issue(person, id, code)),
        );
    }
    let new = in_parallel(app, &returners, is_new);
    for ((person, id), new) in returners.iter().zip(new) {
        let code = person.code.clone().filter(|_| new);
        let code = code.unwrap_or_else(|| CertificateCode::generate(&app.entropy));
        if person.kind != Kind::Guest || new {
            issues.push(issue(person, id, code));
        }
    }
    issues
}

fn given_or_new(app: &App, person: &RosterPerson) -> CertificateCode {
    person
        .code
        .clone()
        .unwrap_or_else(|| CertificateCode::generate(&app.entropy))
}

/// Hashes codes: 60,000 take some ten seconds on two cores.
pub(super) fn hash(app: &App, issues: &[Issue], now: DateTime<Utc>, watch: &dyn Watch) -> Hashed {
    let rows = in_parallel(app, issues, |issue| {
        let row = code_row(app, &issue.person, &issue.code, "certificate", now);
        watch.step(1);
        row
    });
    let mut hashed = Hashed {
        first: Vec::new(),
        next: Vec::new(),
    };
    for (issue, row) in issues.iter().zip(rows) {
        match issue.turn {
            Turn::First => hashed.first.push(row),
            Turn::Next => hashed.next.push(row),
        }
    }
    hashed
}

/// What `work` makes of each item, in their order, on as many threads as passwords are hashed on.
fn in_parallel<T: Sync, U: Send>(app: &App, items: &[T], work: impl Fn(&T) -> U + Sync) -> Vec<U> {
    if items.is_empty() {
        return Vec::new();
    }
    let share = items.len().div_ceil(app.config.hashing.threads.max(1));
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(share)
            .map(|some| scope.spawn(move || some.iter().map(work).collect::<Vec<U>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("hashing does not panic"))
            .collect()
    })
}
