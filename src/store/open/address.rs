//! The address of a PostgreSQL database: which servers, and how much of their certificate is believed.
//!
//! Parameters mean what PostgreSQL's own documentation says of them, or the address is refused. None is passed over.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::tls::{Roots, Trust};
use crate::cas::percent;

/// What an address may say besides what is read here; the client library knows what to do with it.
const PASSED_ON: [&str; 12] = [
    "user",
    "password",
    "dbname",
    "host",
    "port",
    "application_name",
    "channel_binding",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "options",
];

/// How long one server has to answer a new connection, when the address does not say: a machine that is gone must not
/// keep everybody from the one that took its place.
const CONNECT: Duration = Duration::from_secs(3);

/// An address that has been understood.
#[derive(Debug)]
pub struct Address {
    /// The servers in the order in which they are tried, one at least.
    pub servers: Vec<Server>,
    /// How long each has to answer.
    pub connect_timeout: Duration,
    /// The database.
    pub database: String,
}

/// One server.
#[derive(Debug)]
pub struct Server {
    /// Host and port, as an operator knows them.
    pub name: String,
    /// How the client library reaches it and nobody else.
    pub config: Config,
    /// Which certificate it must show.
    pub trust: Trust,
    /// Whether nothing sent to it leaves this machine.
    pub is_near: bool,
}

/// What `sslmode` and `sslrootcert` say.
#[derive(Default)]
struct Security {
    mode: Option<String>,
    roots: Option<String>,
}

impl FromStr for Address {
    type Err = String;

    /// The refusal names what is wrong with the address and repeats nothing that may be a part of a password.
    fn from_str(address: &str) -> Result<Self, String> {
        if address.matches('@').count() > 1 {
            return Err("an @ inside a password or another value is written %40".into());
        }
        let authority = address.find('@').map_or(0, |at| at + 1);
        let query = address[authority..].find('?').map(|at| authority + at);
        let (place, query) = query.map_or((address, ""), |at| (&address[..at], &address[at + 1..]));
        let mut security = Security::default();
        let mut passed_on = String::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or("a parameter has no value")?;
            match key {
                "sslmode" => security.mode = Some(value.to_owned()),
                "sslrootcert" => security.roots = Some(decoded(value)?),
                "target_session_attrs" if value == "read-write" => {}
                "target_session_attrs" => {
                    return Err("target_session_attrs can only be read-write: every node writes".into());
                }
                key if PASSED_ON.contains(&key) => {
                    passed_on.push(if passed_on.is_empty() { '?' } else { '&' });
                    passed_on.push_str(pair);
                }
                key => return Err(unknown(key)),
            }
        }
        let says = |key: &str| {
            query
                .split('&')
                .any(|pair| pair.split_once('=').is_some_and(|(k, _)| k == key))
        };
        let all: Config = format!("{place}{passed_on}").parse().map_err(|error| {
            format!(
                "this postgres:// address is malformed: {}",
                super::postgres::words(&error)
            )
        })?;
        let ports = all.get_ports();
        let hosts = all.get_hosts();
        if hosts.is_empty() {
            return Err("this postgres:// address names no server".into());
        }
        if ports.len() > 1 && ports.len() != hosts.len() {
            return Err("this postgres:// address has not one port for each server".into());
        }
        let roots = security.roots();
        let servers = hosts.iter().enumerate().map(|(number, host)| {
            let port = ports.get(number).or(ports.first()).copied().unwrap_or(5432);
            let trust = security.trust(host, roots.as_ref())?;
            let mut config = alone(&all, host, port);
            config.ssl_mode(if trust.is_plain() {
                SslMode::Disable
            } else {
                SslMode::Require
            });
            if !says("keepalives_idle") {
                config.keepalives_idle(Duration::from_secs(10));
            }
            if !says("keepalives_interval") {
                config.keepalives_interval(Duration::from_secs(5));
            }
            Ok(Server {
                name: name(host, port),
                config,
                trust,
                is_near: is_this_machine(host),
            })
        });
        Ok(Self {
            servers: servers.collect::<Result<_, String>>()?,
            connect_timeout: all.get_connect_timeout().copied().unwrap_or(CONNECT),
            database: all
                .get_dbname()
                .or(all.get_user())
                .unwrap_or("default")
                .to_owned(),
        })
    }
}

impl Security {
    fn roots(&self) -> Option<Roots> {
        self.roots.as_deref().map(|said| match said {
            "system" => Roots::System,
            path => Roots::File(PathBuf::from(path)),
        })
    }

    /// What `host` must show. Where the address says nothing, a certificate that is checked in full, unless nothing
    /// leaves this machine.
    fn trust(&self, host: &Host, roots: Option<&Roots>) -> Result<Trust, String> {
        let system = || roots.cloned().unwrap_or(Roots::System);
        match (self.mode.as_deref(), roots) {
            (Some("disable"), Some(_)) => Err("sslrootcert says nothing with sslmode=disable".into()),
            (Some("disable"), None) => Ok(Trust::Plain),
            // TLS is not spoken on a socket of this machine, whatever the mode: so does PostgreSQL's own client.
            (Some("verify-full" | "verify-ca") | None, _) if matches!(host, Host::Unix(_)) => Ok(Trust::Plain),
            (Some("verify-full"), _) => Trust::full(&system()),
            (Some("verify-ca"), Some(Roots::File(path))) => Trust::authority(path),
            (Some("verify-ca"), _) => Err(
                "sslmode=verify-ca needs sslrootcert and a file: anybody can have a certificate of the system's \
                 authorities"
                    .into(),
            ),
            (Some(weak @ ("allow" | "prefer" | "require")), _) => Err(format!(
                "sslmode={weak} does not check which server answers: use verify-full, with sslrootcert=FILE where the \
                 university has an authority of its own"
            )),
            (Some(_), _) => Err("sslmode can be verify-full, verify-ca or disable".into()),
            (None, None) if is_this_machine(host) => Ok(Trust::Plain),
            (None, _) => Trust::full(&system()),
        }
    }
}

/// The same configuration for one of its servers. The library tries several by itself, but does not give up one that
/// accepts a connection and then says nothing, and tells of the last only.
fn alone(all: &Config, host: &Host, port: u16) -> Config {
    let mut config = Config::new();
    match host {
        Host::Tcp(name) => config.host(name),
        Host::Unix(path) => config.host_path(path),
    };
    config.port(port);
    if let Some(user) = all.get_user() {
        config.user(user);
    }
    if let Some(password) = all.get_password() {
        config.password(password);
    }
    if let Some(name) = all.get_dbname() {
        config.dbname(name);
    }
    if let Some(options) = all.get_options() {
        config.options(options);
    }
    config.application_name(all.get_application_name().unwrap_or("vestibule"));
    config.channel_binding(all.get_channel_binding());
    config.keepalives(all.get_keepalives());
    config.keepalives_idle(all.get_keepalives_idle());
    if let Some(interval) = all.get_keepalives_interval() {
        config.keepalives_interval(interval);
    }
    config.keepalives_retries(3);
    // Sent and not acknowledged for so long: the other machine, or the way to it, is gone.
    config.tcp_user_timeout(Duration::from_secs(10));
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    config
}

fn name(host: &Host, port: u16) -> String {
    match host {
        Host::Tcp(name) if name.contains(':') => format!("[{name}]:{port}"),
        Host::Tcp(name) => format!("{name}:{port}"),
        Host::Unix(path) => path.display().to_string(),
    }
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
    }
}

/// A parameter's name is repeated only if it looks like one: it may be the rest of a password.
fn unknown(key: &str) -> String {
    if key.len() <= 32 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        format!("the parameter {key} is not known")
    } else {
        "a parameter is not known".into()
    }
}

fn decoded(value: &str) -> Result<String, String> {
    if !percent::is_well_formed(value.as_bytes()) {
        return Err("a percent sign is not followed by two hexadecimal digits".into());
    }
    String::from_utf8(percent::decoded(value).collect()).map_err(|_| "a value is not UTF-8".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trusts(address: &str) -> Vec<String> {
        let address: Address = address.parse().unwrap();
        address
            .servers
            .iter()
            .map(|server| format!("{} {:?}", server.name, server.trust))
            .collect()
    }

    fn refusal(address: &str) -> String {
        address.parse::<Address>().unwrap_err()
    }

    #[test]
    fn a_server_elsewhere_shows_a_certificate_that_is_checked_in_full_unless_the_address_says_otherwise() {
        assert_eq!(
            trusts("postgres://u@db.univ.example/v"),
            ["db.univ.example:5432 Full"]
        );
        assert_eq!(
            trusts("postgres://u@db/v?sslmode=verify-full&sslrootcert=system"),
            ["db:5432 Full"]
        );
        assert_eq!(trusts("postgres://u@db/v?sslmode=disable"), ["db:5432 Plain"]);
        assert_eq!(
            trusts("postgres://u@localhost,db,127.0.0.1,[::1]:5433/v"),
            [
                "localhost:5432 Plain",
                "db:5432 Full",
                "127.0.0.1:5432 Plain",
                "[::1]:5433 Plain"
            ]
        );
        assert_eq!(
            trusts("postgres://u@%2Frun%2Fpostgresql/v"),
            ["/run/postgresql Plain"]
        );
        assert_eq!(
            trusts("postgres://u@localhost/v?sslmode=verify-full"),
            ["localhost:5432 Full"]
        );
    }

    #[test]
    fn what_checks_less_than_the_authority_is_refused() {
        for weak in ["allow", "prefer", "require"] {
            let line = refusal(&format!("postgres://u@db/v?sslmode={weak}"));
            assert!(line.contains("does not check which server answers"), "{line}");
        }
        for half in ["sslmode=verify-ca", "sslmode=verify-ca&sslrootcert=system"] {
            let line = refusal(&format!("postgres://u@db/v?{half}"));
            assert!(
                line.starts_with("sslmode=verify-ca needs sslrootcert and a file"),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_refused_and_nothing_of_a_password_repeated() {
        for (address, line) in [
            (
                "postgres://u:p@db/v?sslmod=disable",
                "the parameter sslmod is not known",
            ),
            ("postgres://u:p@db/v?S3CRET=1", "a parameter is not known"),
            (
                "postgres://u:p@db/v?hostaddr=10.0.0.1",
                "the parameter hostaddr is not known",
            ),
            (
                "postgres://u:p@s3cret@db/v",
                "an @ inside a password or another value is written %40",
            ),
            ("postgres://u:p@db/v?sslmode", "a parameter has no value"),
            (
                "postgres://u:p@db/v?sslmode=full",
                "sslmode can be verify-full, verify-ca or disable",
            ),
            ("postgres:///v", "this postgres:// address names no server"),
            (
                "postgres://u:p@db/v?connect_timeout=soon",
                "this postgres:// address is malformed: invalid connection string: invalid value for option `connect_timeout`",
            ),
            (
                "postgres://u@db/v?target_session_attrs=any",
                "target_session_attrs can only be read-write: every node writes",
            ),
            (
                "postgres://u@db/v?sslrootcert=%2Fnowhere%2Fca.pem",
                "sslrootcert names /nowhere/ca.pem, which cannot be read: No such file or directory (os error 2)",
            ),
        ] {
            assert_eq!(refusal(address), line, "{address}");
        }
    }

    #[test]
    fn each_server_is_asked_for_writes_with_what_the_address_says_of_all() {
        let address: Address = "postgres://u:p%40ss@h1:1111,h2:2222/v?application_name=n1&connect_timeout=7\
                                &target_session_attrs=read-write"
            .parse()
            .unwrap();

        assert_eq!(address.connect_timeout, Duration::from_secs(7));
        assert_eq!(address.database, "v");
        let names: Vec<_> = address.servers.iter().map(|server| &server.name).collect();
        assert_eq!(names, ["h1:1111", "h2:2222"]);
        for server in &address.servers {
            assert_eq!(server.config.get_hosts().len(), 1);
            assert_eq!(server.config.get_password(), Some(&b"p@ss"[..]));
            assert_eq!(server.config.get_application_name(), Some("n1"));
            assert_eq!(
                server.config.get_target_session_attrs(),
                TargetSessionAttrs::ReadWrite
            );
        }
    }

    proptest! {
        #[test]
        fn no_address_makes_it_panic_or_repeat_a_password(
            password in "[^%]{0,12}", rest in "[a-z0-9%@:/?&=,\\[\\]]{0,40}"
        ) {
            let address = format!("postgres://u:S3CRET{password}@{rest}");
            if let Err(line) = address.parse::<Address>() {
                prop_assert!(!line.contains("S3CRET"), "{line}");
                prop_assert!(!line.contains('\n'), "{line}");
            }
        }
    }
}
