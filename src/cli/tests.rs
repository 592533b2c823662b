//! Commands, from words to lines.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{TimeZone, Utc};

use super::*;
use crate::kernel::clock::ManualClock;

mod audit;
mod check;
mod database;

/// What was written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).unwrap()
    }
}

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a command left.
struct Ran {
    code: ExitCode,
    out: String,
    err: String,
}

struct Desk {
    folder: tempfile::TempDir,
    runs: AtomicU64,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            runs: AtomicU64::new(0),
        };
        let configuration = format!(
            "[database]\nurl = 'sqlite://{}'\n[hashing]\nmemory_kib = 8192\npasses = 1\nthreads = 2\n",
            desk.path("v.db").display()
        );
        desk.write("v.toml", &configuration);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.run_with(words, "")
    }

    fn run_with(&self, words: &[&str], typed: &str) -> Ran {
        let (out, err) = (Paper::default(), Paper::default());
        let config = self.path("v.toml").display().to_string();
        let words: Vec<OsString> = ["vestibule", "--config", &config]
            .iter()
            .chain(words)
            .map(OsString::from)
            .collect();
        let clock = ManualClock::at(Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).unwrap());
        let code = run(
            words,
            Surroundings {
                environment: Vec::new(),
                operator: "sophie".to_owned(),
                clock: Arc::new(clock),
                // Each run is a process of its own: none draws what another drew.
                entropy: Arc::new(Entropy::seeded(self.runs.fetch_add(1, Ordering::SeqCst))),
                console: Console::on(out.clone(), err.clone(), io::Cursor::new(typed.to_owned())),
            },
        );
        Ran {
            code,
            out: out.text(),
            err: err.text(),
        }
    }
}

const ROSTER: &str = "numero;nom;prenoms;naissance\n\
                      22600001;Orsonneau;Camille;27/03/2008\n\
                      22600002;Brivanchet;Léa;01/02/2007\n";

#[test]
fn an_import_is_a_rehearsal_until_it_is_applied() {
    let desk = Desk::new();
    let roster = desk.write("r.csv", ROSTER);

    let rehearsed = desk.run(&["import", &roster]);
    let codes = desk.path("codes.csv");
    let applied = desk.run(&[
        "import",
        &roster,
        "--apply",
        "--codes",
        &codes.display().to_string(),
    ]);
    let again = desk.run(&["import", &roster, "--apply"]);

    assert_eq!(rehearsed.code, ExitCode::SUCCESS, "{}", rehearsed.err);
    assert!(rehearsed.err.contains("nothing was written") && rehearsed.err.contains("Léa Brivanchet"));
    assert_eq!(applied.code, ExitCode::SUCCESS, "{}", applied.err);
    let text = std::fs::read_to_string(&codes).unwrap();
    assert!(text.starts_with("\u{feff}numero_dossier;code_certificat\r\n22600001;"));
    assert_eq!(text.lines().count(), 3);
    let mode = std::fs::metadata(&codes).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(
        again.err.contains("unchanged                  2"),
        "{}",
        again.err
    );
    assert!(!desk.path("codes.csv.not-imported").exists());
    let report = applied.err.clone() + &applied.out;
    assert!(
        !report.contains(&text.lines().nth(1).unwrap()[9..]),
        "no code is in the report"
    );
}

#[test]
fn refused_rows_are_data_with_line_numbers_and_exit_code_2() {
    let desk = Desk::new();
    let roster = desk.write("r.csv", &format!("{ROSTER}2,2E+07;X;Y;01/01/2000\n"));

    let printed = desk.run(&["import", &roster]);
    let errors = desk.path("errors.csv").display().to_string();
    let filed = desk.run(&["import", &roster, "--errors", &errors]);

    assert_eq!(printed.code, ExitCode::from(2), "{}", printed.err);
    assert!(
        printed
            .out
            .starts_with("\u{feff}ligne;colonne;message\r\n4;numero_dossier;"),
        "{}",
        printed.out
    );
    assert_eq!((filed.code, filed.out.as_str()), (ExitCode::from(2), ""));
    assert_eq!(std::fs::read_to_string(errors).unwrap(), printed.out);
}

#[test]
fn codes_never_replace_a_file_and_nothing_is_imported_then() {
    let desk = Desk::new();
    let roster = desk.write("r.csv", ROSTER);
    let codes = desk.write("codes.csv", "precious");

    let refused = desk.run(&["import", &roster, "--apply", "--codes", &codes]);

    assert_eq!(refused.code, ExitCode::from(1));
    assert!(refused.err.contains("nothing was imported"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(codes).unwrap(), "precious");
    assert!(
        desk.run(&["user", "show", "corsonneau"])
            .err
            .contains("nobody has")
    );
}

#[test]
fn a_file_that_is_no_roster_is_one_line() {
    let desk = Desk::new();
    let roster = desk.write("r.csv", "a;b\n1;2\n");

    let refused = desk.run(&["import", &roster]);

    assert_eq!(refused.code, ExitCode::from(1));
    assert_eq!(
        refused.err,
        "vestibule: the roster lacks the columns numero_dossier, nom_naissance, prenoms, date_naissance\n"
    );
}

#[test]
fn the_report_is_json_for_a_script() {
    let desk = Desk::new();
    let roster = desk.write("r.csv", ROSTER);

    let ran = desk.run(&["import", &roster, "--json"]);

    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&report["new"], &report["encoding"]),
        (&2.into(), &"UTF-8".into())
    );
    assert_eq!(report["suspected_duplicates"], serde_json::json!([]));
}

#[test]
fn a_user_is_made_shown_locked_and_unlocked() {
    let desk = Desk::new();

    let made = desk.run(&[
        "user",
        "create",
        "atarnevoix",
        "--given",
        "Aline",
        "--name",
        "Tarnevoix",
    ]);
    let shown = desk.run(&["user", "show", "atarnevoix", "--json"]);
    let locked = desk.run(&["user", "lock", "atarnevoix"]);
    let unlocked = desk.run(&["user", "unlock", "atarnevoix"]);

    assert_eq!(made.code, ExitCode::SUCCESS, "{}", made.err);
    assert_eq!(made.out.trim().split('-').count(), 4, "{}", made.out);
    assert!(!made.err.contains(made.out.trim()));
    let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(shown["standing"], "active");
    assert_eq!(locked.err, "suspended: atarnevoix; sessions ended: 0\n");
    assert_eq!(unlocked.err, "active again: atarnevoix\n");
}

#[test]
fn a_password_may_come_from_standard_input() {
    let desk = Desk::new();
    let words = ["user", "create", "atarnevoix", "--password-stdin"];

    let weak = desk.run_with(&words, "motdepasse\n");
    let made = desk.run_with(&words, "dix-huit chevaux bleus\r\n");

    assert_eq!(weak.code, ExitCode::from(1));
    assert!(
        weak.err.starts_with("vestibule: the password is refused: "),
        "{}",
        weak.err
    );
    assert!(!weak.err.contains("motdepasse"));
    assert_eq!(
        (made.code, made.out.as_str()),
        (ExitCode::SUCCESS, ""),
        "{}",
        made.err
    );
}

#[test]
fn a_service_is_added_explained_and_removed() {
    let desk = Desk::new();

    let added = desk.run(&[
        "service",
        "add",
        "--key=mail",
        "--name-fr=Messagerie",
        "--name-en=Mail",
        "--url=https://mail.univ.example/",
        "--release=mail,supannEtuId=numero",
        "--logout=none",
    ]);
    let shown = desk.run(&["service", "show", "mail"]);
    let explained = desk.run(&["service", "explain", "https://mail.univ.example/x?y"]);
    let other = desk.run(&["service", "explain", "https://mail.univ.example.evil.example/"]);
    let removed = desk.run(&["service", "remove", "mail"]);

    assert_eq!(
        (added.code, added.err.as_str()),
        (ExitCode::SUCCESS, "added: mail\n")
    );
    assert_eq!(explained.out, "mail, by the rule https://mail.univ.example/\n");
    assert_eq!(other.code, ExitCode::from(1));
    assert!(other.out.contains("host"), "{}", other.out);
    assert_eq!(removed.err, "removed: mail\n");
    // What show prints is what import reads.
    let file = desk.write("s.toml", &shown.out);
    let rehearsed = desk.run(&["service", "import", &file]);
    assert_eq!(
        rehearsed.err,
        "added: mail\nnothing was written: add --apply to register\n"
    );
    let imported = desk.run(&["service", "import", &file, "--apply"]);
    assert_eq!(imported.err, "added: mail\n");
    assert_eq!(desk.run(&["service", "show", "mail"]).out, shown.out);
    let again = desk.run(&["service", "import", &file, "--apply"]);
    assert_eq!(again.err, "unchanged: mail\n");
}

#[test]
fn a_mistake_in_a_file_of_services_is_found_by_its_line() {
    let desk = Desk::new();
    let file = desk.write("s.toml", "[[service]]\nkey = 'a'\ncolour = 'red'\n");

    let refused = desk.run(&["service", "import", &file]);

    assert_eq!(refused.code, ExitCode::from(1));
    assert!(refused.err.contains("s.toml line 3: "), "{}", refused.err);
    assert_eq!(refused.err.lines().count(), 1);
}

/// Definitions of Apereo as universities have them.
const APEREO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/apereo");

#[test]
fn s2_definitions_of_apereo_are_reported_file_by_file_and_written_on_demand_only() {
    let desk = Desk::new();

    let rehearsed = desk.run(&["service", "import", APEREO]);
    let before = desk.run(&["service", "list"]);
    let applied = desk.run(&["service", "import", APEREO, "--apply"]);

    assert_eq!(rehearsed.code, ExitCode::from(2));
    assert_eq!(rehearsed.out, include_str!("../../tests/data/apereo/report.txt"));
    assert!(
        rehearsed
            .err
            .ends_with("nothing was written: add --apply to register\n")
    );
    assert_eq!(before.out, "");
    assert_eq!((applied.code, &applied.out), (ExitCode::from(2), &rehearsed.out));
    let listed = desk.run(&["service", "list"]).out;
    assert_eq!(listed.lines().count(), 9);
    for (url, code) in [
        (
            "https://moodle.univ.example/login/index.php?x=1",
            ExitCode::SUCCESS,
        ),
        ("https://moodle.univ.example.evil.example/", ExitCode::from(1)),
        ("https://webmail.univ.example.evil.example/", ExitCode::from(1)),
        ("https://evil.example/x.apps.univ.example/", ExitCode::from(1)),
        ("https://sifac.univ.example/", ExitCode::from(1)),
        (
            "https://gitlab.univ.example/users/auth/cas3/callback",
            ExitCode::from(1),
        ),
    ] {
        assert_eq!(desk.run(&["service", "explain", url]).code, code, "{url}");
    }
    let again = desk.run(&["service", "import", APEREO, "--apply"]);
    assert!(again.err.starts_with("unchanged: "), "{}", again.err);
    assert_eq!(again.err.lines().count(), 1);
}

#[test]
fn a_definition_of_apereo_in_the_encoding_of_its_time_is_read() {
    let desk = Desk::new();
    let before =
        br#"{"@class": "RegexRegisteredService", "serviceId": "https://a\\.univ\\.example/.*", "name": ""#;
    let text = [before.as_slice(), b"Biblioth\xe8que\"}"].concat();
    std::fs::write(desk.path("b.json"), text).unwrap();
    let path = desk.path("b.json").display().to_string();

    let imported = desk.run(&["service", "import", &path, "--apply"]);

    assert_eq!(imported.code, ExitCode::SUCCESS, "{}", imported.out);
    assert_eq!(
        desk.run(&["service", "list"]).out,
        "bibliotheque\tBibliothèque\thttps://a.univ.example/\n"
    );
}

#[test]
fn a_folder_without_definitions_is_a_mistake() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("empty")).unwrap();
    let path = desk.path("empty").display().to_string();

    let refused = desk.run(&["service", "import", &path]);

    assert_eq!(refused.code, ExitCode::from(1));
    assert!(
        refused
            .err
            .ends_with("empty holds no .json, .yml or .yaml file\n"),
        "{}",
        refused.err
    );
}

#[test]
fn a_lost_key_next_to_a_filled_database_is_an_error_and_not_a_new_key() {
    let desk = Desk::new();
    desk.run(&["user", "create", "atarnevoix"]);
    std::fs::remove_file(desk.path("vestibule.key")).unwrap();

    let refused = desk.run(&["user", "show", "atarnevoix"]);

    assert_eq!(refused.code, ExitCode::from(1));
    assert!(
        refused.err.contains("restore the key from its backup"),
        "{}",
        refused.err
    );
    assert_eq!(refused.err.lines().count(), 1);
    assert!(!desk.path("vestibule.key").exists());
}

#[test]
fn init_writes_what_check_finds_sound_and_replaces_nothing() {
    let desk = Desk::new();
    let dir = desk.path("new").display().to_string();

    let written = desk.run(&["init", "--dir", &dir]);
    let before = std::fs::read(desk.path("new/vestibule.key")).unwrap();
    let again = desk.run(&["init", "--dir", &dir]);

    assert_eq!(written.code, ExitCode::SUCCESS, "{}", written.err);
    let mode = std::fs::metadata(desk.path("new/vestibule.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(Config::load(Some(&desk.path("new/vestibule.toml")), std::iter::empty()).is_ok());
    assert_eq!(again.code, ExitCode::from(1));
    assert_eq!(std::fs::read(desk.path("new/vestibule.key")).unwrap(), before);
}

#[test]
fn the_invented_roster_is_the_same_for_the_same_numbers_and_is_one() {
    let desk = Desk::new();
    let out = desk.path("r.csv").display().to_string();

    let printed = desk.run(&["demo-roster", "--n", "30", "--seed", "7", "--year", "2026"]);
    desk.run(&[
        "demo-roster",
        "--n",
        "30",
        "--seed",
        "7",
        "--year",
        "2026",
        "--out",
        &out,
    ]);

    assert_eq!(std::fs::read_to_string(&out).unwrap(), printed.out);
    let imported = desk.run(&["import", &out]);
    assert_eq!(imported.code, ExitCode::SUCCESS, "{}", imported.err);
}

#[test]
fn a_wrong_command_line_is_not_taken_for_refused_rows() {
    assert_eq!(Desk::new().run(&["import"]).code, ExitCode::from(1));
}

#[test]
fn the_ledger_of_single_logout_is_read_and_retried_by_words() {
    let desk = Desk::new();

    let empty = desk.run(&["logout", "list"]);
    let json = desk.run(&[
        "logout",
        "list",
        "--json",
        "--failed",
        "--since",
        "2h",
        "--service",
        "mail",
    ]);
    let nobody = desk.run(&["logout", "list", "--user", "nemo"]);
    let all = desk.run(&["logout", "retry", "--failed", "--service", "mail"]);
    let one = desk.run(&["logout", "retry", "LR-1"]);
    let span = desk.run(&["logout", "list", "--since", "yesterday"]);
    let both = desk.run(&["logout", "retry", "LR-1", "--failed"]);

    assert_eq!(
        (empty.code, empty.err.as_str()),
        (ExitCode::SUCCESS, "no message\n")
    );
    assert_eq!((json.code, json.out.as_str()), (ExitCode::SUCCESS, "[]\n"));
    assert!(nobody.err.contains("nobody has the login nemo"), "{}", nobody.err);
    assert_eq!(
        (all.code, all.err.as_str()),
        (ExitCode::SUCCESS, "due again: 0\n")
    );
    assert_eq!(one.code, ExitCode::from(1));
    assert!(
        one.err.contains("no failed message has this identifier"),
        "{}",
        one.err
    );
    assert_eq!((span.code, both.code), (ExitCode::from(1), ExitCode::from(1)));
}

#[test]
fn a_trace_that_leads_nowhere_is_told_why_and_one_that_is_none_is_refused() {
    let desk = Desk::new();

    let nowhere = desk.run(&["ticket", "explain", "019AB3C2D4E5-3B"]);
    let none = desk.run(&["ticket", "explain", "ST-abc"]);

    assert_eq!(nowhere.code, ExitCode::from(1));
    assert!(
        nowhere
            .err
            .contains("no ticket with the trace 019ab3c2d4e5-3b in the last 168 hours"),
        "{}",
        nowhere.err
    );
    assert_eq!(none.code, ExitCode::from(1));
    assert!(none.err.contains("fourteen digits"), "{}", none.err);
}
