//! People, as the registry office knows them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::on;
use super::schema::{accounts, people as table};
use super::{Conn, StoreError};

/// A row of `people`.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true)]
pub struct Person {
    /// A version 7 identifier, never shown.
    pub id: String,
    /// `student`, `staff` or `guest`.
    pub kind: String,
    /// File number or staff number; unique among its kind.
    pub reference: String,
    /// Name at birth.
    pub birth_name: String,
    /// Name in use, where it differs.
    pub usage_name: Option<String>,
    /// Given names, separated by spaces, the usual one first.
    pub given_names: String,
    /// Given name in use, where it differs.
    pub usage_given_name: Option<String>,
    /// `M.` or `Mme`, where given.
    pub title: Option<String>,
    /// `yyyy-mm-dd`, with `00` for what is not known.
    pub birth_date: Option<String>,
    /// National student number.
    pub ine: Option<String>,
    /// For notifications only.
    pub personal_mail: Option<String>,
    /// eduPersonAffiliation values, separated by commas.
    pub affiliations: String,
    /// Enrolments, as JSON.
    pub enrolments: String,
    /// When rights begin, in microseconds.
    pub rights_start: Option<i64>,
    /// When rights end, in microseconds.
    pub rights_end: Option<i64>,
    /// Digest of the roster's rows, to notice a change.
    pub source_hash: Option<String>,
    /// From when the time given to activate is counted, in microseconds: the first import or, for whoever still waits, the
    /// first of a later academic year.
    pub created_at: i64,
    /// When changed last, in microseconds.
    pub updated_at: i64,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What a re-import compares with.
#[derive(Debug, Clone, Queryable)]
pub struct Known {
    /// The person.
    pub id: String,
    /// `student`, `staff` or `guest`.
    pub kind: String,
    /// File number or staff number.
    pub reference: String,
    /// Digest of the roster's rows.
    pub source_hash: Option<String>,
    /// Enrolments, as JSON.
    pub enrolments: String,
    /// From when the time given to activate is counted, in microseconds.
    pub created_at: i64,
    /// The account's standing.
    pub standing: String,
    /// The account's login.
    pub login: String,
    /// The account's mail address.
    pub mail: String,
    /// When the account last signed in, in microseconds.
    pub last_login_at: Option<i64>,
}

/// Adds a person.
pub fn add(conn: &mut Conn, person: &Person) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table).values(person).execute(c))?;
    Ok(())
}

/// Adds many people. A few hundred at a time: an engine takes only so many values in one statement.
pub fn add_all(conn: &mut Conn, people: &[Person]) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(table::table).values(people).execute(c))?;
    Ok(())
}

/// Replaces what is known of a person.
pub fn change(conn: &mut Conn, person: &Person) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(table::table.filter(table::id.eq(&person.id))).set(person).execute(c))?;
    Ok(())
}

/// Finds a person by what is printed on their card.
pub fn by_reference(conn: &mut Conn, kind: &str, reference: &str) -> Result<Option<Person>, StoreError> {
    Ok(on!(conn, c => table::table
        .filter(table::kind.eq(kind))
        .filter(table::reference.eq(reference))
        .select(Person::as_select())
        .get_result(c)
        .optional())?)
}

/// Finds a person by identifier.
pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Person>, StoreError> {
    Ok(
        on!(conn, c => table::table.filter(table::id.eq(id)).select(Person::as_select()).get_result(c).optional())?,
    )
}

/// Lists everybody, for the comparison with a roster.
pub fn known(conn: &mut Conn) -> Result<Vec<Known>, StoreError> {
    Ok(on!(conn, c => table::table
        .inner_join(accounts::table)
        .select((
            table::id,
            table::kind,
            table::reference,
            table::source_hash,
            table::enrolments,
            table::created_at,
            accounts::standing,
            accounts::login,
            accounts::mail,
            accounts::last_login_at,
        ))
        .load(c))?)
}

/// Counts the time given to activate from `from`, unless the account does not wait for it any more.
pub fn wait_from(conn: &mut Conn, id: &str, from: DateTime<Utc>) -> Result<(), StoreError> {
    let pending = accounts::table
        .filter(accounts::standing.eq("pending"))
        .select(accounts::id);
    let waiting = table::table
        .filter(table::id.eq(id))
        .filter(table::id.eq_any(pending));
    on!(conn, c => diesel::update(waiting).set(table::created_at.eq(from.timestamp_micros())).execute(c))?;
    Ok(())
}

/// Notes that rights end at `ends`, unless they end sooner anyway.
pub fn end_rights_by(
    conn: &mut Conn,
    id: &str,
    ends: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let later = table::table.filter(table::id.eq(id)).filter(
        table::rights_end
            .is_null()
            .or(table::rights_end.gt(ends.timestamp_micros())),
    );
    on!(conn, c => diesel::update(later)
        .set((table::rights_end.eq(ends.timestamp_micros()), table::updated_at.eq(now.timestamp_micros())))
        .execute(c))?;
    Ok(())
}
