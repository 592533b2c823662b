//! What sign-ons ask, in two round trips for all of them: what is known by its name, and the sessions that it leads to.

use chrono::TimeDelta;
use redis::Value;

use super::ask::Ask;
use super::kept::Ticket;
use super::keys::Keys;
use super::sessions::{Entry, entry};
use super::tickets::{join, rest};
use super::{Redis, kept, millis, read, scripts};
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::hot::{Issue, Presented};
use crate::store::registry::{Asked, Found, Told, readable};
use crate::store::tickets::Consumption;

/// How long the list of a session's last tickets for a service is kept after the last: longer than any loop is looked for.
const LATELY: TimeDelta = TimeDelta::minutes(1);

/// As many of them as can be asked for.
const LAST: u8 = u8::MAX;

pub fn answer(redis: &mut Redis, asked: Asked<'_>) -> Result<Told, StoreError> {
    let keys = &redis.keys;
    let issuing = asked
        .issues
        .iter()
        .flat_map(|issue| keep(keys, issue, redis.stories));
    let presenting = asked.presented.iter().map(|presented| spend(keys, presented));
    let resuming = asked
        .cookies
        .iter()
        .map(|cookie| Ask::command("GET", keys.cookie(cookie)));
    // In this order: a ticket may be kept and presented in the same moment.
    let asks: Vec<Ask> = issuing.chain(presenting).chain(resuming).collect();
    let issued = asks.len() - asked.presented.len() - asked.cookies.len();
    let mut answers = redis.ask(&asks)?.into_iter().skip(issued);
    let spent = answers.by_ref().take(asked.presented.len()).map(spent);
    let spent: Vec<Result<Ticket, Consumption>> = spent.collect::<Result<_, _>>()?;
    let led = answers.map(|answer| Ok(read::<Option<Vec<u8>>>(answer)?.and_then(|led| led.try_into().ok())));
    let led: Vec<Option<Digest>> = led.collect::<Result<_, StoreError>>()?;

    let mut asks = Vec::with_capacity(spent.len() + led.len());
    for (ticket, presented) in spent.iter().zip(asked.presented) {
        if let Ok(ticket) = ticket {
            asks.push(session_of(redis, ticket, presented));
        }
    }
    asks.extend(led.iter().flatten().map(|session| entry(redis, session)));
    let mut answers = redis.ask(&asks)?.into_iter();
    let mut next = || Entry::read(answers.next().unwrap_or_default());
    let mut found = Vec::with_capacity(spent.len());
    for ticket in spent {
        let session = match &ticket {
            Ok(ticket) => next()?.open(&ticket.session()),
            Err(_) => None,
        };
        found.push(Found {
            session,
            consumption: ticket.map_or_else(|other| other, |ticket| Consumption::Fresh(ticket.consumed())),
        });
    }
    let mut sessions = Vec::with_capacity(led.len());
    for (digest, cookie) in led.into_iter().zip(asked.cookies) {
        sessions.push(match digest {
            // A cookie that was replaced may lead here yet.
            Some(digest) => {
                let found = next()?;
                let is_its_own = found.cookie.as_deref() == Some(cookie.as_slice());
                found.open(&digest).filter(|_| is_its_own)
            }
            None => None,
        });
    }
    Ok(Told { found, sessions })
}

/// Keeps a ticket, and notes it among the last of its session.
fn keep(keys: &Keys, Issue { ticket, touches }: &Issue, stories: TimeDelta) -> [Ask; 2] {
    let issued_at = ticket.issued_at.timestamp_micros();
    let good_for = (ticket.expires_at - ticket.issued_at).max(TimeDelta::zero());
    let keep = Ask::script(&scripts::ISSUE, &[keys.ticket(&ticket.digest)])
        .arg(rest(&ticket.digest))
        .arg(Ticket::keep(ticket))
        .arg(millis(good_for + stories));
    let used_at = touches.then(|| issued_at.to_string()).unwrap_or_default();
    let recent = keys.recent(&ticket.session, &ticket.service_key);
    let listed = [ticket.digest.as_slice(), issued_at.to_string().as_bytes()].concat();
    let note = Ask::script(&scripts::NOTE_ISSUED, &[keys.session(&ticket.session), recent])
        .arg(used_at)
        .arg(listed)
        .arg(millis(LATELY))
        .arg(LAST);
    [keep, note]
}

fn spend(keys: &Keys, presented: &Presented) -> Ask {
    Ask::script(&scripts::TAKE, &[keys.ticket(&presented.digest)])
        .arg(rest(&presented.digest))
        .arg(kept::moment(presented.at, presented.from.as_deref()))
}

fn spent(answer: Value) -> Result<Result<Ticket, Consumption>, StoreError> {
    Ok(match answer {
        Value::Int(_) => Err(Consumption::Spent),
        Value::Nil => Err(Consumption::Unknown),
        kept => {
            let ticket = Ticket::read(&read::<Vec<u8>>(kept)?);
            readable(ticket).ok_or(Consumption::Unknown)
        }
    })
}

/// Asks for the session of a fresh ticket.
fn session_of(redis: &Redis, ticket: &Ticket, presented: &Presented) -> Ask {
    let session = ticket.session();
    if presented.is_for(ticket.service()) {
        // From here on whoever closes the session tells this service; if somebody has begun to, there is no session.
        let joined = ticket.joined(&presented.handle, presented.at);
        join(redis, &session, &presented.digest, joined)
    } else {
        entry(redis, &session)
    }
}
