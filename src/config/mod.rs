//! The configuration: one TOML file, the environment over it, and the types the program uses.
//!
//! `raw` is the table of keys, `kind` says what a value may look like, `overlay` lays file and environment over the
//! built-in values, `resolve` makes types of them, `reference` writes the documentation, `keys` holds the key files.

pub mod keys;
mod kind;
mod overlay;
mod problem;
mod raw;
pub mod reference;
mod resolve;
mod settings;
mod values;

use std::net::IpAddr;
use std::path::Path;

use chrono::Duration;
use secrecy::SecretString;
use toml::{Table, Value};

pub use self::overlay::PREFIX;
pub use self::problem::{Problem, Problems};
pub use self::settings::{
    Accessibility, Activation, Bilingual, CodeDemand, Cookie, Database, DatabasePlace, Hashing, Identifiers,
    KeyFiles, Limits, Log, LogFormat, LogLevel, LoginRule, Logout, Outbound, Password, Patience, Retention,
    Server, Sessions, Throttle, University,
};
pub use self::values::{BadPublicUrl, Colour, PublicUrl, read_span};

/// Everything the operator decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server is reached.
    pub server: Server,
    /// Where accounts, sessions and tickets are kept.
    pub database: Database,
    /// Where the server's keys are.
    pub keys: KeyFiles,
    /// What the pages say about the university.
    pub university: University,
    /// How long a sign-in lasts.
    pub sessions: Sessions,
    /// Where sessions and tickets are kept; the address may hold a password.
    pub registry: SecretString,
    /// How long a service has to present a ticket, 5 s to 5 min.
    pub service_ticket: Duration,
    /// Whether the REST protocol is answered.
    pub rest: bool,
    /// The name under which SAML assertions are issued, not blank.
    pub saml_issuer: String,
    /// Signing out everywhere at once.
    pub logout: Logout,
    /// The rules for chosen passwords.
    pub password: Password,
    /// The cost of checking one.
    pub hashing: Hashing,
    /// First access.
    pub activation: Activation,
    /// Limits on guessing.
    pub throttle: Throttle,
    /// Requests the server makes.
    pub outbound: Outbound,
    /// Logins and file numbers.
    pub identifiers: Identifiers,
    /// What is forgotten, and when.
    pub retention: Retention,
    /// What the program tells its operator.
    pub log: Log,
}

impl Config {
    /// Reads the file at `path`, if any, and the variables of `environment` that start with [`PREFIX`].
    ///
    /// # Errors
    /// Everything that is wrong, at once, each with its key.
    pub fn load(
        path: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Problems> {
        let file = path.map_or_else(|| Ok(Table::new()), read)?;
        Self::over(&file, environment)
    }

    /// The same from the text of a file.
    ///
    /// # Errors
    /// As [`Self::load`]; what is no TOML is said to be wrong at `text`.
    pub fn parse(text: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Problems> {
        Self::over(&table("text", text)?, environment)
    }

    fn over(file: &Table, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        refuse_password(file, &mut problems);
        let raw = overlay::overlay(file, environment, &mut problems);
        let config = resolve::resolve(&raw, &mut problems);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(problems)
        }
    }

    /// What is allowed but worth saying at start, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let loopback = self.server.listen.ip().is_loopback();
        let secure = self.server.public_url.is_secure();
        if secure && self.server.trusted_proxies.is_empty() {
            warnings.push(
                "server.trusted_proxies is empty while server.public_url is https: everybody seems to come from \
                 the reverse proxy's address and shares its limits"
                    .to_owned(),
            );
        }
        if !secure && !loopback {
            warnings.push(format!(
                "server.listen opens {} to the network without https: passwords can be read on the way",
                self.server.listen
            ));
        }
        if self.activation.code == CodeDemand::Never {
            warnings.push(
                "activation.code is never: whoever guesses a birth date takes an account before its owner does"
                    .to_owned(),
            );
        }
        warnings
    }
}

impl Default for Config {
    /// What holds when nothing is written: a server on this machine, its database in the working directory.
    fn default() -> Self {
        Self::load(None, std::iter::empty()).expect("the built-in values fit their keys")
    }
}

/// Whether `address` is in one of `networks`.
pub fn is_within(networks: &[ipnet::IpNet], address: IpAddr) -> bool {
    // A v4 client of a v6 socket is the same client.
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

fn read(path: &Path) -> Result<Table, Problems> {
    let at = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => table(&at, &text),
        Err(error) => {
            let mut problems = Problems::default();
            problems.note(at, format!("cannot be read: {error}"));
            Err(problems)
        }
    }
}

/// The text as a table, or the place where it stops being TOML.
fn table(at: &str, text: &str) -> Result<Table, Problems> {
    text.parse().map_err(|error: toml::de::Error| {
        let mut problems = Problems::default();
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        problems.note(at, format!("line {line} is not TOML: {}", error.message()));
        problems
    })
}

/// The keys that hold an address, each with the key of a file that may hold it instead.
const ADDRESSES: [(&str, &str, &str); 2] = [
    ("database", "url", "url_file"),
    ("tickets", "registry", "registry_file"),
];

/// Refuses a password written into the file, which ends up in tickets, backups and version control.
fn refuse_password(file: &Table, problems: &mut Problems) {
    for (section, key, instead) in ADDRESSES {
        let address = file
            .get(section)
            .and_then(|table| table.get(key))
            .and_then(Value::as_str);
        let Some((_, rest)) = address.and_then(|address| address.split_once("://")) else {
            continue;
        };
        let user = rest.split_once('@').map_or("", |(user, _)| user);
        if user.contains(':') || rest.contains("password=") {
            problems.note(
                format!("{section}.{key}"),
                format!(
                    "holds a password: write the address in a file of its own and name it in {section}.{instead}"
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn load(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vestibule.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path), std::iter::empty())
            .map_err(|problems| problems.to_string().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn a_server_starts_without_any_file() {
        let config = Config::default();

        assert_eq!(config.server.public_url.to_string(), "http://localhost:8080/cas");
        assert!(matches!(&config.database.place, DatabasePlace::Sqlite(path) if path == "vestibule.db"));
        assert_eq!(config.keys.file, PathBuf::from("vestibule.key"));
        assert_eq!(config.sessions.private.absolute, Duration::hours(10));
        assert_eq!(config.sessions.remember_me, None);
        assert_eq!(config.password.digits_only_min, 16);
        assert_eq!(config.warnings(), Vec::<String>::new());
    }

    #[test]
    fn s21_the_cookie_is_bound_to_the_host_under_https() {
        let config = load("[server]\npublic_url = 'https://sso.univ.example/cas'").unwrap();
        let cookie = Cookie {
            name: "__Host-TGC".to_owned(),
            path: "/".to_owned(),
            secure: true,
        };
        assert_eq!(config.sessions.cookie, cookie);

        let cookie = Cookie {
            name: "TGC".to_owned(),
            path: "/cas".to_owned(),
            secure: false,
        };
        assert_eq!(Config::default().sessions.cookie, cookie);
    }

    #[test]
    fn limits_that_contradict_one_another_are_all_reported() {
        let problems = load(
            "[session]\nidle = '12h'\npublic_absolute = '11h'\n[university]\nuai = '12'\nsupport_fr = 'Guichet'",
        );
        assert_eq!(
            problems.unwrap_err().lines().collect::<Vec<_>>(),
            [
                "session.idle must not be longer than session.absolute",
                "session.public_absolute must not be longer than session.absolute",
                "university.uai must be seven digits and a capital letter such as 0999999X",
                "university.support_en is missing while university.support_fr is there",
            ]
        );
    }

    #[test]
    fn a_slip_in_the_writing_is_found_by_its_line() {
        let problems = load("[session]\nidle = '2h'\nidle = '3h'\n");
        assert_eq!(problems.unwrap_err(), "FILE line 3 is not TOML: duplicate key");

        let missing = Config::load(Some(Path::new("/nowhere/v.toml")), std::iter::empty());
        assert!(
            missing
                .unwrap_err()
                .to_string()
                .starts_with("/nowhere/v.toml cannot be read")
        );
    }

    #[test]
    fn a_password_in_the_file_is_refused_and_never_repeated() {
        for url in [
            "postgres://cas:s3cret@db/cas",
            "postgres://db/cas?password=s3cret",
        ] {
            let problem = load(&format!("[database]\nurl = '{url}'")).unwrap_err();
            assert!(problem.starts_with("database.url holds a password"), "{problem}");
            assert!(!problem.contains("s3cret"));
        }
    }

    #[test]
    fn s80_a_database_address_from_a_secret_file_does_not_print_itself() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("url");
        std::fs::write(&secret, "postgres://cas:s3cret@db/cas\n").unwrap();

        let config = load(&format!("[database]\nurl_file = '{}'", secret.display())).unwrap();

        assert!(matches!(config.database.place, DatabasePlace::Postgres(_)));
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn files_that_cannot_be_read_are_reported_before_they_are_needed() {
        let problems =
            load("[password]\nextra_blocklist = '/nowhere/a'\n[database]\nurl_file = '/nowhere/b'");

        let problems = problems.unwrap_err();
        assert!(problems.contains("password.extra_blocklist names /nowhere/a, which cannot be read"));
        assert!(problems.contains("database.url_file names /nowhere/b, which cannot be read"));
    }

    #[test]
    fn a_dangerous_choice_is_allowed_but_said() {
        let config = load(
            "[server]\npublic_url = 'https://sso.univ.example'\nlisten = '0.0.0.0:80'\n[activation]\ncode = 'never'",
        );
        let warnings = config.unwrap().warnings();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
    }

    #[test]
    fn s45_a_client_of_a_double_stack_socket_is_found_in_its_network() {
        let networks = ["10.0.0.0/8".parse().unwrap()];
        assert!(is_within(&networks, "::ffff:10.1.2.3".parse().unwrap()));
        assert!(!is_within(&networks, "::ffff:11.1.2.3".parse().unwrap()));
    }
}
