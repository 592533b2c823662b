//! The releases of a student, of staff and of a guest.

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_789_000_000, 0).unwrap()
}

fn enrolment(step: &str, cursus: &str) -> Enrolment {
    Enrolment {
        year: 2026,
        establishment: "0999999X".to_owned(),
        component: "UFRSCI".to_owned(),
        step: step.to_owned(),
        regime: "10".to_owned(),
        cursus: cursus.to_owned(),
        ..Enrolment::default()
    }
}

fn camille() -> Person {
    Person {
        login: "corsonneau2".to_owned(),
        names: Names::new("Camille", "Orsonneau"),
        mail: "camille.orsonneau2@etu.univ.example".to_owned(),
        kind: Kind::Student,
        reference: "22601234".to_owned(),
        title: Some(Title::Mme),
        affiliations: vec![],
        enrolments: vec![enrolment("L1INFO", "L1"), enrolment("L1MATH", "L1")],
        scope: "univ.example".to_owned(),
        establishment: "0999999X".to_owned(),
        unlisted: false,
        ine: Some("000123456XY".to_owned()),
        birth_date: BirthDate::new(2008, 3, 27),
        standing: Standing::Active,
    }
}

fn values(person: &Person, name: &str) -> Vec<String> {
    person
        .asked([name], now())
        .into_iter()
        .flat_map(|(_, values)| values)
        .collect()
}

#[test]
fn a_student_is_released_in_the_names_of_the_schemas() {
    let released: Vec<String> = camille()
        .attributes(now())
        .into_iter()
        .map(|(name, values)| format!("{name}={}", values.join(" | ")))
        .collect();

    let composite = |step| {
        format!(
            "[etab={{UAI}}0999999X][anneeinsc=2026][regimeinsc={{SISE}}10][cursusann={{SUPANN}}L1][affect=UFRSCI]\
             [etape={{UAI:0999999X}}{step}]"
        )
    };
    let composites = format!(
        "supannEtuInscription={} | {}",
        composite("L1INFO"),
        composite("L1MATH")
    );
    assert_eq!(
        released,
        [
            "uid=corsonneau2",
            "sn=Orsonneau",
            "givenName=Camille",
            "displayName=Camille Orsonneau",
            "cn=Camille Orsonneau",
            "mail=camille.orsonneau2@etu.univ.example",
            "eduPersonPrincipalName=corsonneau2@univ.example",
            "eduPersonPrimaryAffiliation=student",
            "eduPersonAffiliation=student | member",
            "eduPersonScopedAffiliation=student@univ.example | member@univ.example",
            "supannCivilite=Mme",
            "supannEtuId=22601234",
            "supannEtablissement={UAI}0999999X",
            "supannEntiteAffectation=UFRSCI",
            "supannEntiteAffectationPrincipale=UFRSCI",
            "supannEtuAnneeInscription=2026",
            "supannEtuCursusAnnee={SUPANN}L1",
            "supannEtuEtape={UAI:0999999X}L1INFO | {UAI:0999999X}L1MATH",
            "supannEtuRegimeInscription={SISE}10",
            &composites,
            "supannRessourceEtatDate={COMPTE}A:SupannActif::",
        ]
    );
}

#[test]
fn the_birth_date_and_the_national_identifier_are_released_only_when_named() {
    let all = camille().attributes(now());
    assert!(all.iter().all(|(name, _)| !SENSITIVE.contains(&name.as_str())));
    assert!(!format!("{all:?}").contains("000123456XY"));

    assert_eq!(values(&camille(), "supannOIDCDateDeNaissance"), ["2008-03-27"]);
    assert_eq!(values(&camille(), "supannCodeINE"), ["000123456XY"]);
}

#[test]
fn a_birth_date_known_in_part_is_not_released_as_a_date() {
    let person = Person {
        birth_date: BirthDate::new(2004, 0, 0),
        ..camille()
    };
    assert!(values(&person, "supannOIDCDateDeNaissance").is_empty());
}

#[test]
fn staff_have_a_staff_number_and_no_file_number() {
    let person = Person {
        kind: Kind::Staff,
        affiliations: vec![Affiliation::Member, Affiliation::Teacher, Affiliation::Faculty],
        enrolments: vec![],
        ..camille()
    };

    assert_eq!(
        values(&person, "eduPersonAffiliation"),
        ["faculty", "teacher", "employee", "member"]
    );
    assert_eq!(values(&person, "eduPersonPrimaryAffiliation"), ["faculty"]);
    assert_eq!(values(&person, "supannEmpId"), ["22601234"]);
    assert!(values(&person, "supannEtuId").is_empty());
    assert!(values(&person, "supannEtuInscription").is_empty());
}

#[test]
fn a_guest_is_an_affiliate_and_no_member() {
    let person = Person {
        kind: Kind::Guest,
        ..camille()
    };
    assert_eq!(values(&person, "eduPersonAffiliation"), ["affiliate"]);
}

#[test]
fn one_name_is_a_surname_for_those_who_need_one() {
    let person = Person {
        names: Names::new("Maheswari", ""),
        ..camille()
    };

    assert_eq!(values(&person, "sn"), ["Maheswari"]);
    assert_eq!(values(&person, "displayName"), ["Maheswari"]);
}

#[test]
fn what_is_empty_or_unknown_is_left_out() {
    let person = Person {
        mail: String::new(),
        title: None,
        ..camille()
    };
    assert_eq!(person.asked(["mail", "supannCivilite", "homePhone"], now()), []);
}

#[test]
fn the_old_third_title_is_refused() {
    assert_eq!(
        ["M.", "m", "MME", "Mme."]
            .map(Title::parse)
            .iter()
            .flatten()
            .count(),
        4
    );
    assert_eq!(Title::parse("Mlle"), None);
}

#[test]
fn the_account_state_names_its_end() {
    let person = Person {
        standing: Standing::Leaving {
            until: now() + chrono::Duration::days(30),
        },
        ..camille()
    };
    assert_eq!(
        values(&person, "supannRessourceEtatDate"),
        ["{COMPTE}A:SupannSursis::20261010"]
    );
}
