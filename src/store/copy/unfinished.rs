//! How far a copy has come, noted in the destination until the copy is found equal to its source.
//!
//! A note is written in the transaction of the rows that it speaks of, so that one never says more than the other. As
//! long as the table of notes is there, no server opens the database.

use diesel::prelude::*;

use self::unfinished_copy as table;
use crate::store::conn::on;
use crate::store::{Conn, StoreError, migrate};

diesel::table! {
    #[sql_name = "__unfinished_copy"]
    unfinished_copy (name) {
        name -> Text,
        position -> Text,
    }
}

/// The table of notes. It is there for the time of a copy only, and no part of the schema.
pub(in crate::store) const TABLE: &str = "__unfinished_copy";

/// The note that names the source; the others are called as tables are.
const SOURCE: &str = "source";

/// What the database is a copy of, `None` when it is not an unfinished one.
pub(super) fn source(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    if !migrate::has_table(conn, TABLE)? {
        return Ok(None);
    }
    position(conn, SOURCE).map(Option::unwrap_or_default).map(Some)
}

/// Begins a copy of `source` in an empty database.
pub(super) fn begin(conn: &mut Conn, source: &str) -> Result<(), StoreError> {
    in_one(conn, |conn| {
        conn.batch(
            "CREATE TABLE __unfinished_copy (name TEXT PRIMARY KEY NOT NULL, position TEXT NOT NULL);
             DELETE FROM revisions",
        )?;
        note(conn, SOURCE, source)
    })
}

/// The key of the last row of `name` that is there.
pub(super) fn position(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    let noted = table::table.filter(table::name.eq(name)).select(table::position);
    Ok(on!(conn, c => noted.first(c).optional())?)
}

/// Notes the key of the last row of `name`.
pub(super) fn note(conn: &mut Conn, name: &str, position: &str) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table)
        .values((table::name.eq(name), table::position.eq(position)))
        .on_conflict(table::name)
        .do_update()
        .set(table::position.eq(position))
        .execute(c))?;
    Ok(())
}

/// Opens the database to servers.
pub(super) fn end(conn: &mut Conn) -> Result<(), StoreError> {
    in_one(conn, |conn| Ok(conn.batch("DROP TABLE __unfinished_copy")?))
}

/// Runs `work` in a transaction of its own.
pub(super) fn in_one<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.begin()?;
    match work(conn) {
        Ok(value) => {
            conn.commit()?;
            Ok(value)
        }
        Err(error) => {
            // What went wrong first is what is told.
            let _ = conn.rollback();
            Err(error)
        }
    }
}
