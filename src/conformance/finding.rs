//! How checking one clause ends.

use super::reply::Reply;

/// Why a clause is not fulfilled.
#[derive(Debug)]
pub enum Stop {
    /// The server does otherwise.
    Failed {
        /// What the clause says.
        expected: String,
        /// What came.
        received: String,
    },
    /// The server does not have what the clause is about, and need not.
    NotOffered(String),
    /// Something to check it with is missing.
    NotTried(String),
}

/// Fulfilled, or why not.
pub type Found = Result<(), Stop>;

impl Stop {
    /// The server does otherwise.
    pub fn failed(expected: impl Into<String>, received: impl Into<String>) -> Self {
        Self::Failed {
            expected: expected.into(),
            received: received.into(),
        }
    }

    /// The server answered otherwise.
    pub fn answered(expected: impl Into<String>, reply: &Reply) -> Self {
        Self::failed(expected, reply.shown())
    }

    /// What came, or why nothing did.
    pub fn words(self) -> String {
        match self {
            Self::Failed { received, .. } => received,
            Self::NotOffered(why) | Self::NotTried(why) => why,
        }
    }

    /// The server need not have it.
    pub fn not_offered(why: impl Into<String>) -> Self {
        Self::NotOffered(why.into())
    }

    /// Something is missing.
    pub fn not_tried(why: impl Into<String>) -> Self {
        Self::NotTried(why.into())
    }
}

/// The answer must be so.
pub fn ensure(so: bool, expected: &str, reply: &Reply) -> Found {
    if so {
        Ok(())
    } else {
        Err(Stop::answered(expected, reply))
    }
}

/// These must be the same text.
pub fn same(expected: &str, received: &str) -> Found {
    if expected == received {
        Ok(())
    } else {
        Err(Stop::failed(expected, received))
    }
}
