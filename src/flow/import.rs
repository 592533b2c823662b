//! The roster becomes people, accounts and codes: compared first, written in one transaction when asked to.
//!
//! `newcomers` gives logins and addresses, `codes` decides who gets a code and hashes them, `passwords` takes over those
//! of another directory, `rows` makes rows of people, `standings` lets people leave and come back, `windows` gives whoever
//! still waits time to activate in a new year.

mod codes;
mod newcomers;
mod passwords;
mod rows;
mod standings;
mod windows;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use self::codes::Issue;
use self::newcomers::Newcomer;
pub(crate) use self::newcomers::mail_domain;
use self::standings::{Leaver, Returner};
use super::Fault;
use super::new_password::code_row;
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::config::Identifiers;
use crate::people::account::{PasswordKind, Standing};
use crate::people::code::CertificateCode;
use crate::people::dated_hash::DatedHash;
use crate::people::file_number::FileNumberFormat;
use crate::roster::person::RosterPerson;
use crate::roster::plan::{Changed, Existing, Insistence, LeavingRefused, Plan};
use crate::roster::reader::{self, Roster, Suspicion, Unreadable};
use crate::roster::row::{GivenNames, Options, Remark};
use crate::roster::text::Encoding;
use crate::store::accounts::Account;
use crate::store::codes::Code;
use crate::store::people::{Known, Person};
use crate::store::{self, Conn, StoreError};

/// How long somebody of whom a complete roster says nothing may still sign in.
pub const LEAVING_GRACE: Duration = Duration::days(90);

/// Rows written by one statement.
const AT_ONCE: usize = 500;

/// What the operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// How given names share a cell.
    pub given_names: GivenNames,
    /// Whether absence from the file means something.
    pub coverage: Coverage,
    /// Whether the file is right whatever it looks like.
    pub insistence: Insistence,
}

/// How much of the university a roster covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// A faculty, the late enrolments: absence says nothing.
    Part,
    /// Everybody: absentees are leaving.
    Complete,
}

/// Why a roster is not taken at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no roster.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It claims to be complete and looks as if it were not.
    #[error(transparent)]
    Leaving(#[from] LeavingRefused),
}

/// What an import does, in numbers, and what there is to look at.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Rows read, without the header and empty lines.
    pub rows: usize,
    /// People seen for the first time.
    pub new: usize,
    /// People of whom something changed.
    pub changed: usize,
    /// People of whom nothing did.
    pub unchanged: usize,
    /// People who had left.
    pub back: usize,
    /// People of whom the roster says nothing.
    pub missing: usize,
    /// Those of them whose account ends because the roster is complete.
    pub leaving: usize,
    /// Students who still wait, and whose time to activate begins again because this is the roster of a new year.
    pub waiting_again: usize,
    /// Codes that are issued.
    pub codes: usize,
    /// Passwords of another directory that are taken: their accounts are active.
    pub passwords: usize,
    /// Passwords that are not, because the account has, or had, one of its own.
    pub passwords_kept: usize,
    /// People whose day or month of birth is unknown: they never pass on the date alone.
    pub partial_dates: usize,
    /// The encoding of the file.
    pub encoding: Encoding,
    /// The separator of the file.
    pub separator: char,
    /// Three names with accents, to see whether the encoding was understood.
    pub accented_names: Vec<String>,
    /// Rows refused.
    pub errors: Vec<Remark>,
    /// Rows taken in spite of something odd.
    pub warnings: Vec<Remark>,
    /// Groups of numbers that could be one person.
    #[serde(serialize_with = "suspected")]
    pub suspected_duplicates: Vec<Suspicion>,
}

fn suspected<S: serde::Serializer>(groups: &[Suspicion], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(groups.iter().map(|group| &group.references))
}

/// An import that is decided and not yet written.
pub struct Draft {
    report: Report,
    newcomers: Vec<Newcomer>,
    changed: Vec<(String, RosterPerson)>,
    back: Vec<Returner>,
    leaving: Vec<Leaver>,
    again: Vec<String>,
    codes: Vec<Issue>,
    adopted: Vec<(String, DatedHash)>,
    now: DateTime<Utc>,
}

impl Draft {
    /// What it will do.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The codes it will issue, with the numbers of their people, in the order of the file. The one place where codes
    /// are in clear.
    pub fn codes(&self) -> impl Iterator<Item = (&str, &CertificateCode)> {
        self.codes
            .iter()
            .map(|issue| (issue.reference.as_str(), &issue.code))
    }
}

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// All of it is written.
    Done {
        /// Accounts that somebody moved while the roster was compared, by a lock say, and that stay where they are.
        kept: usize,
    },
    /// Somebody else wrote meanwhile; nothing of it is written, and it can be tried again.
    Overtaken,
}

/// Where an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Codes are hashed, outside any transaction.
    Hashing,
    /// Rows are written, inside the one transaction.
    Writing,
}

/// Somebody who watches an import.
pub trait Watch: Send + Sync {
    /// `count` steps of `stage` begin.
    fn begin(&self, stage: Stage, count: usize);
    /// That many more are done.
    fn step(&self, count: usize);
}

/// Nobody watches.
pub struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _: Stage, _: usize) {}
    fn step(&self, _: usize) {}
}

/// The file numbers of this university.
pub fn file_number_format(identifiers: &Identifiers) -> FileNumberFormat {
    let digits = u8::try_from(identifiers.file_number_digits).unwrap_or(8);
    FileNumberFormat {
        min_digits: digits,
        max_digits: digits,
        max_letters: 0,
    }
}

/// Reads a roster and compares it with the database. Nothing is written.
///
/// # Errors
/// When the database does not answer.
pub async fn compare(app: &App, file: &[u8], wishes: &Wishes) -> Result<Result<Draft, Refused>, Fault> {
    let now = app.clock.now();
    let options = Options {
        file_number: file_number_format(&app.config.identifiers),
        // Other offices number as they like.
        staff_number: FileNumberFormat {
            min_digits: 1,
            max_digits: 14,
            max_letters: 4,
        },
        given_names: wishes.given_names,
        today: now.date_naive(),
    };
    let roster = match reader::read(file, &options) {
        Ok(roster) => roster,
        Err(unreadable) => return Ok(Err(unreadable.into())),
    };
    let asks_codes = roster.people.iter().any(|person| person.code.is_some());
    let (known, logins, secrets) = app
        .db
        .read(move |conn| {
            let secrets = if asks_codes {
                store::codes::all_secrets(conn)?
            } else {
                Vec::new()
            };
            Ok((
                store::people::known(conn)?,
                store::accounts::all_logins(conn)?,
                secrets,
            ))
        })
        .await?;
    let existing: Vec<Existing> = known.iter().map(existing).collect();
    let plan = Plan::compare(&roster, &existing, now);
    let leaving = match wishes.coverage {
        Coverage::Part => Vec::new(),
        Coverage::Complete => match plan.leavers(now.date_naive(), wishes.insistence) {
            Ok(missing) => missing
                .iter()
                .filter_map(|place| Leaver::of(&known[*place]))
                .collect(),
            Err(refused) => return Ok(Err(refused.into())),
        },
    };
    let known = Everybody { known, logins };
    let secrets = by_person(secrets);
    Ok(Ok(draft(app, roster, &plan, &known, &secrets, leaving, now)))
}

/// What the database holds before the import.
struct Everybody {
    known: Vec<Known>,
    logins: Vec<String>,
}

fn existing(known: &Known) -> Existing {
    let mut source_hash = [0; 32];
    // No digest, no likeness: an account made by hand is brought up to date by the first roster that knows it.
    let _ = hex::decode_to_slice(known.source_hash.as_deref().unwrap_or(""), &mut source_hash);
    Existing {
        kind: crate::people::account::Kind::parse(&known.kind).unwrap_or_default(),
        reference: known.reference.clone(),
        source_hash,
        standing: Standing::parse(&known.standing, None).unwrap_or(Standing::Suspended),
        last_login: known.last_login_at.map(crate::kernel::clock::from_micros),
    }
}

fn by_person(secrets: Vec<(String, String)>) -> HashMap<String, Vec<String>> {
    let mut grouped: HashMap<String, Vec<String>> = HashMap::new();
    for (person, secret) in secrets {
        grouped.entry(person).or_default().push(secret);
    }
    grouped
}

fn draft(
    app: &App,
    mut roster: Roster,
    plan: &Plan,
    everybody: &Everybody,
    secrets: &HashMap<String, Vec<String>>,
    leaving: Vec<Leaver>,
    now: DateTime<Utc>,
) -> Draft {
    let known = &everybody.known;
    let mut people: Vec<Option<RosterPerson>> =
        std::mem::take(&mut roster.people).into_iter().map(Some).collect();
    let mut codes = codes::of_known(app, plan, &people, known, secrets);
    let again = windows::again(plan, &people, known, now);
    let (adopted, passwords_kept) = passwords::of_known(plan, &people, known);
    let unchanged: HashSet<usize> = plan.unchanged.iter().map(|pair| pair.person).collect();
    for pair in plan.changed.iter().chain(&plan.unchanged) {
        let Some(person) = &people[pair.person] else {
            continue;
        };
        roster
            .warnings
            .extend(newcomers::what_never_changes(person, &known[pair.existing]));
    }
    let mut take = |place: usize| people[place].take();
    let changed = plan
        .changed
        .iter()
        .filter_map(|&Changed { person, existing }| Some((known[existing].id.clone(), take(person)?)))
        .collect();
    let back: Vec<Returner> = plan
        .back
        .iter()
        .filter_map(|back| {
            Some(Returner {
                id: known[back.existing].id.clone(),
                from: known[back.existing].standing.clone(),
                person: take(back.person)?,
                keeps_password: back.keeps_password,
            })
        })
        .collect();
    let new: Vec<RosterPerson> = plan.new.iter().filter_map(|place| take(*place)).collect();
    let (newcomers, refused) = newcomers::receive(app, new, everybody, now);
    roster.errors.extend(refused);
    roster.errors.sort_by_key(|remark| remark.line);
    roster.warnings.sort_by_key(|remark| remark.line);
    codes.extend(codes::of_newcomers(app, &newcomers));
    codes.sort_by_key(|issue| issue.line);
    Draft {
        report: Report {
            rows: roster.rows,
            new: newcomers.len(),
            changed: plan.changed.len(),
            unchanged: unchanged.len(),
            back: back.len(),
            missing: plan.missing.len(),
            leaving: leaving.len(),
            waiting_again: again.len(),
            codes: codes.len(),
            passwords: adopted.len()
                + newcomers
                    .iter()
                    .filter(|one| one.person.password.is_some())
                    .count(),
            passwords_kept,
            partial_dates: roster.partial_dates,
            encoding: roster.encoding,
            separator: roster.separator,
            accented_names: roster.accented_samples,
            errors: roster.errors,
            warnings: roster.warnings,
            suspected_duplicates: roster.suspicions,
        },
        newcomers,
        changed,
        back,
        leaving,
        again,
        codes,
        adopted,
        now,
    }
}

/// Writes an import: codes are hashed first, then everything goes in by one transaction.
///
/// # Errors
/// When the database does not answer; then nothing is written.
pub async fn apply(app: &App, draft: Draft, scene: &Scene, watch: Arc<dyn Watch>) -> Result<Applied, Fault> {
    let now = draft.now;
    watch.begin(Stage::Hashing, draft.codes.len());
    let codes = codes::hash(app, &draft.codes, now, watch.as_ref());
    let writing = Writing {
        people: draft.newcomers,
        changed: draft.changed,
        back: draft.back,
        leaving: draft.leaving,
        again: draft.again,
        codes,
        adopted: draft.adopted,
        event: Event::RosterApplied {
            new: draft.report.new,
            changed: draft.report.changed,
            back: draft.report.back,
            leaving: draft.report.leaving,
        },
        scene: scene.clone(),
        now,
    };
    let entropy = Arc::clone(&app.entropy);
    let written = app
        .db
        .write(move |conn| {
            writing.write(conn, watch.as_ref(), |scene, event| {
                event.record(scene, &entropy, now)
            })
        })
        .await;
    match written {
        Ok(kept) => Ok(Applied::Done { kept }),
        Err(StoreError::Conflict(_)) => Ok(Applied::Overtaken),
        Err(error) => Err(error.into()),
    }
}

/// What the transaction writes.
struct Writing {
    people: Vec<Newcomer>,
    changed: Vec<(String, RosterPerson)>,
    back: Vec<Returner>,
    leaving: Vec<Leaver>,
    again: Vec<String>,
    codes: codes::Hashed,
    adopted: Vec<(String, DatedHash)>,
    event: Event,
    scene: Scene,
    now: DateTime<Utc>,
}

impl Writing {
    fn write(
        self,
        conn: &mut Conn,
        watch: &dyn Watch,
        record: impl Fn(&Scene, &Event) -> store::audit::Record,
    ) -> Result<usize, StoreError> {
        let steps = self.people.len() + self.changed.len() + self.back.len() + self.leaving.len();
        watch.begin(Stage::Writing, steps);
        let now = self.now;
        let moved = |conn: &mut Conn, id: &str, to: &str| {
            let event = Event::StandingChanged { to: to.to_owned() };
            store::audit::append(conn, &record(&self.scene.about(id), &event))
        };
        for some in self.people.chunks(AT_ONCE) {
            let people: Vec<Person> = some.iter().map(|one| one.row(now)).collect();
            let accounts: Vec<Account> = some.iter().map(|one| one.account(now)).collect();
            store::people::add_all(conn, &people)?;
            store::accounts::add_all(conn, &accounts)?;
            watch.step(some.len());
        }
        for some in self.codes.first.chunks(AT_ONCE) {
            store::codes::add_all(conn, some)?;
        }
        for (id, person) in &self.changed {
            replace(conn, id, person, now)?;
            watch.step(1);
        }
        for id in &self.again {
            store::people::wait_from(conn, id, now)?;
        }
        let mut kept = 0;
        for back in &self.back {
            match back.write(conn, now)? {
                Some(to) => moved(conn, &back.id, to)?,
                None => kept += 1,
            }
            watch.step(1);
        }
        for leaver in &self.leaving {
            match leaver.write(conn, now)? {
                Some(to) => moved(conn, leaver.id(), to)?,
                None => kept += 1,
            }
            watch.step(1);
        }
        for (id, hash) in &self.adopted {
            let kind = PasswordKind::Chosen.as_str();
            if store::accounts::adopt_password(conn, id, hash.expose(), kind, now)? {
                moved(conn, id, "active")?;
            }
        }
        for code in &self.codes.next {
            store::codes::issue(conn, code)?;
            let event = Event::CodeIssued {
                origin: "certificate",
            };
            store::audit::append(conn, &record(&self.scene.about(&code.person_id), &event))?;
        }
        store::audit::append(conn, &record(&self.scene, &self.event))?;
        Ok(kept)
    }
}

/// Brings a person's row up to date; the time given to activate is counted from where it was.
fn replace(conn: &mut Conn, id: &str, person: &RosterPerson, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut row = rows::row(id, person, now);
    row.created_at = created_at(conn, id, now)?;
    store::people::change(conn, &row)
}

fn created_at(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let stored = store::people::by_id(conn, id)?;
    Ok(stored.map_or(now.timestamp_micros(), |stored| stored.created_at))
}

#[cfg(test)]
mod tests;
