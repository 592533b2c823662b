//! What every node must agree on.

use diesel::prelude::*;

use super::conn::on;
use super::schema::marks as table;
use super::{Conn, StoreError};

const KEY: &str = "key";
const REGISTRY: &str = "registry";

/// What the keys of this database's sessions and tickets begin with in a registry: `draft` from now on, if nothing did
/// before.
pub(super) fn prefix(conn: &mut Conn, draft: &str) -> Result<String, StoreError> {
    on!(&mut *conn, c => diesel::insert_into(table::table)
        .values((table::name.eq(REGISTRY), table::value.eq(draft)))
        .on_conflict_do_nothing()
        .execute(c))?;
    let kept = table::table.filter(table::name.eq(REGISTRY)).select(table::value);
    Ok(on!(conn, c => kept.get_result(c))?)
}

/// The fingerprint of the key in force; `None` before the first start.
pub fn key(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    find(conn, KEY)
}

/// Puts the first of `ring` in force, if the one in force until now is on the ring or there was none; answers whether
/// it is in force.
pub fn put_in_force(conn: &mut Conn, ring: &[String]) -> Result<bool, StoreError> {
    let Some(newest) = ring.first() else {
        return Ok(false);
    };
    on!(&mut *conn, c => diesel::insert_into(table::table)
        .values((table::name.eq(KEY), table::value.eq(newest)))
        .on_conflict_do_nothing()
        .execute(c))?;
    let known = table::table
        .filter(table::name.eq(KEY))
        .filter(table::value.eq_any(ring));
    let changed = on!(conn, c => diesel::update(known).set(table::value.eq(newest)).execute(c))?;
    Ok(changed == 1)
}

/// What a mark says.
pub(super) fn find(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    let kept = table::table.filter(table::name.eq(name)).select(table::value);
    Ok(on!(conn, c => kept.first(c).optional())?)
}

/// Has a mark say something else.
pub(super) fn set(conn: &mut Conn, name: &str, value: &str) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table)
        .values((table::name.eq(name), table::value.eq(value)))
        .on_conflict(table::name)
        .do_update()
        .set(table::value.eq(value))
        .execute(c))?;
    Ok(())
}
