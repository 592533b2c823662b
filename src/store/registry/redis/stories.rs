//! What became of tickets, for whoever explains a refusal and for whoever looks for loops.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::ask::Ask;
use super::kept::Ticket;
use super::sessions::entries;
use super::tickets::{field, rest};
use super::{Redis, kept, read, scripts};
use crate::cas::ticket::Trace;
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::registry::readable;
use crate::store::stories::{Recent, Story, Watched};

/// How much of a ticket's digest is not in its trace.
const REST: usize = 25;

pub fn replayed(
    redis: &mut Redis,
    digest: &Digest,
    from: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let note = Ask::script(&scripts::REPLAYED, &[redis.keys.ticket(digest)])
        .arg(rest(digest))
        .arg(kept::moment(now, from));
    redis.ask(&[note])?;
    Ok(())
}

pub fn recent(redis: &mut Redis, watched: &[(Digest, Watched)]) -> Result<Vec<Vec<Recent>>, StoreError> {
    let list = |(session, watched): &(Digest, Watched)| {
        let key = redis.keys.recent(session, &watched.service_key);
        Ask::command("LRANGE", key).arg(0).arg(-1)
    };
    let asks: Vec<Ask> = watched.iter().map(list).collect();
    let mut lists = Vec::with_capacity(watched.len());
    for (answer, (_, watched)) in redis.ask(&asks)?.into_iter().zip(watched) {
        lists.push(last(&read::<Vec<Vec<u8>>>(answer)?, watched));
    }
    let details = |(_, digest): &(DateTime<Utc>, Digest)| {
        let fields = [rest(digest).to_vec(), field(digest, b'c'), field(digest, b'r')];
        Ask::command("HMGET", redis.keys.ticket(digest)).arg(&fields)
    };
    let asks: Vec<Ask> = lists.iter().flatten().map(details).collect();
    let mut details = redis.ask(&asks)?.into_iter();
    let mut told = Vec::with_capacity(lists.len());
    for list in lists {
        let mut recent = Vec::with_capacity(list.len());
        for (issued_at, digest) in list {
            let fields: Vec<Option<Vec<u8>>> = read(details.next().unwrap_or_default())?;
            recent.extend(readable(entry(issued_at, &digest, &fields)).flatten());
        }
        told.push(recent);
    }
    Ok(told)
}

/// One of them, out of its fields; `None` when they are gone.
fn entry(
    issued_at: DateTime<Utc>,
    digest: &Digest,
    fields: &[Option<Vec<u8>>],
) -> Result<Option<Recent>, StoreError> {
    let [Some(issued), spent, refused] = fields else {
        return Ok(None);
    };
    let spent = spent.as_deref().map(kept::read_moment).transpose()?;
    let refused = refused.as_deref().map(kept::read_refusal).transpose()?;
    Ok(Some(Recent {
        digest: digest.to_vec(),
        service: Ticket::of_reign(issued)?.service().to_owned(),
        issued_at,
        presented_at: spent.map(|(at, _)| from_micros(at)),
        refused: refused.map(|(why, _)| why),
    }))
}

/// The last tickets that are watched for, newest first; none where they are too few to matter.
fn last(listed: &[Vec<u8>], watched: &Watched) -> Vec<(DateTime<Utc>, Digest)> {
    let parse = |entry: &Vec<u8>| {
        let (digest, at) = entry.split_at_checked(32)?;
        let at = from_micros(kept::parse("service_tickets", at).ok()?);
        Some((at, Digest::try_from(digest).ok()?))
    };
    let mut list: Vec<_> = listed.iter().filter_map(parse).collect();
    list.retain(|(at, _)| *at >= watched.since);
    if list.len() < usize::from(watched.limit) {
        return Vec::new();
    }
    list.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    list.truncate(watched.limit.into());
    list
}

pub fn by_trace(redis: &mut Redis, trace: Trace) -> Result<Vec<(Story, bool)>, StoreError> {
    let all = Ask::command("HGETALL", redis.keys.trace(trace));
    let all: HashMap<Vec<u8>, Vec<u8>> = redis.ask_one(all)?;
    let mut tickets: BTreeMap<&[u8], BTreeMap<Option<u8>, &[u8]>> = BTreeMap::new();
    for (field, value) in &all {
        if let Some((rest, kind)) = field.split_at_checked(REST) {
            tickets
                .entry(rest)
                .or_default()
                .insert(kind.first().copied(), value);
        }
    }
    let told = tickets.values().filter_map(|fields| story(fields).transpose());
    let stories: Vec<Story> = told.collect::<Result<_, _>>()?;
    let sessions: Vec<Digest> = stories
        .iter()
        .map(|story| Digest::try_from(story.session.as_slice()).unwrap_or_default())
        .collect();
    let live = entries(redis, &sessions)?.into_iter().zip(&sessions);
    let live = live.map(|(found, digest)| found.open(digest).is_some());
    Ok(stories.into_iter().zip(live).collect())
}

/// A ticket's story, out of its fields.
fn story(fields: &BTreeMap<Option<u8>, &[u8]>) -> Result<Option<Story>, StoreError> {
    let Some(issued) = fields.get(&None) else {
        return Ok(None);
    };
    let of_kind = |kind| fields.get(&Some(kind)).copied();
    let mut story = Ticket::of_reign(issued)?.story();
    if let Some(spent) = of_kind(b'c') {
        let (at, from) = kept::read_moment(spent)?;
        story.consumed_at = Some(at);
        story.presented_from = from;
    }
    if let Some(refused) = of_kind(b'r') {
        let (why, presented_as) = kept::read_refusal(refused)?;
        story.refused = Some(why);
        story.presented_as = presented_as;
    }
    if let Some(replays) = of_kind(b'n') {
        story.replays = kept::parse("service_tickets", replays)?;
    }
    if let Some(replayed) = of_kind(b'p') {
        let (at, from) = kept::read_moment(replayed)?;
        story.replayed_at = Some(at);
        story.replayed_from = from;
    }
    Ok(Some(story))
}
