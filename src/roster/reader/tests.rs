//! Files as registrars send them.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::super::row::GivenNames;
use super::*;
use crate::people::account::Kind;
use crate::people::file_number::FileNumberFormat;

const HEADER: &str = "numero_dossier;nom_naissance;prenoms;date_naissance";

fn options() -> Options {
    Options {
        file_number: FileNumberFormat::default(),
        staff_number: FileNumberFormat {
            min_digits: 4,
            max_digits: 8,
            max_letters: 1,
        },
        given_names: GivenNames::Commas,
        today: NaiveDate::from_ymd_opt(2026, 9, 1).unwrap(),
    }
}

fn file(header: &str, rows: &[&str]) -> Roster {
    let text = format!("{header}\r\n{}\r\n", rows.join("\r\n"));
    read(text.as_bytes(), &options()).unwrap()
}

fn remarks(remarks: &[Remark]) -> Vec<(u64, &str)> {
    remarks
        .iter()
        .map(|remark| (remark.line, remark.column.map_or("", Column::name)))
        .collect()
}

#[test]
fn a_plain_file_becomes_people() {
    let roster = file(
        "Numéro;NOM_FAMILLE;nom_usage;Prénom;prenom_usage;civilite;Date de naissance;ine;courriel_perso;annee;uai;composante;etape;cursus;couleur",
        &[
            "02601234;Tarnevoix;;Alexandra, Marie;Alex;Mme;27/03/2008;000123456XY;alex@courriel.example;2026-2027;0999999X;UFRSCI;L1INFO;L1;bleu",
        ],
    );

    let [person] = roster.people.as_slice() else {
        panic!("{roster:?}")
    };
    assert_eq!(person.reference, "02601234");
    assert_eq!(person.names.display_name(), "Alex Tarnevoix");
    assert_eq!(person.names.given_names, ["Alexandra", "Marie"]);
    assert_eq!(
        (person.enrolments[0].year, person.enrolments[0].step.as_str()),
        (2026, "L1INFO")
    );
    assert_eq!(roster.errors, []);
    assert_eq!(roster.warnings[0].message, "Colonne ignorée : « couleur ».");
    assert_eq!((roster.separator, roster.encoding), (';', Encoding::Utf8));
}

#[test]
fn the_order_of_columns_and_the_separator_are_free() {
    for separator in [",", ";", "\t"] {
        let text = "date_naissance;prenoms;nom_naissance;numero\n2008-03-27;Zoë;Œillardet;22600001\n";
        let roster = read(text.replace(';', separator).as_bytes(), &options()).unwrap();
        assert_eq!(
            roster.people[0].names.display_name(),
            "Zoë Œillardet",
            "{separator:?}"
        );
    }
}

#[test]
fn three_accented_names_show_whether_the_encoding_was_understood() {
    let rows = b"numero;nom;prenom;naissance\n22600001;\x8cillardet;Zo\xeb;27/03/2008\n22600002;Plat;Jean;27/03/2008\n";
    let roster = read(rows, &options()).unwrap();

    assert_eq!(roster.encoding, Encoding::Windows1252);
    assert_eq!(roster.accented_samples, ["Zoë Œillardet"]);
}

#[test]
fn every_refused_row_names_its_line_and_its_column() {
    let roster = file(
        "numero;nom;prenom;naissance;type;annee;login;courriel;code_certificat;fin_droits",
        &[
            "2,2E+07;A;B;27/03/2008",
            "",
            "2260123.0;A;B;27/03/2008",
            "0123456789A;A;B;27/03/2008",
            ";A;B;27/03/2008",
            "22600005;;B;27/03/2008",
            "22600006;A;B;",
            "22600007;A;B;31/02/2008",
            "22600008;A;B;39534",
            "22600009;A;B;27/03/2031",
            "22600010;A;B;27/03/2008;robot",
            "22600011;A;B;27/03/2008;;2026-2028",
            "22600012;A;B;27/03/2008;;;a b",
            "22600013;A;B;27/03/2008;;;;nobody",
            "22600014;A;B;27/03/2008;;;;;VZJG4-PH2G9",
            "22600015;A;B;27/03/2008;invite;;;;;",
            "22600016;A;B;27/03/2008;;;;;;;trop",
            "22600017;A;B\u{7};27/03/2008",
        ],
    );

    assert_eq!(roster.people, []);
    assert_eq!(
        remarks(&roster.errors),
        [
            (2, "numero_dossier"),
            (4, "numero_dossier"),
            (5, "numero_dossier"),
            (6, "numero_dossier"),
            (7, "nom_naissance"),
            (8, "date_naissance"),
            (9, "date_naissance"),
            (10, "date_naissance"),
            (11, "date_naissance"),
            (12, "type"),
            (13, "annee"),
            (14, "login"),
            (15, "courriel"),
            (16, "code_certificat"),
            (17, "fin_droits"),
            (18, ""),
            (19, ""),
        ]
    );
    assert!(roster.errors[0].message.contains("tableur") && roster.errors[7].message.contains("tableur"));
    assert_eq!(roster.unidentified, 7);
    assert!(roster.refused.contains(&(Kind::Student, "22600006".to_owned())));
}

#[test]
fn odd_cells_are_remarked_and_taken() {
    let roster = file(
        "numero;nom;prenom;naissance;civilite;ine;courriel_perso;affiliations",
        &[
            "22600001;A;B;27/03/1899;Mlle;12345;pas une adresse;student,roi",
            "22600002;A;B;00/00/2004",
        ],
    );

    assert_eq!(roster.people.len(), 2);
    assert_eq!(
        remarks(&roster.warnings),
        [
            (2, "date_naissance"),
            (2, "civilite"),
            (2, "ine"),
            (2, "courriel_perso"),
            (2, "affiliations")
        ]
    );
    assert_eq!(roster.partial_dates, 1);
}

#[test]
fn rows_of_one_number_are_one_person_in_whatever_order() {
    let header = "numero;nom;prenom;naissance;etape;courriel_perso";
    let rows = [
        "22600001;Vaubrunel;Eloise;27/03/2008;L1INFO;b@courriel.example",
        "22600001;VAUBRUNEL;Éloïse;2008-03-27;L1MATH;a@courriel.example",
        "22600001;Vaubrunel;Éloïse;27032008;L1INFO;",
    ];
    let mut hashes = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let roster = file(header, &order.map(|index| rows[index]));
        let [person] = roster.people.as_slice() else {
            panic!("{roster:?}")
        };
        assert_eq!(person.enrolments.len(), 2);
        assert_eq!(person.names.given_names, ["Éloïse"]);
        hashes.push(person.source_hash());
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
}

#[test]
fn a_contradiction_inside_the_file_refuses_that_person_only() {
    let roster = file(
        HEADER,
        &[
            "22600001;Vaubrunel;Éloïse;27/03/2008",
            "22600002;Brivanchet;Léa;01/02/2007",
            "22600001;Vaubrunel;Éloïse;28/03/2008",
            "22600001;Vaubrunel;Éloïse;27/03/2008",
        ],
    );

    assert_eq!(roster.people.len(), 1);
    assert_eq!(remarks(&roster.errors), [(4, "date_naissance")]);
    assert!(roster.refused.contains(&(Kind::Student, "22600001".to_owned())));
}

#[test]
fn a_refused_row_holds_back_the_other_rows_of_its_number() {
    let roster = file(
        HEADER,
        &[
            "22600001;Vaubrunel;Éloïse;27/03/2008",
            "22600001;Vaubrunel;Éloïse;31/02/2008",
        ],
    );
    assert_eq!(roster.people, []);
}

#[test]
fn twins_are_two_people_and_homonyms_of_one_day_are_suspected() {
    let roster = file(
        "numero;nom;prenom;naissance;ine;type",
        &[
            "22600001;Vaubrunel;Éloïse;27/03/2008;000000001AA",
            "22600002;Vaubrunel;Émile;27/03/2008;000000002AA",
            "22600003;VAUBRUNEL;Emile;27/03/2008;000000003AA",
            "22600004;Orsonneau;Camille;01/01/2001;000000001AA",
            "9001;Vaubrunel;Émile;27/03/2008;000000002AA;personnel",
        ],
    );

    assert_eq!(roster.people.len(), 5);
    let suspicion = |shared, references: [&str; 2]| Suspicion {
        shared,
        references: references.map(str::to_owned).to_vec(),
    };
    assert_eq!(
        roster.suspicions,
        [
            suspicion(Shared::Ine, ["22600001", "22600004"]),
            suspicion(Shared::NamesAndDate, ["22600002", "22600003"]),
        ]
    );
}

#[test]
fn an_unclosed_quote_does_not_swallow_the_file_in_silence() {
    let many: Vec<String> = (0..40)
        .map(|n| format!("226000{n:02};Nom;Prénom;27/03/2008"))
        .collect();
    let mut rows: Vec<&str> = many.iter().map(String::as_str).collect();
    rows[3] = "22600003;\"Nom;Prénom;27/03/2008";
    let roster = file(HEADER, &rows);

    assert_eq!(roster.people.len(), 3);
    assert_eq!(roster.errors.len(), 1);
}

#[test]
fn the_line_after_a_quoted_break_and_empty_lines_is_still_right() {
    let roster = file(
        HEADER,
        &[
            "",
            ";;;",
            "22600001;\"d’Aigue\nperle\";Noémie;27/03/2008",
            "",
            "22600002;A;B;hier",
        ],
    );

    assert_eq!(remarks(&roster.errors), [(4, ""), (7, "date_naissance")]);
}

#[test]
fn what_is_no_roster_says_why() {
    let error = |bytes: &[u8]| read(bytes, &options()).unwrap_err();

    assert_eq!(error(b" \r\n"), Unreadable::Empty);
    assert_eq!(error(b"\xff\xfeabc"), Unreadable::Encoding);
    assert_eq!(
        error(b"numero;nom\n1;2\n").to_string(),
        "the roster lacks the columns prenoms, date_naissance"
    );
    assert_eq!(
        error(b"numero;nom;prenom;nom_famille;naissance"),
        Unreadable::Twice(Column::BirthName)
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), rows in "\\PC{0,200}") {
        let _ = read(&bytes, &options());
        let _ = read(format!("{HEADER}\n{rows}").as_bytes(), &options());
        let _ = read(&[HEADER.as_bytes(), b"\n", &bytes].concat(), &options());
    }
}
