//! The places that the suite asks.

use std::any::Any;
use std::time::Duration;

use vestibule::store::registry::{Place, TicketRegistry};

use super::{CAMILLE, EMILE};
use crate::support::database::Bare;
use crate::support::tables::Tables;

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
        let prefix = "contract";
        Self {
            connect: Box::new(move || {
                place
                    .connect(prefix, Duration::ZERO)
                    .expect("a connection")
                    .expect("a registry")
            }),
            _servers: Box::new(servers),
        }
    }

    fn tables(bare: Bare) -> Self {
        let tables = std::sync::Mutex::new(Tables::of(bare.db.clone(), &[CAMILLE, EMILE]));
        Self {
            connect: Box::new(move || Box::new(tables.lock().unwrap().another())),
            _servers: Box::new(bare),
        }
    }
}

pub fn memory() -> Kept {
    Kept::at("memory".parse().expect("a place"), ())
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
