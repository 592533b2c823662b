//! What is kept under the keys: JSON without names, because a name would be as long as its value.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::proxy_grants::{Grant, NewGrant};
use crate::store::sessions::Session;
use crate::store::stories::Story;
use crate::store::tickets::{ConsumedTicket, NewTicket, Validated};

/// A session, but for its ticket and when it was used.
#[derive(Serialize, Deserialize)]
struct Row(String, i64, i64, i64, i64, i64, bool, bool, String, String);

/// A session as it is kept.
pub fn session(session: &Session) -> String {
    text(&Row(
        session.account.clone(),
        session.epoch,
        session.opened_at.timestamp_micros(),
        session.authenticated_at.timestamp_micros(),
        session.idle.num_microseconds().unwrap_or(i64::MAX),
        session.expires_at.timestamp_micros(),
        session.public_computer,
        session.long_term,
        session.device.clone(),
        session.address.clone(),
    ))
}

/// The session with this ticket.
pub fn read_session(digest: &Digest, kept: &[u8], used_at: &[u8]) -> Result<Session, StoreError> {
    let row: Row = parse("sessions", kept)?;
    let used_at: i64 = parse("sessions", used_at)?;
    Ok(Session {
        digest: *digest,
        account: row.0,
        epoch: row.1,
        opened_at: from_micros(row.2),
        authenticated_at: from_micros(row.3),
        used_at: from_micros(used_at),
        idle: TimeDelta::microseconds(row.4),
        expires_at: from_micros(row.5),
        public_computer: row.6,
        long_term: row.7,
        device: row.8,
        address: row.9,
    })
}

/// A ticket as it was issued: session, kind, service key, service, whether from a new login, proxies, when issued, until
/// when good, from where asked for.
#[derive(Serialize, Deserialize)]
pub struct Ticket(
    #[serde(with = "short")] Digest,
    String,
    String,
    String,
    bool,
    Vec<String>,
    i64,
    i64,
    Option<String>,
);

impl Ticket {
    /// A ticket as it is kept.
    pub fn keep(ticket: &NewTicket) -> String {
        text(&Self(
            ticket.session,
            ticket.kind.to_owned(),
            ticket.service_key.clone(),
            ticket.service.clone(),
            ticket.from_new_login,
            ticket.proxies.clone(),
            ticket.issued_at.timestamp_micros(),
            ticket.expires_at.timestamp_micros(),
            ticket.asked_from.clone(),
        ))
    }

    /// What was kept.
    pub fn read(kept: &[u8]) -> Result<Self, StoreError> {
        parse(TICKETS, kept)
    }

    /// What was kept, behind the sixteen digits of its reign.
    pub fn of_reign(kept: &[u8]) -> Result<Self, StoreError> {
        Self::read(kept.get(16..).unwrap_or_default())
    }

    /// The session it comes from.
    pub fn session(&self) -> Digest {
        self.0
    }

    /// The service identifier.
    pub fn service(&self) -> &str {
        &self.3
    }

    /// Whether it can be presented at `now`, as far as time goes.
    pub fn is_good_at(&self, now: DateTime<Utc>) -> bool {
        from_micros(self.6) <= now && now < from_micros(self.7)
    }

    /// As whoever spends it hears of it.
    pub fn consumed(self) -> ConsumedTicket {
        ConsumedTicket {
            session: self.0,
            kind: self.1,
            service_key: self.2,
            service: self.3,
            from_new_login: self.4,
            proxies: self.5,
            issued_at: from_micros(self.6),
            expires_at: from_micros(self.7),
        }
    }

    /// What its session keeps of it, to tell the service of its end.
    pub fn joined(&self, handle: &str, at: DateTime<Utc>) -> String {
        text(&(&self.2, &self.3, handle, at.timestamp_micros()))
    }

    /// Its story, unspent so far.
    pub fn story(self) -> Story {
        Story {
            session: self.0.to_vec(),
            kind: self.1,
            service_key: self.2,
            service: self.3,
            from_new_login: self.4,
            issued_at: self.6,
            expires_at: self.7,
            asked_from: self.8,
            consumed_at: None,
            presented_from: None,
            presented_as: None,
            refused: None,
            replays: 0,
            replayed_at: None,
            replayed_from: None,
        }
    }
}

/// When, and from where.
pub fn moment(at: DateTime<Utc>, from: Option<&str>) -> String {
    text(&(at.timestamp_micros(), from))
}

/// What [`moment`] kept, in microseconds.
pub fn read_moment(kept: &[u8]) -> Result<(i64, Option<String>), StoreError> {
    parse(TICKETS, kept)
}

/// Why a ticket was refused, and as what it was presented.
pub fn refusal(why: &str, presented_as: Option<&str>) -> String {
    text(&(why, presented_as))
}

/// What [`refusal`] kept.
pub fn read_refusal(kept: &[u8]) -> Result<(String, Option<String>), StoreError> {
    parse(TICKETS, kept)
}

/// What [`Ticket::joined`] kept.
pub fn read_joined(kept: &[u8]) -> Result<Validated, StoreError> {
    let (service_key, service, handle, at): (String, String, String, i64) = parse("sessions", kept)?;
    Ok(Validated {
        service_key,
        service,
        handle,
        at: from_micros(at),
    })
}

/// A proxy-granting ticket: session, service key, proxies.
#[derive(Serialize, Deserialize)]
struct GrantRow(#[serde(with = "short")] Digest, String, Vec<String>);

/// A proxy-granting ticket as it is kept.
pub fn grant(grant: &NewGrant) -> String {
    text(&GrantRow(
        grant.session,
        grant.service_key.clone(),
        grant.proxies.clone(),
    ))
}

/// What [`grant`] kept.
pub fn read_grant(kept: &[u8]) -> Result<Grant, StoreError> {
    let GrantRow(session, service_key, proxies) = parse("proxy_grants", kept)?;
    Ok(Grant {
        session,
        service_key,
        proxies,
    })
}

const TICKETS: &str = "service_tickets";

fn text(value: &impl Serialize) -> String {
    // Nothing in it can fail: no map, and no number that JSON has not.
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads a number or another value, as text.
pub fn parse<T: DeserializeOwned>(table: &'static str, kept: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(kept).map_err(|_| corrupt(table))
}

/// A digest in 43 characters.
mod short {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Digest, Engine, URL_SAFE_NO_PAD};

    pub fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&URL_SAFE_NO_PAD.encode(digest))
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Digest, D::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(<&str>::deserialize(from)?);
        let digest = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        digest.ok_or_else(|| D::Error::custom("no digest"))
    }
}

fn corrupt(table: &'static str) -> StoreError {
    StoreError::Corrupt {
        table,
        column: "value",
        row: "the ticket registry".into(),
    }
}
