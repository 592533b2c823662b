//! Those who come back and those who leave. A standing is moved from where the comparison found it and from nowhere else:
//! an import takes seconds, and whoever was locked meanwhile stays locked.

use chrono::{DateTime, Utc};

use super::{LEAVING_GRACE, created_at, rows};
use crate::roster::person::RosterPerson;
use crate::store::people::Known;
use crate::store::{self, Conn, StoreError};

/// Somebody who comes back.
pub(super) struct Returner {
    pub(super) id: String,
    /// Where the account stood.
    pub(super) from: String,
    pub(super) person: RosterPerson,
    pub(super) keeps_password: bool,
}

/// Somebody of whom a complete roster says nothing.
pub(super) struct Leaver {
    id: String,
    from: &'static str,
    to: &'static str,
}

impl Returner {
    /// Writes what the roster says of the person; answers where the account stands now, `None` when it was moved
    /// meanwhile and stays there.
    pub(super) fn write(
        &self,
        conn: &mut Conn,
        now: DateTime<Utc>,
    ) -> Result<Option<&'static str>, StoreError> {
        let to = if self.keeps_password { "active" } else { "pending" };
        let moved = if self.keeps_password {
            store::accounts::move_standing(conn, &self.id, &self.from, to, now)?
        } else {
            store::accounts::start_over(conn, &self.id, &self.from, now)?
        };
        let mut row = rows::row(&self.id, &self.person, now);
        // The window for activating opens again for whoever activates again, as it does for somebody new.
        if self.keeps_password || !moved {
            row.created_at = created_at(conn, &self.id, now)?;
        }
        store::people::change(conn, &row)?;
        Ok(moved.then_some(to))
    }
}

impl Leaver {
    /// Where somebody goes who is missing from a complete roster. An account that was never activated has nothing to
    /// keep open, and a suspended one must not become usable by its owner's absence.
    pub(super) fn of(known: &Known) -> Option<Self> {
        let (from, to) = match known.standing.as_str() {
            "active" => ("active", "leaving"),
            "pending" => ("pending", "closed"),
            _ => return None,
        };
        Some(Self {
            id: known.id.clone(),
            from,
            to,
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Lets the person leave; answers where the account stands now, `None` when it was moved meanwhile.
    pub(super) fn write(
        &self,
        conn: &mut Conn,
        now: DateTime<Utc>,
    ) -> Result<Option<&'static str>, StoreError> {
        if !store::accounts::move_standing(conn, &self.id, self.from, self.to, now)? {
            return Ok(None);
        }
        store::people::end_rights_by(conn, &self.id, now + LEAVING_GRACE, now)?;
        Ok(Some(self.to))
    }
}
