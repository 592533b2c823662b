//! The end of a session: marked first, and forgotten once it is written down who must be told.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::ask::Ask;
use super::keys::SHARES;
use super::sessions::{entries, joined};
use super::{Redis, read, scripts};
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::registry::CLOSING;
use crate::store::sessions::Session;
use crate::store::tickets::Validated;

/// How long whoever closes a session has, in microseconds.
const LEASE: i64 = CLOSING.as_secs().cast_signed() * 1_000_000;

pub fn close(
    redis: &mut Redis,
    digest: &Digest,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Validated>>, StoreError> {
    let now = now.timestamp_micros();
    // Before: whoever dies in between has made somebody look at the session too early, which does no harm.
    let look_again = Ask::command("ZADD", redis.keys.share_of(digest))
        .arg("LT")
        .arg(now + LEASE - 1)
        .arg(digest.as_slice());
    let close = Ask::script(&scripts::CLOSE, &[redis.keys.session(digest)])
        .arg(now)
        .arg(LEASE);
    redis.ask(&[look_again])?;
    let all: Option<HashMap<Vec<u8>, Vec<u8>>> = redis.ask_one(close)?;
    all.map(joined).transpose()
}

pub fn forget(redis: &mut Redis, digests: &[Digest]) -> Result<(), StoreError> {
    let found = entries(redis, digests)?;
    let mut asks = Vec::new();
    for (found, digest) in found.into_iter().zip(digests) {
        let keys = &redis.keys;
        if let Some(session) = found.session(digest) {
            let list = keys.account(&session.account);
            asks.push(Ask::command("ZREM", list).arg(digest.as_slice()));
        }
        if let Some(cookie) = found.cookie.and_then(|cookie| Digest::try_from(cookie).ok()) {
            asks.push(Ask::command("DEL", keys.cookie(&cookie)));
        }
        asks.push(Ask::command("DEL", keys.session(digest)));
        asks.push(Ask::command("ZREM", keys.share_of(digest)).arg(digest.as_slice()));
    }
    redis.ask(&asks)?;
    Ok(())
}

pub fn expired(redis: &mut Redis, now: DateTime<Utc>, limit: usize) -> Result<Vec<Session>, StoreError> {
    let now = now.timestamp_micros();
    let asks: Vec<Ask> = (0..SHARES)
        .map(|share| {
            Ask::command("ZRANGEBYSCORE", redis.keys.share(share))
                .arg("-inf")
                .arg(format!("({now}"))
                .arg(&["WITHSCORES", "LIMIT", "0"])
                .arg(limit)
        })
        .collect();
    let mut due: Vec<(f64, Digest)> = Vec::new();
    for share in redis.ask(&asks)? {
        let listed: Vec<(Vec<u8>, f64)> = read(share)?;
        let listed = listed.into_iter();
        due.extend(listed.filter_map(|(digest, at)| Some((at, digest.try_into().ok()?))));
    }
    due.sort_by(|one, other| one.0.total_cmp(&other.0));
    due.truncate(limit);
    let digests: Vec<Digest> = due.into_iter().map(|(_, digest)| digest).collect();
    let mut sessions = Vec::new();
    let mut corrections = Vec::new();
    for (found, digest) in entries(redis, &digests)?.into_iter().zip(&digests) {
        let share = redis.keys.share_of(digest);
        let Some(session) = found.session(digest) else {
            corrections.push(Ask::command("ZREM", share).arg(digest.as_slice()));
            continue;
        };
        let limit = session.expires_at.timestamp_micros();
        let look_at = found.ended_at.map_or(limit, |ended| ended + LEASE - 1);
        if look_at < now {
            sessions.push(session);
        } else {
            let later = Ask::command("ZADD", share).arg(look_at);
            corrections.push(later.arg(digest.as_slice()));
        }
    }
    redis.ask(&corrections)?;
    Ok(sessions)
}
