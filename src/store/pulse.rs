//! Whether the database, and the place of the tickets, can be used just now. While they cannot, everybody is refused at once, and nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use tokio::sync::watch;

use super::conn::read_only;
use super::lanes::pack;
use super::{Conn, Database, Engine, Place, StoreError, Unopened};
use crate::kernel::clock::{Clock, from_micros};

/// How far the clocks of a node and of the database may be apart. Nodes that agree with it agree with each other.
pub const TOLERANCE: chrono::Duration = chrono::Duration::seconds(2);

/// How long the database may be silent before it counts as away.
const SILENCE: Duration = Duration::from_secs(3);

/// What keys begin with that whoever only tries leaves for a moment.
const TRIAL: &str = "trial";

/// What a node cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The database.
    Database,
    /// The ticket registry.
    Registry,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Database => "the database",
            Self::Registry => "the ticket registry",
        })
    }
}

/// What is wrong with the database or the registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ailment {
    /// It is away, or refuses.
    #[error("{0} does not answer")]
    Silent(Part),
    /// The server that is reached has become a standby, or was closed to writes; or the disk of the embedded engine is full
    /// or fails.
    #[error("the database accepts no writes")]
    ReadOnly,
    /// Its clock and this machine's do not agree: what one node issues, another would take for expired.
    #[error(
        "the clock of {part} is {ahead_millis} ms ahead of this machine's (behind if negative): at most 2000 ms are allowed, set both by NTP"
    )]
    Clock {
        /// Whose.
        part: Part,
        /// How far, in milliseconds.
        ahead_millis: i64,
    },
}

impl Ailment {
    /// Which of the two it is about.
    pub fn part(&self) -> Part {
        match self {
            Self::Silent(part) | Self::Clock { part, .. } => *part,
            Self::ReadOnly => Part::Database,
        }
    }
}

/// Open while the database can be used.
#[derive(Clone)]
pub(super) struct Gate(Arc<watch::Sender<Option<Ailment>>>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Gate {
    /// Lets `work` go on as long as the gate is open. A job that is under way when it closes may still be done: the
    /// caller hears "unavailable" and no more than that.
    pub(super) async fn guard<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut gate = self.0.subscribe();
        if gate.borrow().is_some() {
            return Err(StoreError::Unavailable(None));
        }
        tokio::select! {
            biased;
            outcome = work => outcome,
            _ = gate.wait_for(Option::is_some) => Err(StoreError::Unavailable(None)),
        }
    }

    pub(super) fn ailment(&self) -> Option<Ailment> {
        self.0.borrow().clone()
    }

    fn set(&self, found: Option<Ailment>) {
        self.0.send_replace(found);
    }
}

/// Looks once at what is not in this process, and opens or closes it to everybody accordingly. The embedded engine is
/// looked at where something could not be written, and stays open: what only reads goes on.
pub async fn beat(db: &Database, clock: &dyn Clock) -> Option<Ailment> {
    let mut found = None;
    if db.target().is_remote() {
        found = judge(Part::Database, db, clock, ask).await;
    }
    if found.is_none() && db.place().is_remote() {
        found = judge(Part::Registry, db, clock, ask_registry).await;
    }
    // Not a server: a node whose batch had to wait for another's import would shut out those who only read.
    if found.is_none() && !db.target().is_remote() && db.source.is_doubtful() {
        found = try_writing(db).await;
    }
    db.gate.set(found.clone());
    found
}

/// Writes something that nobody will miss: a full disk lets everything be read, and says nothing before it is written to.
async fn try_writing(db: &Database) -> Option<Ailment> {
    let job = |conn: &mut Conn| {
        conn.batch(
            "INSERT INTO marks (name, value) VALUES ('pulse', ''); DELETE FROM marks WHERE name = 'pulse'",
        )?;
        Ok(())
    };
    // Past the gate, which is shut until this succeeds.
    let written = tokio::time::timeout(SILENCE, db.writer.run(pack(job))).await;
    if !matches!(written, Ok(Ok(_))) {
        return Some(Ailment::ReadOnly);
    }
    db.source.doubt(false);
    None
}

/// Holds the clock of the server at the other end of a connection against this machine's. An embedded database has none
/// of its own.
///
/// # Errors
/// When the server does not answer.
pub(super) fn compare_clocks(conn: &mut Conn, clock: &dyn Clock) -> Result<Option<Ailment>, StoreError> {
    if matches!(conn.engine, Engine::Sqlite(_)) || !clock.tells_the_time() {
        return Ok(None);
    }
    let before = clock.now();
    let there = ask(conn)?;
    let ahead = compare(before, there, clock.now());
    let part = Part::Database;
    Ok(ahead.map(|ahead_millis| Ailment::Clock { part, ahead_millis }))
}

/// The same with a place for sessions and tickets, which is connected to for that alone.
///
/// # Errors
/// Why the place cannot be used.
pub(super) fn compare_with_registry(place: &Place, clock: &dyn Clock) -> Result<Option<Ailment>, Unopened> {
    let refused = |reason: String| Unopened::Registry {
        place: place.name(),
        reason,
    };
    let registry = place.connect(TRIAL, Duration::ZERO).map_err(refused)?;
    let Some(mut registry) = registry.filter(|_| place.is_remote() && clock.tells_the_time()) else {
        return Ok(None);
    };
    let before = clock.now();
    let there = registry.time().map_err(|error| refused(error.to_string()))?;
    let part = Part::Registry;
    let ahead = compare(before, there, clock.now());
    Ok(ahead.map(|ahead_millis| Ailment::Clock { part, ahead_millis }))
}

async fn judge(part: Part, db: &Database, clock: &dyn Clock, ask: Asking) -> Option<Ailment> {
    let looking = tokio::time::timeout(SILENCE, look(part, db, clock, ask)).await;
    let found = looking.unwrap_or_else(|_| Some(Ailment::Silent(db.source.blamed(part))));
    if let Some(Ailment::Silent(_)) = found {
        // Or the first to write when it is back would wait on a connection that is dead, for all of its patience.
        db.source.give_up();
    }
    found
}

/// Asks for the time there.
type Asking = fn(&mut Conn) -> Result<DateTime<Utc>, StoreError>;

async fn look(part: Part, db: &Database, clock: &dyn Clock, ask: Asking) -> Option<Ailment> {
    let mut before = clock.now();
    let mut asked = db.look(ask).await;
    if asked.is_err() {
        // Once more: it may have met the end of a connection, or a server that another has replaced.
        before = clock.now();
        asked = db.look(ask).await;
    }
    let after = clock.now();
    match asked {
        Ok(there) if clock.tells_the_time() => {
            compare(before, there, after).map(|ahead_millis| Ailment::Clock { part, ahead_millis })
        }
        Ok(_) => None,
        Err(error) if error.says_that_nothing_is_written() => Some(Ailment::ReadOnly),
        Err(_) => Some(Ailment::Silent(db.source.blamed(part))),
    }
}

/// What two readings of this machine's clock say about one of another in between, which is so many milliseconds ahead:
/// the round trip is no fault.
fn compare(before: DateTime<Utc>, there: DateTime<Utc>, after: DateTime<Utc>) -> Option<i64> {
    let ahead = if there > after {
        there - after
    } else if there < before {
        there - before
    } else {
        return None;
    };
    (ahead.abs() > TOLERANCE).then(|| ahead.num_milliseconds())
}

#[derive(QueryableByName)]
struct Reading {
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Bool)]
    read_only: bool,
}

/// The server's time. One that accepts no writes is an error that costs the connection: the next goes to the server
/// that has taken its place.
fn ask(conn: &mut Conn) -> Result<DateTime<Utc>, StoreError> {
    let Engine::Postgres(conn) = &mut conn.engine else {
        return Err(StoreError::Unavailable(None));
    };
    let reading: Reading = diesel::sql_query(
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at,
                current_setting('transaction_read_only')::boolean AS read_only",
    )
    .get_result(&mut **conn)?;
    if reading.read_only {
        return Err(read_only().into());
    }
    Ok(from_micros(reading.at))
}

/// The time of the ticket registry, which accepts writes or is an error.
fn ask_registry(conn: &mut Conn) -> Result<DateTime<Utc>, StoreError> {
    conn.registry().ok_or(StoreError::Unavailable(None))?.time()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        from_micros(millis * 1000)
    }

    #[test]
    fn a_clock_may_be_two_seconds_away_not_counting_the_way_there_and_back() {
        for (there, ahead) in [
            (10_000, None),
            (8_000, None),
            (7_999, Some(-2_001)),
            (10_500, None),
            (12_900, None),
            (12_901, Some(2_001)),
        ] {
            let found = compare(at(10_000), at(there), at(10_900));
            assert_eq!(found, ahead, "{there}");
        }
    }

    #[tokio::test]
    async fn whoever_waits_when_the_gate_closes_is_told_at_once_and_nobody_is_let_in_behind() {
        let gate = Gate::default();
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.guard(std::future::pending::<Result<(), _>>()).await }
        });
        assert!(gate.guard(async { Ok(1) }).await.is_ok());

        gate.set(Some(Ailment::Silent(Part::Database)));

        assert!(matches!(
            waiting.await.unwrap(),
            Err(StoreError::Unavailable(None))
        ));
        assert!(matches!(
            gate.guard(async { Ok(1) }).await,
            Err(StoreError::Unavailable(None))
        ));
        gate.set(None);
        assert!(gate.guard(async { Ok(1) }).await.is_ok());
    }
}
