//! The same with sessions and tickets in a registry, and only their accounts in the tables.

use super::{Issue, Presented, Resume, Resumed, Taken, with_recent};
use crate::kernel::keyring::Digest;
use crate::store::registry::{Asked, Told};
use crate::store::{Conn, StoreError, facts};

/// Answers all three kinds.
pub(super) fn together(
    conn: &mut Conn,
    issues: &[Issue],
    presented: &[Presented],
    asked: &[Resume],
) -> Result<(Vec<Taken>, Vec<Option<Resumed>>), StoreError> {
    let cookies: Vec<Digest> = asked.iter().map(|ask| ask.cookie).collect();
    let asking = Asked {
        issues,
        presented,
        cookies: &cookies,
    };
    let told = match conn.registry() {
        Some(registry) => registry.answer(asking)?,
        None => Told::default(),
    };
    let (consumptions, mut sessions): (Vec<_>, Vec<_>) = told
        .found
        .into_iter()
        .map(|found| (found.consumption, found.session))
        .unzip();
    sessions.extend(told.sessions);
    let mut owners = facts::owning(conn, sessions)?.into_iter();
    let taken = consumptions.into_iter().zip(owners.by_ref());
    let taken = taken.map(|(consumption, owner)| Taken { consumption, owner });
    let taken: Vec<Taken> = taken.collect();
    let held = owners.map(|owner| owner.map(|(held, _)| held)).collect();
    Ok((taken, with_recent(conn, asked, held)?))
}
