//! What a connection is made to: the tables, and the registry of tickets where that is another place.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::audit::Chain;
use super::open::{Link, Target, Unopened};
use super::pulse::Part;
use super::registry::Place;

/// Where sessions and tickets are to be kept.
pub struct TicketPlace {
    /// The place.
    pub place: Place,
    /// What keys begin with there when the database uses such a place for the first time: eight characters.
    pub draft: String,
    /// How long spent tickets are remembered there, for their stories and against replays.
    pub stories: Duration,
}

impl TicketPlace {
    /// The tables of the database.
    pub fn tables() -> Self {
        Self {
            place: Place::Tables,
            draft: String::new(),
            stories: Duration::ZERO,
        }
    }
}

/// The two places.
pub(super) struct Source {
    /// Where the tables are.
    pub(super) target: Target,
    /// Where sessions and tickets are.
    pub(super) place: Place,
    /// What the keys of this database's sessions and tickets begin with there.
    pub(super) prefix: String,
    /// What links the rows of the audit; without it, none can be added.
    pub(super) chain: Option<Chain>,
    /// How long spent tickets are remembered there.
    pub(super) stories: Duration,
    /// Whether it was the registry that refused the last connection.
    pub(super) refused_by_registry: AtomicBool,
    /// Whether something could not be written, and nothing has been since.
    pub(super) doubtful: AtomicBool,
    /// Counts the silences: a connection from before the last one is not used again.
    pub(super) silences: AtomicU64,
}

impl Source {
    /// Opens one connection to both.
    pub(super) fn connect(&self) -> Result<Link, Unopened> {
        self.refused_by_registry.store(false, Ordering::Relaxed);
        self.beside(self.target.connect()?)
    }

    /// A connection to the tables, with one to the registry.
    pub(super) fn beside(&self, link: Link) -> Result<Link, Unopened> {
        let registry = self.place.connect(&self.prefix, self.stories);
        self.refused_by_registry
            .store(registry.is_err(), Ordering::Relaxed);
        let registry = registry.map_err(|reason| Unopened::Registry {
            place: self.place.name(),
            reason,
        })?;
        Ok(link.with(registry, self.chain.clone()))
    }

    /// Has every connection made anew: each would be found out only by somebody who waits on it.
    pub(super) fn give_up(&self) {
        self.silences.fetch_add(1, Ordering::Relaxed);
        self.target.give_up();
    }

    /// Notes that something could not be written, and somebody is to find out whether anything can; or that it can.
    pub(super) fn doubt(&self, doubtful: bool) {
        self.doubtful.store(doubtful, Ordering::Relaxed);
    }

    /// Whether nobody knows that anything can be written.
    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::Relaxed)
    }

    /// How many silences there have been.
    pub(super) fn silences(&self) -> u64 {
        self.silences.load(Ordering::Relaxed)
    }

    /// The part that could not be connected to last, if any could not; `asked` otherwise.
    pub(super) fn blamed(&self, asked: Part) -> Part {
        if self.refused_by_registry.load(Ordering::Relaxed) {
            Part::Registry
        } else {
            asked
        }
    }

    /// Whether anything of it is waited for.
    pub(super) fn is_remote(&self) -> bool {
        self.target.is_remote() || self.place.is_remote()
    }
}
