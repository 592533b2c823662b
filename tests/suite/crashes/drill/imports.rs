//! An operator imports a roster: all of it is there, or nothing, wherever the import or the server was killed.

use super::book::Deed;
use super::people::{AT_ONCE, Card, cards, roster, span};
use super::site::Site;
use crate::support::process::Process;

/// What the import says when it has compared the roster, and before it writes anything.
const COMPARED: &str = "suspected duplicates";

/// An import under way.
pub struct Import {
    number: usize,
    process: Process,
}

/// What its end told the operator.
pub struct Ended {
    number: usize,
    succeeded: bool,
}

impl Import {
    /// Begins to import the roster of this number, and waits until it has been compared.
    pub fn begin(site: &Site, number: usize) -> Self {
        let roster_file = site.program.folder.path().join(format!("roster-{number}.csv"));
        std::fs::write(roster_file, roster(number)).expect("the folder can be written");
        Self {
            number,
            process: start(site, number, &codes_file(number)),
        }
    }

    /// Kills it, wherever it is.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Waits for its end.
    pub fn ended(mut self, site: &Site) -> Ended {
        let succeeded = self.process.ended().success();
        let operator = operator(self.number);
        if succeeded {
            site.book.done(Deed::Import, &operator);
        } else {
            site.book.unknown(Deed::Import, &operator);
        }
        Ended {
            number: self.number,
            succeeded,
        }
    }
}

impl Ended {
    /// All or nothing is there; where it is nothing, the same roster is imported now.
    pub async fn check(self, site: &Site) {
        let number = self.number;
        let there = there(site, number).await;
        let whole = there == [AT_ONCE; 3];
        if !whole && there != [0; 3] {
            site.book
                .wrong(format!("roster {number} is half there: {there:?} of {AT_ONCE}"));
            return;
        }
        if self.succeeded && !whole {
            site.book
                .wrong(format!("roster {number} was imported and is gone"));
            return;
        }
        if !self.succeeded {
            site.book.settled(Deed::Import, &operator(number), whole);
        }
        let kept = codes_file(number);
        let codes = if whole {
            let draft = format!("{kept}.not-imported");
            read(site, &kept).or_else(|| read(site, &draft))
        } else {
            let again = format!("again-{kept}");
            let mut process = start(site, number, &again);
            if process.ended().success() {
                site.book.done(Deed::Import, &operator(number));
            } else {
                let said = process.lines().join(" / ");
                site.book
                    .wrong(format!("roster {number} can no longer be imported: {said}"));
            }
            read(site, &again)
        };
        match codes {
            Some(codes) => site.supply.enrol(with_codes(number, &codes)),
            None => site.book.wrong(format!("the codes of roster {number} are gone")),
        }
    }
}

/// How many people, accounts and codes of a roster there are.
async fn there(site: &Site, number: usize) -> [usize; 3] {
    let (first, last) = span(number);
    let people = format!("SELECT id FROM people WHERE reference BETWEEN '{first}' AND '{last}'");
    let mut there = [0; 3];
    for (place, (table, column)) in [
        ("people", "id"),
        ("accounts", "id"),
        ("recovery_codes", "person_id"),
    ]
    .into_iter()
    .enumerate()
    {
        let sql = format!(
            "SELECT CAST(COUNT(DISTINCT {column}) AS TEXT) AS line FROM {table} WHERE {column} IN ({people})"
        );
        there[place] = site.lines(sql).await[0].parse().expect("a number");
    }
    there
}

fn start(site: &Site, number: usize, codes: &str) -> Process {
    let roster = format!("roster-{number}.csv");
    let words = ["import", "--apply", "--codes", codes, &roster];
    let mut command = site.program.command(&words);
    command.env("LOGNAME", format!("import{number}"));
    Process::start(command, COMPARED)
}

fn codes_file(number: usize) -> String {
    format!("codes-{number}.csv")
}

/// Its operator, as the audit knows them.
fn operator(number: usize) -> String {
    format!("operator import{number}")
}

fn read(site: &Site, name: &str) -> Option<String> {
    std::fs::read_to_string(site.program.folder.path().join(name)).ok()
}

/// The people of a roster with the codes that they were given.
fn with_codes(number: usize, codes: &str) -> impl Iterator<Item = Card> {
    cards(number).filter_map(move |card| {
        let line = codes
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{};", card.reference)));
        Some(Card {
            code: line?.trim().to_owned(),
            ..card
        })
    })
}
