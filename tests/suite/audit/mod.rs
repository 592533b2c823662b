//! The audit is a chain: what somebody does to it is found, and what is meant to happen to it is not.

mod events;
mod goes_on;
mod tampering;

use chrono::{DateTime, Duration, Utc};
use vestibule::kernel::keyring::{Key, Keyring};
use vestibule::store::audit::{self, Chain, Misfit, Place, Record, Verified};
use vestibule::store::{Conn, Database, Target};

use crate::support::database::{Bare, chain, execute};
use crate::support::server::start;

/// What is recorded in row `number`: long ago, so that the database itself lets it go.
fn record(number: i64) -> Record {
    Record {
        id: format!("{number:04}"),
        at: past() + Duration::minutes(number),
        event: "signed_in".into(),
        account: Some("camille".into()),
        actor: "person".into(),
        address: Some(String::new()),
        service: None,
        detail: "{\"a\":1}".into(),
    }
}

fn past() -> DateTime<Utc> {
    start() - Duration::days(2_000)
}

/// Ten rows on either engine.
async fn ten_rows(bare: &Bare) {
    add(&bare.db, (1..=10).map(record).collect()).await;
}

async fn add(db: &Database, records: Vec<Record>) {
    let append = move |conn: &mut Conn| records.iter().try_for_each(|record| audit::append(conn, record));
    db.write(append).await.expect("rows are added");
}

/// What is found in an audit that is whole.
fn whole(bare: &Bare) -> Verified {
    verified(bare.db.target()).expect("a whole audit")
}

/// Runs statements that the triggers forbid, as whoever owns the database can.
async fn tamper(bare: &Bare, sql: &str) {
    let off = if bare.db.target().is_remote() {
        "ALTER TABLE audit DISABLE TRIGGER USER"
    } else {
        "DROP TRIGGER IF EXISTS audit_is_never_changed; DROP TRIGGER IF EXISTS audit_is_kept_half_a_year"
    };
    let sql = format!("{off}; {sql}");
    let done = bare.db.write(move |conn| execute(conn, &sql)).await;
    done.expect("the owner of a database can do anything to it");
}

fn verified(target: &Target) -> Result<Verified, Misfit> {
    verified_with(target, &chain(), None)
}

fn verified_with(target: &Target, chain: &Chain, expected: Option<&Place>) -> Result<Verified, Misfit> {
    let verdict = audit::view(target, |conn| Ok(audit::verify(conn, chain, expected)?));
    verdict.expect("the audit can be read")
}

/// What is found, in words.
fn found(bare: &Bare) -> String {
    match verified(bare.db.target()) {
        Ok(whole) => format!("whole: {} rows", whole.rows),
        Err(misfit) => misfit.to_string(),
    }
}

/// The chain of these keys, newest first.
fn chain_of(first: u8, former: Option<u8>) -> Chain {
    let key = |number| Key::new([number; 32]);
    Chain::new(&Keyring::new(key(first), former.map(key)))
}
