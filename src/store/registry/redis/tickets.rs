//! Tickets: issued, spent, refused.
//!
//! The tickets with a trace are one hash, `t`, which lives as long as their stories. A ticket's fields begin with the
//! rest of its digest, and that alone is what was issued; then follow `c` when it was presented, `r` why it was refused,
//! `n` and `p` how often and when again, `g` that it brought a proxy-granting ticket.

use chrono::{DateTime, TimeDelta, Utc};
use redis::Value;

use super::ask::Ask;
use super::kept::Ticket;
use super::sessions::{Entry, entry, place_of};
use super::{Redis, kept, millis, read, scripts};
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::hot::{Issue, Presented};
use crate::store::proxy_grants::NewGrant;
use crate::store::registry::{Found, once_per_ticket, session_is_gone};
use crate::store::tickets::Consumption;

/// How long the list of a session's last tickets for a service is kept after the last: longer than any loop is looked for.
const LATELY: TimeDelta = TimeDelta::minutes(1);

/// As many of them as can be asked for.
const LAST: u8 = u8::MAX;

/// What the fields of a ticket begin with.
pub(super) fn rest(ticket: &Digest) -> &[u8] {
    &ticket[7..]
}

/// A field of a ticket.
pub(super) fn field(ticket: &Digest, kind: u8) -> Vec<u8> {
    [rest(ticket), &[kind]].concat()
}

pub fn issue(redis: &mut Redis, issues: &[Issue]) -> Result<(), StoreError> {
    let mut steps = Vec::with_capacity(2 * issues.len());
    for Issue { ticket, touches } in issues {
        let keys = &redis.keys;
        let issued_at = ticket.issued_at.timestamp_micros();
        let good_for = (ticket.expires_at - ticket.issued_at).max(TimeDelta::zero());
        let keep = Ask::script(&scripts::ISSUE, &[keys.ticket(&ticket.digest)])
            .arg(rest(&ticket.digest))
            .arg(Ticket::keep(ticket))
            .arg(millis(good_for + redis.stories));
        let used_at = touches.then(|| issued_at.to_string()).unwrap_or_default();
        let recent = keys.recent(&ticket.session, &ticket.service_key);
        let listed = [ticket.digest.as_slice(), issued_at.to_string().as_bytes()].concat();
        let note = Ask::script(&scripts::NOTE_ISSUED, &[keys.session(&ticket.session), recent])
            .arg(used_at)
            .arg(listed)
            .arg(millis(LATELY))
            .arg(LAST);
        steps.extend([keep, note]);
    }
    redis.ask(&steps)?;
    Ok(())
}

pub fn take(redis: &mut Redis, all: &[Presented]) -> Result<Vec<Found>, StoreError> {
    let spend = |presented: &Presented| {
        Ask::script(&scripts::TAKE, &[redis.keys.ticket(&presented.digest)])
            .arg(rest(&presented.digest))
            .arg(kept::moment(presented.at, presented.from.as_deref()))
    };
    let spending: Vec<Ask> = all.iter().map(spend).collect();
    let mut tickets = Vec::with_capacity(all.len());
    let mut joins = Vec::new();
    for (answer, presented) in redis.ask(&spending)?.into_iter().zip(all) {
        let ticket = match answer {
            Value::Int(_) => Err(Consumption::Spent),
            Value::Nil => Err(Consumption::Unknown),
            kept => Ok(Ticket::read(&read::<Vec<u8>>(kept)?)?),
        };
        if let Ok(ticket) = &ticket {
            let session = ticket.session()?;
            joins.push(if presented.is_for(ticket.service()) {
                // From here on whoever closes the session tells this service; if somebody has begun to, there is no session.
                let joined = ticket.joined(&presented.handle, presented.at);
                join(redis, &session, &presented.digest, joined)
            } else {
                entry(redis, &session)
            });
        }
        tickets.push(ticket);
    }
    let mut joined = redis.ask(&joins)?.into_iter();
    let found = tickets.into_iter().map(|ticket| {
        let ticket = match ticket {
            Ok(ticket) => ticket.consumed()?,
            Err(consumption) => {
                return Ok(Found {
                    consumption,
                    session: None,
                });
            }
        };
        let entry = Entry::read(joined.next().unwrap_or_default())?;
        Ok(Found {
            session: entry.open(&ticket.session)?,
            consumption: Consumption::Fresh(ticket),
        })
    });
    found.collect()
}

fn join(redis: &Redis, session: &Digest, ticket: &Digest, joined: String) -> Ask {
    Ask::script(&scripts::JOIN, &[redis.keys.session(session)])
        .arg(place_of(ticket))
        .arg(joined)
}

pub fn unspent(redis: &mut Redis, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Digest>, StoreError> {
    let look = Ask::script(&scripts::LOOK, &[redis.keys.ticket(digest)]).arg(rest(digest));
    let found: Option<Vec<u8>> = redis.ask_one(look)?;
    let ticket = found.map(|found| Ticket::read(&found)).transpose()?;
    let good = ticket.filter(|ticket| ticket.is_good_at(now));
    good.map(|ticket| ticket.session()).transpose()
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
    let session = redis.keys.session(&Ticket::read(&found)?.session()?);
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
    let join = join(redis, &ticket.session()?, digest, joined);
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
        .open(&grant.session)?
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
