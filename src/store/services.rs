//! Registered services: their definitions as text, and the number that counts their changes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::{revisions, services as table};
use super::{Conn, StoreError};

const REVISION: &str = "services";

/// Lists the definitions, as JSON, by key.
pub fn all(conn: &mut Conn) -> Result<Vec<(String, String)>, StoreError> {
    Ok(on!(conn, c => table::table.order(table::key.asc()).select((table::key, table::definition)).load(c))?)
}

/// Adds a definition or replaces the one with this key.
pub fn put(conn: &mut Conn, key: &str, definition: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let at = now.timestamp_micros();
    on!(&mut *conn, c => diesel::insert_into(table::table)
        .values((table::key.eq(key), table::definition.eq(definition), table::updated_at.eq(at)))
        .on_conflict(table::key)
        .do_update()
        .set((table::definition.eq(definition), table::updated_at.eq(at)))
        .execute(c))?;
    count_change(conn)
}

/// Removes a definition; answers whether there was one.
pub fn remove(conn: &mut Conn, key: &str) -> Result<bool, StoreError> {
    let removed = on!(&mut *conn, c => diesel::delete(table::table.filter(table::key.eq(key))).execute(c))?;
    count_change(conn)?;
    Ok(removed == 1)
}

/// How often the definitions have changed: a server that remembers another number reads them again.
pub fn revision(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(on!(conn, c => revisions::table
        .filter(revisions::name.eq(REVISION))
        .select(revisions::number)
        .get_result(c))?)
}

fn count_change(conn: &mut Conn) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(revisions::table.filter(revisions::name.eq(REVISION)))
        .set(revisions::number.eq(revisions::number + 1))
        .execute(c))?;
    Ok(())
}
