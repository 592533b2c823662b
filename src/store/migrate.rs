//! Brings a database to this version's schema.

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, StoreError};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Runs the migrations that are missing.
///
/// # Errors
/// `Corrupt` for the table `schema` when the database has a migration that this version does not know.
pub fn bring_up_to_date(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(conn) => {
            let known = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(broken)?;
            let applied = conn.applied_migrations().map_err(broken)?;
            refuse_newer(known.iter().map(|m| m.name().version().to_string()), &applied)?;
            conn.run_pending_migrations(SQLITE).map_err(broken)?;
        }
        Conn::Postgres(conn) => {
            let known = MigrationSource::<Pg>::migrations(&POSTGRES).map_err(broken)?;
            let applied = conn.applied_migrations().map_err(broken)?;
            refuse_newer(known.iter().map(|m| m.name().version().to_string()), &applied)?;
            conn.run_pending_migrations(POSTGRES).map_err(broken)?;
        }
    }
    Ok(())
}

/// Takes every migration back. For the test that goes up, down and up again.
pub fn take_down(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(conn) => conn.revert_all_migrations(SQLITE).map(drop).map_err(broken),
        Conn::Postgres(conn) => conn.revert_all_migrations(POSTGRES).map(drop).map_err(broken),
    }
}

fn refuse_newer(
    known: impl Iterator<Item = String>,
    applied: &[diesel::migration::MigrationVersion<'_>],
) -> Result<(), StoreError> {
    let known: Vec<_> = known.collect();
    match applied
        .iter()
        .map(ToString::to_string)
        .find(|version| !known.contains(version))
    {
        Some(row) => Err(StoreError::Corrupt {
            table: "schema",
            column: "version",
            row,
        }),
        None => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn broken(error: Broken) -> StoreError {
    let words: Box<dyn diesel::result::DatabaseErrorInformation + Send + Sync> = Box::new(error.to_string());
    StoreError::Unavailable(Some(diesel::result::Error::DatabaseError(
        diesel::result::DatabaseErrorKind::Unknown,
        words,
    )))
}
