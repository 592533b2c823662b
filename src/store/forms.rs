//! Form tokens that were used.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::spent_forms as table;
use super::{Conn, StoreError};
use crate::kernel::keyring::Digest;

/// Spends a form token; answers whether this call was the first to.
pub fn spend(conn: &mut Conn, token: &Digest, expires_at: DateTime<Utc>) -> Result<bool, StoreError> {
    let added = on!(conn, c => diesel::insert_into(table::table)
        .values((table::digest.eq(token.as_slice()), table::expires_at.eq(expires_at.timestamp_micros())))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Removes up to `limit` tokens that expired before `now`: they are refused for their age.
pub fn sweep(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let old = table::table.filter(table::expires_at.lt(now.timestamp_micros()));
    let digests: Vec<Vec<u8>> = on!(&mut *conn, c => old.select(table::digest).limit(limit).load(c))?;
    Ok(on!(conn, c => diesel::delete(table::table.filter(table::digest.eq_any(digests))).execute(c))?)
}
