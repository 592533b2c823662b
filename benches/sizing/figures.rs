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
    /// What was measured of it.
    pub fn cost(self) -> Cost {
        match self {
            Self::Sqlite => Cost {
                batch: 0.000_40,
                each: 0.000_020,
            },
            Self::Postgres => Cost {
                batch: 0.001_00,
                each: 0.000_030,
            },
            Self::Redis => Cost {
                batch: 0.000_20,
                each: 0.000_015,
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
