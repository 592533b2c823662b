//! Birth dates as civil status knows them, sometimes in part, and as people type them.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use thiserror::Error;

use super::folding::fold;

/// A birth date of which the day, or the day and the month, may be unknown.
///
/// Never printed: with the file number it opens an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BirthDate {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

/// Why a roster's birth date was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BirthDateError {
    /// Nothing was given.
    #[error("the birth date is missing")]
    Missing,
    /// A count of days since 1900, left by a spreadsheet.
    #[error("the birth date is a spreadsheet's serial number")]
    Serial,
    /// None of the accepted writings.
    #[error("the birth date has an unknown format")]
    Format,
    /// No such day, or a year before 1880.
    #[error("the birth date does not exist")]
    Unreal,
}

/// Nobody in a roster was born earlier.
const FIRST_YEAR: u16 = 1880;

impl BirthDate {
    /// A date from its parts; 0 stands for an unknown day or month. `None` when there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        is_real(year, month, day).then_some(Self {
            year,
            month: (month != 0).then_some(month),
            day: (day != 0).then_some(day),
        })
    }

    /// Reads any writing that a roster may use: `jj/mm/aaaa`, `jj-mm-aaaa`, `jj.mm.aaaa`, `jjmmaaaa`,
    /// `aaaa-mm-jj`, and the directory's `aaaammjj` with an optional time. `00` is an unknown day or month.
    ///
    /// Eight digits are read as `jjmmaaaa` when that is a date of this era, otherwise as `aaaammjj`.
    pub fn parse_roster(text: &str) -> Result<Self, BirthDateError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BirthDateError::Missing);
        }
        let parts: Vec<&str> = text.split(['/', '-', '.']).map(str::trim).collect();
        match parts.as_slice() {
            [year, month, day] if year.len() == 4 => {
                // A time of day may follow, as in an export of a timestamp column.
                let day = day.split([' ', 'T']).next().unwrap_or(day);
                Self::of_texts(year, month, day)
            }
            [day, month, year] if year.len() == 4 => Self::of_texts(year, month, day),
            [digits] => Self::of_digits(digits),
            _ => Err(BirthDateError::Format),
        }
    }

    fn of_digits(text: &str) -> Result<Self, BirthDateError> {
        let zulu = text.strip_suffix(['Z', 'z']);
        let digits = zulu.unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BirthDateError::Format);
        }
        match (digits.len(), zulu) {
            (5, None) => Err(BirthDateError::Serial),
            (14, _) | (8, Some(_)) => Self::of_texts(&digits[..4], &digits[4..6], &digits[6..8]),
            (8, None) => Self::of_texts(&digits[4..], &digits[2..4], &digits[..2])
                .or_else(|_| Self::of_texts(&digits[..4], &digits[4..6], &digits[6..])),
            _ => Err(BirthDateError::Format),
        }
    }

    fn of_texts(year: &str, month: &str, day: &str) -> Result<Self, BirthDateError> {
        let year = number(year).ok_or(BirthDateError::Format)?;
        let month = short_number(month).ok_or(BirthDateError::Format)?;
        let day = short_number(day).ok_or(BirthDateError::Format)?;
        if year < FIRST_YEAR {
            return Err(BirthDateError::Unreal);
        }
        Self::new(year, month, day).ok_or(BirthDateError::Unreal)
    }

    /// The year.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The month, 1 to 12, when known.
    pub fn month(&self) -> Option<u8> {
        self.month
    }

    /// The day of the month, when known.
    pub fn day(&self) -> Option<u8> {
        self.day
    }

    /// Whether the day or the month is unknown: such a date alone proves nothing, a code is asked as well.
    pub fn is_partial(&self) -> bool {
        self.month.is_none() || self.day.is_none()
    }

    /// `aaaa-mm-jj`, with `00` for what is unknown: the form in which it is stored, and which
    /// [`BirthDate::parse_roster`] reads.
    pub fn to_iso(&self) -> String {
        format!(
            "{:04}-{:02}-{:02}",
            self.year,
            self.month.unwrap_or(0),
            self.day.unwrap_or(0)
        )
    }

    /// Whether `typed` is this date. Each known part must be equal. An unknown one is `00`, or what papers print
    /// in its place: the first day or the last one (civil status wrote 1 January for long, then 31 December).
    pub fn matches(&self, typed: &TypedDate) -> bool {
        if typed.year != self.year {
            return false;
        }
        let end = |month| last_day(self.year, month);
        match (self.month, self.day) {
            (Some(month), Some(day)) => typed.month == month && typed.day == day,
            (Some(month), None) => typed.month == month && (typed.day <= 1 || typed.day == end(month)),
            (None, Some(day)) => matches!(typed.month, 0 | 1 | 12) && typed.day == day,
            (None, None) => matches!((typed.day, typed.month), (0, 0) | (1, 1) | (31, 12)),
        }
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate([REDACTED])")
    }
}

/// A birth date as typed in three fields; day and month are 0 when the person typed `00`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypedDate {
    year: u16,
    month: u8,
    day: u8,
}

/// What is wrong with a typed date. None of these costs a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TypedDateError {
    /// All three fields are empty.
    #[error("no date was typed")]
    Missing,
    /// One or two fields are empty.
    #[error("the date is not complete")]
    Incomplete,
    /// There is no such day.
    #[error("the date does not exist")]
    Unreal,
    /// The year is not four digits.
    #[error("the year does not have four digits")]
    YearDigits,
    /// The date is still to come.
    #[error("the date is in the future")]
    Future,
}

impl TypedDate {
    /// Reads the three fields: one or two digits for day and month, or the month's name or abbreviation in French
    /// or English, with or without accents; `00` for an unknown day or month; four digits for the year.
    pub fn parse(day: &str, month: &str, year: &str, today: NaiveDate) -> Result<Self, TypedDateError> {
        let fields = [day, month, year].map(|field| fold(field.trim()));
        let [day, month, year] = &fields;
        match fields.iter().filter(|field| field.is_empty()).count() {
            0 => {}
            3 => return Err(TypedDateError::Missing),
            _ => return Err(TypedDateError::Incomplete),
        }
        if year.len() != 4 {
            return Err(TypedDateError::YearDigits);
        }
        let year = number(year).ok_or(TypedDateError::YearDigits)?;
        let day = short_number(day).ok_or(TypedDateError::Unreal)?;
        let month = short_number(month)
            .or_else(|| month_named(month))
            .ok_or(TypedDateError::Unreal)?;
        if !is_real(year, month, day) {
            return Err(TypedDateError::Unreal);
        }
        let first_possible = NaiveDate::from_ymd_opt(i32::from(year), month.max(1).into(), day.max(1).into());
        if first_possible.is_some_and(|date| date > today) {
            return Err(TypedDateError::Future);
        }
        Ok(Self { year, month, day })
    }

    /// Whether the age on `today` is one that students have (14 to 110); anything else is worth a line in the
    /// log, not a refusal.
    pub fn is_plausible(&self, today: NaiveDate) -> bool {
        (14..=110).contains(&(today.year() - i32::from(self.year)))
    }
}

impl fmt::Debug for TypedDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedDate([REDACTED])")
    }
}

/// Whether there is such a day; 0 stands for any month, or any day.
fn is_real(year: u16, month: u8, day: u8) -> bool {
    match (month, day) {
        (0, day) => day <= 31,
        (1..=12, day) => day <= last_day(year, month),
        _ => false,
    }
}

fn last_day(year: u16, month: u8) -> u8 {
    (28..=31)
        .rev()
        .find(|day| NaiveDate::from_ymd_opt(i32::from(year), month.into(), (*day).into()).is_some())
        .unwrap_or(0)
}

fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn short_number(text: &str) -> Option<u8> {
    (text.len() <= 2)
        .then(|| number(text))
        .flatten()
        .and_then(|value| u8::try_from(value).ok())
}

/// The month that a folded word names. Abbreviations are accepted from the third letter on, except where two
/// months would share them (`jui`).
fn month_named(word: &str) -> Option<u8> {
    const NAMES: [(&str, &str); 12] = [
        ("janvier", "january"),
        ("fevrier", "february"),
        ("mars", "march"),
        ("avril", "april"),
        ("mai", "may"),
        ("juin", "june"),
        ("juillet", "july"),
        ("aout", "august"),
        ("septembre", "september"),
        ("octobre", "october"),
        ("novembre", "november"),
        ("decembre", "december"),
    ];
    let word = word.strip_suffix('.').unwrap_or(word);
    if word.len() < 3 {
        return None;
    }
    let mut named = (1_u8..)
        .zip(NAMES)
        .filter(|(_, (french, english))| french.starts_with(word) || english.starts_with(word));
    match (named.next(), named.next()) {
        (Some((month, _)), None) => Some(month),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 9, 14).unwrap()
    }

    fn typed(day: &str, month: &str, year: &str) -> Result<TypedDate, TypedDateError> {
        TypedDate::parse(day, month, year, today())
    }

    fn date(text: &str) -> BirthDate {
        BirthDate::parse_roster(text).unwrap()
    }

    #[test]
    fn every_writing_of_a_roster_gives_the_same_date() {
        for text in [
            "27/03/2008",
            "27-03-2008",
            "27.03.2008",
            "27/3/2008",
            "27032008",
            "2008-03-27",
            "20080327",
            "20080327000000Z",
            "20080327Z",
            " 27/03/2008 ",
            "2008-03-27 00:00:00",
            "2008-03-27T00:00:00",
        ] {
            assert_eq!(BirthDate::parse_roster(text), Ok(date("27/03/2008")), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_date_says_why() {
        for (text, error) in [
            ("", BirthDateError::Missing),
            ("39534", BirthDateError::Serial),
            ("31/02/2004", BirthDateError::Unreal),
            ("29/02/2003", BirthDateError::Unreal),
            ("12/13/2004", BirthDateError::Unreal),
            ("12/03/1742", BirthDateError::Unreal),
            ("12/03/04", BirthDateError::Format),
            ("3,9534E+04", BirthDateError::Format),
            ("hier", BirthDateError::Format),
            ("٢٧/03/2008", BirthDateError::Format),
        ] {
            assert_eq!(BirthDate::parse_roster(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_known_date_matches_itself_only() {
        let born = date("09/03/2004");

        assert!(born.matches(&typed("9", "3", "2004").unwrap()));
        for (day, month, year) in [
            ("3", "9", "2004"),
            ("9", "3", "2005"),
            ("00", "3", "2004"),
            ("0", "0", "2004"),
        ] {
            assert!(
                !born.matches(&typed(day, month, year).unwrap()),
                "{day}/{month}/{year}"
            );
        }
    }

    #[test]
    fn an_unknown_part_accepts_zeros_and_what_papers_print_instead() {
        let year_only = date("00/00/2004");
        let no_day = date("00/06/2004");

        assert!(year_only.is_partial() && no_day.is_partial());
        for (day, month) in [("00", "00"), ("1", "1"), ("31", "12")] {
            assert!(
                year_only.matches(&typed(day, month, "2004").unwrap()),
                "{day}/{month}"
            );
        }
        for (day, month) in [("1", "12"), ("31", "1"), ("12", "6"), ("00", "6")] {
            assert!(
                !year_only.matches(&typed(day, month, "2004").unwrap()),
                "{day}/{month}"
            );
        }
        for (day, accepted) in [("00", true), ("1", true), ("30", true), ("15", false)] {
            assert_eq!(
                no_day.matches(&typed(day, "6", "2004").unwrap()),
                accepted,
                "{day}"
            );
        }
    }

    #[test]
    fn months_may_be_typed_as_words_in_both_languages() {
        for (word, month) in [
            ("mars", 3),
            ("Mars", 3),
            ("MAR.", 3),
            ("août", 8),
            ("aout", 8),
            ("Aug", 8),
            ("févr.", 2),
            ("feb", 2),
            ("décembre", 12),
            ("dec", 12),
            ("juil", 7),
            ("july", 7),
            ("juin", 6),
            ("jun", 6),
            ("mai", 5),
            ("may", 5),
            ("avr", 4),
            ("apr", 4),
            ("sept", 9),
            ("janv", 1),
            ("october", 10),
        ] {
            assert_eq!(
                typed("5", word, "2004").map(|date| date.month),
                Ok(month),
                "{word}"
            );
        }
        for word in ["jui", "ma", "marsupial", "13", "003", "-1", "+3"] {
            assert_eq!(typed("5", word, "2004"), Err(TypedDateError::Unreal), "{word}");
        }
    }

    #[test]
    fn each_mistake_has_its_name() {
        for (day, month, year, error) in [
            ("", " ", "", TypedDateError::Missing),
            ("5", "", "2004", TypedDateError::Incomplete),
            ("31", "2", "2004", TypedDateError::Unreal),
            ("29", "2", "2003", TypedDateError::Unreal),
            ("32", "00", "2003", TypedDateError::Unreal),
            ("5", "3", "04", TypedDateError::YearDigits),
            ("5", "3", "2oo4", TypedDateError::YearDigits),
            ("15", "9", "2026", TypedDateError::Future),
            ("00", "00", "2027", TypedDateError::Future),
        ] {
            assert_eq!(typed(day, month, year), Err(error), "{day}/{month}/{year}");
        }
    }

    #[test]
    fn a_birth_date_never_prints_itself() {
        assert!(!format!("{:?} {:?}", date("27/03/2008"), typed("27", "3", "2008").unwrap()).contains("27"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(a in "\\PC{0,12}", b in "\\PC{0,12}", c in "\\PC{0,12}") {
            let _ = BirthDate::parse_roster(&a);
            let _ = typed(&a, &b, &c);
        }

        #[test]
        fn what_is_stored_is_read_again(year in 1900_u16..2030, month in 0_u8..13, day in 0_u8..32) {
            if let Some(date) = BirthDate::new(year, month, day) {
                prop_assert_eq!(BirthDate::parse_roster(&date.to_iso()), Ok(date));
            }
        }
    }
}
