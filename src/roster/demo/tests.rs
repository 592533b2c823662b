//! The demo's roster is read by the reader, and has the shape that it is said to have.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::*;
use crate::people::file_number::FileNumberFormat;
use crate::people::naming::LoginRule;
use crate::roster::reader::{Roster, read};
use crate::roster::row::{GivenNames, Options};
use crate::roster::text::Encoding;

fn reread(bytes: &[u8]) -> Roster {
    let options = Options {
        file_number: FileNumberFormat::default(),
        staff_number: FileNumberFormat::default(),
        given_names: GivenNames::Commas,
        today: NaiveDate::from_ymd_opt(2026, 9, 1).unwrap(),
    };
    read(bytes, &options).unwrap()
}

fn demo() -> DemoRoster {
    DemoRoster::generate(2_000, 42, 2026)
}

/// One row for each number.
fn humans(roster: &DemoRoster) -> Vec<&DemoRow> {
    let mut seen = HashSet::new();
    roster
        .rows
        .iter()
        .filter(|row| seen.insert(&row.number))
        .collect()
}

#[test]
fn the_same_seed_invents_the_same_people() {
    assert_eq!(demo(), demo());
    assert_ne!(demo(), DemoRoster::generate(2_000, 43, 2026));
    assert_eq!(
        DemoRoster::generate(40, 1, 2026).rows[..30],
        DemoRoster::generate(90, 2, 2026).rows[..30]
    );
}

#[test]
fn the_reader_takes_every_row_in_every_encoding() {
    let demo = demo();
    let people = humans(&demo).len();
    for (encoding, read_as, separator) in [
        (FileEncoding::Utf8, Encoding::Utf8, ';'),
        (FileEncoding::Utf8Bom, Encoding::Utf8, ','),
        (FileEncoding::Windows1252, Encoding::Windows1252, '\t'),
    ] {
        let roster = reread(&to_csv(&demo.rows, encoding, separator, Dirt::None));
        assert_eq!(roster.errors, []);
        assert_eq!(roster.warnings, []);
        assert_eq!((roster.people.len(), roster.rows), (people, demo.rows.len()));
        assert_eq!((roster.encoding, roster.separator), (read_as, separator));
        assert_eq!(roster.accented_samples[0], "Éloïse Vaubrunel");
    }
}

#[test]
fn the_cast_gets_the_logins_of_the_documentation() {
    let roster = reread(&to_csv(
        &DemoRoster::generate(0, 42, 2026).rows,
        FileEncoding::Utf8,
        ';',
        Dirt::None,
    ));
    let mut logins: HashSet<String> = HashSet::new();
    let given: Vec<String> = roster
        .people
        .iter()
        .map(|person| {
            let login = LoginRule::default()
                .login(&person.names, |login| logins.contains(login))
                .to_string();
            logins.insert(login.clone());
            login
        })
        .collect();

    assert_eq!(
        given[..25],
        [
            "evaubrunel",
            "evaubrunel2",
            "lbrivanchet",
            "lbrivanchet2",
            "corsonneau",
            "corsonneau2",
            "ndaigueperle",
            "ntabourendo",
            "jkerlodocsaintev",
            "zoeillardet",
            "melmazoual",
            "ybenouardane",
            "tnguyenvertaire",
            "sbjaelkegard",
            "lzwirkoszewska",
            "oy1",
            "maheswari",
            "adelarochetangue",
            "aquintanedoyvals",
            "adiombarka",
            "rchimbwira",
            "avorontsalin",
            "atarnevoix",
            "mdelmourier",
            "radmin",
        ]
    );
}

#[test]
fn each_fault_is_found_and_nothing_else_is_lost() {
    let demo = DemoRoster::generate(200, 42, 2026);
    let clean = reread(&to_csv(&demo.rows, FileEncoding::Utf8, ';', Dirt::None));
    let dirty = reread(&to_csv(&demo.rows, FileEncoding::Utf8Bom, ';', Dirt::Rows));

    let found: Vec<(u64, &str)> = dirty
        .errors
        .iter()
        .map(|error| (error.line, error.column.map_or("", |column| column.name())))
        .collect();
    assert_eq!(
        found,
        [
            (4, "numero_dossier"),
            (5, "date_naissance"),
            (6, "date_naissance"),
            (7, "nom_naissance"),
            (10, "")
        ]
    );
    // One more for the harmless separator, one less for the number under two names.
    assert_eq!(dirty.people.len(), clean.people.len());
}

#[test]
fn mixed_encodings_are_remarked() {
    for encoding in [FileEncoding::Utf8, FileEncoding::Windows1252] {
        let roster = reread(&to_csv(&demo().rows, encoding, ';', Dirt::MixedEncodings));
        assert!(
            roster
                .warnings
                .iter()
                .any(|warning| warning.message.contains("encodages")),
            "{encoding:?}"
        );
    }
}

#[test]
fn the_mixture_is_the_one_announced() {
    let demo = demo();
    let humans = humans(&demo);
    let students: Vec<&&DemoRow> = humans.iter().filter(|row| row.kind == Kind::Student).collect();
    let percent = |test: &dyn Fn(&DemoRow) -> bool| {
        students.iter().filter(|row| test(row)).count() * 1_000 / students.len()
    };

    let mut cursus: HashMap<&str, usize> = HashMap::new();
    for row in &students {
        *cursus.entry(&row.cursus).or_default() += 1;
    }
    assert!(
        (380..460).contains(&percent(&|row| row.cursus == "L1")),
        "{cursus:?}"
    );
    assert!((210..290).contains(&percent(&|row| row.state == State::Pending)));
    assert!((660..740).contains(&percent(&|row| row.state == State::Active)));
    assert!((15..50).contains(&percent(&|row| row.state == State::Leaving)));
    assert!((50..110).contains(&percent(&|row| row.personal_mail.is_empty())));
    assert!((25..60).contains(&percent(&|row| !row.usage_name.is_empty())));
    let doubles = demo.rows.len() - humans.len();
    assert!((70..150).contains(&doubles), "{doubles}");
    assert_eq!(humans.iter().filter(|row| row.kind == Kind::Guest).count(), 10);
    assert_eq!(humans.iter().filter(|row| row.kind == Kind::Staff).count(), 61);
}

#[test]
fn a_whole_university_is_read_without_errors() {
    // Not a measurement (60,000 rows take 0.45 s in a release build), but a quadratic reader would show.
    let demo = DemoRoster::generate(15_000, 1, 2026);
    let roster = reread(&to_csv(&demo.rows, FileEncoding::Utf8, ';', Dirt::None));
    assert_eq!(roster.errors, []);
    assert!(roster.people.len() >= 15_000);
}
