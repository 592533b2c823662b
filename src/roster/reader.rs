//! Reads a roster: bytes into people, with everything there is to correct.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::column::{Column, Layout, Misfit, separator};
use super::person::RosterPerson;
use super::row::{self, Cells, Options, Remark, Remarks};
use super::text::{Encoding, decode, looks_mixed};
use crate::people::account::Kind;
use crate::people::birth_date::BirthDate;

/// What a file holds.
#[derive(Debug)]
pub struct Roster {
    /// The people, in the order of their first rows; enrolments of one number are together.
    pub people: Vec<RosterPerson>,
    /// Rows refused, in the order of the lines.
    pub errors: Vec<Remark>,
    /// Rows taken in spite of something odd, and remarks on the file as a whole (line 1).
    pub warnings: Vec<Remark>,
    /// Numbers of people some row of whom was refused: they are not absent.
    pub refused: HashSet<(Kind, String)>,
    /// Refused rows of which the number cannot be told: nobody may be taken for absent while there are any.
    pub unidentified: usize,
    /// Groups of people who could be one, to be looked at by a human. They are imported.
    pub suspicions: Vec<Suspicion>,
    /// People whose birth day or month is unknown.
    pub partial_dates: usize,
    /// Rows read, without the header and empty lines.
    pub rows: usize,
    /// The encoding of the file.
    pub encoding: Encoding,
    /// The separator of the file.
    pub separator: char,
    /// Three names with accents, by which a human sees at once whether the encoding was understood.
    pub accented_samples: Vec<String>,
}

/// Two or more numbers that could be one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// What they share.
    pub shared: Shared,
    /// Their numbers.
    pub references: Vec<String>,
}

/// What two records share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shared {
    /// The national identifier.
    Ine,
    /// The names, without accents and case, and the birth date. Twins share the surname only.
    NamesAndDate,
}

/// The file is no roster at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Nothing in it.
    #[error("the roster is empty")]
    Empty,
    /// Its byte order mark announces an encoding that the bytes are not in.
    #[error("the roster's encoding is damaged")]
    Encoding,
    /// Its header lacks columns.
    #[error("the roster lacks the columns {}", .0.iter().map(|column| column.name()).collect::<Vec<_>>().join(", "))]
    Missing(Vec<Column>),
    /// Its header names a column twice.
    #[error("the roster has the column {} twice", .0.name())]
    Twice(Column),
}

/// Reads a whole file.
pub fn read(bytes: &[u8], options: &Options) -> Result<Roster, Unreadable> {
    let (text, encoding) = decode(bytes).ok_or(Unreadable::Encoding)?;
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .ok_or(Unreadable::Empty)?;
    let separator = separator(header);
    let mut lines = Lines::new(&text, separator);
    let (_, header) = lines.next().ok_or(Unreadable::Empty)?;
    let (layout, unknown) = Layout::read(&header).map_err(|misfit| match misfit {
        Misfit::Missing(columns) => Unreadable::Missing(columns),
        Misfit::Twice(column) => Unreadable::Twice(column),
    })?;

    let mut gathering = Gathering::default();
    for name in unknown {
        gathering.remark_on_file(format!("Colonne ignorée : « {name} »."));
    }
    if encoding == Encoding::Windows1252 && looks_mixed(&text) {
        gathering.remark_on_file("Le fichier semble mêler deux encodages : vérifiez les accents.".to_owned());
    }
    for (line, record) in lines {
        gathering.take(
            line,
            Cells {
                layout: &layout,
                record: &record,
            },
            options,
        );
    }
    Ok(gathering.finish(encoding, char::from(separator)))
}

/// The records of a file with the number of their first line.
struct Lines<'a> {
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    /// How far lines have been counted: bytes, and the number of the line there.
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, separator: u8) -> Self {
        let reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        Self {
            text,
            reader,
            counted: 0,
            line: 1,
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = (u64, csv::StringRecord);

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = csv::StringRecord::new();
        // Text that is UTF-8 already and rows of any length leave nothing to fail.
        if !self.reader.read_record(&mut record).unwrap_or(false) {
            return None;
        }
        // The reader's own position is that before the empty lines it skipped.
        let start = record
            .position()
            .map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let rest = &self.text.as_bytes()[start..];
        let skipped = rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let upto = start + skipped;
        let passed = self.text.get(self.counted..upto).unwrap_or("");
        self.line += passed.matches('\n').count() as u64;
        self.counted = upto;
        Some((self.line, record))
    }
}

/// What has been read so far.
#[derive(Default)]
struct Gathering {
    people: Vec<RosterPerson>,
    places: HashMap<(Kind, String), usize>,
    refused: HashSet<(Kind, String)>,
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
    unidentified: usize,
    rows: usize,
}

impl Gathering {
    fn remark_on_file(&mut self, message: String) {
        self.warnings.push(Remark {
            line: 1,
            column: None,
            message,
        });
    }

    fn take(&mut self, line: u64, cells: Cells<'_>, options: &Options) {
        if cells.are_empty() {
            return;
        }
        self.rows += 1;
        if let Some(message) = cells.damage() {
            self.errors.push(Remark {
                line,
                column: None,
                message: message.to_owned(),
            });
            self.unidentified += 1;
            return;
        }
        let mut remarks = Remarks {
            line,
            ..Remarks::default()
        };
        match row::identity(cells, options, &mut remarks) {
            None => self.unidentified += 1,
            Some(identity) => match row::person(cells, identity.clone(), options, &mut remarks) {
                Some(person) => self.add(identity, person, &mut remarks),
                None => {
                    self.refused.insert(identity);
                }
            },
        }
        self.errors.append(&mut remarks.errors);
        self.warnings.append(&mut remarks.warnings);
    }

    fn add(&mut self, identity: (Kind, String), person: RosterPerson, remarks: &mut Remarks) {
        let Some(place) = self.places.get(&identity) else {
            self.places.insert(identity, self.people.len());
            self.people.push(person);
            return;
        };
        // A person whose rows contradict each other is refused altogether: which row would be right?
        if let Err(column) = self.people[*place].merge(person) {
            self.refused.insert(identity);
            remarks.error::<()>(
                column,
                "Ce numéro figure sur une autre ligne avec une valeur différente.",
            );
        }
    }

    fn finish(mut self, encoding: Encoding, separator: char) -> Roster {
        let refused = std::mem::take(&mut self.refused);
        // A row that was refused may hold what contradicts the others: the person waits as a whole.
        let people: Vec<RosterPerson> = self
            .people
            .into_iter()
            .filter(|person| !refused.contains(&(person.kind, person.reference.clone())))
            .collect();
        let accented = people
            .iter()
            .map(|person| person.names.display_name())
            .filter(|name| !name.is_ascii());
        Roster {
            suspicions: suspicions(&people),
            partial_dates: people
                .iter()
                .filter(|person| person.birth_date.is_partial())
                .count(),
            accented_samples: accented.take(3).collect(),
            people,
            errors: self.errors,
            warnings: self.warnings,
            refused,
            unidentified: self.unidentified,
            rows: self.rows,
            encoding,
            separator,
        }
    }
}

/// Groups by what is shared, within one kind: a member of staff who studies rightly has two numbers.
fn suspicions(people: &[RosterPerson]) -> Vec<Suspicion> {
    let mut by_ine: HashMap<(Kind, &str), Vec<&str>> = HashMap::new();
    let mut by_likeness: HashMap<(Kind, (String, BirthDate)), Vec<&str>> = HashMap::new();
    for person in people {
        if let Some(ine) = &person.ine {
            by_ine
                .entry((person.kind, ine))
                .or_default()
                .push(&person.reference);
        }
        by_likeness
            .entry((person.kind, person.likeness()))
            .or_default()
            .push(&person.reference);
    }
    let ine = by_ine.into_values().map(|references| (Shared::Ine, references));
    let likeness = by_likeness
        .into_values()
        .map(|references| (Shared::NamesAndDate, references));
    let mut suspicions: Vec<Suspicion> = ine
        .chain(likeness)
        .filter(|(_, references)| references.len() > 1)
        .map(|(shared, references)| Suspicion {
            shared,
            references: references.into_iter().map(str::to_owned).collect(),
        })
        .collect();
    suspicions.sort_by(|a, b| (&a.references, a.shared).cmp(&(&b.references, b.shared)));
    suspicions
}

#[cfg(test)]
mod tests;
