//! Sessions: what a ticket-granting ticket stands for.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;

use super::accounts::{Account, Holder};
use super::conn::{Engine, PgConnection, on};
use super::facts::{self, Facts};
use super::people::Person;
use super::schema::{accounts, people, sessions};
use super::tickets::{self, Validated};
use super::{Conn, StoreError};
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;
use crate::people::account::Standing;

/// A row of `sessions`, going in or coming out.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
struct Row {
    digest: Vec<u8>,
    cookie: Vec<u8>,
    account_id: String,
    epoch: i64,
    opened_at: i64,
    authenticated_at: i64,
    used_at: i64,
    idle: i64,
    expires_at: i64,
    public_computer: bool,
    long_term: bool,
    device: String,
    address: String,
}

/// A session as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Digest of the ticket-granting ticket; the cookie is another secret, so that one cannot stand for the other.
    pub digest: Digest,
    /// Whose it is.
    pub account: String,
    /// The account's credential epoch when the session was opened; a session behind its account is dead.
    pub epoch: i64,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When credentials were last presented in it.
    pub authenticated_at: DateTime<Utc>,
    /// When a ticket was last granted from it.
    pub used_at: DateTime<Utc>,
    /// How long it lives unused.
    pub idle: Duration,
    /// When it ends however busy it is.
    pub expires_at: DateTime<Utc>,
    /// Whether the person said that others use this computer.
    pub public_computer: bool,
    /// Whether it is a remember-me session.
    pub long_term: bool,
    /// The browser and system, in words.
    pub device: String,
    /// The address it was opened from.
    pub address: String,
}

/// A session and what decides whether its holder may still use it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The session.
    pub session: Session,
    /// The holder's login: the principal that services are told.
    pub login: String,
    /// Where the account stands, as stored.
    pub standing: String,
    /// When the holder's rights end, if that is known.
    pub rights_end: Option<DateTime<Utc>>,
    /// The account's credential epoch now.
    pub epoch: i64,
    /// How the password came to be, as stored.
    pub password_kind: Option<String>,
}

impl Held {
    pub(super) fn new(session: Session, facts: Facts) -> Self {
        Self {
            session,
            login: facts.login,
            standing: facts.standing,
            rights_end: facts.rights_end,
            epoch: facts.epoch,
            password_kind: facts.password_kind,
        }
    }

    /// Whether the password is one that staff have seen: nothing opens until it was replaced.
    pub fn must_change(&self) -> bool {
        self.password_kind.as_deref() == Some("temporary")
    }

    /// Whether tickets may be granted and redeemed at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        let standing = Standing::read(&self.standing, self.rights_end, now);
        self.session.epoch == self.epoch
            && matches!(standing, Some(Standing::Active | Standing::Leaving { .. }))
            && now < self.session.expires_at
            && now < self.session.used_at + self.session.idle
    }
}

/// Sessions and what their accounts say now.
macro_rules! joined {
    () => {
        sessions::table
            .inner_join(accounts::table.inner_join(people::table))
            .select((Row::as_select(), facts::COLUMNS))
    };
}
/// Adds a session whose cookie has the digest `cookie`.
pub fn open(conn: &mut Conn, session: &Session, cookie: &Digest) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.open(session, cookie);
    }
    let row = Row {
        digest: session.digest.to_vec(),
        cookie: cookie.to_vec(),
        account_id: session.account.clone(),
        epoch: session.epoch,
        opened_at: session.opened_at.timestamp_micros(),
        authenticated_at: session.authenticated_at.timestamp_micros(),
        used_at: session.used_at.timestamp_micros(),
        idle: session.idle.num_microseconds().unwrap_or(i64::MAX),
        expires_at: session.expires_at.timestamp_micros(),
        public_computer: session.public_computer,
        long_term: session.long_term,
        device: session.device.clone(),
        address: session.address.clone(),
    };
    on!(conn, c => diesel::insert_into(sessions::table).values(&row).execute(c))?;
    Ok(())
}

/// Finds the session whose cookie has this digest.
pub fn by_cookie(conn: &mut Conn, cookie: &Digest) -> Result<Option<Held>, StoreError> {
    Ok(by_cookies(conn, std::slice::from_ref(cookie))?.pop().flatten())
}

/// Finds the session of each cookie.
pub(super) fn by_cookies(conn: &mut Conn, cookies: &[Digest]) -> Result<Vec<Option<Held>>, StoreError> {
    if let Some(registry) = conn.registry() {
        let sessions = registry.by_cookies(cookies)?;
        return facts::holding(conn, sessions);
    }
    let rows: Vec<Joined> = match &mut conn.engine {
        // One after the other: each is a statement that is prepared already.
        Engine::Sqlite(c) => {
            let one = |cookie: &Digest| {
                joined!()
                    .filter(sessions::cookie.eq(cookie.as_slice()))
                    .get_result(&mut **c)
                    .optional()
            };
            let found: Result<Vec<_>, _> = cookies.iter().map(one).collect();
            found?.into_iter().flatten().collect()
        }
        Engine::Postgres(c) => {
            let cookies: Vec<&[u8]> = cookies.iter().map(<[u8; 32]>::as_slice).collect();
            joined!()
                .filter(sessions::cookie.eq_any(cookies))
                .load(&mut **c)?
        }
    };
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        found.insert(row.0.cookie.clone(), held(row)?);
    }
    Ok(cookies
        .iter()
        .map(|cookie| found.get(cookie.as_slice()).cloned())
        .collect())
}

/// Finds the session with this ticket-granting ticket.
pub fn by_digest(conn: &mut Conn, digest: &Digest) -> Result<Option<Held>, StoreError> {
    if let Some(registry) = conn.registry() {
        let sessions = registry.by_digests(std::slice::from_ref(digest))?;
        return Ok(facts::holding(conn, sessions)?.pop().flatten());
    }
    let found: Option<Joined> = on!(conn, c => joined!()
        .filter(sessions::digest.eq(digest.as_slice()))
        .get_result(c)
        .optional())?;
    found.map(held).transpose()
}

/// Finds a session, its holder's account and person.
pub(super) fn with_holder(conn: &mut Conn, digest: &Digest) -> Result<Option<(Held, Holder)>, StoreError> {
    let found: Option<(Row, Account, Person)> = on!(conn, c => sessions::table
        .inner_join(accounts::table.inner_join(people::table))
        .filter(sessions::digest.eq(digest.as_slice()))
        .select((Row::as_select(), Account::as_select(), Person::as_select()))
        .get_result(c)
        .optional())?;
    found.map(owned).transpose()
}

/// The same of many, by ticket-granting ticket.
pub(super) fn with_holders(
    conn: &mut PgConnection,
    digests: &[&[u8]],
) -> Result<HashMap<Digest, (Held, Holder)>, StoreError> {
    let found: Vec<(Row, Account, Person)> = sessions::table
        .inner_join(accounts::table.inner_join(people::table))
        .filter(sessions::digest.eq_any(digests))
        .select((Row::as_select(), Account::as_select(), Person::as_select()))
        .load(conn)?;
    let owned = found.into_iter().map(owned);
    owned
        .map(|owned| owned.map(|owned| (owned.0.session.digest, owned)))
        .collect()
}

/// [`by_digest`] of a session that nobody ends before this transaction is over. Reading it would not do on PostgreSQL:
/// somebody's manual transaction may end it between that and the commit of what is written here ([T-6]).
pub fn kept_by_digest(conn: &mut Conn, digest: &Digest) -> Result<Option<Held>, StoreError> {
    // On SQLite whoever writes is alone from the first statement on; a registry has no transactions.
    if conn.registry().is_none()
        && let Engine::Postgres(c) = &mut conn.engine
    {
        let _: Option<Vec<u8>> = sessions::table
            .filter(sessions::digest.eq(digest.as_slice()))
            .select(sessions::digest)
            .for_key_share()
            .get_result(&mut **c)
            .optional()?;
    }
    by_digest(conn, digest)
}

/// Lists the sessions of an account, newest first.
pub fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<Session>, StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.of_account(account);
    }
    let rows: Vec<Row> = on!(conn, c => sessions::table
        .filter(sessions::account_id.eq(account))
        .order(sessions::opened_at.desc())
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(session).collect()
}

/// Restarts the idle clock of a session ([T-8]).
pub fn touch(conn: &mut Conn, digest: &Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.touch(digest, now);
    }
    let now = now.timestamp_micros();
    on!(conn, c => diesel::update(sessions::table.filter(sessions::digest.eq(digest.as_slice())))
        .set(sessions::used_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Notes that credentials were presented again: the cookie changes, the limits are those of `session`, the
/// ticket-granting ticket and the services that know it stay ([L-9]). Answers whether the session was still there.
pub fn renew(
    conn: &mut Conn,
    session: &Session,
    cookie: &Digest,
    epoch: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if let Some(registry) = conn.registry() {
        let renewed = Session {
            epoch,
            authenticated_at: now,
            used_at: now,
            ..session.clone()
        };
        return registry.renew(&renewed, cookie);
    }
    let at = now.timestamp_micros();
    let changed = on!(conn, c => diesel::update(sessions::table.filter(sessions::digest.eq(session.digest.as_slice())))
        .set((
            sessions::cookie.eq(cookie.as_slice()),
            sessions::epoch.eq(epoch),
            sessions::authenticated_at.eq(at),
            sessions::used_at.eq(at),
            sessions::idle.eq(session.idle.num_microseconds().unwrap_or(i64::MAX)),
            sessions::expires_at.eq(session.expires_at.timestamp_micros()),
            sessions::public_computer.eq(session.public_computer),
            sessions::long_term.eq(session.long_term),
        ))
        .execute(c))?;
    Ok(changed == 1)
}

/// Closes a session; answers the tickets that services validated in it, oldest first, to the one caller that must tell
/// them. `None` when it is gone already.
pub fn close(
    conn: &mut Conn,
    digest: &Digest,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Validated>>, StoreError> {
    if let Some(registry) = conn.registry() {
        let closed = registry.close(digest, now)?;
        if closed.is_some() {
            conn.forget_later(*digest);
        }
        return Ok(closed);
    }
    let removed = on!(&mut *conn, c => diesel::delete(sessions::table.filter(sessions::digest.eq(digest.as_slice())))
        .execute(c))?;
    (removed == 1)
        .then(|| tickets::validated(conn, digest))
        .transpose()
}

/// Lists up to `limit` sessions whose absolute limit was before `now`.
pub fn expired(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<Session>, StoreError> {
    if let Some(registry) = conn.registry() {
        return registry.expired(now, usize::try_from(limit).unwrap_or(usize::MAX));
    }
    let rows: Vec<Row> = on!(conn, c => sessions::table
        .filter(sessions::expires_at.lt(now.timestamp_micros()))
        .order(sessions::expires_at.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(session).collect()
}

type Joined = (Row, facts::Row);

fn held((row, facts): Joined) -> Result<Held, StoreError> {
    Ok(Held::new(session(row)?, facts.into()))
}

fn owned((row, account, person): (Row, Account, Person)) -> Result<(Held, Holder), StoreError> {
    let holder = Holder { account, person };
    Ok((Held::new(session(row)?, Facts::from(&holder)), holder))
}

fn session(row: Row) -> Result<Session, StoreError> {
    let digest = row.digest.try_into().map_err(|_| StoreError::Corrupt {
        table: "sessions",
        column: "digest",
        row: row.account_id.clone(),
    })?;
    Ok(Session {
        digest,
        account: row.account_id,
        epoch: row.epoch,
        opened_at: from_micros(row.opened_at),
        authenticated_at: from_micros(row.authenticated_at),
        used_at: from_micros(row.used_at),
        idle: Duration::microseconds(row.idle),
        expires_at: from_micros(row.expires_at),
        public_computer: row.public_computer,
        long_term: row.long_term,
        device: row.device,
        address: row.address,
    })
}
