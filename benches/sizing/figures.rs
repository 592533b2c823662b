//! What was measured: see docs/concepts/performance.md for how. Put your own machine's figures in their place.

use std::fmt;
use std::str::FromStr;

/// Processor time of one sign-in, of which the password hash is nearly all, in seconds.
pub const SIGN_IN: f64 = 0.0164;

/// Passwords that wait for a free thread on a node (`hashing.queue`); beyond, people are asked to come back.
pub const QUEUE: usize = 32;

/// What of a node's cores hashes at its best; the rest answers.
pub const HASHING_SHARE: f64 = 0.85;

/// Where tickets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// One PostgreSQL server, nodes writing in turns.
    Postgres,
    /// One Redis server.
    Redis,
}

/// What a batch of writes takes.
pub struct Cost {
    /// Seconds for a batch, however small.
    pub batch: f64,
    /// Seconds for each ticket in it.
    pub each: f64,
}

impl Engine {
    /// What was measured of it: batches a second and tickets in each, with 16, 32, 64 and 128 users, and a line through
    /// them. Node and load driver were on the same two cores, so that an engine with cores of its own does more.
    pub fn cost(self) -> Cost {
        match self {
            Self::Sqlite => Cost {
                batch: 0.000_13,
                each: 0.000_048,
            },
            Self::Postgres => Cost {
                batch: 0.000_50,
                each: 0.000_055,
            },
            Self::Redis => Cost {
                batch: 0.000_04,
                each: 0.000_041,
            },
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
        })
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            "redis" => Ok(Self::Redis),
            _ => Err("sqlite, postgres or redis".into()),
        }
    }
}
