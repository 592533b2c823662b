//! Certificate codes and backup codes: one in force a person, spent once.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::recovery_codes as table;
use super::{Conn, StoreError};

/// A code, as its hash.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
pub struct Code {
    /// A version 7 identifier.
    pub id: String,
    /// Whose it is.
    pub person_id: String,
    /// The code's hash in PHC form.
    pub secret: String,
    /// The academic year it was issued for.
    pub year: i64,
    /// `certificate`, `backup` or `staff`.
    pub origin: String,
    /// When it was issued, in microseconds.
    pub issued_at: i64,
    /// When it stops being good, in microseconds.
    pub expires_at: i64,
    /// Wrong tries since it was issued.
    pub tries: i64,
    /// When it was used, in microseconds.
    pub spent_at: Option<i64>,
    /// When another replaced it, in microseconds.
    pub revoked_at: Option<i64>,
}

impl Code {
    /// Whether it opens anything at `now`.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.spent_at.is_none() && self.revoked_at.is_none() && now.timestamp_micros() < self.expires_at
    }
}

/// Adds a code and revokes the one in force before it.
pub fn issue(conn: &mut Conn, code: &Code) -> Result<(), StoreError> {
    revoke(&mut *conn, &code.person_id, code.issued_at)?;
    add(conn, code)
}

/// Adds a code for somebody who has none in force.
pub fn add(conn: &mut Conn, code: &Code) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table).values(code).execute(c))?;
    Ok(())
}

/// Adds many codes for people who have none. A few hundred at a time.
pub fn add_all(conn: &mut Conn, codes: &[Code]) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table).values(codes).execute(c))?;
    Ok(())
}

/// The hash of every code ever issued, with its person, newest first.
pub fn all_secrets(conn: &mut Conn) -> Result<Vec<(String, String)>, StoreError> {
    Ok(on!(conn, c => table::table
        .order((table::issued_at.desc(), table::id.desc()))
        .select((table::person_id, table::secret))
        .load(c))?)
}

/// Revokes the code in force.
pub fn revoke(conn: &mut Conn, person: &str, at: i64) -> Result<(), StoreError> {
    let in_force = table::table
        .filter(table::person_id.eq(person))
        .filter(table::spent_at.is_null())
        .filter(table::revoked_at.is_null());
    on!(conn, c => diesel::update(in_force).set(table::revoked_at.eq(at)).execute(c))?;
    Ok(())
}

/// Lists a person's newest four codes, newest first: the one in force and those that get a message of their own.
pub fn newest(conn: &mut Conn, person: &str) -> Result<Vec<Code>, StoreError> {
    Ok(on!(conn, c => table::table
        .filter(table::person_id.eq(person))
        .order((table::issued_at.desc(), table::id.desc()))
        .limit(4)
        .select(Code::as_select())
        .load(c))?)
}

/// Spends a code; answers whether this call was the one that did.
pub fn spend(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let at = now.timestamp_micros();
    let good = table::table
        .filter(table::id.eq(id))
        .filter(table::spent_at.is_null())
        .filter(table::revoked_at.is_null())
        .filter(table::expires_at.gt(at));
    let spent = on!(conn, c => diesel::update(good).set(table::spent_at.eq(at)).execute(c))?;
    Ok(spent == 1)
}

/// Counts a wrong try against a code; revokes it at `limit`. Answers the tries so far.
pub fn count_wrong_try(conn: &mut Conn, id: &str, limit: i64, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let tries: Option<i64> = on!(&mut *conn, c => diesel::update(table::table.filter(table::id.eq(id)))
        .set(table::tries.eq(table::tries + 1))
        .returning(table::tries)
        .get_result(c)
        .optional())?;
    let tries = tries.unwrap_or(0);
    if tries >= limit {
        let spent = table::table
            .filter(table::id.eq(id))
            .filter(table::revoked_at.is_null());
        let at = now.timestamp_micros();
        on!(conn, c => diesel::update(spent).set(table::revoked_at.eq(at)).execute(c))?;
    }
    Ok(tries)
}
