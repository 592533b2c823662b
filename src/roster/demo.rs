//! Invents a university: the same people for the same seed, with all the difficulties that real ones have.

mod cast;
mod file;
mod names;

use serde::Serialize;

use self::names::{FEMININE, FIELDS, MASCULINE, SURNAMES};
use crate::kernel::entropy::Entropy;
use crate::people::account::Kind;
use crate::people::code::CertificateCode;
use crate::people::folding::fold_alphanumeric;

pub use self::file::{Dirt, FileEncoding, to_csv};

/// Where the demo puts an account, besides what the import does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum State {
    /// Never activated.
    #[default]
    Pending,
    /// In use.
    Active,
    /// In use until a closing date.
    Leaving,
    /// Stopped.
    Suspended,
    /// Closed after earlier studies, and back in this roster.
    Returning,
}

/// One line of the roster, as text. A person with two enrolments has two, of the same number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "each is the roster's column of that name")]
pub struct DemoRow {
    pub number: String,
    pub kind: Kind,
    pub birth_name: String,
    pub usage_name: String,
    pub given_names: String,
    pub usage_given_name: String,
    pub title: String,
    pub birth_date: String,
    pub ine: String,
    pub personal_mail: String,
    pub affiliations: String,
    pub year: String,
    pub establishment: String,
    pub component: String,
    pub step: String,
    pub degree: String,
    pub regime: String,
    pub cursus: String,
    pub code: String,
    pub rights_end: String,
    /// Where the demo puts the account.
    pub state: State,
}

impl DemoRow {
    fn enrol(&mut self, year: u16, step: &str) {
        let field = FIELDS
            .iter()
            .position(|(_, end)| step.ends_with(end))
            .unwrap_or(0);
        self.year = year.to_string();
        "0999999X".clone_into(&mut self.establishment);
        FIELDS[field].0.clone_into(&mut self.component);
        step.clone_into(&mut self.step);
        self.degree = format!("99900{field:02}");
        "10".clone_into(&mut self.regime);
        step[..2].clone_into(&mut self.cursus);
    }

    /// Gives an address of a domain that cannot exist (RFC 2606).
    fn write_to_oneself(&mut self) {
        let [given, surname] = [&self.given_names, &self.birth_name].map(|name| fold_alphanumeric(name));
        let dot = if given.is_empty() { "" } else { "." };
        self.personal_mail = format!("{given}{dot}{surname}@courriel.example");
    }
}

/// Levels of study: code, share in thousandths, usual age, years since the first enrolment.
const LEVELS: [(&str, u32, u16, u16); 7] = [
    ("L1", 420, 18, 0),
    ("L2", 180, 19, 1),
    ("L3", 150, 20, 2),
    ("M1", 110, 21, 3),
    ("M2", 90, 22, 4),
    ("D1", 30, 24, 5),
    ("DU", 20, 27, 0),
];

/// An invented roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoRoster {
    /// The rows: the fixed cast, students in the order of their numbers, staff, guests.
    pub rows: Vec<DemoRow>,
}

impl DemoRoster {
    /// About `students` students (never fewer than the fixed cast) of the academic year that begins in `year`, up to
    /// 60 staff and 10 guests in proportion.
    pub fn generate(students: usize, seed: u64, year: u16) -> Self {
        let entropy = Entropy::seeded(seed);
        let mut rows = cast::rows(year);
        let wanted = students.saturating_sub(rows.len());
        let mut invented: Vec<DemoRow> = (0..wanted).map(|_| student(&entropy, year)).collect();
        // Numbers are given in the order of enrolment, year by year, with gaps.
        invented.sort_by(|a, b| a.number.cmp(&b.number));
        let mut rank = 1_000;
        for mut row in invented {
            rank += 1 + entropy.below(7);
            row.number = format!("{}{rank:06}", row.number);
            row.ine = format!(
                "000{rank:06}{}",
                ["AX", "BX", "CX", "DX", "EX", "FX", "GX", "HX"][rank as usize % 8]
            );
            let second = (entropy.below(100) < 6 && row.cursus != "DU").then(|| {
                let mut second = row.clone();
                second.enrol(year, &step(&entropy, &row.cursus));
                second
            });
            rows.push(row);
            rows.extend(second.filter(|second| Some(&second.step) != rows.last().map(|row| &row.step)));
        }
        rows.extend((0..(students * 3 / 100).clamp(1, 60)).map(|rank| employee(&entropy, rank, year)));
        rows.extend((0..(students / 200).clamp(1, 10)).map(|rank| guest(&entropy, rank, year)));
        Self { rows }
    }
}

/// One of a thousand: the index of the share that `draw` falls in.
fn share(entropy: &Entropy, shares: &[u32]) -> usize {
    let mut draw = entropy.below(shares.iter().sum());
    for (index, share) in shares.iter().enumerate() {
        match draw.checked_sub(*share) {
            None => return index,
            Some(rest) => draw = rest,
        }
    }
    0
}

fn chance(entropy: &Entropy, in_thousand: u32) -> bool {
    entropy.below(1_000) < in_thousand
}

fn pick<'a>(entropy: &Entropy, words: &[&'a str]) -> &'a str {
    entropy.pick(words).copied().unwrap_or_default()
}

fn step(entropy: &Entropy, level: &str) -> String {
    format!("{level}{}", entropy.pick(&FIELDS).map_or("", |(_, end)| end))
}

fn human(entropy: &Entropy) -> DemoRow {
    let (title, given) = if chance(entropy, 560) {
        ("Mme", pick(entropy, &FEMININE))
    } else {
        ("M.", pick(entropy, &MASCULINE))
    };
    let mut row = DemoRow {
        given_names: given.to_owned(),
        birth_name: pick(entropy, &SURNAMES).to_owned(),
        title: if chance(entropy, 60) {
            String::new()
        } else {
            title.to_owned()
        },
        code: CertificateCode::generate(entropy).display().to_string(),
        ..DemoRow::default()
    };
    if !chance(entropy, 80) {
        row.write_to_oneself();
    }
    if chance(entropy, 40) {
        pick(entropy, &SURNAMES).clone_into(&mut row.usage_name);
    }
    if chance(entropy, 10) {
        pick(entropy, &["Alix", "Charlie", "Sacha", "Noa", "Eden"]).clone_into(&mut row.usage_given_name);
    }
    row
}

/// A student whose number is, for now, the two digits of the entry year.
fn student(entropy: &Entropy, year: u16) -> DemoRow {
    let (level, _, age, since) = LEVELS[share(entropy, &LEVELS.map(|(_, share, ..)| share))];
    let born = year - age;
    let born = match share(entropy, &[65, 17, 8, 5, 5]) {
        0 => born,
        1 => born - 1,
        2 => born - 2,
        3 => born + 1,
        _ => year - 20 - u16::try_from(entropy.below(36)).unwrap_or(0),
    };
    let mut row = human(entropy);
    row.birth_date = birth_date(entropy, born);
    let late = u16::from(chance(entropy, 200));
    row.number = format!("{:02}", (year - since - late).max(year - 7) % 100);
    row.enrol(year, &step(entropy, level));
    // Nearly all who have not activated yet are new; over all students that makes a quarter.
    let pending = if level == "L1" { 560 } else { 25 };
    row.state = match share(entropy, &[pending, 30, 20, 950 - pending]) {
        0 => State::Pending,
        1 => State::Leaving,
        2 => State::Suspended,
        _ => State::Active,
    };
    row
}

fn birth_date(entropy: &Entropy, year: u16) -> String {
    match share(entropy, &[993, 5, 2]) {
        0 => {}
        1 => return format!("00/{:02}/{year}", entropy.below(12) + 1),
        _ => return format!("00/00/{year}"),
    }
    let month = entropy.below(12) + 1;
    let days = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    format!("{:02}/{month:02}/{year}", entropy.below(days) + 1)
}

fn employee(entropy: &Entropy, rank: usize, year: u16) -> DemoRow {
    let born = year - 26 - u16::try_from(entropy.below(38)).unwrap_or(0);
    DemoRow {
        number: format!("{}", 9_000_101 + rank * 3),
        kind: Kind::Staff,
        birth_date: birth_date(entropy, born),
        affiliations: pick(entropy, &["faculty,teacher", "staff", "researcher"]).to_owned(),
        component: entropy
            .pick(&FIELDS)
            .map_or("", |(component, _)| component)
            .to_owned(),
        state: if chance(entropy, 900) {
            State::Active
        } else {
            State::Pending
        },
        ..human(entropy)
    }
}

fn guest(entropy: &Entropy, rank: usize, year: u16) -> DemoRow {
    let born = year - 30 - u16::try_from(entropy.below(30)).unwrap_or(0);
    DemoRow {
        number: format!("{}", 9_900_001 + rank),
        kind: Kind::Guest,
        birth_date: birth_date(entropy, born),
        rights_end: format!("30/06/{}", year + 1),
        state: State::Active,
        ..human(entropy)
    }
}

#[cfg(test)]
mod tests;
