//! Accounts: logins, passwords and where each account stands.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::people::Person;
use super::schema::{accounts as table, people, retired_logins};
use super::{Conn, StoreError};

/// A row of `accounts`.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
pub struct Account {
    /// The person's identifier.
    pub id: String,
    /// The login, for ever.
    pub login: String,
    /// The university mail address.
    pub mail: String,
    /// `pending`, `active`, `leaving`, `suspended` or `closed`.
    pub standing: String,
    /// The password's hash: in PHC form or, until the first sign-in, as another directory made it.
    pub password_hash: Option<String>,
    /// `chosen`, `generated` or `temporary`.
    pub password_kind: Option<String>,
    /// When the password was set, in microseconds.
    pub password_since: Option<i64>,
    /// Counts changes of credentials: sessions opened under an older number are dead.
    pub epoch: i64,
    /// The version of the rules that was accepted.
    pub charter_version: Option<String>,
    /// When it was, in microseconds.
    pub charter_at: Option<i64>,
    /// When the account was activated, in microseconds.
    pub activated_at: Option<i64>,
    /// The last sign-in, in microseconds.
    pub last_login_at: Option<i64>,
    /// The sign-in before that, in microseconds: what the home page shows.
    pub previous_login_at: Option<i64>,
    /// The last change, in microseconds.
    pub updated_at: i64,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("login", &self.login)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}

/// An account and the person who has it.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The account.
    pub account: Account,
    /// The person.
    pub person: Person,
}

/// Adds an account.
pub fn add(conn: &mut Conn, account: &Account) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table).values(account).execute(c))?;
    Ok(())
}

/// Adds many accounts. A few hundred at a time: an engine takes only so many values in one statement.
pub fn add_all(conn: &mut Conn, accounts: &[Account]) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table).values(accounts).execute(c))?;
    Ok(())
}

/// Finds an account by login or by university mail address, both in lower case.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Account>, StoreError> {
    let found: Option<Account> = on!(&mut *conn, c => table::table
        .filter(table::login.eq(name))
        .select(Account::as_select())
        .get_result(c)
        .optional())?;
    if found.is_some() || !name.contains('@') {
        return Ok(found);
    }
    Ok(
        on!(conn, c => table::table.filter(table::mail.eq(name)).select(Account::as_select()).get_result(c).optional())?,
    )
}

/// Finds an account by identifier.
pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Account>, StoreError> {
    Ok(
        on!(conn, c => table::table.filter(table::id.eq(id)).select(Account::as_select()).get_result(c).optional())?,
    )
}

/// Finds an account and its person by identifier.
pub fn holder(conn: &mut Conn, id: &str) -> Result<Option<Holder>, StoreError> {
    let found: Option<(Account, Person)> = on!(conn, c => table::table
        .inner_join(people::table)
        .filter(table::id.eq(id))
        .select((Account::as_select(), Person::as_select()))
        .get_result(c)
        .optional())?;
    Ok(found.map(|(account, person)| Holder { account, person }))
}

/// Finds an account and its person by what is printed on the person's card.
pub fn holder_by_reference(
    conn: &mut Conn,
    kind: &str,
    reference: &str,
) -> Result<Option<Holder>, StoreError> {
    let found: Option<(Account, Person)> = on!(conn, c => table::table
        .inner_join(people::table)
        .filter(people::kind.eq(kind))
        .filter(people::reference.eq(reference))
        .select((Account::as_select(), Person::as_select()))
        .get_result(c)
        .optional())?;
    Ok(found.map(|(account, person)| Holder { account, person }))
}

/// Finds whoever has this number on their card: a student, or else a member of staff. Both are always looked for, so
/// that the look-up takes as long for one as for the other.
pub fn holder_by_number(conn: &mut Conn, number: &str) -> Result<Option<Holder>, StoreError> {
    let student = holder_by_reference(conn, "student", number)?;
    let staff = holder_by_reference(conn, "staff", number)?;
    Ok(student.or(staff))
}

/// Sets a new password and ends what the old one opened: the epoch rises in the same statement. The account becomes
/// active if it was pending. Answers the new epoch.
pub fn set_password(
    conn: &mut Conn,
    id: &str,
    hash: &str,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let at = now.timestamp_micros();
    Ok(
        on!(conn, c => diesel::update(table::table.filter(table::id.eq(id)))
        .set((
            table::password_hash.eq(hash),
            table::password_kind.eq(kind),
            table::password_since.eq(at),
            table::epoch.eq(table::epoch + 1),
            table::updated_at.eq(at),
        ))
        .returning(table::epoch)
        .get_result(c))?,
    )
}

/// Sets a new password like [`set_password`], unless the credentials have changed since `epoch` was read.
pub fn replace_password(
    conn: &mut Conn,
    id: &str,
    epoch: i64,
    hash: &str,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    let unchanged = table::table
        .filter(table::id.eq(id))
        .filter(table::epoch.eq(epoch));
    let changed = on!(&mut *conn, c => diesel::update(unchanged)
        .set(table::updated_at.eq(now.timestamp_micros()))
        .execute(c))?;
    if changed == 0 {
        return Ok(None);
    }
    set_password(conn, id, hash, kind, now).map(Some)
}

/// Replaces a hash by a stronger one of the same password, unless the password has changed meanwhile.
pub fn rehash(conn: &mut Conn, id: &str, old: &str, new: &str) -> Result<(), StoreError> {
    let unchanged = table::table
        .filter(table::id.eq(id))
        .filter(table::password_hash.eq(old));
    on!(conn, c => diesel::update(unchanged).set(table::password_hash.eq(new)).execute(c))?;
    Ok(())
}

/// Gives a pending account without a password the one that it has elsewhere, and makes it active; answers whether it
/// did. A password that was set here is never replaced.
pub fn adopt_password(
    conn: &mut Conn,
    id: &str,
    hash: &str,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let at = now.timestamp_micros();
    let waiting = table::table
        .filter(table::id.eq(id))
        .filter(table::standing.eq("pending"))
        .filter(table::password_hash.is_null());
    let adopted = on!(conn, c => diesel::update(waiting)
        .set((
            table::password_hash.eq(hash),
            table::password_kind.eq(kind),
            table::password_since.eq(at),
            table::standing.eq("active"),
            table::activated_at.eq(at),
            table::epoch.eq(table::epoch + 1),
            table::updated_at.eq(at),
        ))
        .execute(c))?;
    Ok(adopted == 1)
}

/// Moves a pending account whose holder's rights have not ended to active; answers whether this call was the one that
/// did, so that of two activations at once one wins.
pub fn activate(
    conn: &mut Conn,
    id: &str,
    charter: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let at = now.timestamp_micros();
    let entitled = people::table
        .filter(people::rights_end.is_null().or(people::rights_end.gt(at)))
        .select(people::id);
    let pending = table::table
        .filter(table::id.eq(id))
        .filter(table::standing.eq("pending"))
        .filter(table::id.eq_any(entitled));
    let moved = on!(conn, c => diesel::update(pending)
        .set((
            table::standing.eq("active"),
            table::activated_at.eq(at),
            table::charter_version.eq(charter),
            table::charter_at.eq(charter.map(|_| at)),
            table::updated_at.eq(at),
        ))
        .execute(c))?;
    Ok(moved == 1)
}

/// Changes where an account stands.
pub fn set_standing(conn: &mut Conn, id: &str, standing: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(table::table.filter(table::id.eq(id)))
        .set((table::standing.eq(standing), table::updated_at.eq(now.timestamp_micros())))
        .execute(c))?;
    Ok(())
}

/// Changes where an account stands, unless it stands elsewhere than at `from` meanwhile; answers whether it did.
pub fn move_standing(
    conn: &mut Conn,
    id: &str,
    from: &str,
    to: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let there = table::table
        .filter(table::id.eq(id))
        .filter(table::standing.eq(from));
    let moved = on!(conn, c => diesel::update(there)
        .set((table::standing.eq(to), table::updated_at.eq(now.timestamp_micros())))
        .execute(c))?;
    Ok(moved == 1)
}

/// Makes an account as if it had never been activated: no password, and the sessions of the former one are dead. Unless it
/// stands elsewhere than at `from` meanwhile; answers whether it did.
pub fn start_over(conn: &mut Conn, id: &str, from: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let none: Option<String> = None;
    let there = table::table
        .filter(table::id.eq(id))
        .filter(table::standing.eq(from));
    let moved = on!(conn, c => diesel::update(there)
        .set((
            table::standing.eq("pending"),
            table::password_hash.eq(&none),
            table::password_kind.eq(&none),
            table::password_since.eq(None::<i64>),
            table::activated_at.eq(None::<i64>),
            table::epoch.eq(table::epoch + 1),
            table::updated_at.eq(now.timestamp_micros()),
        ))
        .execute(c))?;
    Ok(moved == 1)
}

/// Lists up to `limit` accounts whose rights have ended at `now` and that are not closed, with where they stand. A suspended
/// one stays what it is: it opens nothing, and says why.
pub fn past_rights(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    Ok(on!(conn, c => table::table
        .inner_join(people::table)
        .filter(people::rights_end.le(now.timestamp_micros()))
        .filter(table::standing.eq_any(["pending", "active", "leaving"]))
        .select((table::id, table::standing))
        .limit(limit)
        .load(c))?)
}

/// Ends every session of an account at its next use, by raising the epoch; answers the new epoch.
pub fn end_sessions(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(
        on!(conn, c => diesel::update(table::table.filter(table::id.eq(id)))
        .set((table::epoch.eq(table::epoch + 1), table::updated_at.eq(now.timestamp_micros())))
        .returning(table::epoch)
        .get_result(c))?,
    )
}

/// Notes a sign-in; the last one becomes the one before.
pub fn signed_in(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(table::table.filter(table::id.eq(id)))
        .set((
            table::previous_login_at.eq(table::last_login_at),
            table::last_login_at.eq(now.timestamp_micros()),
        ))
        .execute(c))?;
    Ok(())
}

/// Lists the logins that can never be given out: those in use and those retired.
pub fn all_logins(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let mut logins: Vec<String> = on!(&mut *conn, c => table::table.select(table::login).load(c))?;
    let retired: Vec<String> = on!(conn, c => retired_logins::table.select(retired_logins::login).load(c))?;
    logins.extend(retired);
    Ok(logins)
}

/// Whether a login or a mail address has been given out.
pub fn is_taken(conn: &mut Conn, login: &str, mail: &str) -> Result<bool, StoreError> {
    let in_use = table::table.filter(table::login.eq(login).or(table::mail.eq(mail)));
    let in_use: bool = on!(&mut *conn, c => diesel::select(diesel::dsl::exists(in_use)).get_result(c))?;
    let retired = retired_logins::table.filter(retired_logins::login.eq(login));
    let retired: bool = on!(conn, c => diesel::select(diesel::dsl::exists(retired)).get_result(c))?;
    Ok(in_use || retired)
}

/// How many accounts there are.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(on!(conn, c => table::table.count().get_result(c))?)
}
