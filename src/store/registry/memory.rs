//! Sessions and tickets in this process: for trying out and for tests, because a restart forgets every session. It keeps
//! the contract in the plainest form, which the other places are held against.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Asked, CLOSING, Found, TicketRegistry, Told, once_per_ticket, session_is_gone};
use crate::cas::ticket::Trace;
use crate::kernel::clock::{Clock, SystemClock};
use crate::kernel::keyring::Digest;
use crate::store::StoreError;
use crate::store::hot::{Issue, Presented};
use crate::store::proxy_grants::{Grant, NewGrant};
use crate::store::sessions::Session;
use crate::store::stories::{Recent, Story, Watched};
use crate::store::tickets::{ConsumedTicket, Consumption, NewTicket, Validated};

/// As many of the last tickets as can be asked for.
const LATELY: usize = u8::MAX as usize;

/// What all lanes of a process share.
#[derive(Default)]
pub struct Shared(Mutex<Everything>);

#[derive(Default)]
struct Everything {
    sessions: HashMap<Digest, Entry>,
    cookies: HashMap<Digest, Digest>,
    tickets: BTreeMap<Digest, Ticket>,
    grants: HashMap<Digest, NewGrant>,
    ledgers: HashMap<Digest, Ledger>,
    /// How many ledgers there may be before those that have run out are looked for.
    ledgers_swept_at: usize,
}

struct Entry {
    session: Session,
    cookie: Digest,
    /// When somebody began to close it.
    ended: Option<DateTime<Utc>>,
    /// The services to be told of its end.
    taken: BTreeMap<Digest, Validated>,
    /// Its last tickets, newest first.
    issued: VecDeque<Digest>,
}

struct Ticket {
    issued: NewTicket,
    /// When it was presented, and from where.
    spent: Option<(DateTime<Utc>, Option<String>)>,
    /// Why it was refused, and as what it was presented.
    refused: Option<(String, Option<String>)>,
    replays: i64,
    /// The last time it was presented again, and from where.
    replayed: Option<(DateTime<Utc>, Option<String>)>,
    has_granted: bool,
}

struct Ledger {
    text: String,
    until: Instant,
}

/// A lane's way to what all share.
pub struct Memory {
    shared: Arc<Shared>,
    /// How long a ticket is kept after it can no longer be presented.
    kept: TimeDelta,
}

impl Memory {
    /// A way to `shared`, in which a ticket is kept for so long.
    pub fn new(shared: Arc<Shared>, kept: Duration) -> Self {
        let kept = TimeDelta::from_std(kept).unwrap_or(TimeDelta::MAX);
        Self { shared, kept }
    }

    fn all(&self) -> MutexGuard<'_, Everything> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Everything {
    fn open(&self, digest: &Digest) -> Option<&Entry> {
        self.sessions.get(digest).filter(|entry| entry.ended.is_none())
    }

    fn open_mut(&mut self, digest: &Digest) -> Option<&mut Entry> {
        self.sessions
            .get_mut(digest)
            .filter(|entry| entry.ended.is_none())
    }

    fn issue(&mut self, Issue { ticket, touches }: &Issue, kept: TimeDelta) {
        if let Some(entry) = self.open_mut(&ticket.session) {
            if *touches {
                entry.session.used_at = ticket.issued_at;
            }
            entry.issued.push_front(ticket.digest);
            entry.issued.truncate(LATELY);
        }
        let issued = Ticket {
            issued: ticket.clone(),
            spent: None,
            refused: None,
            replays: 0,
            replayed: None,
            has_granted: false,
        };
        self.tickets.entry(ticket.digest).or_insert(issued);
        let oldest = ticket.issued_at.checked_sub_signed(kept);
        self.sweep_tickets(oldest.unwrap_or(DateTime::<Utc>::MIN_UTC));
    }

    fn take(&mut self, presented: &Presented) -> Found {
        let nothing = |consumption| Found {
            consumption,
            session: None,
        };
        let Some(ticket) = self.tickets.get_mut(&presented.digest) else {
            return nothing(Consumption::Unknown);
        };
        if ticket.spent.is_some() {
            return nothing(Consumption::Spent);
        }
        ticket.spent = Some((presented.at, presented.from.clone()));
        let issued = ticket.issued.clone();
        let entry = self.open_mut(&issued.session);
        let session = entry.map(|entry| {
            if presented.is_for(&issued.service) {
                let told = validated(&issued, presented.handle.to_string(), presented.at);
                entry.taken.insert(presented.digest, told);
            }
            entry.session.clone()
        });
        Found {
            consumption: Consumption::Fresh(consumed(issued)),
            session,
        }
    }

    fn recent(&self, session: &Digest, watched: &Watched) -> Vec<Recent> {
        let issued = self.open(session).map(|entry| entry.issued.iter());
        let tickets = issued
            .into_iter()
            .flatten()
            .filter_map(|digest| self.tickets.get(digest));
        let mut recent: Vec<Recent> = tickets
            .filter(|ticket| ticket.issued.service_key == watched.service_key)
            .filter(|ticket| ticket.issued.issued_at >= watched.since)
            .map(|ticket| Recent {
                digest: ticket.issued.digest.to_vec(),
                service: ticket.issued.service.clone(),
                issued_at: ticket.issued.issued_at,
                presented_at: ticket.spent.as_ref().map(|spent| spent.0),
                refused: ticket.refused.as_ref().map(|refused| refused.0.clone()),
            })
            .collect();
        recent.sort_by_key(|ticket| std::cmp::Reverse(ticket.issued_at));
        recent.truncate(watched.limit.into());
        recent
    }

    /// Forgets the tickets that were good before `before` only: the first ones, as their digests begin with the instant.
    fn sweep_tickets(&mut self, before: DateTime<Utc>) {
        let old = |ticket: &NewTicket| ticket.issued_at.max(ticket.expires_at) < before;
        while let Some(first) = self.tickets.first_entry()
            && old(&first.get().issued)
        {
            first.remove();
        }
    }

    fn ledger(&self, key: &Digest) -> Option<&str> {
        let ledger = self.ledgers.get(key)?;
        (Instant::now() < ledger.until).then_some(&ledger.text)
    }

    fn sweep_ledgers(&mut self) {
        if self.ledgers.len() > self.ledgers_swept_at {
            let now = Instant::now();
            self.ledgers.retain(|_, ledger| now < ledger.until);
            self.ledgers_swept_at = (2 * self.ledgers.len()).max(1024);
        }
    }
}

impl TicketRegistry for Memory {
    fn answer(&mut self, asked: Asked<'_>) -> Result<Told, StoreError> {
        let kept = self.kept;
        let mut all = self.all();
        for issue in asked.issues {
            all.issue(issue, kept);
        }
        let found = asked
            .presented
            .iter()
            .map(|presented| all.take(presented))
            .collect();
        let session = |cookie| Some(all.open(all.cookies.get(cookie)?)?.session.clone());
        let sessions = asked.cookies.iter().map(session).collect();
        Ok(Told { found, sessions })
    }

    fn open(&mut self, session: &Session, cookie: &Digest) -> Result<(), StoreError> {
        let mut all = self.all();
        all.cookies.insert(*cookie, session.digest);
        let entry = Entry {
            session: session.clone(),
            cookie: *cookie,
            ended: None,
            taken: BTreeMap::new(),
            issued: VecDeque::new(),
        };
        all.sessions.insert(session.digest, entry);
        Ok(())
    }

    fn by_digests(&mut self, digests: &[Digest]) -> Result<Vec<Option<Session>>, StoreError> {
        let all = self.all();
        let one = |digest| Some(all.open(digest)?.session.clone());
        Ok(digests.iter().map(one).collect())
    }

    fn of_account(&mut self, account: &str) -> Result<Vec<Session>, StoreError> {
        let all = self.all();
        let open = all.sessions.values().filter(|entry| entry.ended.is_none());
        let mut sessions: Vec<Session> = open
            .map(|entry| &entry.session)
            .filter(|session| session.account == account)
            .cloned()
            .collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.opened_at));
        Ok(sessions)
    }

    fn touch(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
        if let Some(entry) = self.all().open_mut(digest) {
            entry.session.used_at = now;
        }
        Ok(())
    }

    fn renew(&mut self, session: &Session, cookie: &Digest) -> Result<bool, StoreError> {
        let mut all = self.all();
        let Some(entry) = all.open_mut(&session.digest) else {
            return Ok(false);
        };
        entry.session = session.clone();
        let old = std::mem::replace(&mut entry.cookie, *cookie);
        all.cookies.remove(&old);
        all.cookies.insert(*cookie, session.digest);
        Ok(true)
    }

    fn close(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Vec<Validated>>, StoreError> {
        let mut all = self.all();
        let Some(entry) = all.sessions.get_mut(digest) else {
            return Ok(None);
        };
        if entry.ended.is_some_and(|ended| now < ended + CLOSING) {
            return Ok(None);
        }
        entry.ended = Some(now);
        Ok(Some(oldest_first(entry)))
    }

    fn forget(&mut self, digests: &[Digest]) -> Result<(), StoreError> {
        let mut all = self.all();
        for digest in digests {
            if let Some(entry) = all.sessions.remove(digest) {
                all.cookies.remove(&entry.cookie);
            }
        }
        all.grants.retain(|_, grant| !digests.contains(&grant.session));
        Ok(())
    }

    fn expired(&mut self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Session>, StoreError> {
        let all = self.all();
        let over = all.sessions.values().filter(|entry| match entry.ended {
            Some(ended) => ended + CLOSING <= now,
            None => entry.session.expires_at < now,
        });
        let mut sessions: Vec<Session> = over.map(|entry| entry.session.clone()).collect();
        sessions.sort_by_key(|session| session.expires_at);
        sessions.truncate(limit);
        Ok(sessions)
    }

    fn unspent(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Digest>, StoreError> {
        let all = self.all();
        let ticket = all.tickets.get(digest).filter(|ticket| ticket.spent.is_none());
        let good = ticket.filter(|ticket| ticket.issued.issued_at <= now && now < ticket.issued.expires_at);
        Ok(good.map(|ticket| ticket.issued.session))
    }

    fn refuse(&mut self, digest: &Digest, why: &str, presented_as: Option<&str>) -> Result<(), StoreError> {
        let mut all = self.all();
        if let Some(ticket) = all.tickets.get_mut(digest) {
            ticket.refused = Some((why.to_owned(), presented_as.map(str::to_owned)));
            let session = ticket.issued.session;
            if let Some(entry) = all.sessions.get_mut(&session) {
                entry.taken.remove(digest);
            }
        }
        Ok(())
    }

    fn accept(&mut self, digest: &Digest, handle: &str) -> Result<(), StoreError> {
        let mut all = self.all();
        let Some(ticket) = all.tickets.get_mut(digest) else {
            return Err(session_is_gone());
        };
        let issued = ticket.issued.clone();
        let at = ticket.spent.as_ref().map_or(issued.issued_at, |spent| spent.0);
        let entry = all.open_mut(&issued.session).ok_or_else(session_is_gone)?;
        entry
            .taken
            .insert(*digest, validated(&issued, handle.to_owned(), at));
        if let Some(ticket) = all.tickets.get_mut(digest) {
            ticket.refused = None;
        }
        Ok(())
    }

    fn validated(&mut self, session: &Digest) -> Result<Vec<Validated>, StoreError> {
        Ok(self.all().open(session).map(oldest_first).unwrap_or_default())
    }

    fn replayed(
        &mut self,
        digest: &Digest,
        from: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if let Some(ticket) = self.all().tickets.get_mut(digest) {
            ticket.replays += 1;
            ticket.replayed = Some((now, from.map(str::to_owned)));
        }
        Ok(())
    }

    fn recent(&mut self, watched: &[(Digest, Watched)]) -> Result<Vec<Vec<Recent>>, StoreError> {
        let all = self.all();
        Ok(watched
            .iter()
            .map(|(session, watched)| all.recent(session, watched))
            .collect())
    }

    fn by_trace(&mut self, trace: Trace) -> Result<Vec<(Story, bool)>, StoreError> {
        let all = self.all();
        let prefix = trace.prefix();
        let with_trace = all
            .tickets
            .iter()
            .filter(|(digest, _)| digest.starts_with(&prefix));
        Ok(with_trace
            .map(|(_, ticket)| (story(ticket), all.open(&ticket.issued.session).is_some()))
            .collect())
    }

    fn grant(&mut self, grant: &NewGrant) -> Result<(), StoreError> {
        let mut all = self.all();
        if all.open(&grant.session).is_none() {
            return Err(session_is_gone());
        }
        let ticket = all.tickets.get_mut(&grant.ticket).ok_or_else(session_is_gone)?;
        if std::mem::replace(&mut ticket.has_granted, true) {
            return Err(once_per_ticket());
        }
        all.grants.insert(grant.digest, grant.clone());
        Ok(())
    }

    fn granted(&mut self, digest: &Digest) -> Result<Option<Grant>, StoreError> {
        Ok(self.all().grants.get(digest).map(|grant| Grant {
            session: grant.session,
            service_key: grant.service_key.clone(),
            proxies: grant.proxies.clone(),
        }))
    }

    fn ledger(&mut self, key: &Digest) -> Result<Option<String>, StoreError> {
        Ok(self.all().ledger(key).map(str::to_owned))
    }

    fn replace_ledger(
        &mut self,
        key: &Digest,
        before: Option<&str>,
        after: &str,
        kept: Duration,
    ) -> Result<bool, StoreError> {
        let mut all = self.all();
        if all.ledger(key) != before {
            return Ok(false);
        }
        let text = after.to_owned();
        let until = Instant::now() + kept;
        all.ledgers.insert(*key, Ledger { text, until });
        all.sweep_ledgers();
        Ok(true)
    }

    fn time(&mut self) -> Result<DateTime<Utc>, StoreError> {
        Ok(SystemClock.now())
    }
}

fn consumed(ticket: NewTicket) -> ConsumedTicket {
    ConsumedTicket {
        session: ticket.session,
        kind: ticket.kind.to_owned(),
        service_key: ticket.service_key,
        service: ticket.service,
        from_new_login: ticket.from_new_login,
        proxies: ticket.proxies,
        issued_at: ticket.issued_at,
        expires_at: ticket.expires_at,
    }
}

fn validated(ticket: &NewTicket, handle: String, at: DateTime<Utc>) -> Validated {
    Validated {
        service_key: ticket.service_key.clone(),
        service: ticket.service.clone(),
        handle,
        at,
    }
}

fn oldest_first(entry: &Entry) -> Vec<Validated> {
    let mut taken: Vec<Validated> = entry.taken.values().cloned().collect();
    taken.sort_by_key(|ticket| ticket.at);
    taken
}

fn story(ticket: &Ticket) -> Story {
    let issued = &ticket.issued;
    let spent = ticket.spent.as_ref();
    let refused = ticket.refused.as_ref();
    let replayed = ticket.replayed.as_ref();
    Story {
        session: issued.session.to_vec(),
        kind: issued.kind.to_owned(),
        service_key: issued.service_key.clone(),
        service: issued.service.clone(),
        from_new_login: issued.from_new_login,
        issued_at: issued.issued_at.timestamp_micros(),
        expires_at: issued.expires_at.timestamp_micros(),
        consumed_at: spent.map(|spent| spent.0.timestamp_micros()),
        asked_from: issued.asked_from.clone(),
        presented_from: spent.and_then(|spent| spent.1.clone()),
        presented_as: refused.and_then(|refused| refused.1.clone()),
        refused: refused.map(|refused| refused.0.clone()),
        replays: ticket.replays,
        replayed_at: replayed.map(|replayed| replayed.0.timestamp_micros()),
        replayed_from: replayed.and_then(|replayed| replayed.1.clone()),
    }
}
