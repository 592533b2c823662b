//! The places that the suite asks.

use std::any::Any;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use vestibule::store::registry::{Place, TicketRegistry};

use super::{CAMILLE, EMILE};
use crate::support::database::Bare;
use crate::support::redis::{Cluster, Redis};
use crate::support::tables::Tables;

/// How many prefixes were given out.
static PREFIXES: AtomicU32 = AtomicU32::new(0);

/// What the keys of one test begin with.
pub fn prefix() -> String {
    format!("test{:04}", PREFIXES.fetch_add(1, Ordering::Relaxed))
}

/// The place at an address.
pub fn place(address: &str) -> Place {
    address.parse().expect("an address")
}

/// A place of a test's own.
pub struct Kept {
    connect: Box<dyn Fn() -> Box<dyn TicketRegistry> + Sync>,
    _servers: Box<dyn Any + Sync>,
}

impl Kept {
    /// A connection to it.
    pub fn connect(&self) -> Box<dyn TicketRegistry> {
        (self.connect)()
    }

    fn at(place: Place, servers: impl Any + Sync) -> Self {
        let prefix = prefix();
        Self {
            connect: Box::new(move || {
                place
                    .connect(&prefix, Duration::ZERO)
                    .expect("a connection")
                    .expect("a registry")
            }),
            _servers: Box::new(servers),
        }
    }

    fn tables(bare: Bare) -> Self {
        let tables = std::sync::Mutex::new(Tables::of(bare.db.clone(), &[CAMILLE, EMILE]));
        Self {
            connect: Box::new(move || Box::new(tables.lock().expect("nobody panics").another())),
            _servers: Box::new(bare),
        }
    }
}

pub fn memory() -> Kept {
    Kept::at(place("memory"), ())
}

pub fn beside_memory() -> Kept {
    memory()
}

pub fn sqlite() -> Kept {
    Kept::tables(Bare::sqlite())
}

pub fn postgres() -> Kept {
    Kept::tables(Bare::postgres())
}

pub fn redis() -> Kept {
    let server = Redis::running();
    Kept::at(place(&server.address()), server)
}

pub fn beside_redis() -> Kept {
    redis()
}

pub fn redis_cluster() -> Kept {
    let cluster = Cluster::running();
    Kept::at(place(&cluster.address()), cluster)
}

pub fn beside_redis_cluster() -> Kept {
    redis_cluster()
}
