//! The people and services of every test.

use std::sync::Arc;

use chrono::Duration;
use vestibule::app::App;
use vestibule::cas::catalogue::Service;
use vestibule::people::code::CertificateCode;
use vestibule::store::accounts::Account;
use vestibule::store::people::Person;
use vestibule::store::{self};

use super::server::start;

/// Everybody's password, chosen.
pub const PASSWORD: &str = "le vélo de Camille roule";

/// Active: Camille Orsonneau, a student.
pub const CAMILLE: &str = "corsonneau";
/// Active: Émile Vaubrunel, a student.
pub const EMILE: &str = "evaubrunel2";
/// Active: a member of staff.
pub const STAFF: &str = "ptarnevoix";
/// Pending: file number and birth date.
pub const PENDING: (&str, [&str; 3]) = ("22601234", ["27", "3", "2007"]);
/// Active, with this code: file number, birth date, code.
pub const LOST: (&str, [&str; 3]) = ("22500001", ["14", "2", "2006"]);
/// Suspended.
pub const SUSPENDED: &str = "msuspendue";

/// A person of the tests.
struct One {
    kind: &'static str,
    reference: &'static str,
    login: &'static str,
    given: &'static str,
    name: &'static str,
    born: &'static str,
    standing: &'static str,
    affiliations: &'static str,
}

const EVERYBODY: [One; 7] = [
    student(LOST.0, CAMILLE, "Camille", "Orsonneau", "2006-02-14", "active"),
    student("22500002", EMILE, "Émile", "Vaubrunel", "2006-09-30", "active"),
    student(
        PENDING.0,
        "jkerlodoc",
        "Jean-Baptiste",
        "Kerlodoc",
        "2007-03-27",
        "pending",
    ),
    student(
        "22601235",
        "adiombarka",
        "Aïssatou",
        "Diombarka",
        "2004-00-00",
        "pending",
    ),
    student(
        "22601236",
        SUSPENDED,
        "Maud",
        "Suspendue",
        "2005-01-02",
        "suspended",
    ),
    student(
        "22601237",
        "zoeillardet",
        "Zoë",
        "Œillardet",
        "2005-05-05",
        "closed",
    ),
    One {
        affiliations: "staff",
        kind: "staff",
        ..student("90000001", STAFF, "Paul", "Tarnevoix", "1970-06-01", "active")
    },
];

const fn student(
    reference: &'static str,
    login: &'static str,
    given: &'static str,
    name: &'static str,
    born: &'static str,
    standing: &'static str,
) -> One {
    One {
        kind: "student",
        reference,
        login,
        given,
        name,
        born,
        standing,
        affiliations: "",
    }
}

/// The certificate code of Camille and of everybody pending.
pub const CODE: &str = "VZJG4-PH2G8";

/// Writes everybody into the database, as an import a month ago would have.
pub async fn enter(app: &Arc<App>) {
    let month_ago = start() - Duration::days(30);
    let normal = vestibule::people::password::normalise(PASSWORD);
    let hash = app.hasher.hash(&normal.as_str().into()).await.expect("a hash");
    let code = CertificateCode::parse(CODE).expect("the code of the tests is well formed");
    let secret = app.hasher.hash_code(&code.canonical().into());
    app.db
        .write(move |conn| {
            for one in &EVERYBODY {
                store::people::add(conn, &person(one, month_ago.timestamp_micros()))?;
                store::accounts::add(conn, &account(one, &hash, month_ago.timestamp_micros()))?;
                let code = store::codes::Code {
                    id: format!("code-{}", one.login),
                    person_id: one.login.to_owned(),
                    secret: secret.clone(),
                    year: 2026,
                    origin: "certificate".into(),
                    issued_at: month_ago.timestamp_micros(),
                    expires_at: (month_ago + Duration::days(400)).timestamp_micros(),
                    tries: 0,
                    spent_at: None,
                    revoked_at: None,
                };
                store::codes::add(conn, &code)?;
            }
            Ok(())
        })
        .await
        .expect("everybody is written");
}

fn person(one: &One, at: i64) -> Person {
    let enrolment = r#"[{"year":2026,"establishment":"0999999X","component":"UFRSCI","step":"L1INFO","degree":"","regime":"10","cursus":"L1"}]"#;
    Person {
        id: one.login.to_owned(),
        kind: one.kind.to_owned(),
        reference: one.reference.to_owned(),
        birth_name: one.name.to_owned(),
        usage_name: None,
        given_names: one.given.to_owned(),
        usage_given_name: None,
        title: None,
        birth_date: Some(one.born.to_owned()),
        ine: None,
        personal_mail: None,
        affiliations: one.affiliations.to_owned(),
        enrolments: if one.kind == "student" {
            enrolment.to_owned()
        } else {
            "[]".to_owned()
        },
        rights_start: None,
        rights_end: None,
        source_hash: None,
        created_at: at,
        updated_at: at,
    }
}

fn account(one: &One, hash: &str, at: i64) -> Account {
    let active = one.standing != "pending";
    Account {
        id: one.login.to_owned(),
        login: one.login.to_owned(),
        mail: format!("{}@etu.univ.example", one.login),
        standing: one.standing.to_owned(),
        password_hash: active.then(|| hash.to_owned()),
        password_kind: active.then(|| "chosen".to_owned()),
        password_since: active.then_some(at),
        epoch: 0,
        charter_version: None,
        charter_at: None,
        activated_at: active.then_some(at),
        last_login_at: None,
        previous_login_at: None,
        updated_at: at,
    }
}

/// The four services of the digital workspace.
pub fn services() -> Vec<Service> {
    [MAIL, COURSES, TIMETABLE, RECORDS]
        .iter()
        .map(|text| toml::from_str(text).expect("a service reads"))
        .collect()
}

const MAIL: &str = r#"
key = "mail"
name = { fr = "Messagerie", en = "Email" }
url = "https://mail.univ.example/"
release = ["displayName", "mail"]
tile = { url = "https://mail.univ.example/", order = 1 }
"#;

const COURSES: &str = r#"
key = "courses"
name = { fr = "Cours en ligne", en = "Online courses" }
url = "https://cours.univ.example/"
aliases = ["https://*.cours.univ.example/moodle"]
release = ["displayName", "givenName", "sn", "mail", "eduPersonPrimaryAffiliation", "eduPersonAffiliation"]
tile = { url = "https://cours.univ.example/", order = 2 }
"#;

const TIMETABLE: &str = r#"
key = "timetable"
name = { fr = "Emploi du temps", en = "Timetable" }
url = "https://edt.univ.example/"
username_attribute = "supannEtuId"
release = [{ from = "supannEtuId", as = "numero" }]
logout = { kind = "none" }
tile = { url = "https://edt.univ.example/", order = 3 }
"#;

const RECORDS: &str = r#"
key = "records"
name = { fr = "Dossier de scolarité", en = "Student record" }
url = "https://scolarite.univ.example/"
affiliations = ["student"]
tile = { url = "https://scolarite.univ.example/", order = 4 }
"#;

pub const MAIL_URL: &str = "https://mail.univ.example/";
pub const COURSES_URL: &str = "https://cours.univ.example/";
