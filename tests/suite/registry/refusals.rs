//! A Redis that will not do: one line says why, without the password.

use std::io::{Read, Write};
use std::time::Duration;

use vestibule::store::registry::Place;

use super::places::{place, prefix};
use super::{at, cookie, digest, presented, session, ticket};
use crate::support::callback::Authority;
use crate::support::encode;
use crate::support::port::free_port;
use crate::support::redis::{Cluster, Redis, wait_until};

/// Why a place cannot be connected to.
fn refusal(address: &str) -> String {
    let place = place(address);
    let Err(line) = place.connect(&prefix(), Duration::ZERO) else {
        panic!("{address} will do")
    };
    assert!(!line.contains('\n') && !line.contains("s3cret"), "{line}");
    assert!(!place.name().contains("s3cret"), "{}", place.name());
    line
}

/// A server that answers everything with `answer`; its address.
fn answering(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("redis://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 4096];
            while stream.read(&mut asked).is_ok_and(|length| length > 0) {
                if stream.write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    address
}

#[test]
fn a_redis_that_is_not_there_is_refused_in_one_line() {
    let port = free_port();

    let line = refusal(&format!("redis://u:s3cret@127.0.0.1:{port}/2"));
    assert!(line.contains("Connection refused"), "{line}");
    let line = refusal(&format!(
        "redis+cluster://u:s3cret@127.0.0.1:{port},127.0.0.1:{port}"
    ));
    assert!(line.starts_with(&format!("127.0.0.1:{port}: ")), "{line}");
    let line = refusal(&format!("redis+sentinel://127.0.0.1:{port}/tickets"));
    assert!(line.contains("Connection refused"), "{line}");
}

#[test]
fn a_redis_that_does_not_answer_is_refused_after_a_while() {
    let server = Redis::alone(&[]);
    server.freeze();

    assert_eq!(refusal(&server.address()), "it does not answer");
}

#[test]
fn a_redis_that_stops_answering_makes_it_unavailable() {
    let server = Redis::alone(&[]);
    let place = place(&server.address());
    let mut registry = place.connect("silently", Duration::ZERO).unwrap().unwrap();

    server.freeze();

    let error = registry.time().unwrap_err();
    let source = std::error::Error::source(&error).expect("a reason");
    assert_eq!(source.to_string(), "it does not answer");
    server.thaw();
    wait_until("it recovers", || {
        place.connect("silently", Duration::ZERO).is_ok()
    });
    assert!(registry.time().is_ok(), "the same connection, made anew");
}

#[test]
fn what_is_no_redis_or_an_old_one_is_refused() {
    let old = "$21\r\nredis_version:6.0.9\r\n\r\n";
    let line = refusal(&answering(old));
    assert_eq!(line, "it is Redis 6.0.9: 6.2 or newer is needed, or Valkey");

    let line = refusal(&answering("HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert_eq!(line, "what answers there is no Redis");
}

#[test]
fn a_wrong_user_or_password_is_refused() {
    let server = Redis::alone(&[
        "--requirepass",
        "right",
        "--user",
        "vestibule",
        "on",
        ">right",
        "~*",
        "+@all",
    ]);
    let port = server.port;

    for login in [":s3cret", "vestibule:s3cret", "nobody:s3cret"] {
        let line = refusal(&format!("redis://{login}@127.0.0.1:{port}"));
        assert_eq!(line, "the user or the password is refused", "{login}");
    }
    let line = refusal(&format!("redis://127.0.0.1:{port}"));
    assert!(line.starts_with("NOAUTH "), "{line}");
    for login in [":right", "vestibule:right"] {
        let place = place(&format!("redis://{login}@127.0.0.1:{port}/3"));
        assert!(place.connect(&prefix(), Duration::ZERO).is_ok(), "{login}");
    }
    let line = refusal(&format!("redis://:right@127.0.0.1:{port}/99"));
    assert!(line.contains("DB index is out of range"), "{line}");
}

/// What the guide says to give the user.
fn rights() -> String {
    let guide = include_str!("../../../docs/guide/redis.md");
    let line = guide.lines().find(|line| line.starts_with("user vestibule "));
    let line = line.expect("the guide says what the user may do");
    line.trim_start_matches("user ").replace(">...", ">right")
}

#[test]
fn the_user_of_the_guide_may_do_all_that_is_done_and_one_who_may_not_is_refused() {
    let rights = rights();
    let with = |rights: &str| {
        let words: Vec<&str> = std::iter::once("--user").chain(rights.split(' ')).collect();
        Redis::alone(&words)
    };
    let server = with(&rights);
    let address = format!("redis://vestibule:right@127.0.0.1:{}", server.port);
    let place = place(&address);
    let mut registry = place.connect(&prefix(), Duration::ZERO).unwrap().unwrap();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.renew(&session(1), &cookie(2)).unwrap();
    let issue = ticket(1, &session(1));
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    registry.take(&[presented(&issue)]).unwrap();
    registry.refuse(&issue.ticket.digest, "why", None).unwrap();
    registry.accept(&issue.ticket.digest, "ST-1").unwrap();
    registry.expired(at(1_000_000), 5).unwrap();
    registry.close(&digest(1), at(9)).unwrap();
    registry.forget(&[digest(1)]).unwrap();
    registry.time().unwrap();

    for command in ["evalsha", "eval", "hset", "zadd", "info", "role", "set"] {
        let less = format!("{rights} -{command}");
        let server = with(&less);
        let line = refusal(&format!("redis://vestibule:right@127.0.0.1:{}", server.port));
        assert!(
            line.contains(command) || line.contains("can't run this command"),
            "{command}: {line}"
        );
    }
}

#[test]
fn a_server_of_another_kind_than_the_address_says_is_refused() {
    let server = Redis::alone(&[]);
    let replica = server.replica();
    let sentinel = server.sentinel();
    let cluster = Cluster::running();

    let line = refusal(&replica.address());
    assert_eq!(line, "it is a replica: the server that accepts writes is needed");
    let line = refusal(&cluster.servers[0].address());
    assert_eq!(
        line,
        "it belongs to a cluster: the address must begin with redis+cluster://"
    );
    let line = refusal(&format!("redis+cluster://127.0.0.1:{}", server.port));
    assert_eq!(line, "it belongs to no cluster");
    let line = refusal(&format!("redis+sentinel://127.0.0.1:{}/other", sentinel.port));
    assert_eq!(line, "it knows no master named other");
    let line = refusal(&format!("redis+sentinel://127.0.0.1:{}/tickets", server.port));
    assert!(line.contains("unknown command"), "{line}");
    let line = refusal(&sentinel.address());
    assert_eq!(
        line,
        "it is a sentinel: the address must begin with redis+sentinel://"
    );
}

#[test]
fn the_certificate_of_an_encrypted_redis_is_checked_in_full() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (authority, stranger) = (Authority::new(), Authority::new());
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("the folder can be written");
        path.to_str().expect("a path in UTF-8").to_owned()
    };
    let [certificate, key] = authority.localhost();
    let own = file("authority.pem", &authority.pem());
    let others = file("stranger.pem", &stranger.pem());
    let port = free_port();
    let server = Redis::alone(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &file("server.pem", &certificate),
        "--tls-key-file",
        &file("server.key", &key),
        "--tls-ca-cert-file",
        &own,
        "--tls-auth-clients",
        "no",
    ]);
    let address = |host: &str, roots: &str| format!("rediss://{host}:{port}?sslrootcert={}", encode(roots));

    let trusted = place(&address("localhost", &own));
    let mut registry = trusted.connect(&prefix(), Duration::ZERO).unwrap().unwrap();
    assert!(registry.time().is_ok());
    let line = refusal(&address("localhost", &others));
    assert!(line.contains("invalid peer certificate"), "{line}");
    let line = refusal(&address("127.0.0.1", &own));
    assert!(line.contains("certificate not valid for name"), "{line}");
    let line = refusal(&address("localhost", "system"));
    assert!(line.contains("invalid peer certificate"), "{line}");
    // Neither speaks what the other expects.
    refusal(&format!("redis://127.0.0.1:{port}"));
    refusal(&format!("rediss://127.0.0.1:{}", server.port));
}

#[test]
fn what_is_allowed_but_worth_saying_is_said_at_start() {
    let warned = |address: &str| place(address).warnings().join("\n");

    let open = warned("redis+cluster://u:s3cret@127.0.0.1:1,redis.univ.example");
    assert!(
        open.contains("without encryption at redis.univ.example:6379"),
        "{open}"
    );
    assert!(!open.contains("s3cret"), "{open}");
    let careless = Redis::alone(&["--maxmemory-policy", "allkeys-lru"]);
    let lines = warned(&careless.address());
    assert!(lines.contains("maxmemory-policy is allkeys-lru"), "{lines}");
    assert!(lines.contains("keeps nothing on disk"), "{lines}");
    let careful = Redis::alone(&["--appendonly", "yes"]);
    assert_eq!(warned(&careful.address()), "");
    assert!(warned("memory").contains("a restart signs everybody out"));
    assert_eq!(warned("database"), "");
}

#[test]
fn a_place_is_named_without_user_and_password() {
    for (address, name) in [
        ("redis://u:s3cret@h/2", "redis://h:6379/2"),
        (
            "rediss+sentinel://:s3cret@h,i:7/m?sentinel_password=s3cret",
            "rediss+sentinel://h:26379,i:7/m",
        ),
        (
            "redis+cluster://:s3cret@[::1]:7,h",
            "redis+cluster://[::1]:7,h:6379",
        ),
        ("memory", "memory"),
        ("database", "database"),
    ] {
        assert_eq!(place(address).name(), name);
    }
    let unknown: Result<Place, String> = "redis".parse();
    let line = unknown.err().expect("a refusal");
    assert_eq!(line, "must be `database`, `memory`, or the address of a Redis");
}
