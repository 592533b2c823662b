//! Brings a database to this version's schema.

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::on;
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

/// How far a database has been brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The newest migration that it has had.
    pub version: String,
    /// How many of this version's it has not.
    pub missing: usize,
}

/// The schema that a database has, `None` when it is empty. Changes nothing, where diesel's own question makes a table.
///
/// # Errors
/// `Corrupt` for the table `schema`, as [`bring_up_to_date`].
pub(super) fn schema(conn: &mut Conn) -> Result<Option<Schema>, StoreError> {
    let table = match conn {
        Conn::Sqlite(_) => {
            "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'"
        }
        Conn::Postgres(_) => {
            "SELECT tablename::text AS version FROM pg_tables
             WHERE tablename = '__diesel_schema_migrations' AND schemaname = ANY (current_schemas(false))"
        }
    };
    if versions(conn, table)?.is_empty() {
        return Ok(None);
    }
    let applied =
        "SELECT CAST(version AS TEXT) AS version FROM __diesel_schema_migrations ORDER BY version DESC";
    let applied = versions(conn, applied)?;
    // Both engines have the same ones.
    let known = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(broken)?;
    let known = known.iter().map(|m| m.name().version().to_string());
    refuse_newer(known.clone(), &applied)?;
    let missing = known.filter(|version| !applied.contains(version)).count();
    Ok(applied
        .into_iter()
        .next()
        .map(|version| Schema { version, missing }))
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

fn versions(conn: &mut Conn, sql: &str) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Version> = on!(conn, c => diesel::sql_query(sql).load(c))?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Takes every migration back. For the test that goes up, down and up again.
pub fn take_down(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(conn) => conn.revert_all_migrations(SQLITE).map(drop).map_err(broken),
        Conn::Postgres(conn) => conn.revert_all_migrations(POSTGRES).map(drop).map_err(broken),
    }
}

fn refuse_newer(known: impl Iterator<Item = String>, applied: &[impl ToString]) -> Result<(), StoreError> {
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
