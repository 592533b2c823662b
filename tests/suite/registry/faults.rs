//! What becomes of sessions and tickets when a Redis loses them, goes away, or is replaced: never a double success.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule::store::StoreError;
use vestibule::store::hot::Issue;
use vestibule::store::proxy_grants::NewGrant;
use vestibule::store::registry::{Asked, Place, TicketRegistry};

use super::places::{place, prefix};
use super::tickets::word;
use super::{at, cookie, digest, presented, session, ticket};
use crate::support::redis::{Cluster, Redis, wait_until};

/// A place that fails, and what the keys begin with there.
struct Failing {
    place: Place,
    prefix: String,
}

impl Failing {
    fn at(address: &str) -> Self {
        Self {
            place: place(address),
            prefix: prefix(),
        }
    }

    fn try_connect(&self) -> Result<Box<dyn TicketRegistry>, String> {
        let registry = self.place.connect(&self.prefix, Duration::ZERO)?;
        Ok(registry.expect("a registry"))
    }

    fn connect(&self) -> Box<dyn TicketRegistry> {
        self.try_connect().expect("a connection")
    }

    /// The line with which a connection is refused.
    fn connect_is_refused(&self) -> String {
        self.try_connect().err().expect("a refusal")
    }

    /// Connects as soon as that can be done.
    fn connect_again(&self) -> Box<dyn TicketRegistry> {
        wait_until("it can be connected to", || self.try_connect().is_ok());
        self.connect()
    }
}

/// Three tickets of an open session.
fn three(registry: &mut dyn TicketRegistry) -> [Issue; 3] {
    registry.open(&session(1), &cookie(1)).unwrap();
    let issues = [1, 2, 3].map(|number| ticket(number, &session(1)));
    registry.issue(&issues).unwrap();
    issues
}

fn take(registry: &mut dyn TicketRegistry, issue: &Issue) -> &'static str {
    match registry.take(&[presented(issue)]) {
        Ok(found) => word(&found[0]),
        Err(StoreError::Unavailable(Some(_))) => "unavailable",
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn s10_of_an_emptied_redis_every_ticket_is_unknown_and_every_session_over() {
    let server = Redis::alone(&[]);
    let kept = Failing::at(&server.address());
    let mut registry = kept.connect();
    let [spent, unspent, _] = three(&mut *registry);
    assert_eq!(take(&mut *registry, &spent), "fresh");

    server.say(&["FLUSHALL"]);

    assert_eq!(take(&mut *registry, &spent), "unknown");
    assert_eq!(take(&mut *registry, &unspent), "unknown");
    assert_eq!(registry.by_cookies(&[cookie(1)]).unwrap(), [None]);
    assert!(registry.close(&digest(1), at(60)).unwrap().is_none());
    // And people sign in again.
    registry.open(&session(2), &cookie(2)).unwrap();
    let issue = ticket(4, &session(2));
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    assert_eq!(take(&mut *registry, &issue), "fresh");
}

#[test]
fn s10_a_redis_that_starts_from_an_older_file_takes_no_ticket_of_before() {
    let mut server = Redis::alone(&[]);
    let kept = Failing::at(&server.address());
    let mut registry = kept.connect();
    let [spent, unspent, _] = three(&mut *registry);
    server.say(&["SAVE"]);
    assert_eq!(take(&mut *registry, &spent), "fresh");

    server.down();
    assert_eq!(take(&mut *registry, &unspent), "unavailable");
    server.up();

    // The same registry connects anew by itself.
    let found = registry.by_cookies(&[cookie(1)]).unwrap();
    assert_eq!(found, [Some(session(1))], "the file is there");
    assert_eq!(registry.unspent(&unspent.ticket.digest, at(5)).unwrap(), None);
    assert_eq!(take(&mut *registry, &spent), "unknown");
    assert_eq!(take(&mut *registry, &unspent), "unknown");
    let issue = ticket(4, &session(1));
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    assert_eq!(take(&mut *registry, &issue), "fresh");
}

#[test]
fn s10_a_replica_that_takes_over_by_sentinel_takes_no_ticket_of_before() {
    let mut master = Redis::alone(&[]);
    let replica = master.replica();
    let sentinel = master.sentinel();
    let kept = Failing::at(&format!("redis+sentinel://127.0.0.1:{}/tickets", sentinel.port));
    let mut registry = kept.connect();
    let [missed, repeated, unspent] = three(&mut *registry);
    assert_eq!(take(&mut *registry, &repeated), "fresh");
    wait_until("the replica has it", || {
        let offset = |server: &Redis, name: &str| {
            let told = server.say(&["INFO", "replication"]);
            let line = told
                .lines()
                .find(|line| line.starts_with(name))
                .expect("an offset");
            line.split(':').nth(1).expect("a number").trim().to_owned()
        };
        offset(&master, "master_repl_offset") == offset(&replica, "slave_repl_offset")
    });

    // The replica hears of nothing more.
    replica.say(&["REPLICAOF", "127.0.0.1", "1"]);
    assert_eq!(take(&mut *registry, &missed), "fresh");
    master.down();
    assert_eq!(take(&mut *registry, &unspent), "unavailable");

    let mut registry = kept.connect_again();
    let found = registry.by_cookies(&[cookie(1)]).unwrap();
    assert_eq!(found, [Some(session(1))], "it was repeated in time");
    assert_eq!(take(&mut *registry, &missed), "unknown");
    assert_eq!(take(&mut *registry, &unspent), "unknown");
    assert_eq!(take(&mut *registry, &repeated), "spent");
    let issue = ticket(4, &session(1));
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    assert_eq!(take(&mut *registry, &issue), "fresh");
}

#[test]
fn a_master_that_becomes_a_replica_under_a_connection_is_not_believed_any_more() {
    let (server, other) = (Redis::alone(&[]), Redis::alone(&[]));
    let kept = Failing::at(&server.address());
    let mut registry = kept.connect();
    let [issue, ..] = three(&mut *registry);

    server.say(&["REPLICAOF", "127.0.0.1", &other.port.to_string()]);

    let found = registry.by_cookies(&[cookie(1)]);
    assert!(
        matches!(found, Err(StoreError::Unavailable(Some(_)))),
        "{found:?}"
    );
    assert!(kept.connect_is_refused().starts_with("it is a replica"));
    server.say(&["REPLICAOF", "NO", "ONE"]);
    // What it was told meanwhile, nobody knows.
    assert_eq!(take(&mut *kept.connect_again(), &issue), "unknown");
}

#[test]
fn s10_a_full_redis_does_nothing_by_halves() {
    let server = Redis::alone(&[]);
    let kept = Failing::at(&server.address());
    let mut registry = kept.connect();
    let [spent, unspent, _] = three(&mut *registry);
    assert_eq!(take(&mut *registry, &spent), "fresh");

    server.say(&["CONFIG", "SET", "maxmemory", "1"]);

    assert_eq!(take(&mut *registry, &unspent), "unavailable");
    let later = ticket(9, &session(1));
    assert!(registry.issue(std::slice::from_ref(&later)).is_err());
    assert!(registry.open(&session(2), &cookie(2)).is_err());
    assert!(registry.close(&digest(1), at(5)).is_err());
    assert!(registry.time().is_err(), "readiness is false");
    assert!(kept.connect_is_refused().starts_with("OOM "));

    server.say(&["CONFIG", "SET", "maxmemory", "0"]);
    let mut registry = kept.connect();
    assert!(registry.time().is_ok());
    assert_eq!(take(&mut *registry, &spent), "spent");
    assert_eq!(take(&mut *registry, &unspent), "fresh");
    assert_eq!(take(&mut *registry, &later), "unknown");
    assert_eq!(registry.by_cookies(&[cookie(2)]).unwrap(), [None]);
    let told = registry.close(&digest(1), at(6)).unwrap();
    assert_eq!(told.map(|told| told.len()), Some(2));
}

#[test]
fn a_session_that_cannot_be_read_is_none_and_nobody_elses_fault() {
    let server = Redis::alone(&[]);
    let kept = Failing::at(&server.address());
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.open(&session(2), &cookie(2)).unwrap();
    let (of_it, of_another) = (ticket(1, &session(1)), ticket(2, &session(2)));
    registry.issue(&[of_it.clone(), of_another.clone()]).unwrap();
    let key = format!("{}:s:{{{}}}", kept.prefix, URL_SAFE_NO_PAD.encode(digest(1)));
    assert_eq!(server.say(&["HSET", &key, "d", "[1, 2]"]), "0");

    let told = registry
        .answer(Asked {
            presented: &[presented(&of_it), presented(&of_another)],
            cookies: &[cookie(1), cookie(2)],
            ..Asked::default()
        })
        .unwrap();

    let words: Vec<_> = told.found.iter().map(word).collect();
    assert_eq!(words, ["fresh, without a session", "fresh"]);
    assert_eq!(told.sessions, [None, Some(session(2))]);
    let over = registry.expired(at(9 * 3600), 10).unwrap();
    assert_eq!(over, [session(2)]);
}

#[test]
fn scripts_that_the_server_has_forgotten_are_sent_again_each_once() {
    let server = Redis::alone(&[]);
    let kept = Failing::at(&server.address());
    let mut registry = kept.connect();
    let issues = three(&mut *registry);

    server.say(&["SCRIPT", "FLUSH"]);
    let asked: Vec<_> = issues.iter().map(presented).collect();
    let found = registry.take(&asked).unwrap();

    let words: Vec<_> = found.iter().map(word).collect();
    assert_eq!(words, ["fresh"; 3]);
    assert_eq!(registry.validated(&digest(1)).unwrap().len(), 3);
}

#[test]
fn slots_that_move_to_another_server_of_a_cluster_are_followed() {
    let cluster = Cluster::start();
    let kept = Failing::at(&cluster.address());
    let mut registry = kept.connect();
    for number in 0..32 {
        registry.open(&session(number), &cookie(number)).unwrap();
    }

    // Everything of the first server goes to the second.
    let [first, second, _] = &cluster.servers;
    let ids = [first, second].map(|server| server.say(&["CLUSTER", "MYID"]));
    let mut reshard = std::process::Command::new("redis-cli");
    reshard
        .args(["--cluster", "reshard", &format!("127.0.0.1:{}", first.port)])
        .args(["--cluster-from", &ids[0], "--cluster-to", &ids[1]])
        .args(["--cluster-slots", "16384", "--cluster-yes"]);
    crate::support::process::succeed(reshard, "");

    let cookies: Vec<_> = (0..32).map(cookie).collect();
    let found = registry.by_cookies(&cookies).unwrap();
    assert_eq!(
        found,
        (0..32).map(|number| Some(session(number))).collect::<Vec<_>>()
    );
    let issues: Vec<_> = (0..32).map(|number| ticket(number, &session(number))).collect();
    registry.issue(&issues).unwrap();
    let asked: Vec<_> = issues.iter().map(presented).collect();
    let found = registry.take(&asked).unwrap();
    assert!(found.iter().all(|found| word(found) == "fresh"));
    assert!(registry.time().is_ok());
}

#[test]
fn a_server_of_a_cluster_that_is_gone_makes_it_unavailable_until_it_is_back() {
    let mut cluster = Cluster::start();
    let kept = Failing::at(&cluster.address());
    let mut registry = kept.connect();
    let mut issues = Vec::new();
    for number in 0..16 {
        registry.open(&session(number), &cookie(number)).unwrap();
        issues.push(ticket(number, &session(number)));
    }
    registry.issue(&issues).unwrap();

    cluster.servers[2].down();

    let asked: Vec<_> = issues.iter().map(presented).collect();
    assert!(matches!(
        registry.take(&asked),
        Err(StoreError::Unavailable(Some(_)))
    ));
    assert!(registry.time().is_err());
    assert!(kept.try_connect().is_err());
    cluster.servers[2].up();
    let mut registry = kept.connect_again();
    let _ = registry.take(&asked).unwrap();
    // Whatever the servers that were left had done with them by then: nothing is fresh a second time.
    let found = registry.take(&asked).unwrap();
    assert!(
        found
            .iter()
            .all(|found| matches!(word(found), "spent" | "unknown"))
    );
}

#[test]
fn whatever_is_kept_runs_out_by_itself_and_what_is_forgotten_leaves_nothing() {
    let server = Redis::alone(&[]);
    let kept = Failing::at(&server.address());
    let mut registry = kept.connect();
    let issues = three(&mut *registry);
    take(&mut *registry, &issues[0]);
    registry.refuse(&issues[0].ticket.digest, "why", None).unwrap();
    registry.accept(&issues[0].ticket.digest, "ST-1").unwrap();
    registry.replayed(&issues[0].ticket.digest, None, at(3)).unwrap();
    let grant = NewGrant {
        digest: digest(500),
        session: digest(1),
        ticket: issues[0].ticket.digest,
        service_key: "portal".into(),
        proxies: Vec::new(),
        issued_at: at(3),
    };
    registry.grant(&grant).unwrap();
    registry.renew(&session(1), &cookie(2)).unwrap();
    registry
        .replace_ledger(&digest(7), None, "[]", Duration::from_secs(60))
        .unwrap();
    // The kind of each key, and how many seconds it has.
    let lifetimes = || {
        let mut lifetimes: Vec<(String, i64)> = Vec::new();
        for key in server
            .say(&["KEYS", "*"])
            .split(' ')
            .filter(|key| !key.is_empty())
        {
            let seconds: i64 = server.say(&["TTL", key]).parse().expect("a number");
            let kind = key.strip_prefix(&kept.prefix).expect("our key");
            lifetimes.push((kind[1..2].to_owned(), seconds));
        }
        lifetimes.sort();
        lifetimes.retain(|(kind, _)| kind != "w");
        lifetimes
    };

    let session = 8 * 3600 + 7 * 86_400;
    let expected = [
        ("a", session),
        ("c", session),
        ("g", session),
        ("l", 60),
        ("r", 60),
        ("s", session),
        ("t", 3610),
        ("t", 3610),
        ("t", 3610),
        // A share of the list of all sessions: they are taken out one by one.
        ("x", -1),
    ];
    let found = lifetimes();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((kind, seconds), (expected_kind, expected)) in found.iter().zip(expected) {
        assert_eq!(kind, expected_kind);
        assert!((expected - 20..=expected).contains(seconds), "{kind}: {seconds}");
    }
    registry.close(&digest(1), at(9)).unwrap().expect("it was open");
    registry.forget(&[digest(1)]).unwrap();
    let left: Vec<String> = lifetimes().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(left, ["g", "l", "r", "t", "t", "t"]);
}

#[test]
fn a_ticket_in_a_slot_that_is_on_its_way_to_another_server_is_good_once() {
    let cluster = Cluster::start();
    let kept = Failing::at(&cluster.address());
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issue = ticket(1, &session(1));
    let key = format!("{}:t:{{{}}}", kept.prefix, hex::encode(&issue.ticket.digest[..7]));
    let slot = cluster.servers[0].say(&["CLUSTER", "KEYSLOT", &key]);
    // Thirds, in the order in which the cluster was made.
    let from = slot.parse::<usize>().expect("a number") / 5_461;
    let to = (from + 1) % 3;
    let ids = [from, to].map(|place| cluster.servers[place].say(&["CLUSTER", "MYID"]));
    cluster.servers[to].say(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &ids[0]]);
    cluster.servers[from].say(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &ids[1]]);

    registry.issue(std::slice::from_ref(&issue)).unwrap();

    assert_eq!(take(&mut *registry, &issue), "fresh");
    assert_eq!(take(&mut *kept.connect(), &issue), "spent");
    assert_eq!(
        cluster.servers[from].say(&["CLUSTER", "COUNTKEYSINSLOT", &slot]),
        "0"
    );
}
