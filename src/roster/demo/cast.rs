//! The people who are in every demo: one for each difficulty that names, dates and states have.

use super::{DemoRow, State};
use crate::kernel::entropy::Entropy;
use crate::people::account::Kind;
use crate::people::code::CertificateCode;

/// Given name, surname, birth date, years since the first enrolment, step, state.
type Entry = (&'static str, &'static str, &'static str, u16, &'static str, State);

const STUDENTS: [Entry; 30] = [
    // Twins, then siblings, then homonyms of two faculties.
    ("Éloïse", "Vaubrunel", "27/03/2008", 0, "L1INFO", State::Pending),
    ("Émile", "Vaubrunel", "27/03/2008", 0, "L1MATH", State::Pending),
    ("Léa", "Brivanchet", "14/07/2006", 2, "L3HIST", State::Active),
    ("Léo", "Brivanchet", "02/11/2007", 1, "L2HIST", State::Active),
    ("Camille", "Orsonneau", "09/05/2007", 1, "L2BIOL", State::Active),
    ("Camille", "Orsonneau", "21/12/2005", 3, "M1DROI", State::Active),
    // Apostrophes, hyphens, ligatures, particles, stacked diacritics.
    ("Noémie", "d’Aigueperle", "03/01/2006", 2, "L3LETT", State::Active),
    ("N'Golo", "Tabourendo", "30/06/2005", 3, "M1STAP", State::Active),
    (
        "Jean-Baptiste",
        "Kerlodoc-Saint-Évroult",
        "11/09/2007",
        1,
        "L2PHYS",
        State::Active,
    ),
    ("Zoë", "Œillardet", "18/04/2008", 0, "L1LETT", State::Pending),
    ("Mehdi", "El Mazoual", "25/08/2007", 1, "L2ECOG", State::Active),
    (
        "Yasmine",
        "Ben Ouardane",
        "07/02/2006",
        2,
        "L3CHIM",
        State::Active,
    ),
    (
        "Thị Hồng Hạnh",
        "Nguyễn-Vertaire",
        "19/10/2004",
        4,
        "M2INFO",
        State::Active,
    ),
    ("Søren", "Bjælkegård", "01/12/2003", 0, "L3ANGL", State::Pending),
    ("Łucja", "Żwirkoszewska", "16/06/2004", 0, "M1PHIL", State::Active),
    // Very short, single and very long names; two surnames.
    ("O", "Y", "05/05/2008", 0, "L1MATH", State::Pending),
    ("", "Maheswari", "12/08/2003", 0, "M2CHIM", State::Active),
    (
        "Anne-Sophie",
        "de La Roche-Tanguerel de Montfaubrun",
        "28/02/2007",
        1,
        "L2PSYC",
        State::Active,
    ),
    (
        "Ana María",
        "Quintanedo y Valsoto",
        "23/09/2005",
        0,
        "M1LEA",
        State::Active,
    ),
    // Dates of which not all is known, and a leap day.
    ("Aïssatou", "Diombarka", "00/00/2004", 2, "L3PSYC", State::Pending),
    ("Rutendo", "Chimbwira", "31/12/1999", 3, "M1BIOL", State::Active),
    (
        "Aleksandr",
        "Vorontsalin",
        "29/02/2004",
        4,
        "M2PHYS",
        State::Active,
    ),
    // Usage names; a name that is a reserved word in two parts.
    ("Alexandra", "Tarnevoix", "15/03/2006", 2, "L3INFO", State::Active),
    ("Margaux", "Delmourier", "08/11/2002", 5, "D1HIST", State::Active),
    ("Root", "Admin", "13/01/2008", 0, "L1INFO", State::Active),
    // A leaver, a returner, a minor, somebody of sixty-one, somebody suspended.
    (
        "Basile",
        "Grandvasseau",
        "20/05/2003",
        5,
        "M2DROI",
        State::Leaving,
    ),
    (
        "Clémence",
        "Petitclairet",
        "17/07/2001",
        7,
        "M1PSYC",
        State::Returning,
    ),
    ("Timéo", "Maurevallon", "10/10/2010", 0, "L1MATH", State::Pending),
    (
        "Monique",
        "Lecourvoisin",
        "04/04/1965",
        1,
        "L2PHIL",
        State::Active,
    ),
    (
        "Gaspard",
        "Barbezelle",
        "22/01/2006",
        2,
        "L3DROI",
        State::Suspended,
    ),
];

/// The cast for the academic year that begins in `year`; the same for every seed.
pub(super) fn rows(year: u16) -> Vec<DemoRow> {
    // A seed of its own: the codes of the cast can stand in the documentation.
    let entropy = Entropy::seeded(1965);
    let mut rows: Vec<DemoRow> = (1_u32..)
        .zip(STUDENTS)
        .map(|(rank, entry)| student(rank, entry, year, &entropy))
        .collect();
    rows.extend(student_and_staff(year, &entropy));
    rows
}

fn student(rank: u32, entry: Entry, year: u16, entropy: &Entropy) -> DemoRow {
    let (given_names, birth_name, birth_date, years, step, state) = entry;
    let mut row = DemoRow {
        number: format!("{:02}{rank:06}", (year - years) % 100),
        birth_name: birth_name.to_owned(),
        given_names: given_names.to_owned(),
        birth_date: birth_date.to_owned(),
        ine: format!("000{rank:06}ZZ"),
        code: CertificateCode::generate(entropy).display().to_string(),
        state,
        ..DemoRow::default()
    };
    row.enrol(year, step);
    match given_names {
        "Alexandra" => "Alex".clone_into(&mut row.usage_given_name),
        "Margaux" => "Delmourier".clone_into(&mut row.usage_name),
        _ => {}
    }
    if given_names == "Margaux" {
        "Saintorel".clone_into(&mut row.birth_name);
    }
    row.write_to_oneself();
    row
}

/// One human, two numbers: employed, and enrolled beside it.
fn student_and_staff(year: u16, entropy: &Entropy) -> [DemoRow; 2] {
    let mut studies = student(
        31,
        ("Solène", "Fontanerive", "06/06/1990", 1, "M1INFO", State::Active),
        year,
        entropy,
    );
    "Mme".clone_into(&mut studies.title);
    let works = DemoRow {
        number: "9000001".to_owned(),
        kind: Kind::Staff,
        affiliations: "staff".to_owned(),
        code: CertificateCode::generate(entropy).display().to_string(),
        component: "BU".to_owned(),
        year: String::new(),
        step: String::new(),
        degree: String::new(),
        regime: String::new(),
        cursus: String::new(),
        ..studies.clone()
    };
    [studies, works]
}
