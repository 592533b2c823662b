//! Tickets: issued, spent, refused.
//!
//! The tickets with a trace are one hash, `t`, which lives as long as their stories. A ticket's fields begin with the
//! rest of its digest, and that alone is what was issued; then follow `c` when it was presented, `r` why it was refused,
//! `n` and `p` how often and when again, `g` that it brought a proxy-granting ticket.

use chrono::{DateTime, Utc};
use redis::Value;

use super::ask::Ask;
use super::kept::Ticket;
use super::sessions::{Entry, entry, place_of};
use super::{Redis, kept, read, scripts};
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::proxy_grants::NewGrant;
use crate::store::registry::{once_per_ticket, session_is_gone};

/// What the fields of a ticket begin with.
pub(super) fn rest(ticket: &Digest) -> &[u8] {
    &ticket[7..]
}

/// A field of a ticket.
pub(super) fn field(ticket: &Digest, kind: u8) -> Vec<u8> {
    [rest(ticket), &[kind]].concat()
}

pub(super) fn join(redis: &Redis, session: &Digest, ticket: &Digest, joined: String) -> Ask {
    Ask::script(&scripts::JOIN, &[redis.keys.session(session)])
        .arg(place_of(ticket))
        .arg(joined)
}

pub fn unspent(redis: &mut Redis, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Digest>, StoreError> {
    let look = Ask::script(&scripts::LOOK, &[redis.keys.ticket(digest)]).arg(rest(digest));
    let found: Option<Vec<u8>> = redis.ask_one(look)?;
    let ticket = found.map(|found| Ticket::read(&found)).transpose()?;
    let good = ticket.filter(|ticket| ticket.is_good_at(now));
    Ok(good.map(|ticket| ticket.session()))
}

pub fn refuse(
    redis: &mut Redis,
    digest: &Digest,
    why: &str,
    presented_as: Option<&str>,
) -> Result<(), StoreError> {
    let refuse = Ask::script(&scripts::REFUSE, &[redis.keys.ticket(digest)])
        .arg(rest(digest))
        .arg(kept::refusal(why, presented_as));
    let found: Option<Vec<u8>> = redis.ask_one(refuse)?;
    let Some(found) = found else {
        return Ok(());
    };
    let session = redis.keys.session(&Ticket::read(&found)?.session());
    redis.ask(&[Ask::command("HDEL", session).arg(place_of(digest))])?;
    Ok(())
}

pub fn accept(redis: &mut Redis, digest: &Digest, handle: &str) -> Result<(), StoreError> {
    let key = redis.keys.ticket(digest);
    let fields = [rest(digest).to_vec(), field(digest, b'c')];
    let found: Vec<Option<Vec<u8>>> = redis.ask_one(Ask::command("HMGET", key.clone()).arg(&fields))?;
    let [Some(issued), Some(spent)] = found.as_slice() else {
        return Err(session_is_gone());
    };
    let ticket = Ticket::of_reign(issued)?;
    let (at, _) = kept::read_moment(spent)?;
    let joined = ticket.joined(handle, crate::kernel::clock::from_micros(at));
    let join = join(redis, &ticket.session(), digest, joined);
    let joined = redis.ask(&[join])?.pop().unwrap_or_default();
    Entry::read(joined)?.data.ok_or_else(session_is_gone)?;
    redis.ask(&[Ask::command("HDEL", key).arg(field(digest, b'r'))])?;
    Ok(())
}

pub fn grant(redis: &mut Redis, grant: &NewGrant) -> Result<(), StoreError> {
    let look = [
        entry(redis, &grant.session),
        Ask::command("PTTL", redis.keys.session(&grant.session)),
    ];
    let [found, lifetime] = <[Value; 2]>::try_from(redis.ask(&look)?).unwrap_or_default();
    Entry::read(found)?
        .open(&grant.session)
        .ok_or_else(session_is_gone)?;
    let lifetime: i64 = read(lifetime)?;
    let bring = Ask::script(&scripts::BRING, &[redis.keys.ticket(&grant.ticket)]).arg(rest(&grant.ticket));
    match redis.ask_one::<Option<u8>>(bring)? {
        Some(1) => {}
        Some(_) => return Err(once_per_ticket()),
        None => return Err(session_is_gone()),
    }
    let key = redis.keys.grant(&grant.digest);
    let keep = Ask::command("SET", key).arg(kept::grant(grant)).arg("PX");
    redis.ask(&[keep.arg(lifetime.max(1))])?;
    Ok(())
}
