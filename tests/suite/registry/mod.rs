//! What every place for sessions and tickets promises: one suite, asked of all of them.
#![expect(clippy::unwrap_used, reason = "a promise is a function that tests call")]

/// Asks one place to keep each promise.
macro_rules! on {
    ($place:ident: $($promise:ident)+) => {
        mod $place {
            $(#[test]
            fn $promise() {
                super::$promise(&crate::registry::places::$place());
            })+
        }
    };
}

/// Asks every place.
macro_rules! on_every_place {
    ($($promise:ident)+) => {
        on! { memory: $($promise)+ }
        on! { sqlite: $($promise)+ }
        on! { postgres: $($promise)+ }
        on! { redis: $($promise)+ }
        on! { redis_cluster: $($promise)+ }
    };
}

/// Asks those that have no transactions.
macro_rules! beside_the_tables {
    ($($promise:ident)+) => {
        on! { beside_memory: $($promise)+ }
        on! { beside_redis: $($promise)+ }
        on! { beside_redis_cluster: $($promise)+ }
    };
}

mod faults;
mod places;
mod refusals;
mod sessions;
mod throttles;
mod tickets;
mod together;

use chrono::{DateTime, TimeDelta, Utc};
use vestibule::kernel::keyring::Digest;
use vestibule::store::hot::{Issue, Presented};
use vestibule::store::sessions::Session;
use vestibule::store::tickets::NewTicket;

use places::Kept;

/// Whose the sessions are.
const CAMILLE: &str = "camille";
/// Somebody else.
const EMILE: &str = "emile";

/// So many seconds after the tests begin.
fn at(seconds: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp_micros(1_788_250_000_123_457).expect("a time");
    start + TimeDelta::seconds(seconds)
}

/// A digest like no other.
fn digest(number: u16) -> Digest {
    let mut digest = [0x5a; 32];
    digest[..2].copy_from_slice(&number.to_be_bytes());
    digest[30..].copy_from_slice(&number.to_be_bytes());
    digest
}

/// The digest of a session's cookie.
fn cookie(number: u16) -> Digest {
    digest(1000 + number)
}

/// A session of Camille's of eight hours.
fn session(number: u16) -> Session {
    Session {
        digest: digest(number),
        account: CAMILLE.into(),
        epoch: 3,
        opened_at: at(0),
        authenticated_at: at(0),
        used_at: at(0),
        idle: TimeDelta::hours(2),
        expires_at: at(8 * 3600),
        public_computer: true,
        long_term: false,
        device: "Firefox sur Linux, « à côté »".into(),
        address: "2001:db8::1".into(),
    }
}

/// A ticket of a session for a service, as it is issued.
fn ticket(number: u16, session: &Session) -> Issue {
    let ticket = NewTicket {
        digest: digest(2000 + number),
        session: session.digest,
        kind: "ST",
        service_key: "mail".into(),
        service: format!("https://mail.univ.example/?n={number}"),
        from_new_login: true,
        proxies: Vec::new(),
        issued_at: at(1),
        expires_at: at(11),
        asked_from: Some("192.0.2.1".into()),
    };
    Issue {
        ticket,
        touches: false,
    }
}

/// Its presentation.
fn presented(issue: &Issue) -> Presented {
    Presented {
        digest: issue.ticket.digest,
        handle: format!("ST-{}", hex::encode(issue.ticket.digest)).as_str().into(),
        service: issue.ticket.service.clone(),
        from: Some("198.51.100.7".into()),
        at: at(2),
    }
}
