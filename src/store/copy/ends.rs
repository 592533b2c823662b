//! The two ends of a copy: which databases are accepted, how they are told apart, and how one is read as of a moment.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::tables::TABLES;
use super::{Uncopied, Use, unfinished};
use crate::store::conn::{Engine, on};
use crate::store::{Conn, StoreError, Target, Unopened, migrate};

/// Opens the source, which is not changed.
pub(super) fn source(target: &Target, allowed: Use) -> Result<Conn, Uncopied> {
    let place = target.place();
    if target.is_to_be_made()? {
        return Err(Uncopied::Nothing(place));
    }
    let mut conn = patient(target, target.connect()?.conn)?;
    let refused = |error| Uncopied::from(target.refused(error));
    match migrate::schema(&mut conn).map_err(refused)? {
        None => return Err(Uncopied::Nothing(place)),
        Some(schema) if schema.missing > 0 => return Err(Uncopied::Older(place)),
        Some(_) => {}
    }
    stays_at_rest(target, &mut conn, allowed)?;
    Ok(conn)
}

/// Refuses a source that somebody has open, unless that is allowed.
pub(super) fn stays_at_rest(target: &Target, conn: &mut Conn, allowed: Use) -> Result<(), Uncopied> {
    if allowed == Use::AtRest && is_in_use(conn).map_err(|error| target.refused(error))? {
        return Err(Uncopied::InUse(target.place()));
    }
    Ok(())
}

/// Opens the destination for a copy of `source`: an unfinished one, or an empty database.
pub(super) fn destination(target: &Target, source: &str) -> Result<Conn, Uncopied> {
    let place = target.place();
    let refused = |error| Uncopied::from(target.refused(error));
    let mut conn = patient(target, target.connect()?.conn)?;
    if name(target, &mut conn).map_err(refused)? == source {
        return Err(Uncopied::Same);
    }
    match unfinished::source(&mut conn).map_err(refused)? {
        Some(begun) if begun == source => {
            return match migrate::schema_of_copy(&mut conn).map_err(refused)? {
                Some(schema) if schema.missing == 0 => Ok(conn),
                _ => Err(Uncopied::OtherVersion(place)),
            };
        }
        Some(begun) => {
            return Err(Uncopied::Another {
                place,
                source_name: begun,
            });
        }
        None => {}
    }
    let mut conn = patient(target, target.prepare()?.conn)?;
    // The migrations themselves leave one row, of revisions.
    for table in TABLES.iter().filter(|table| table.name != "revisions") {
        let rows = (table.count)(&mut conn).map_err(refused)?;
        if rows > 0 {
            return Err(Uncopied::NotEmpty {
                place,
                table: table.name,
                rows,
            });
        }
    }
    unfinished::begin(&mut conn, source).map_err(refused)?;
    Ok(conn)
}

/// One end waits while the other works, for as long as a large table takes.
fn patient(target: &Target, mut conn: Conn) -> Result<Conn, Unopened> {
    conn.be_patient().map_err(|error| target.refused(error.into()))?;
    Ok(conn)
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Which database this is, whatever address it was reached by; neither user nor password.
pub(super) fn name(target: &Target, conn: &mut Conn) -> Result<String, StoreError> {
    if let Target::Sqlite(path) = target {
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        return Ok(path.display().to_string());
    }
    let sql = "SELECT datname || ' on PostgreSQL (' || system_identifier || '.' || oid || ')' AS name
               FROM pg_database, pg_control_system() WHERE datname = current_database()";
    let Name { name } = on!(conn, c => diesel::sql_query(sql).get_result(c))?;
    Ok(name)
}

#[derive(QueryableByName)]
struct Others {
    #[diesel(sql_type = BigInt)]
    others: i64,
}

/// Whether somebody else has the database open and may write. Whoever has just hung up is still counted for a moment.
fn is_in_use(conn: &mut Conn) -> Result<bool, StoreError> {
    for _ in 0..20 {
        if !has_company(conn)? {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(true)
}

fn has_company(conn: &mut Conn) -> Result<bool, StoreError> {
    if let Engine::Sqlite(_) = conn.engine {
        // Only the last connection may leave the write-ahead log; it is taken up again at once.
        let alone = conn.batch("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE");
        conn.batch("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL")?;
        return Ok(alone.is_err());
    }
    let sql = "SELECT count(*) AS others FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()
                 AND has_table_privilege(usesysid, 'people', 'INSERT')";
    let Others { others } = on!(conn, c => diesel::sql_query(sql).get_result(c))?;
    Ok(others > 0)
}
