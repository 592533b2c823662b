//! Open sessions.
//!
//! A session is one hash, `s`: `d` what it is, `u` when it was used, `k` the digest of its cookie, `e` when somebody began
//! to close it, and `p` with a ticket's digest for each service to be told of its end. One key, so that a session and
//! those who are to be told of its end are there together or not at all. What leads to it (`c`, `a`, `x`) is written
//! before it, so that no session is without; what leads to none is dropped when somebody meets it.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use redis::Value;

use super::ask::Ask;
use super::{Redis, kept, millis, read, scripts};
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::registry::readable;
use crate::store::sessions::Session;
use crate::store::tickets::Validated;

/// How long a session that is past its limit waits for somebody who closes it and tells its services.
const UNCLOSED: TimeDelta = TimeDelta::days(7);

/// The lifetime of a session's key, counted from `now`.
fn lifetime(session: &Session, now: DateTime<Utc>) -> i64 {
    millis(session.expires_at - now + UNCLOSED)
}

pub fn open(redis: &mut Redis, session: &Session, cookie: &Digest) -> Result<(), StoreError> {
    let lifetime = lifetime(session, session.opened_at);
    let limit = session.expires_at.timestamp_micros();
    let keys = &redis.keys;
    let digest = session.digest.as_slice();
    let leading = [
        Ask::command("SET", keys.cookie(cookie))
            .arg(digest)
            .arg("PX")
            .arg(lifetime),
        Ask::command("ZADD", keys.share_of(&session.digest))
            .arg(limit)
            .arg(digest),
        Ask::script(&scripts::LIST_SESSION, &[keys.account(&session.account)])
            .arg(digest)
            .arg(limit)
            .arg(session.opened_at.timestamp_micros())
            .arg(lifetime),
    ];
    let itself = Ask::script(&scripts::OPEN_SESSION, &[keys.session(&session.digest)])
        .arg(kept::session(session))
        .arg(session.used_at.timestamp_micros())
        .arg(cookie.as_slice())
        .arg(lifetime);
    redis.ask(&leading)?;
    redis.ask_one(itself)
}

pub fn by_digests(redis: &mut Redis, digests: &[Digest]) -> Result<Vec<Option<Session>>, StoreError> {
    let found = entries(redis, digests)?.into_iter().zip(digests);
    Ok(found.map(|(found, digest)| found.open(digest)).collect())
}

pub fn of_account(redis: &mut Redis, account: &str) -> Result<Vec<Session>, StoreError> {
    let listed = Ask::command("ZRANGE", redis.keys.account(account)).arg(0).arg(-1);
    let listed: Vec<Vec<u8>> = redis.ask_one(listed)?;
    let digests: Vec<Digest> = listed
        .into_iter()
        .filter_map(|digest| digest.try_into().ok())
        .collect();
    // Those that lead nowhere stay on the list until they are past their limit: one may be about to be opened.
    let found = entries(redis, &digests)?;
    let open = found.into_iter().zip(&digests);
    let open = open.filter_map(|(found, digest)| found.open(digest));
    let mut sessions: Vec<Session> = open.collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.opened_at));
    Ok(sessions)
}

pub fn touch(redis: &mut Redis, digest: &Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
    let touch = Ask::script(&scripts::TOUCH, &[redis.keys.session(digest)]);
    redis.ask(&[touch.arg(now.timestamp_micros())])?;
    Ok(())
}

pub fn renew(redis: &mut Redis, session: &Session, cookie: &Digest) -> Result<bool, StoreError> {
    let lifetime = lifetime(session, session.used_at);
    let limit = session.expires_at.timestamp_micros();
    let keys = &redis.keys;
    let digest = session.digest.as_slice();
    let (account, share) = (keys.account(&session.account), keys.share_of(&session.digest));
    let leading = [
        Ask::command("SET", keys.cookie(cookie))
            .arg(digest)
            .arg("PX")
            .arg(lifetime),
        Ask::command("ZADD", share.clone())
            .arg("LT")
            .arg(limit)
            .arg(digest),
        Ask::script(&scripts::LIST_SESSION, &[account])
            .arg(digest)
            .arg(limit)
            .arg(session.used_at.timestamp_micros())
            .arg(lifetime),
    ];
    let itself = Ask::script(&scripts::RENEW, &[keys.session(&session.digest)])
        .arg(kept::session(session))
        .arg(session.used_at.timestamp_micros())
        .arg(cookie.as_slice())
        .arg(lifetime);
    redis.ask(&leading)?;
    let old: Option<Vec<u8>> = redis.ask_one(itself)?;
    let Some(old) = old.and_then(|old| Digest::try_from(old).ok()) else {
        return Ok(false);
    };
    // It may end later than before.
    let mut trailing = vec![Ask::command("ZADD", share).arg(limit).arg(digest)];
    if old != *cookie {
        trailing.push(Ask::command("DEL", redis.keys.cookie(&old)));
    }
    redis.ask(&trailing)?;
    Ok(true)
}

pub fn validated(redis: &mut Redis, digest: &Digest) -> Result<Vec<Validated>, StoreError> {
    let all = Ask::command("HGETALL", redis.keys.session(digest));
    let all: HashMap<Vec<u8>, Vec<u8>> = redis.ask_one(all)?;
    if all.contains_key(b"e".as_slice()) {
        return Ok(Vec::new());
    }
    joined(all)
}

/// The services to be told of a session's end, oldest first, out of everything that its key holds.
pub(super) fn joined(all: HashMap<Vec<u8>, Vec<u8>>) -> Result<Vec<Validated>, StoreError> {
    let joined = all
        .into_iter()
        .filter(|(field, _)| field.len() > 1 && field[0] == b'p');
    let joined = joined.map(|(_, joined)| kept::read_joined(&joined));
    let mut joined: Vec<Validated> = joined.collect::<Result<_, _>>()?;
    joined.sort_by_key(|ticket| ticket.at);
    Ok(joined)
}

/// The field of a session for a ticket that was taken in it.
pub(super) fn place_of(ticket: &Digest) -> Vec<u8> {
    [b"p", ticket.as_slice()].concat()
}

/// A session as its key holds it, or nothing.
#[derive(Default)]
pub(super) struct Entry {
    /// What it is.
    pub(super) data: Option<Vec<u8>>,
    used_at: Option<Vec<u8>>,
    /// When somebody began to close it, in microseconds.
    pub(super) ended_at: Option<i64>,
    /// The digest of its cookie.
    pub(super) cookie: Option<Vec<u8>>,
}

impl Entry {
    /// Reads the answer to [`entry`], or to a script that begins with the same.
    pub(super) fn read(value: Value) -> Result<Self, StoreError> {
        let Some(fields): Option<Vec<Option<Vec<u8>>>> = read(value)? else {
            return Ok(Self::default());
        };
        let mut fields = fields.into_iter();
        let mut next = || fields.next().flatten();
        let (data, used_at, ended_at, cookie) = (next(), next(), next(), next());
        Ok(Self {
            data,
            used_at,
            ended_at: ended_at.map(|at| readable(kept::parse("sessions", &at)).unwrap_or_default()),
            cookie,
        })
    }

    /// The session, whether open or not.
    pub(super) fn session(&self, digest: &Digest) -> Option<Session> {
        readable(kept::read_session(
            digest,
            self.data.as_ref()?,
            self.used_at.as_ref()?,
        ))
    }

    /// The session, if it is open.
    pub(super) fn open(&self, digest: &Digest) -> Option<Session> {
        match self.ended_at {
            None => self.session(digest),
            Some(_) => None,
        }
    }
}

/// Asks for a session.
pub(super) fn entry(redis: &Redis, digest: &Digest) -> Ask {
    Ask::command("HMGET", redis.keys.session(digest)).arg(&["d", "u", "e", "k"])
}

/// The sessions with these tickets.
pub(super) fn entries(redis: &mut Redis, digests: &[Digest]) -> Result<Vec<Entry>, StoreError> {
    let asks: Vec<Ask> = digests.iter().map(|digest| entry(redis, digest)).collect();
    redis.ask(&asks)?.into_iter().map(Entry::read).collect()
}
