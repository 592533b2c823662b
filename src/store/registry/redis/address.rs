//! The address of a Redis or Valkey: one server, several behind sentinels, or a cluster.
//!
//! What is not known in an address is refused. Nothing is passed over.

use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;

use crate::cas::percent;

/// The port of a server, where the address names none.
const PORT: u16 = 6379;
/// That of a sentinel.
const SENTINEL_PORT: u16 = 26_379;

/// Host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Who it is.
#[derive(Debug, Default)]
pub struct Login {
    /// The user; the server's default one if none.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
}

/// How the servers are arranged.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// One.
    Alone,
    /// Several, of which sentinels know the one that counts, under this name.
    Sentinels(String),
    /// A cluster.
    Cluster,
}

/// What a server must show.
#[derive(Debug)]
pub enum Trust {
    /// Nothing, and the connection is not encrypted.
    Plain,
    /// A certificate for the host in the address, signed by an authority that the machine trusts.
    System,
    /// The same, signed by one of these, in PEM.
    Roots(Vec<u8>),
}

/// An address that has been understood.
#[derive(Debug)]
pub struct Address {
    /// How the servers are arranged.
    pub arrangement: Arrangement,
    /// The server, the sentinels, or some servers of the cluster.
    pub endpoints: Vec<Endpoint>,
    /// Who this is to the servers.
    pub login: Login,
    /// Who this is to the sentinels.
    pub sentinel_login: Login,
    /// The number of the database; a cluster has 0 only.
    pub database: u16,
    /// What a server must show.
    pub trust: Trust,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

/// As it may be printed: no user, no password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if matches!(self.trust, Trust::Plain) {
            "redis"
        } else {
            "rediss"
        };
        let servers: Vec<String> = self.endpoints.iter().map(ToString::to_string).collect();
        let servers = servers.join(",");
        match &self.arrangement {
            Arrangement::Alone => write!(f, "{scheme}://{servers}/{}", self.database),
            Arrangement::Sentinels(master) => write!(f, "{scheme}+sentinel://{servers}/{master}"),
            Arrangement::Cluster => write!(f, "{scheme}+cluster://{servers}"),
        }
    }
}

impl Endpoint {
    /// Whether nothing sent there leaves this machine.
    pub fn is_near(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    fn parse(text: &str, port: u16) -> Result<Self, String> {
        let malformed = || "a server is written host or host:port, an IPv6 address in brackets".to_owned();
        let (host, rest) = if let Some(rest) = text.strip_prefix('[') {
            rest.split_once(']').ok_or_else(malformed)?
        } else {
            text.find(':').map_or((text, ""), |at| text.split_at(at))
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| malformed())?,
            None if rest.is_empty() => port,
            None => return Err(malformed()),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err(malformed());
        }
        let host = host.to_owned();
        Ok(Self { host, port })
    }
}

impl FromStr for Address {
    type Err = String;

    /// The refusal names what is wrong with the address and repeats nothing that may be a part of a password.
    fn from_str(address: &str) -> Result<Self, String> {
        let (scheme, rest) = address.split_once("://").ok_or("it is no address of a server")?;
        let (scheme, encrypted) = match scheme.strip_prefix("rediss") {
            Some(rest) => (rest, true),
            None => (scheme.strip_prefix("redis").unwrap_or("?"), false),
        };
        if rest.matches('@').count() > 1 {
            return Err("an @ inside a password or another value is written %40".into());
        }
        let (login, rest) = rest.split_once('@').unwrap_or(("", rest));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (servers, path) = place.split_once('/').unwrap_or((place, ""));
        let mut parameters = Parameters::read(query)?;
        let (arrangement, port) = match scheme {
            "" => (Arrangement::Alone, PORT),
            "+sentinel" => (Arrangement::Sentinels(decoded(path)?), SENTINEL_PORT),
            "+cluster" => (Arrangement::Cluster, PORT),
            _ => return Err(SCHEMES.into()),
        };
        let endpoints: Vec<Endpoint> = servers
            .split(',')
            .map(|server| Endpoint::parse(server, port))
            .collect::<Result<_, _>>()?;
        let database = match &arrangement {
            Arrangement::Alone if endpoints.len() > 1 => {
                return Err(
                    "redis:// names one server: several are behind redis+sentinel:// or redis+cluster://"
                        .into(),
                );
            }
            Arrangement::Alone if path.is_empty() => 0,
            Arrangement::Alone => path
                .parse()
                .map_err(|_| "what follows the server is the number of a database")?,
            Arrangement::Sentinels(master) if master.is_empty() || master.contains('/') => {
                return Err(
                    "redis+sentinel:// ends with / and the name that the sentinels know the master by".into(),
                );
            }
            Arrangement::Sentinels(_) => match parameters.db.take() {
                Some(number) => number.parse().map_err(|_| "db is the number of a database")?,
                None => 0,
            },
            Arrangement::Cluster if !path.is_empty() => {
                return Err("a cluster has no databases: nothing follows its servers".into());
            }
            Arrangement::Cluster => 0,
        };
        let sentinel_login = Login {
            user: parameters.sentinel_user.take(),
            password: parameters.sentinel_password.take().map(SecretString::from),
        };
        let is_watched = matches!(arrangement, Arrangement::Sentinels(_));
        if !is_watched && (sentinel_login.user.is_some() || sentinel_login.password.is_some()) {
            return Err("sentinel_user and sentinel_password need redis+sentinel://".into());
        }
        if parameters.db.is_some() {
            return Err("db needs redis+sentinel://; elsewhere the number follows the server".into());
        }
        let trust = match (encrypted, parameters.sslrootcert) {
            (false, Some(_)) => return Err("sslrootcert needs rediss://".into()),
            (false, None) => Trust::Plain,
            (true, None) => Trust::System,
            (true, Some(path)) if path == "system" => Trust::System,
            (true, Some(path)) => Trust::Roots(roots(Path::new(&path))?),
        };
        Ok(Self {
            arrangement,
            endpoints,
            login: Login::parse(login)?,
            sentinel_login,
            database,
            trust,
        })
    }
}

/// What an address can begin with.
pub const SCHEMES: &str =
    "it must begin with redis://, redis+sentinel:// or redis+cluster://, or rediss where it is encrypted";

/// What an address says behind its question mark.
#[derive(Default)]
struct Parameters {
    db: Option<String>,
    sentinel_user: Option<String>,
    sentinel_password: Option<String>,
    sslrootcert: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Result<Self, String> {
        let mut read = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or("a parameter has no value")?;
            let place = match key {
                "db" => &mut read.db,
                "sentinel_user" => &mut read.sentinel_user,
                "sentinel_password" => &mut read.sentinel_password,
                "sslrootcert" => &mut read.sslrootcert,
                // Its name is repeated only if it looks like one: it may be the rest of a password.
                key if key.len() <= 32 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
                    return Err(format!("the parameter {key} is not known"));
                }
                _ => return Err("a parameter is not known".into()),
            };
            *place = Some(decoded(value)?);
        }
        Ok(read)
    }
}

impl Login {
    fn parse(text: &str) -> Result<Self, String> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        let said = |text: &str| {
            let text = decoded(text)?;
            Ok::<_, String>((!text.is_empty()).then_some(text))
        };
        let login = Self {
            user: said(user)?,
            password: said(password)?.map(SecretString::from),
        };
        if login.user.is_some() && login.password.is_none() {
            return Err("a user needs a password: user:password@, or :password@ for the default user".into());
        }
        Ok(login)
    }
}

fn decoded(value: &str) -> Result<String, String> {
    if !percent::is_well_formed(value.as_bytes()) {
        return Err("a percent sign is not followed by two hexadecimal digits".into());
    }
    String::from_utf8(percent::decoded(value).collect()).map_err(|_| "a value is not UTF-8".into())
}

fn roots(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |reason: String| {
        let place = path.display();
        format!("sslrootcert names {place}, which cannot be read: {reason}")
    };
    let text = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = certificates.map_err(|error| unreadable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unreadable("it holds no certificate".into()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    fn read(address: &str) -> Address {
        address.parse().unwrap()
    }

    fn names(address: &Address) -> Vec<String> {
        address.endpoints.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_server_several_behind_sentinels_and_a_cluster_are_told_apart() {
        let alone = read("redis://vestibule:p%40ss@[2001:db8::1]:7000/3");
        assert_eq!(alone.arrangement, Arrangement::Alone);
        assert_eq!(
            (names(&alone), alone.database),
            (vec!["[2001:db8::1]:7000".into()], 3)
        );
        assert_eq!(alone.login.user.as_deref(), Some("vestibule"));
        assert_eq!(alone.login.password.unwrap().expose_secret(), "p@ss");

        let watched = read("redis+sentinel://:pw@s1,s2:7001/tickets?db=2&sentinel_password=other");
        assert_eq!(watched.arrangement, Arrangement::Sentinels("tickets".into()));
        assert_eq!(
            (names(&watched), watched.database),
            (vec!["s1:26379".into(), "s2:7001".into()], 2)
        );
        assert!(watched.login.user.is_none());
        assert_eq!(watched.sentinel_login.password.unwrap().expose_secret(), "other");

        let cluster = read("rediss+cluster://r1.univ.example,r2.univ.example");
        assert_eq!(cluster.arrangement, Arrangement::Cluster);
        assert!(matches!(cluster.trust, Trust::System));
        assert!(matches!(read("redis://localhost").trust, Trust::Plain));
    }

    #[test]
    fn what_is_not_known_is_refused_and_nothing_of_a_password_repeated() {
        for (address, line) in [
            ("redis+unix://u:S3CRET@h", SCHEMES),
            ("http://u:S3CRET@h", SCHEMES),
            (
                "redis://u:S3CRET@b@h",
                "an @ inside a password or another value is written %40",
            ),
            ("redis://u:S3CRET@h?S3CRET=1", "a parameter is not known"),
            (
                "redis://u:S3CRET@h?sslmode=off",
                "the parameter sslmode is not known",
            ),
            ("redis://u:S3CRET@h?sslrootcert=/x", "sslrootcert needs rediss://"),
            ("redis://u:S3CRET@h?db", "a parameter has no value"),
            (
                "redis://u:S3CRET@h?db=1",
                "db needs redis+sentinel://; elsewhere the number follows the server",
            ),
            (
                "redis://u:S3CRET@h/first",
                "what follows the server is the number of a database",
            ),
            (
                "redis://u:S3CRET@h,i",
                "redis:// names one server: several are behind redis+sentinel:// or redis+cluster://",
            ),
            (
                "redis+sentinel://u:S3CRET@h",
                "redis+sentinel:// ends with / and the name that the sentinels know the master by",
            ),
            (
                "redis+cluster://u:S3CRET@h/1",
                "a cluster has no databases: nothing follows its servers",
            ),
            (
                "redis://S3CRET@h",
                "a user needs a password: user:password@, or :password@ for the default user",
            ),
            (
                "redis://u:S3CRET@h:port",
                "a server is written host or host:port, an IPv6 address in brackets",
            ),
            (
                "redis://",
                "a server is written host or host:port, an IPv6 address in brackets",
            ),
            (
                "redis://u:S3CRET%4@h",
                "a percent sign is not followed by two hexadecimal digits",
            ),
            (
                "redis://h?sentinel_password=S3CRET",
                "sentinel_user and sentinel_password need redis+sentinel://",
            ),
            (
                "rediss://h?sslrootcert=%2Fnowhere%2Fca.pem",
                "sslrootcert names /nowhere/ca.pem, which cannot be read: No such file or directory (os error 2)",
            ),
        ] {
            assert_eq!(address.parse::<Address>().unwrap_err(), line, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_address_makes_it_panic_or_repeat_a_password(
            kind in "(redis|rediss)(|\\+sentinel|\\+cluster)",
            password in "[^%]{0,12}", rest in "[a-z0-9%@:/?&=,\\[\\]]{0,40}"
        ) {
            let address = format!("{kind}://u:S3CRET{password}@{rest}");
            if let Err(line) = address.parse::<Address>() {
                prop_assert!(!line.contains("S3CRET"), "{line}");
                prop_assert!(!line.contains('\n'), "{line}");
            }
        }
    }
}
