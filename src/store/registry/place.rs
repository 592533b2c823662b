//! Where sessions and tickets are kept, as the setting says.

use std::str::FromStr;
use std::time::Duration;

use super::TicketRegistry;

/// A place for sessions and tickets.
pub enum Place {
    /// The tables of the database.
    Tables,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "database" => Ok(Self::Tables),
            _ => Err("must be `database`".into()),
        }
    }
}

impl Place {
    /// Opens a connection, the keys of which begin with `prefix` and where spent tickets are remembered for as long as their
    /// `stories` are kept; none where it is the tables.
    #[expect(clippy::unnecessary_wraps, reason = "other places refuse")]
    pub(in crate::store) fn connect(
        &self,
        _prefix: &str,
        _stories: Duration,
    ) -> Result<Option<Box<dyn TicketRegistry>>, String> {
        match self {
            Self::Tables => Ok(None),
        }
    }

    /// Whether it is another place than the tables.
    pub fn is_elsewhere(&self) -> bool {
        match self {
            Self::Tables => false,
        }
    }

    /// Whether a connection waits for another machine, or another process of this one.
    pub fn is_remote(&self) -> bool {
        false
    }

    /// The address as it may be printed: no user, no password.
    pub fn name(&self) -> String {
        "database".into()
    }

    /// What is allowed but worth saying at start.
    pub fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}
