//! Sessions and tickets in Redis or Valkey: one server, several behind sentinels, or a cluster.
//!
//! What must not be done twice is done by a script on keys of one slot, and so by one server in one piece. The order of
//! several such steps is what [the decision](../../../docs/decisions/0022-tickets-in-redis.md) explains.

mod address;
mod ask;
mod closing;
mod kept;
mod keys;
mod lasting;
mod link;
mod reach;
mod scripts;
mod sessions;
mod sign_on;
mod slots;
mod stories;
mod tickets;
mod warnings;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use redis::{FromRedisValue, Value};

use super::{Asked, TicketRegistry, Told, away};
use crate::cas::ticket::Trace;
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::proxy_grants::{Grant, NewGrant};
use crate::store::sessions::Session;
use crate::store::stories::{Recent, Story, Watched};
use crate::store::tickets::Validated;
use address::Address;
use ask::Ask;
use keys::Keys;
use lasting::Lasting;

/// How far the clocks of a cluster's servers may be apart.
const APART: TimeDelta = TimeDelta::seconds(2);

/// Where the servers are.
pub struct Servers(Arc<Address>);

impl FromStr for Servers {
    type Err = String;

    fn from_str(address: &str) -> Result<Self, String> {
        address.parse().map(|address| Self(Arc::new(address)))
    }
}

impl Servers {
    /// Connects, for keys that begin with `prefix`, where spent tickets are remembered for as long as their `stories`.
    ///
    /// # Errors
    /// Why the servers cannot be used, in words that end a line.
    pub fn connect(&self, prefix: &str, stories: Duration) -> Result<Redis, String> {
        let keys = Keys::new(prefix);
        Ok(Redis {
            link: Lasting::connect(&self.0, &keys)?,
            keys,
            stories: TimeDelta::from_std(stories).unwrap_or(TimeDelta::days(3650)),
        })
    }

    /// The address as it may be printed: no user, no password.
    pub fn name(&self) -> String {
        self.0.to_string()
    }

    /// What is allowed but worth saying at start.
    pub fn warnings(&self) -> Vec<String> {
        warnings::of(&self.0)
    }
}

/// A connection to the servers.
pub struct Redis {
    link: Lasting,
    keys: Keys,
    /// How long a ticket is kept after it can no longer be presented.
    stories: TimeDelta,
}

impl Redis {
    /// Asks for all at once; answers in the same order.
    fn ask(&mut self, asks: &[Ask]) -> Result<Vec<Value>, StoreError> {
        self.link.ask(&self.keys, asks).map_err(away)
    }

    /// Asks for one.
    fn ask_one<T: FromRedisValue>(&mut self, ask: Ask) -> Result<T, StoreError> {
        let mut answers = self.ask(&[ask])?;
        read(answers.pop().unwrap_or_default())
    }
}

fn read<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    ask::read(value).map_err(away)
}

/// A lifetime in milliseconds, one at least: the server takes none for a mistake.
fn millis(lifetime: TimeDelta) -> i64 {
    lifetime.num_milliseconds().max(1)
}

impl TicketRegistry for Redis {
    fn answer(&mut self, asked: Asked<'_>) -> Result<Told, StoreError> {
        sign_on::answer(self, asked)
    }

    fn open(&mut self, session: &Session, cookie: &Digest) -> Result<(), StoreError> {
        sessions::open(self, session, cookie)
    }

    fn by_digests(&mut self, digests: &[Digest]) -> Result<Vec<Option<Session>>, StoreError> {
        sessions::by_digests(self, digests)
    }

    fn of_account(&mut self, account: &str) -> Result<Vec<Session>, StoreError> {
        sessions::of_account(self, account)
    }

    fn touch(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
        sessions::touch(self, digest, now)
    }

    fn renew(&mut self, session: &Session, cookie: &Digest) -> Result<bool, StoreError> {
        sessions::renew(self, session, cookie)
    }

    fn close(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Vec<Validated>>, StoreError> {
        closing::close(self, digest, now)
    }

    fn forget(&mut self, digests: &[Digest]) -> Result<(), StoreError> {
        closing::forget(self, digests)
    }

    fn expired(&mut self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Session>, StoreError> {
        closing::expired(self, now, limit)
    }

    fn unspent(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Digest>, StoreError> {
        tickets::unspent(self, digest, now)
    }

    fn refuse(&mut self, digest: &Digest, why: &str, presented_as: Option<&str>) -> Result<(), StoreError> {
        tickets::refuse(self, digest, why, presented_as)
    }

    fn accept(&mut self, digest: &Digest, handle: &str) -> Result<(), StoreError> {
        tickets::accept(self, digest, handle)
    }

    fn validated(&mut self, session: &Digest) -> Result<Vec<Validated>, StoreError> {
        sessions::validated(self, session)
    }

    fn replayed(
        &mut self,
        digest: &Digest,
        from: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        stories::replayed(self, digest, from, now)
    }

    fn recent(&mut self, watched: &[(Digest, Watched)]) -> Result<Vec<Vec<Recent>>, StoreError> {
        stories::recent(self, watched)
    }

    fn by_trace(&mut self, trace: Trace) -> Result<Vec<(Story, bool)>, StoreError> {
        stories::by_trace(self, trace)
    }

    fn grant(&mut self, grant: &NewGrant) -> Result<(), StoreError> {
        tickets::grant(self, grant)
    }

    fn granted(&mut self, digest: &Digest) -> Result<Option<Grant>, StoreError> {
        let key = self.keys.grant(digest);
        let found: Option<Vec<u8>> = self.ask_one(Ask::command("GET", key))?;
        found.map(|found| kept::read_grant(&found)).transpose()
    }

    fn ledger(&mut self, key: &Digest) -> Result<Option<String>, StoreError> {
        let key = self.keys.ledger(key);
        self.ask_one(Ask::command("GET", key))
    }

    fn replace_ledger(
        &mut self,
        key: &Digest,
        before: Option<&str>,
        after: &str,
        kept: Duration,
    ) -> Result<bool, StoreError> {
        let lifetime = TimeDelta::from_std(kept).unwrap_or(TimeDelta::days(3650));
        let replace = Ask::script(&scripts::REPLACE, &[self.keys.ledger(key)])
            .arg(u8::from(before.is_some()))
            .arg(before.unwrap_or_default())
            .arg(after)
            .arg(millis(lifetime));
        self.ask_one(replace)
    }

    fn time(&mut self) -> Result<DateTime<Utc>, StoreError> {
        let mut asks = Vec::new();
        let keys = &self.keys;
        for key in self.link.key_of_each(keys).map_err(away)? {
            asks.push(Ask::beside("TIME", key.clone()));
            asks.push(Ask::command("SET", key + "s").arg("").arg("PX").arg(1000));
        }
        let answers = self.ask(&asks)?.into_iter().step_by(2);
        let times = answers.map(|answer| {
            let (seconds, micros): (i64, i64) = read(answer)?;
            Ok(from_micros(seconds * 1_000_000 + micros))
        });
        let times = times.collect::<Result<Vec<_>, StoreError>>()?;
        let first = times.iter().min().copied().unwrap_or_default();
        let last = times.iter().max().copied().unwrap_or_default();
        if last - first > APART {
            return Err(away("the clocks of its servers are more than 2 s apart"));
        }
        Ok(first)
    }
}
