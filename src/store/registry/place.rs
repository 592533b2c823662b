//! Where sessions and tickets are kept, as the setting says.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::TicketRegistry;
use super::memory::{Memory, Shared};
use super::redis::Servers;

/// How long spent tickets are remembered where no stories are kept: whoever presents one again meanwhile hears that it was
/// spent, and later that there is none.
const SPENT: Duration = Duration::from_secs(3600);

/// A place for sessions and tickets.
pub enum Place {
    /// The tables of the database.
    Tables,
    /// This process's memory.
    Memory(Arc<Shared>),
    /// Redis or Valkey.
    Redis(Box<Servers>),
}

impl FromStr for Place {
    type Err = String;

    /// The refusal is one line and repeats nothing that may be a part of a password.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "database" => Ok(Self::Tables),
            "memory" => Ok(Self::Memory(Arc::default())),
            address if address.contains("://") => Ok(Self::Redis(Box::new(address.parse()?))),
            _ => Err("must be `database`, `memory`, or the address of a Redis".into()),
        }
    }
}

impl Place {
    /// Opens a connection, the keys of which begin with `prefix` and where spent tickets are remembered for as long as their
    /// `stories` are kept; none where it is the tables.
    ///
    /// # Errors
    /// Why the place cannot be used, in words that end a line.
    pub fn connect(
        &self,
        prefix: &str,
        stories: Duration,
    ) -> Result<Option<Box<dyn TicketRegistry>>, String> {
        let stories = stories.max(SPENT);
        match self {
            Self::Tables => Ok(None),
            Self::Memory(shared) => Ok(Some(Box::new(Memory::new(Arc::clone(shared), stories)))),
            Self::Redis(servers) => Ok(Some(Box::new(servers.connect(prefix, stories)?))),
        }
    }

    /// Whether it is another place than the tables.
    pub fn is_elsewhere(&self) -> bool {
        !matches!(self, Self::Tables)
    }

    /// Whether a connection waits for another machine, or another process of this one.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Redis(_))
    }

    /// The address as it may be printed: no user, no password.
    pub fn name(&self) -> String {
        match self {
            Self::Tables => "database".into(),
            Self::Memory(_) => "memory".into(),
            Self::Redis(servers) => servers.name(),
        }
    }

    /// What is allowed but worth saying at start.
    pub fn warnings(&self) -> Vec<String> {
        match self {
            Self::Tables => Vec::new(),
            Self::Memory(_) => vec![
                "sessions and tickets are kept in this process's memory: a restart signs everybody out, and a second \
                 node knows nothing of them"
                    .into(),
            ],
            Self::Redis(servers) => servers.warnings(),
        }
    }
}
