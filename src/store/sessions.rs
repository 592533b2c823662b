//! Sessions: what a ticket-granting ticket stands for.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;

use super::accounts::{Account, Holder};
use super::conn::on;
use super::people::Person;
use super::schema::{accounts, people, sessions};
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

/// Adds a session whose cookie has the digest `cookie`.
pub fn open(conn: &mut Conn, session: &Session, cookie: &Digest) -> Result<(), StoreError> {
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
    let found: Option<Joined> = on!(conn, c => sessions::table
        .inner_join(accounts::table.inner_join(people::table))
        .filter(sessions::cookie.eq(cookie.as_slice()))
        .select((Row::as_select(), accounts::login, accounts::standing, accounts::epoch, accounts::password_kind, people::rights_end))
        .get_result(c)
        .optional())?;
    found.map(held).transpose()
}

/// Finds the session with this ticket-granting ticket.
pub fn by_digest(conn: &mut Conn, digest: &Digest) -> Result<Option<Held>, StoreError> {
    let found: Option<Joined> = on!(conn, c => sessions::table
        .inner_join(accounts::table.inner_join(people::table))
        .filter(sessions::digest.eq(digest.as_slice()))
        .select((Row::as_select(), accounts::login, accounts::standing, accounts::epoch, accounts::password_kind, people::rights_end))
        .get_result(c)
        .optional())?;
    found.map(held).transpose()
}

/// The same and the holder's account and person, of a session that nobody ends before this transaction is over. Reading it would not do: another node may
/// end it, and tell the services that know it, between that and the commit of what is written here ([T-6]).
pub fn kept_with_holder(conn: &mut Conn, digest: &Digest) -> Result<Option<(Held, Holder)>, StoreError> {
    keep(conn, digest)?;
    let found: Option<(Row, Account, Person)> = on!(conn, c => sessions::table
        .inner_join(accounts::table.inner_join(people::table))
        .filter(sessions::digest.eq(digest.as_slice()))
        .select((Row::as_select(), Account::as_select(), Person::as_select()))
        .get_result(c)
        .optional())?;
    let both = |(row, account, person): (Row, Account, Person)| {
        let held = Held {
            session: session(row)?,
            login: account.login.clone(),
            standing: account.standing.clone(),
            rights_end: person.rights_end.map(from_micros),
            epoch: account.epoch,
            password_kind: account.password_kind.clone(),
        };
        Ok((held, Holder { account, person }))
    };
    found.map(both).transpose()
}

/// [`by_digest`] of a session that nobody ends before this transaction is over.
pub fn kept_by_digest(conn: &mut Conn, digest: &Digest) -> Result<Option<Held>, StoreError> {
    keep(conn, digest)?;
    by_digest(conn, digest)
}

fn keep(conn: &mut Conn, digest: &Digest) -> Result<(), StoreError> {
    // On SQLite whoever writes is alone from the first statement on.
    if let Conn::Postgres(c) = conn {
        let _: Option<Vec<u8>> = sessions::table
            .filter(sessions::digest.eq(digest.as_slice()))
            .select(sessions::digest)
            .for_key_share()
            .get_result(&mut **c)
            .optional()?;
    }
    Ok(())
}

/// Lists the sessions of an account, newest first.
pub fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sessions::table
        .filter(sessions::account_id.eq(account))
        .order(sessions::opened_at.desc())
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(session).collect()
}

/// Restarts the idle clock of a session ([T-8]).
pub fn touch(conn: &mut Conn, digest: &Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
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

/// Removes a session; answers whether this call was the one that did.
pub fn close(conn: &mut Conn, digest: &Digest) -> Result<bool, StoreError> {
    let removed = on!(conn, c => diesel::delete(sessions::table.filter(sessions::digest.eq(digest.as_slice())))
        .execute(c))?;
    Ok(removed == 1)
}

/// Lists up to `limit` sessions whose absolute limit was before `now`.
pub fn expired(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<Row> = on!(conn, c => sessions::table
        .filter(sessions::expires_at.lt(now.timestamp_micros()))
        .order(sessions::expires_at.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(session).collect()
}

type Joined = (Row, String, String, i64, Option<String>, Option<i64>);

fn held((row, login, standing, epoch, password_kind, rights_end): Joined) -> Result<Held, StoreError> {
    Ok(Held {
        session: session(row)?,
        login,
        standing,
        rights_end: rights_end.map(from_micros),
        epoch,
        password_kind,
    })
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
