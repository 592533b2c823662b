//! Brings a database to this version's schema.

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::on;
use super::copy::unfinished;
use super::{Conn, Engine, StoreError};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Runs the migrations that are missing.
///
/// # Errors
/// `Corrupt` for the table `schema` when the database has a migration that this version does not know, `Unavailable`
/// when it is an unfinished copy.
pub fn bring_up_to_date(conn: &mut Conn) -> Result<(), StoreError> {
    refuse_unfinished(conn)?;
    match &mut conn.engine {
        Engine::Sqlite(conn) => {
            let known = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(broken)?;
            let applied = conn.applied_migrations().map_err(broken)?;
            refuse_newer(known.iter().map(|m| m.name().version().to_string()), &applied)?;
            conn.run_pending_migrations(SQLITE).map_err(broken)?;
        }
        Engine::Postgres(conn) => {
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
/// As [`bring_up_to_date`].
pub(super) fn schema(conn: &mut Conn) -> Result<Option<Schema>, StoreError> {
    refuse_unfinished(conn)?;
    schema_of_copy(conn)
}

/// The same, of an unfinished copy as well.
pub(super) fn schema_of_copy(conn: &mut Conn) -> Result<Option<Schema>, StoreError> {
    if !has_table(conn, "__diesel_schema_migrations")? {
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

/// Whether there is a table of this name.
pub(super) fn has_table(conn: &mut Conn, name: &'static str) -> Result<bool, StoreError> {
    let all = match conn.engine {
        Engine::Sqlite(_) => "SELECT name AS version FROM sqlite_master WHERE type = 'table'",
        Engine::Postgres(_) => {
            "SELECT tablename::text AS version FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
        }
    };
    Ok(versions(conn, all)?.iter().any(|found| found == name))
}

/// Half of the people are not there yet: a server would take in nobody else, and a copy that goes on would fail.
fn refuse_unfinished(conn: &mut Conn) -> Result<(), StoreError> {
    if has_table(conn, unfinished::TABLE)? {
        let words = "it holds an unfinished copy: run the same vestibule database copy again";
        return Err(broken(words.into()));
    }
    Ok(())
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
    match &mut conn.engine {
        Engine::Sqlite(conn) => conn.revert_all_migrations(SQLITE).map(drop).map_err(broken),
        Engine::Postgres(conn) => conn.revert_all_migrations(POSTGRES).map(drop).map_err(broken),
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
