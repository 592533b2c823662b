//! Where in a file something is wrong.

/// What keeps a file from being read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

/// How deep a file may be nested; a real definition is four deep.
pub(super) const DEPTH: usize = 32;
