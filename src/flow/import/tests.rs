//! Imports, on a real database.

use std::sync::Arc;

use chrono::TimeZone;
use secrecy::SecretString;

use super::*;
use crate::config::{Config, DatabasePlace};
use crate::kernel::clock::{Clock, ManualClock};
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::{Key, Keyring};
use crate::store::accounts::Holder;

mod leavers;
mod windows;

struct World {
    app: App,
    clock: ManualClock,
    _folder: tempfile::TempDir,
}

const HEADER: &str = "numero;nom;prenoms;naissance";

const WISHES: Wishes = Wishes {
    given_names: GivenNames::Commas,
    coverage: Coverage::Part,
    insistence: Insistence::Cautious,
};

const COMPLETE: Wishes = Wishes {
    coverage: Coverage::Complete,
    ..WISHES
};

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.database.place = DatabasePlace::Sqlite(folder.path().join("v.db"));
        config.hashing.memory_kib = 64;
        config.hashing.threads = 2;
        // Outside the months in which many leave.
        let clock = ManualClock::at(Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap());
        let app = App::build(
            config,
            &Keyring::new(Key::new([7; 32]), []),
            Arc::new(clock.clone()),
            Arc::new(Entropy::seeded(5)),
        )
        .unwrap();
        Self {
            app,
            clock,
            _folder: folder,
        }
    }

    async fn draft(&self, file: &str, wishes: &Wishes) -> Draft {
        compare(&self.app, file.as_bytes(), wishes)
            .await
            .unwrap()
            .unwrap()
    }

    /// Imports a file; gives the report and the codes in clear.
    async fn import(&self, file: &str) -> (Report, Vec<(String, String)>) {
        self.import_as(file, &WISHES).await
    }

    async fn import_as(&self, file: &str, wishes: &Wishes) -> (Report, Vec<(String, String)>) {
        let draft = self.draft(file, wishes).await;
        let codes = draft
            .codes()
            .map(|(number, code)| (number.to_owned(), code.display().to_string()))
            .collect();
        // The report is looked at before the draft is used up.
        let report = self.draft(file, wishes).await.report;
        assert_eq!(self.apply(draft).await, Applied::Done { kept: 0 });
        (report, codes)
    }

    async fn apply(&self, draft: Draft) -> Applied {
        let scene = Scene::operator("nobody");
        apply(&self.app, draft, &scene, Arc::new(Unwatched))
            .await
            .unwrap()
    }

    async fn holder(&self, number: &str) -> Option<Holder> {
        self.holder_of("student", number).await
    }

    async fn holder_of(&self, kind: &'static str, number: &str) -> Option<Holder> {
        let number = number.to_owned();
        let found = self
            .app
            .db
            .read(move |conn| store::accounts::holder_by_reference(conn, kind, &number));
        found.await.unwrap()
    }

    async fn logins(&self, numbers: &[&str]) -> Vec<String> {
        let mut logins = Vec::new();
        for number in numbers {
            logins.push(self.holder(number).await.unwrap().account.login);
        }
        logins
    }

    async fn codes(&self, number: &str) -> Vec<Code> {
        let id = self.holder(number).await.unwrap().account.id;
        self.app
            .db
            .read(move |conn| store::codes::newest(conn, &id))
            .await
            .unwrap()
    }

    /// Whether a printed code is the one in force.
    async fn opens(&self, number: &str, printed: &str) -> bool {
        let code: SecretString = CertificateCode::parse(printed).unwrap().canonical().into();
        let now = self.clock.now();
        let codes = self.codes(number).await;
        let good: Vec<&Code> = codes.iter().filter(|code| code.is_good(now)).collect();
        good.len() == 1 && self.app.hasher.is_code(&code, &good[0].secret)
    }

    async fn activate(&self, number: &str) {
        let id = self.holder(number).await.unwrap().account.id;
        let now = self.clock.now();
        self.app
            .db
            .write(move |conn| {
                store::accounts::activate(conn, &id, None, now)?;
                store::accounts::set_password(conn, &id, "hash", "chosen", now)?;
                store::accounts::signed_in(conn, &id, now)
            })
            .await
            .unwrap();
    }

    async fn stand(&self, number: &str, standing: &'static str) {
        let id = self.holder(number).await.unwrap().account.id;
        let now = self.clock.now();
        self.app
            .db
            .write(move |conn| store::accounts::set_standing(conn, &id, standing, now))
            .await
            .unwrap();
    }

    async fn accounts(&self) -> i64 {
        self.app.db.read(store::accounts::count).await.unwrap()
    }

    async fn audit(&self) -> Vec<store::audit::Record> {
        self.app
            .db
            .read(|conn| store::audit::newest(conn, None, 1_000))
            .await
            .unwrap()
    }
}

fn file(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

const CAMILLE: &str = "22600001;Orsonneau;Camille;27/03/2008";
const LEA: &str = "22600002;Brivanchet;Léa;01/02/2007";
const LEO: &str = "22600003;Brivanchet;Léo;05/09/2005";

/// `count` people who share nothing.
fn crowd(numbers: std::ops::Range<usize>) -> String {
    let rows: Vec<String> = numbers
        .map(|n| format!("226{n:05};Nom{};Prénom;27/03/2008", spelled(n)))
        .collect();
    file(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}

fn spelled(n: usize) -> String {
    n.to_string()
        .bytes()
        .map(|digit| char::from(b'a' + digit - b'0'))
        .collect()
}

fn counts(report: &Report) -> [usize; 5] {
    [
        report.new,
        report.changed,
        report.unchanged,
        report.back,
        report.codes,
    ]
}

#[tokio::test]
async fn a_comparison_writes_nothing() {
    let world = World::new();

    let draft = world.draft(&file(&[CAMILLE, LEA]), &WISHES).await;

    assert_eq!(counts(draft.report()), [2, 0, 0, 0, 2]);
    assert_eq!(world.accounts().await, 0);
    assert_eq!(world.audit().await, []);
}

#[tokio::test]
async fn people_arrive_waiting_for_activation_with_login_mail_and_code() {
    let world = World::new();

    let (report, codes) = world.import(&file(&[CAMILLE])).await;

    let holder = world.holder("22600001").await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 1]);
    assert_eq!(holder.account.login, "corsonneau");
    assert_eq!(holder.account.mail, "camille.orsonneau@etu.univ.example");
    assert_eq!(
        (holder.account.standing.as_str(), holder.account.epoch),
        ("pending", 0)
    );
    assert_eq!(holder.person.birth_date.as_deref(), Some("2008-03-27"));
    assert_eq!(codes[0].0, "22600001");
    assert!(world.opens("22600001", &codes[0].1).await);
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing_in_whatever_order() {
    let world = World::new();
    world.import(&file(&[CAMILLE, LEA, LEO])).await;
    let before = world.holder("22600001").await.unwrap();
    world.clock.advance(Duration::hours(1));

    let (report, codes) = world.import(&file(&[LEO, CAMILLE, LEA])).await;

    let after = world.holder("22600001").await.unwrap();
    assert_eq!(counts(&report), [0, 0, 3, 0, 0]);
    assert!(codes.is_empty());
    assert_eq!((after.person, after.account), (before.person, before.account));
    assert_eq!(world.codes("22600001").await.len(), 1);
}

#[tokio::test]
async fn a_new_name_changes_neither_login_nor_mail_nor_password_nor_code() {
    let world = World::new();
    let (_, codes) = world.import(&file(&[CAMILLE])).await;
    world.activate("22600001").await;
    let before = world.holder("22600001").await.unwrap();
    world.clock.advance(Duration::days(30));

    let renamed = "numero;nom;nom_usage;prenoms;naissance\n22600001;Orsonneau;Kerlodoc;Camille;27/03/2008\n";
    let (report, _) = world.import(renamed).await;

    let after = world.holder("22600001").await.unwrap();
    assert_eq!(counts(&report), [0, 1, 0, 0, 0]);
    assert_eq!(after.person.usage_name.as_deref(), Some("Kerlodoc"));
    assert_eq!(after.person.created_at, before.person.created_at);
    assert_eq!(after.account, before.account);
    assert!(world.opens("22600001", &codes[0].1).await);
}

#[tokio::test]
async fn twins_and_homonyms_are_named_in_the_order_of_the_file() {
    let world = World::new();

    let (report, _) = world
        .import(&file(&[
            LEO,
            LEA,
            "22600011;Orsonneau;Camille;01/01/2006",
            CAMILLE,
            "22600012;Vaubrunel;Éloïse;03/04/2007",
            "22600013;Vaubrunel;Émile;03/04/2007",
        ]))
        .await;

    assert_eq!(
        world
            .logins(&[
                "22600003", "22600002", "22600011", "22600001", "22600012", "22600013"
            ])
            .await,
        [
            "lbrivanchet",
            "lbrivanchet2",
            "corsonneau",
            "corsonneau2",
            "evaubrunel",
            "evaubrunel2"
        ]
    );
    let second = world.holder("22600001").await.unwrap();
    assert_eq!(second.account.mail, "camille.orsonneau2@etu.univ.example");
    assert_eq!(report.suspected_duplicates, []);
}

#[tokio::test]
async fn a_login_is_never_given_to_a_second_person_even_when_the_first_has_gone() {
    let world = World::new();
    world.import(&file(&[CAMILLE])).await;
    world.stand("22600001", "closed").await;

    world
        .import(&file(&["22600011;Orsonneau;Camille;01/01/2006"]))
        .await;

    assert_eq!(world.logins(&["22600011"]).await, ["corsonneau2"]);
}

#[tokio::test]
async fn a_login_of_the_file_is_kept_and_a_made_up_one_gives_way() {
    let world = World::new();
    let rows = "numero;nom;prenoms;naissance;login\n\
                22600001;Orsonneau;Camille;27/03/2008;\n\
                22600002;Brivanchet;Léa;01/02/2007;corsonneau\n\
                22600003;Brivanchet;Léo;05/09/2005;corsonneau\n";

    let (report, _) = world.import(rows).await;

    assert_eq!(
        world.logins(&["22600001", "22600002"]).await,
        ["corsonneau2", "corsonneau"]
    );
    assert_eq!(world.holder("22600003").await.map(drop), None);
    assert_eq!(report.errors.len(), 1);
    assert_eq!(
        (report.errors[0].line, report.errors[0].column),
        (4, Some(crate::roster::column::Column::Login))
    );
}

#[tokio::test]
async fn a_row_that_is_refused_has_its_line_number_and_the_rest_is_imported() {
    let world = World::new();

    let (report, _) = world
        .import(&file(&[
            CAMILLE,
            "2,2E+07;X;Y;01/01/2000",
            LEA,
            "22600009;X;Y;31/02/2000",
        ]))
        .await;

    let lines: Vec<u64> = report.errors.iter().map(|remark| remark.line).collect();
    assert_eq!(lines, [3, 5]);
    assert_eq!(world.accounts().await, 2);
}

#[tokio::test]
async fn names_survive_the_encodings_of_spreadsheets() {
    for (encoding, bytes) in [
        (
            "Windows-1252",
            encoding_rs::WINDOWS_1252.encode(&file(&[LEA])).0.into_owned(),
        ),
        ("UTF-8", format!("\u{feff}{}", file(&[LEA])).into_bytes()),
    ] {
        let world = World::new();

        let draft = compare(&world.app, &bytes, &WISHES).await.unwrap().unwrap();

        assert_eq!(draft.report().encoding.as_str(), encoding);
        assert_eq!(draft.report().accented_names, ["Léa Brivanchet"]);
        world.apply(draft).await;
        assert_eq!(world.holder("22600002").await.unwrap().person.given_names, "Léa");
    }
}

fn with_code(code: &str) -> String {
    format!("numero;nom;prenoms;naissance;code_certificat\n22600001;Orsonneau;Camille;27/03/2008;{code}\n")
}

#[tokio::test]
async fn a_code_of_the_file_is_issued_once_and_a_different_one_replaces_it() {
    let world = World::new();
    let other = CertificateCode::generate(&Entropy::seeded(9))
        .display()
        .to_string();
    let (_, codes) = world.import(&with_code("VZJG4-PH2G8")).await;
    assert_eq!(codes, [("22600001".to_owned(), "VZJG4-PH2G8".to_owned())]);

    let (again, _) = world.import(&with_code("vzjg4 ph2g8")).await;
    assert_eq!(counts(&again), [0, 0, 1, 0, 0]);
    world.clock.advance(Duration::days(1));
    let (replaced, _) = world.import(&with_code(&other)).await;
    assert_eq!(counts(&replaced), [0, 0, 1, 0, 1]);

    assert!(world.opens("22600001", &other).await);
    let (old, _) = world.import(&with_code("VZJG4-PH2G8")).await;
    assert_eq!(old.codes, 0, "a code that was replaced does not come back");
}

#[tokio::test]
async fn a_guest_gets_no_code_and_staff_have_another_domain() {
    let world = World::new();
    let rows = "numero;type;nom;prenoms;naissance;fin_droits\n\
                900;personnel;Tarnevoix;Alex;01/01/1980;\n\
                7;invite;Delmourier;Margaux;01/01/1980;31/12/2026\n";

    let (report, codes) = world.import(rows).await;

    assert_eq!((report.new, codes.len()), (2, 1));
    let staff = world.holder_of("staff", "900").await.unwrap();
    assert_eq!(staff.account.mail, "alex.tarnevoix@univ.example");
    let guest = world.holder_of("guest", "7").await.unwrap();
    let new_year = Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap();
    assert_eq!(guest.person.rights_end, Some(new_year.timestamp_micros()));
}

#[tokio::test]
async fn when_somebody_else_takes_a_login_meanwhile_nothing_at_all_is_written() {
    let world = World::new();
    let late = world.draft(&file(&[LEA, LEO, CAMILLE]), &WISHES).await;
    world
        .import(&file(&["22600011;Orsonneau;Camille;01/01/2006"]))
        .await;
    let before = world.audit().await;

    let applied = world.apply(late).await;

    assert_eq!(applied, Applied::Overtaken);
    assert_eq!(world.accounts().await, 1);
    assert_eq!(world.holder("22600002").await.map(drop), None);
    assert_eq!(world.audit().await, before);
}

#[tokio::test]
async fn the_audit_tells_the_numbers_and_never_a_code() {
    let world = World::new();

    let (_, codes) = world.import(&file(&[CAMILLE, LEA])).await;

    let audit = world.audit().await;
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (audit[0].event.as_str(), audit[0].actor.as_str()),
        ("roster_applied", "operator nobody")
    );
    assert!(audit[0].detail.contains("\"new\":2"));
    assert!(codes.iter().all(|(_, code)| !audit[0].detail.contains(code)));
}

#[tokio::test]
async fn the_invented_university_is_imported_with_the_logins_of_its_cast() {
    use crate::roster::demo::{DemoRoster, Dirt, FileEncoding, to_csv};
    let world = World::new();
    let roster = DemoRoster::generate(60, 42, 2026);
    let rows = to_csv(&roster.rows, FileEncoding::Utf8Bom, ';', Dirt::None);
    let rows = String::from_utf8(rows).unwrap();

    let (report, _) = world.import(&rows).await;

    assert_eq!(report.errors, []);
    assert!(report.partial_dates >= 1);
    let login = world
        .app
        .db
        .read(|conn| store::accounts::by_name(conn, "jkerlodocsaintev"));
    assert!(login.await.unwrap().is_some());
    let (again, _) = world.import(&rows).await;
    assert_eq!(counts(&again), [0, 0, report.new, 0, 0]);
}
