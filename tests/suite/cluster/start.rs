//! A database that will not do is refused at start in one clear line.

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};
use vestibule::app::App;
use vestibule::cli::{Console, Surroundings};
use vestibule::config::Config;
use vestibule::kernel::clock::{Clock, SystemClock};
use vestibule::kernel::entropy::Entropy;
use vestibule::kernel::keyring::{Key, Keyring};

use crate::support::Postgres;
use crate::support::paper::Paper;
use crate::support::redis::Redis;

/// The machine's clock, wrong by so many milliseconds.
#[derive(Clone, Default)]
pub struct Wrong(Arc<AtomicI64>);

impl Wrong {
    pub fn by(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl Clock for Wrong {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + Duration::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

/// The line that a server says instead of starting; nothing when it starts.
pub fn line(address: &str, clock: impl Clock + 'static) -> Option<String> {
    let environment = [("VESTIBULE__DATABASE__URL".to_owned(), address.to_owned())];
    let config = Config::load(None, environment.into_iter()).expect("a configuration");
    let keyring = Keyring::new(Key::new([7; 32]), []);
    let built = App::build(config, &keyring, Arc::new(clock), Arc::new(Entropy::seeded(1)));
    built.err().map(|error| error.to_string())
}

/// That it does not start, for a reason it says in one line without the password.
pub fn refused(address: &str, expected: &str) {
    let line = line(address, SystemClock).expect("a refusal");
    assert!(line.contains(expected), "{line}");
    assert!(!line.contains('\n') && !line.contains("s3cret"), "{line}");
}

#[test]
fn a_database_that_is_not_there_or_a_role_that_may_not_is_refused_in_one_line() {
    let postgres = Postgres::alone("-c listen_addresses=");
    for role in ["reader", "maker"] {
        postgres.sql("postgres", &format!("CREATE ROLE {role} LOGIN"));
    }
    postgres.make_database("made", &[]);
    let as_role = |role: &str, name: &str| {
        postgres
            .address(name)
            .replace("//postgres@", &format!("//{role}:s3cret@"))
    };

    refused(
        &postgres.address("nowhere"),
        "database \"nowhere\" does not exist",
    );
    refused(&as_role("nobody", "made"), "role \"nobody\" does not exist");
    refused(
        &as_role("reader", "made"),
        "the role reader may not make tables there: GRANT USAGE, CREATE ON SCHEMA public TO reader",
    );
    assert_eq!(line(&postgres.address("made"), SystemClock), None);
    refused(
        &as_role("reader", "made"),
        "the role reader may not read and write the table accounts",
    );
    postgres.sql(
        "made",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO maker",
    );
    assert_eq!(
        line(&as_role("maker", "made"), SystemClock),
        None,
        "it makes no table"
    );
    postgres.sql("made", "ALTER ROLE maker SET search_path = nowhere");
    refused(
        &as_role("maker", "made"),
        "the role maker sees no schema there (search_path)",
    );
}

#[test]
fn a_database_in_another_encoding_or_closed_to_writes_is_refused_in_one_line() {
    let postgres = Postgres::alone("-c listen_addresses=");
    postgres.make_database("latin", &["-E", "LATIN1", "-T", "template0"]);
    postgres.make_database("closed", &[]);
    postgres.sql(
        "postgres",
        "ALTER DATABASE closed SET default_transaction_read_only = on",
    );

    refused(
        &postgres.address("latin"),
        "its encoding is LATIN1: UTF8 is needed",
    );
    refused(&postgres.address("closed"), "does not allow writes");
}

#[test]
fn a_clock_more_than_two_seconds_away_from_the_databases_is_refused_with_the_figures() {
    let postgres = Postgres::running();
    let clock = Wrong::default();
    let address = postgres.database();

    for (millis, words) in [
        (
            -60_000,
            "ms ahead of this machine's (behind if negative): at most 2000 ms are allowed, set both by NTP",
        ),
        (60_000, "the clock of the database is -"),
    ] {
        clock.by(millis);
        let said = line(&address, clock.clone()).expect("a refusal");
        assert!(
            said.starts_with("the database test") && said.contains(words),
            "{said}"
        );
    }
    clock.by(1_000);
    assert_eq!(line(&address, clock), None);
}

/// What `vestibule check` says of the database at an address, and whether it finds that a server can start.
fn check(address: &str, clock: &Wrong, key: &Path) -> (ExitCode, String) {
    check_with(address, "database", clock, key)
}

/// The same with sessions and tickets in `registry`.
fn check_with(address: &str, registry: &str, clock: &Wrong, key: &Path) -> (ExitCode, String) {
    let paper = Paper::default();
    let around = Surroundings {
        environment: vec![
            ("VESTIBULE__DATABASE__URL".to_owned(), address.to_owned()),
            ("VESTIBULE__TICKETS__REGISTRY".to_owned(), registry.to_owned()),
            ("VESTIBULE__KEYS__FILE".to_owned(), key.display().to_string()),
        ],
        operator: "sophie".to_owned(),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(Entropy::seeded(1)),
        console: Console::on(std::io::sink(), paper.clone(), std::io::empty()),
    };
    let code = vestibule::cli::run(["vestibule", "check"].map(OsString::from), around);
    (code, paper.text())
}

#[test]
fn s85_check_says_what_a_start_would_about_the_clock_and_about_the_key() {
    let postgres = Postgres::running();
    let (clock, address) = (Wrong::default(), postgres.database());
    assert_eq!(line(&address, clock.clone()), None);
    let folder = tempfile::tempdir().expect("a temporary directory");
    let key = |name: &str, byte: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, byte.repeat(32)).expect("the folder can be written");
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the file is ours");
        path
    };
    let (own, other) = (key("own.key", "07"), key("other.key", "08"));

    let (code, said) = check(&address, &clock, &own);
    assert_eq!(code, ExitCode::SUCCESS, "{said}");
    clock.by(60_000);
    let (code, said) = check(&address, &clock, &other);

    assert_eq!(code, ExitCode::FAILURE, "{said}");
    for words in [
        "cannot be used: the clock of the database is -",
        "other.key is not the one that the database",
    ] {
        let told = said.lines().filter(|line| line.contains(words)).count();
        assert_eq!(told, 1, "{words}: {said}");
    }
}

#[test]
fn s85_check_says_what_a_start_would_about_the_place_of_the_tickets() {
    let mut redis = Redis::alone(&[]);
    let folder = tempfile::tempdir().expect("a temporary directory");
    let address = format!("sqlite://{}", folder.path().join("new.db").display());
    let key = folder.path().join("new.key");
    let clock = Wrong::default();

    let (code, said) = check_with(&address, &redis.address(), &clock, &key);
    assert_eq!(code, ExitCode::SUCCESS, "{said}");
    assert!(said.contains(": keeps sessions and tickets\n"), "{said}");
    clock.by(60_000);
    let late = check_with(&address, &redis.address(), &clock, &key);
    clock.by(0);
    redis.down();
    let gone = check_with(&address, &redis.address(), &clock, &key);
    let nonsense = check_with(&address, "redi://x", &clock, &key);

    for ((code, said), words) in [
        (late, "cannot be used: the clock of the ticket registry is -"),
        (gone, "the ticket registry redis://127.0.0.1:"),
        (nonsense, "tickets.registry: "),
    ] {
        assert_eq!(code, ExitCode::FAILURE, "{said}");
        let told = said.lines().filter(|line| line.contains(words)).count();
        assert_eq!(told, 1, "{words}: {said}");
    }
}
