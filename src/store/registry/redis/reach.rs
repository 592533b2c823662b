//! How a server is reached, and whether it will do.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{
    Client, Connection, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo, TlsCertificates, Value, cmd,
};
use secrecy::ExposeSecret;

use super::address::{Address, Arrangement, Endpoint, Login, Trust};
use super::ask::{Ask, line, read, words};
use super::keys::Keys;
use super::link::Link;
use super::scripts::TRIAL;

/// How long a server has to accept a connection, and for each answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The oldest server.
const OLDEST: (u16, u16) = (6, 2);

/// Connects to the servers that count at this moment, and tries whether all that will be done can be done.
///
/// # Errors
/// Why they cannot be used, in words that end a line.
pub fn connect(address: &Arc<Address>, keys: &Keys) -> Result<Link, String> {
    let mut link = enter(address)?;
    try_all(&mut link, keys)?;
    Ok(link)
}

/// Connects to the servers that count at this moment.
pub(super) fn enter(address: &Arc<Address>) -> Result<Link, String> {
    match &address.arrangement {
        Arrangement::Alone => any(address, |endpoint| alone(address, endpoint.clone())),
        Arrangement::Sentinels(master) => any(address, |endpoint| {
            let master = located(address, endpoint, master)?;
            let name = master.to_string();
            alone(address, master).map_err(|said| format!("{name}: {said}"))
        }),
        Arrangement::Cluster => any(address, |endpoint| {
            let mut connection = knock(address, endpoint, &address.login, 0)?;
            facts(&mut connection)?.judge_kind(&address.arrangement)?;
            let mut link = Link::cluster(Arc::clone(address), endpoint.clone(), connection)?;
            for (_, connection) in link.masters() {
                facts(connection)?.judge(&address.arrangement)?;
            }
            Ok(link)
        }),
    }
}

/// The first server of the address for which `reach` does.
fn any(address: &Address, reach: impl Fn(&Endpoint) -> Result<Link, String>) -> Result<Link, String> {
    let mut said = Vec::new();
    for endpoint in &address.endpoints {
        match reach(endpoint) {
            Ok(link) => return Ok(link),
            Err(why) if address.endpoints.len() == 1 => return Err(why),
            Err(why) => said.push(format!("{endpoint}: {why}")),
        }
    }
    Err(said.join("; "))
}

fn alone(address: &Arc<Address>, endpoint: Endpoint) -> Result<Link, String> {
    let mut connection = knock(address, &endpoint, &address.login, address.database)?;
    facts(&mut connection)?.judge(&address.arrangement)?;
    Ok(Link::alone(Arc::clone(address), endpoint, connection))
}

/// Where a sentinel says the master is.
fn located(address: &Address, sentinel: &Endpoint, master: &str) -> Result<Endpoint, String> {
    let mut connection = knock(address, sentinel, &address.sentinel_login, 0)?;
    let mut ask = cmd("SENTINEL");
    ask.arg("get-master-addr-by-name").arg(master);
    let told = ask.query::<Value>(&mut connection);
    let told: Option<(String, u16)> = read(told.map_err(|error| words(&error))?)?;
    let (host, port) = told.ok_or_else(|| line(&format!("it knows no master named {master}")))?;
    Ok(Endpoint { host, port })
}

/// Makes one connection.
pub(super) fn knock(
    address: &Address,
    endpoint: &Endpoint,
    login: &Login,
    database: u16,
) -> Result<Connection, String> {
    let mut settings = RedisConnectionInfo::default()
        .set_db(database.into())
        .set_skip_set_lib_name();
    if let Some(user) = &login.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &login.password {
        settings = settings.set_password(password.expose_secret());
    }
    let (host, port) = (endpoint.host.clone(), endpoint.port);
    let is_plain = matches!(address.trust, Trust::Plain);
    let place = if is_plain {
        ConnectionAddr::Tcp(host, port)
    } else {
        ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params: None,
        }
    };
    let open = || {
        let info = place.into_connection_info()?.set_redis_settings(settings);
        let info = info.set_tcp_settings(
            TcpSettings::default()
                .set_nodelay(true)
                .set_keepalive(keepalive()),
        );
        let client = if is_plain {
            Client::open(info)?
        } else {
            // The library takes what the whole program uses; nothing may have said so yet.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let root_cert = match &address.trust {
                Trust::Roots(roots) => Some(roots.clone()),
                Trust::Plain | Trust::System => None,
            };
            let client_tls = None;
            Client::build_with_tls(
                info,
                TlsCertificates {
                    client_tls,
                    root_cert,
                },
            )?
        };
        let connection = client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        Ok(connection)
    };
    open().map_err(|error| words(&error))
}

fn keepalive() -> TcpKeepalive {
    let after = TcpKeepalive::new().with_time(Duration::from_secs(10));
    after.with_interval(Duration::from_secs(5)).with_retries(3)
}

/// What a server says of itself, by name.
pub(super) struct Facts(HashMap<String, String>);

/// Asks a server about itself.
pub(super) fn facts(connection: &mut Connection) -> Result<Facts, String> {
    let told = cmd("INFO").query::<Value>(connection);
    let text: String = read(told.map_err(|error| words(&error))?)?;
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    Ok(Facts(
        pairs
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
    ))
}

impl Facts {
    /// What it says under `name`; nothing where it does not.
    pub(super) fn says(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether this server will do where the address expects a master in `arrangement`.
    fn judge(&self, arrangement: &Arrangement) -> Result<(), String> {
        self.judge_kind(arrangement)?;
        if self.says("role") != "master" {
            return Err(REPLICA.into());
        }
        Ok(())
    }

    /// Whether this server is of the kind and age that is expected.
    fn judge_kind(&self, arrangement: &Arrangement) -> Result<(), String> {
        let version = self.says("redis_version");
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if number < OLDEST {
            return Err(line(&format!(
                "it is Redis {version}: 6.2 or newer is needed, or Valkey"
            )));
        }
        // Valkey calls it by the second name.
        let mode = [self.says("redis_mode"), self.says("server_mode")].concat();
        if mode == "sentinel" {
            return Err("it is a sentinel: the address must begin with redis+sentinel://".into());
        }
        match (mode == "cluster", arrangement) {
            (true, Arrangement::Cluster) => {}
            (true, _) => {
                return Err("it belongs to a cluster: the address must begin with redis+cluster://".into());
            }
            (false, Arrangement::Cluster) => return Err("it belongs to no cluster".into()),
            (false, _) => {}
        }
        Ok(())
    }
}

const REPLICA: &str = "it is a replica: the server that accepts writes is needed";

/// Whether the answer to `ROLE` is a master's.
pub(super) fn is_master(role: Value) -> Result<(), String> {
    if let Value::ServerError(error) = role {
        return Err(words(&error.into()));
    }
    let role: Vec<Value> = read(role)?;
    match role.into_iter().next().map(read::<String>) {
        Some(Ok(role)) if role == "master" => Ok(()),
        _ => Err(REPLICA.into()),
    }
}

/// Does once, on each server, all that will be done.
fn try_all(link: &mut Link, keys: &Keys) -> Result<(), String> {
    let mut asks = Vec::new();
    for key in link.key_of_each(|number| keys.trial(number)) {
        asks.push(Ask::beside("TIME", key.clone()));
        // Keys of one kind each: other connections do the same at this moment.
        let ask = |name, kind| Ask::command(name, format!("{key}{kind}"));
        asks.push(ask("SET", "s").arg("").arg("PX").arg(1000));
        asks.push(ask("GET", "s"));
        asks.push(ask("DEL", "s"));
        asks.push(ask("PTTL", "s"));
        asks.push(ask("HMGET", "h").arg("a"));
        asks.push(ask("HGETALL", "h"));
        asks.push(ask("HDEL", "h").arg("a"));
        asks.push(ask("LRANGE", "l").arg(0).arg(0));
        asks.push(ask("ZADD", "z").arg("LT").arg(1).arg("a"));
        asks.push(ask("ZRANGE", "z").arg(0).arg(0));
        asks.push(ask("ZRANGEBYSCORE", "z").arg(0).arg(0));
        asks.push(ask("ZREM", "z").arg("a"));
        asks.push(Ask::script(&TRIAL, &[key]));
    }
    link.ask(&asks)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(facts: &[(&str, &str)], arrangement: &Arrangement) -> String {
        let sound = [
            ("redis_version", "6.2.0"),
            ("redis_mode", "standalone"),
            ("role", "master"),
        ];
        let all = sound.iter().chain(facts);
        let facts = Facts(
            all.map(|(name, value)| (String::from(*name), String::from(*value)))
                .collect(),
        );
        facts.judge(arrangement).err().unwrap_or_default()
    }

    #[test]
    fn a_server_that_will_not_do_is_refused_with_what_is_wrong() {
        let alone = Arrangement::Alone;
        assert_eq!(said(&[], &alone), "");
        assert_eq!(
            said(
                &[
                    ("redis_version", "7.2.4"),
                    ("valkey_version", "8.1.0"),
                    ("redis_mode", ""),
                    ("server_mode", "standalone")
                ],
                &alone
            ),
            ""
        );
        assert_eq!(said(&[("redis_version", "10.0.1")], &alone), "");
        for (version, expected) in [
            ("6.0.16", "it is Redis 6.0.16: 6.2 or newer is needed, or Valkey"),
            ("", "it is Redis : 6.2 or newer is needed, or Valkey"),
        ] {
            assert_eq!(said(&[("redis_version", version)], &alone), expected);
        }
        assert!(said(&[("role", "slave")], &alone).starts_with("it is a replica"));
        assert!(said(&[("redis_mode", "sentinel")], &alone).starts_with("it is a sentinel"));
        assert!(said(&[("redis_mode", "cluster")], &alone).starts_with("it belongs to a cluster"));
        assert_eq!(said(&[("redis_mode", "cluster")], &Arrangement::Cluster), "");
        assert_eq!(said(&[], &Arrangement::Cluster), "it belongs to no cluster");
    }
}
