//! What an import would do: the roster's people against those already known.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use thiserror::Error;

use super::person::RosterPerson;
use super::reader::Roster;
use crate::people::account::{Kind, Standing};

/// What is known about somebody before the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// What they are.
    pub kind: Kind,
    /// Their number.
    pub reference: String,
    /// [`RosterPerson::source_hash`] of the last import.
    pub source_hash: [u8; 32],
    /// Where the account stands.
    pub standing: Standing,
    /// The last sign-in.
    pub last_login: Option<DateTime<Utc>>,
}

/// Somebody who comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// Index in the roster's people.
    pub person: usize,
    /// Index in the existing ones.
    pub existing: usize,
    /// Whether the old password still stands, as it does for somebody who signed in within the last year. Everybody
    /// else activates again, with a new code.
    pub keeps_password: bool,
}

/// The same person on both sides, told otherwise than last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Index in the roster's people.
    pub person: usize,
    /// Index in the existing ones.
    pub existing: usize,
}

/// What an import would do. Login, mail, password, activation and codes of those already known never change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Indices of people seen for the first time.
    pub new: Vec<usize>,
    /// People of whom something changed.
    pub changed: Vec<Changed>,
    /// People of whom nothing did.
    pub unchanged: Vec<Changed>,
    /// People who had left.
    pub back: Vec<Back>,
    /// Indices of existing people, in use or waiting, of whom the roster says nothing. Only of the kinds that the
    /// roster has: a file of students says nothing about staff.
    pub missing: Vec<usize>,
    /// How many are in use or waiting, of the kinds that the roster has.
    pub living: usize,
    /// Rows that could be anybody's.
    pub unidentified: usize,
}

/// Why absentees cannot be marked as leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LeavingRefused {
    /// More absentees than a complete roster has at this time of the year.
    #[error("{missing} of {living} people are missing from the roster, more than {percent} %")]
    TooMany {
        /// How many are missing.
        missing: usize,
        /// Of how many.
        living: usize,
        /// The most that is believed, in percent.
        percent: usize,
    },
    /// Some rows cannot be told whose they are.
    #[error("{rows} rows of the roster could be anybody's")]
    Unidentified {
        /// How many rows.
        rows: usize,
    },
}

/// Whether an administrator has said that the file is right whatever it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insistence {
    /// No.
    Cautious,
    /// Yes: `--force`.
    Forced,
}

impl Plan {
    /// Compares a roster with everybody known.
    pub fn compare(roster: &Roster, existing: &[Existing], now: DateTime<Utc>) -> Self {
        let known: HashMap<(Kind, &str), usize> = (0..)
            .zip(existing)
            .map(|(index, known)| ((known.kind, known.reference.as_str()), index))
            .collect();
        let mut plan = Self {
            unidentified: roster.unidentified,
            ..Self::default()
        };
        let mut seen: HashSet<usize> = HashSet::with_capacity(existing.len());
        for (index, person) in roster.people.iter().enumerate() {
            match known.get(&(person.kind, person.reference.as_str())) {
                None => plan.new.push(index),
                Some(known) => {
                    seen.insert(*known);
                    plan.sort(index, person, *known, &existing[*known], now);
                }
            }
        }
        let refused = roster
            .refused
            .iter()
            .filter_map(|(kind, reference)| known.get(&(*kind, reference.as_str())));
        seen.extend(refused);

        let kinds: HashSet<Kind> = roster.people.iter().map(|person| person.kind).collect();
        let living = |known: &Existing| {
            let standing = known.standing.at(now);
            kinds.contains(&known.kind)
                && matches!(
                    standing,
                    Standing::Pending | Standing::Active | Standing::Suspended
                )
        };
        plan.living = existing.iter().filter(|known| living(known)).count();
        plan.missing = (0..existing.len())
            .filter(|index| living(&existing[*index]) && !seen.contains(index))
            .collect();
        plan
    }

    fn sort(
        &mut self,
        index: usize,
        person: &RosterPerson,
        place: usize,
        known: &Existing,
        now: DateTime<Utc>,
    ) {
        let pair = Changed {
            person: index,
            existing: place,
        };
        match known.standing {
            // `Leaving` whose day has passed is closed, and comes back like one.
            // Unless the roster itself says that the rights have ended: then there is nothing to come back to.
            Standing::Leaving { .. } | Standing::Closed if !person.has_ended(now.date_naive()) => {
                let year_ago = now - Duration::days(365);
                let keeps_password = known.last_login.is_some_and(|last| last > year_ago);
                self.back.push(Back {
                    person: index,
                    existing: place,
                    keeps_password,
                });
            }
            _ if person.source_hash() == known.source_hash => self.unchanged.push(pair),
            _ => self.changed.push(pair),
        }
    }

    /// Whom a complete roster marks as leaving: the missing, unless they are so many that the file is more likely
    /// to be in part (more than 10 %, or 40 % from September to November, when last year's students go).
    pub fn leavers(&self, today: NaiveDate, insistence: Insistence) -> Result<&[usize], LeavingRefused> {
        if insistence == Insistence::Forced {
            return Ok(&self.missing);
        }
        if self.unidentified > 0 && !self.missing.is_empty() {
            return Err(LeavingRefused::Unidentified {
                rows: self.unidentified,
            });
        }
        let percent = if matches!(today.month(), 9..=11) { 40 } else { 10 };
        let (missing, living) = (self.missing.len(), self.living);
        if missing * 100 > living * percent {
            return Err(LeavingRefused::TooMany {
                missing,
                living,
                percent,
            });
        }
        Ok(&self.missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::file_number::FileNumberFormat;
    use crate::roster::reader::read;
    use crate::roster::row::{GivenNames, Options};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_789_000_000, 0).unwrap()
    }

    fn day(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, 15).unwrap()
    }

    fn roster(rows: &[&str]) -> Roster {
        let text = format!("numero;nom;prenom;naissance\n{}", rows.join("\n"));
        let options = Options {
            file_number: FileNumberFormat::default(),
            staff_number: FileNumberFormat::default(),
            given_names: GivenNames::Commas,
            today: day(9),
        };
        read(text.as_bytes(), &options).unwrap()
    }

    fn row(number: usize) -> String {
        format!("226{number:05};Nom{number};Prénom;27/03/2008")
    }

    fn rows(numbers: std::ops::Range<usize>) -> Roster {
        let rows: Vec<String> = numbers.map(row).collect();
        roster(&rows.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// What would be stored after importing `roster`.
    fn imported(roster: &Roster) -> Vec<Existing> {
        let existing = |person: &RosterPerson| Existing {
            kind: person.kind,
            reference: person.reference.clone(),
            source_hash: person.source_hash(),
            standing: Standing::Active,
            last_login: None,
        };
        roster.people.iter().map(existing).collect()
    }

    #[test]
    fn the_same_file_twice_changes_nothing() {
        let roster = rows(0..50);
        let plan = Plan::compare(&roster, &imported(&roster), now());

        assert_eq!(plan.unchanged.len(), 50);
        assert_eq!(
            (
                plan.new.len(),
                plan.changed.len(),
                plan.back.len(),
                plan.missing.len()
            ),
            (0, 0, 0, 0)
        );
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let existing = imported(&rows(0..3));
        let turned = roster(&[&row(2), &row(0), &row(1)]);

        assert_eq!(Plan::compare(&turned, &existing, now()).unchanged.len(), 3);
    }

    #[test]
    fn new_changed_and_missing_people_are_told_apart() {
        let existing = imported(&rows(0..3));
        let later = roster(&[&row(0), "22600001;Autre;Prénom;27/03/2008", &row(7)]);
        let plan = Plan::compare(&later, &existing, now());

        assert_eq!(
            plan.unchanged,
            [Changed {
                person: 0,
                existing: 0
            }]
        );
        assert_eq!(
            plan.changed,
            [Changed {
                person: 1,
                existing: 1
            }]
        );
        assert_eq!(plan.new, [2]);
        assert_eq!(plan.missing, [2]);
    }

    #[test]
    fn those_who_come_back_keep_their_password_for_a_year() {
        let roster = rows(0..3);
        let mut existing = imported(&roster);
        existing[0].standing = Standing::Closed;
        existing[0].last_login = Some(now() - Duration::days(366));
        existing[1].standing = Standing::Leaving {
            until: now() + Duration::days(9),
        };
        existing[1].last_login = Some(now() - Duration::days(300));
        let plan = Plan::compare(&roster, &existing, now());

        assert_eq!(
            plan.back
                .iter()
                .map(|back| back.keeps_password)
                .collect::<Vec<_>>(),
            [false, true]
        );
        assert_eq!(plan.unchanged.len(), 1);
    }

    #[test]
    fn a_tenth_may_be_missing_and_four_tenths_in_autumn() {
        let existing = imported(&rows(0..100));
        let missing = |count: usize| Plan::compare(&rows(0..100 - count), &existing, now());

        assert_eq!(
            missing(10)
                .leavers(day(3), Insistence::Cautious)
                .map(<[usize]>::len),
            Ok(10)
        );
        assert_eq!(
            missing(11).leavers(day(3), Insistence::Cautious),
            Err(LeavingRefused::TooMany {
                missing: 11,
                living: 100,
                percent: 10
            })
        );
        assert_eq!(
            missing(40)
                .leavers(day(11), Insistence::Cautious)
                .map(<[usize]>::len),
            Ok(40)
        );
        assert!(missing(41).leavers(day(9), Insistence::Cautious).is_err());
        assert_eq!(
            missing(90)
                .leavers(day(3), Insistence::Forced)
                .map(<[usize]>::len),
            Ok(90)
        );
    }

    #[test]
    fn a_refused_row_is_not_an_absence() {
        let existing = imported(&rows(0..20));
        let mut text: Vec<String> = (0..20).map(row).collect();
        text[4] = "22600004;Nom4;Prénom;31/02/2008".to_owned();
        let plan = Plan::compare(
            &roster(&text.iter().map(String::as_str).collect::<Vec<_>>()),
            &existing,
            now(),
        );
        assert_eq!(plan.missing, [] as [usize; 0]);

        text[4] = "2,2E+07;Nom4;Prénom;27/03/2008".to_owned();
        let plan = Plan::compare(
            &roster(&text.iter().map(String::as_str).collect::<Vec<_>>()),
            &existing,
            now(),
        );
        assert_eq!(
            plan.leavers(day(9), Insistence::Cautious),
            Err(LeavingRefused::Unidentified { rows: 1 })
        );
    }

    #[test]
    fn a_file_of_students_says_nothing_about_staff() {
        let roster = rows(0..20);
        let mut existing = imported(&roster);
        existing.push(Existing {
            kind: Kind::Staff,
            reference: "9001".to_owned(),
            ..existing[0].clone()
        });

        let plan = Plan::compare(&roster, &existing, now());
        assert_eq!((plan.missing.len(), plan.living), (0, 20));
    }
}
