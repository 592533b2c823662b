//! What of an account decides whether a session of it may still be used.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::accounts::{Account, Holder};
use super::conn::Engine;
use super::people::Person;
use super::schema::{accounts, people};
use super::sessions::{Held, Session};
use super::{Conn, StoreError};
use crate::kernel::clock::from_micros;

/// An account, as far as it decides about its sessions.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The principal that services are told.
    pub(super) login: String,
    /// Where it stands, as stored.
    pub(super) standing: String,
    /// Its credential epoch.
    pub(super) epoch: i64,
    /// How its password came to be, as stored.
    pub(super) password_kind: Option<String>,
    /// When its holder's rights end.
    pub(super) rights_end: Option<DateTime<Utc>>,
}

/// The columns of [`Row`].
pub(super) const COLUMNS: (
    accounts::id,
    accounts::login,
    accounts::standing,
    accounts::epoch,
    accounts::password_kind,
    people::rights_end,
) = (
    accounts::id,
    accounts::login,
    accounts::standing,
    accounts::epoch,
    accounts::password_kind,
    people::rights_end,
);

/// Facts as they come out, behind the account's identifier.
pub(super) type Row = (String, String, String, i64, Option<String>, Option<i64>);

impl From<Row> for Facts {
    fn from((_, login, standing, epoch, password_kind, rights_end): Row) -> Self {
        Self {
            login,
            standing,
            epoch,
            password_kind,
            rights_end: rights_end.map(from_micros),
        }
    }
}

impl From<&Holder> for Facts {
    fn from(holder: &Holder) -> Self {
        let Holder { account, person } = holder;
        Self {
            login: account.login.clone(),
            standing: account.standing.clone(),
            epoch: account.epoch,
            password_kind: account.password_kind.clone(),
            rights_end: person.rights_end.map(from_micros),
        }
    }
}

/// Puts sessions from elsewhere beside what the tables say of their accounts. One whose account is gone is none.
pub(super) fn owning(
    conn: &mut Conn,
    sessions: Vec<Option<Session>>,
) -> Result<Vec<Option<(Held, Holder)>>, StoreError> {
    let ids = sessions.iter().flatten().map(|session| session.account.as_str());
    // Whoever signs on twice in a batch is looked up once.
    let ids: Vec<&str> = ids.collect::<HashSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Ok(sessions.iter().map(|_| None).collect());
    }
    let rows: Vec<(Account, Person)> = match &mut conn.engine {
        Engine::Sqlite(c) => each(&ids, |id| {
            let found = accounts::table
                .inner_join(people::table)
                .filter(accounts::id.eq(id));
            found
                .select((Account::as_select(), Person::as_select()))
                .get_result(&mut **c)
                .optional()
        })?,
        Engine::Postgres(c) => {
            let found = accounts::table
                .inner_join(people::table)
                .filter(accounts::id.eq_any(&ids));
            found
                .select((Account::as_select(), Person::as_select()))
                .load(&mut **c)?
        }
    };
    let holders: HashMap<String, Holder> = rows
        .into_iter()
        .map(|(account, person)| (account.id.clone(), Holder { account, person }))
        .collect();
    let owned = |session: Session| {
        let holder = holders.get(&session.account)?.clone();
        Some((Held::new(session, Facts::from(&holder)), holder))
    };
    Ok(sessions
        .into_iter()
        .map(|session| session.and_then(owned))
        .collect())
}

/// The same, without the rest of account and person.
pub(super) fn holding(
    conn: &mut Conn,
    sessions: Vec<Option<Session>>,
) -> Result<Vec<Option<Held>>, StoreError> {
    let owners = owning(conn, sessions)?.into_iter();
    Ok(owners.map(|owner| owner.map(|(held, _)| held)).collect())
}

/// One statement for each, prepared already: what the embedded engine is fastest at.
fn each<'a, T>(keys: &[&'a str], find: impl FnMut(&'a str) -> QueryResult<Option<T>>) -> QueryResult<Vec<T>> {
    let found: QueryResult<Vec<Option<T>>> = keys.iter().copied().map(find).collect();
    Ok(found?.into_iter().flatten().collect())
}
