//! The tables of a database, asked as a registry is: so that one suite holds all places to the same promises.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};
use vestibule::cas::ticket::Trace;
use vestibule::kernel::keyring::Digest;
use vestibule::store::hot::{Resume, Resumed};
use vestibule::store::proxy_grants::{self, Grant, NewGrant};
use vestibule::store::registry::{Asked, Found, TicketRegistry, Told};
use vestibule::store::sessions::{self, Session};
use vestibule::store::stories::{self, Recent, Story, Watched};
use vestibule::store::tickets::{self, Validated};
use vestibule::store::{Conn, Database, StoreError, throttles};

use super::database::execute;

/// A connection to the tables.
pub struct Tables {
    db: Database,
    runtime: Runtime,
    /// The cookie of each session, under which its last tickets are asked for.
    cookies: Arc<Mutex<HashMap<Digest, Digest>>>,
}

impl Tables {
    /// The tables of `db`, with accounts for `holders`.
    pub fn of(db: Database, holders: &[&str]) -> Self {
        let tables = Self {
            db,
            runtime: runtime(),
            cookies: Arc::default(),
        };
        for holder in holders {
            let person = format!(
                "INSERT INTO people (id, kind, reference, birth_name, given_names, affiliations, enrolments, \
                 created_at, updated_at) VALUES ('{holder}', 'staff', '{holder}', 'N', 'G', '', '[]', 0, 0)"
            );
            let account = format!(
                "INSERT INTO accounts (id, login, mail, standing, epoch, updated_at) \
                 VALUES ('{holder}', '{holder}', '{holder}@univ.example', 'active', 1, 0)"
            );
            let both = move |conn: &mut Conn| {
                execute(conn, &person)?;
                execute(conn, &account)
            };
            tables.write(both).expect("a holder");
        }
        tables
    }

    /// Another connection to the same tables.
    pub fn another(&self) -> Self {
        Self {
            db: self.db.clone(),
            runtime: runtime(),
            cookies: Arc::clone(&self.cookies),
        }
    }

    fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        self.runtime.block_on(self.db.write(job))
    }

    fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        self.runtime.block_on(self.db.read(job))
    }

    fn note(&self, session: &Session, cookie: &Digest) {
        self.cookies
            .lock()
            .expect("nobody panics")
            .insert(session.digest, *cookie);
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

impl TicketRegistry for Tables {
    fn answer(&mut self, asked: Asked<'_>) -> Result<Told, StoreError> {
        let Self { db, runtime, .. } = self;
        let resume = |cookie: &Digest| {
            db.resume(Resume {
                cookie: *cookie,
                watched: None,
            })
        };
        runtime.block_on(async {
            try_join_all(asked.issues.iter().map(|issue| db.issue(issue.clone()))).await?;
            let taken = asked.presented.iter().map(|presented| db.take(presented.clone()));
            let found = try_join_all(taken).await?.into_iter().map(|taken| Found {
                consumption: taken.consumption,
                session: taken.owner.map(|(held, _)| held.session),
            });
            let resumed = try_join_all(asked.cookies.iter().map(resume)).await?;
            let session = |found: Option<Resumed>| Some(found?.held.session);
            Ok(Told {
                found: found.collect(),
                sessions: resumed.into_iter().map(session).collect(),
            })
        })
    }

    fn open(&mut self, session: &Session, cookie: &Digest) -> Result<(), StoreError> {
        self.note(session, cookie);
        let (session, cookie) = (session.clone(), *cookie);
        self.write(move |conn| sessions::open(conn, &session, &cookie))
    }

    fn by_digests(&mut self, digests: &[Digest]) -> Result<Vec<Option<Session>>, StoreError> {
        let one = |digest: &Digest| {
            let digest = *digest;
            let found = self.read(move |conn| sessions::by_digest(conn, &digest))?;
            Ok(found.map(|held| held.session))
        };
        digests.iter().map(one).collect()
    }

    fn of_account(&mut self, account: &str) -> Result<Vec<Session>, StoreError> {
        let account = account.to_owned();
        self.read(move |conn| sessions::of_account(conn, &account))
    }

    fn touch(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<(), StoreError> {
        let digest = *digest;
        self.write(move |conn| sessions::touch(conn, &digest, now))
    }

    fn renew(&mut self, session: &Session, cookie: &Digest) -> Result<bool, StoreError> {
        self.note(session, cookie);
        let (session, cookie) = (session.clone(), *cookie);
        self.write(move |conn| sessions::renew(conn, &session, &cookie, session.epoch, session.used_at))
    }

    fn close(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Vec<Validated>>, StoreError> {
        let digest = *digest;
        self.write(move |conn| sessions::close(conn, &digest, now))
    }

    fn forget(&mut self, _digests: &[Digest]) -> Result<(), StoreError> {
        // They are deleted by the transaction that closes them.
        Ok(())
    }

    fn expired(&mut self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Session>, StoreError> {
        let limit = i64::try_from(limit).expect("a small number");
        self.read(move |conn| sessions::expired(conn, now, limit))
    }

    fn unspent(&mut self, digest: &Digest, now: DateTime<Utc>) -> Result<Option<Digest>, StoreError> {
        let digest = *digest;
        self.read(move |conn| tickets::unspent(conn, &digest, now))
    }

    fn refuse(&mut self, digest: &Digest, why: &str, presented_as: Option<&str>) -> Result<(), StoreError> {
        let (digest, why, presented_as) = (*digest, why.to_owned(), presented_as.map(str::to_owned));
        self.write(move |conn| tickets::refuse(conn, &digest, &why, presented_as.as_deref()))
    }

    fn accept(&mut self, digest: &Digest, handle: &str) -> Result<(), StoreError> {
        let (digest, handle) = (*digest, handle.to_owned());
        self.write(move |conn| tickets::accept(conn, &digest, &handle))
    }

    fn validated(&mut self, session: &Digest) -> Result<Vec<Validated>, StoreError> {
        let session = *session;
        self.read(move |conn| tickets::validated(conn, &session))
    }

    fn replayed(
        &mut self,
        digest: &Digest,
        from: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (digest, from) = (*digest, from.map(str::to_owned));
        self.write(move |conn| stories::replayed(conn, &digest, from.as_deref(), now))
    }

    fn recent(&mut self, watched: &[(Digest, Watched)]) -> Result<Vec<Vec<Recent>>, StoreError> {
        let one = |(session, watched): &(Digest, Watched)| {
            let Some(cookie) = self.cookies.lock().expect("nobody panics").get(session).copied() else {
                return Ok(Vec::new());
            };
            let ask = Resume {
                cookie,
                watched: Some(watched.clone()),
            };
            let found = self.runtime.block_on(self.db.resume(ask))?;
            Ok(found.map(|found| found.recent).unwrap_or_default())
        };
        watched.iter().map(one).collect()
    }

    fn by_trace(&mut self, trace: Trace) -> Result<Vec<(Story, bool)>, StoreError> {
        self.read(move |conn| stories::by_trace(conn, trace))
    }

    fn grant(&mut self, grant: &NewGrant) -> Result<(), StoreError> {
        let grant = grant.clone();
        self.write(move |conn| proxy_grants::add(conn, &grant))
    }

    fn granted(&mut self, digest: &Digest) -> Result<Option<Grant>, StoreError> {
        let digest = *digest;
        self.read(move |conn| proxy_grants::by_digest(conn, &digest))
    }

    fn ledger(&mut self, key: &Digest) -> Result<Option<String>, StoreError> {
        let key = *key;
        self.read(move |conn| throttles::peek(conn, &key))
    }

    fn replace_ledger(
        &mut self,
        key: &Digest,
        before: Option<&str>,
        after: &str,
        _kept: std::time::Duration,
    ) -> Result<bool, StoreError> {
        let (key, before, after) = (*key, before.map(str::to_owned), after.to_owned());
        let replace = move |ledger: &mut Option<String>| {
            let is_the_same = *ledger == before;
            if is_the_same {
                *ledger = Some(after);
            }
            is_the_same
        };
        self.write(move |conn| throttles::with_ledger(conn, &key, DateTime::UNIX_EPOCH, replace))
    }

    fn time(&mut self) -> Result<DateTime<Utc>, StoreError> {
        Err(StoreError::Unavailable(None))
    }
}
