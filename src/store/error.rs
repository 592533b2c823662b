//! What can go wrong with the database, classified in one place.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of the machinery; an absent row is an `Option`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be used just now: gone, locked, full, or too busy.
    #[error("the database is unavailable")]
    Unavailable(#[source] Option<DieselError>),
    /// A row with this unique value exists already.
    #[error("a row with the same unique value exists")]
    Conflict(#[source] DieselError),
    /// A row says something that this version does not understand.
    #[error("row {row} of {table} has a {column} that cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key, where it is no secret.
        row: String,
    },
    /// The statement itself was refused.
    #[error("the database refused a statement")]
    Refused(#[source] DieselError),
}

impl StoreError {
    /// Whether the server said that it accepts no writes.
    pub(super) fn says_that_nothing_is_written(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(Some(DieselError::DatabaseError(
                DatabaseErrorKind::ReadOnlyTransaction,
                _
            )))
        )
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        use DatabaseErrorKind as Kind;
        match &error {
            DieselError::DatabaseError(Kind::UniqueViolation, _) => Self::Conflict(error),
            DieselError::DatabaseError(
                Kind::NotNullViolation | Kind::ForeignKeyViolation | Kind::CheckViolation,
                _,
            ) => Self::Refused(error),
            DieselError::DatabaseError(_, info) if says_statement_is_wrong(info.message()) => {
                Self::Refused(error)
            }
            // Locked, disk full, read-only file or server, I/O error, lost connection: all of them pass.
            DieselError::DatabaseError(..)
            | DieselError::BrokenTransactionManager
            | DieselError::RollbackErrorOnCommit { .. } => Self::Unavailable(Some(error)),
            _ => Self::Refused(error),
        }
    }
}

fn says_statement_is_wrong(message: &str) -> bool {
    [
        "syntax error",
        "no such table",
        "no such column",
        "append-only",
        "does not exist",
    ]
    .iter()
    .any(|words| message.contains(words))
}
