//! What links the rows: each is signed together with the link of the one before it, under a key that is not in the
//! database. And the two marks: how far the chain goes, and how much of its beginning retention has removed.

use std::fmt;
use std::sync::Arc;

use diesel::dsl::max;
use diesel::prelude::*;

use super::Record;
use crate::kernel::keyring::{Key, Keyring};
use crate::kernel::secret::same;
use crate::store::conn::on;
use crate::store::schema::{audit, marks as table};
use crate::store::{Conn, StoreError, marks};

/// The mark of the last row. Rows that are removed from the end are missed by it.
pub(super) const HEAD: &str = "audit_head";

/// The mark of the last row that retention removed. The triggers of the table know its name.
pub(super) const REMOVED: &str = "audit_removed";

/// The keys of the chain: the first links, all verify.
#[derive(Clone)]
pub struct Chain(Arc<[(String, Key)]>);

/// Whether a signature is that of what it stands beside.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Fits,
    Differs,
    /// It was made with a key that is not on the ring; its name.
    OtherKey(String),
}

/// A place in the chain; without rows before it, zero and no link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The number of the row, from 1.
    pub seq: i64,
    /// Its link.
    pub link: String,
}

/// As an operator writes it down.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.link)
    }
}

impl std::str::FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, link) = text.split_once(':').ok_or("a number, a colon and a link")?;
        let seq = seq.parse().map_err(|_| "a number before the colon")?;
        Ok(Self {
            seq,
            link: link.to_owned(),
        })
    }
}

/// What a mark says.
#[derive(Debug)]
pub(super) enum Mark {
    Absent,
    At(Place),
    /// Its signature is not that of a place.
    Forged(Fit),
}

impl Chain {
    /// The chain of a server's keys.
    pub fn new(ring: &Keyring) -> Self {
        let ring = ring.derive("audit");
        Self(ring.keys().map(|key| (key.id(), key.clone())).collect())
    }

    /// The link of `record` behind a row that has the link `before`.
    pub(super) fn link(&self, before: &str, record: &Record) -> String {
        of_row(before, record, |parts| self.sign(parts))
    }

    /// Whether `link` is that of `record` behind `before`.
    pub(super) fn judge(&self, link: &str, before: &str, record: &Record) -> Fit {
        of_row(before, record, |parts| self.fit(parts, link))
    }

    /// Reads a mark.
    pub(super) fn mark(&self, conn: &mut Conn, name: &'static str) -> Result<Mark, StoreError> {
        Ok(self.read(name, marks::find(conn, name)?))
    }

    /// Moves a mark.
    pub(super) fn set(&self, conn: &mut Conn, name: &'static str, place: &Place) -> Result<(), StoreError> {
        let Place { seq, link } = place;
        let signature = self.sign(&[name.as_bytes(), &seq.to_be_bytes(), link.as_bytes()]);
        marks::set(conn, name, &format!("{seq} {link} {signature}"))
    }

    /// Where the next row goes, which takes the number behind.
    ///
    /// Behind what the mark says, and not behind the last row that is there: a row that somebody has removed from the end
    /// stays missing. Where the mark itself does not fit, the row begins anew, and whoever verifies finds it; nobody is
    /// kept from signing in meanwhile.
    pub(super) fn end(&self, conn: &mut Conn) -> Result<Place, StoreError> {
        let both = table::table
            .filter(table::name.eq(HEAD))
            .select((table::value, audit::table.select(max(audit::seq)).single_value()));
        let found: Option<(String, Option<i64>)> = on!(&mut *conn, c => both.get_result(c).optional())?;
        let (value, last) = match found {
            Some((value, last)) => (Some(value), last),
            None => (
                None,
                on!(conn, c => audit::table.select(max(audit::seq)).get_result(c))?,
            ),
        };
        let mut end = match self.read(HEAD, value) {
            Mark::At(place) => place,
            Mark::Absent | Mark::Forged(_) => Place::default(),
        };
        end.seq = end.seq.max(last.unwrap_or_default());
        Ok(end)
    }

    fn read(&self, name: &'static str, value: Option<String>) -> Mark {
        let Some(value) = value else {
            return Mark::Absent;
        };
        // A link that somebody else wrote may hold anything.
        let words = value
            .split_once(' ')
            .and_then(|(seq, rest)| Some((seq.parse::<i64>().ok()?, rest.rsplit_once(' ')?)));
        let Some((seq, (link, signature))) = words else {
            return Mark::Forged(Fit::Differs);
        };
        match self.fit(&[name.as_bytes(), &seq.to_be_bytes(), link.as_bytes()], signature) {
            Fit::Fits => Mark::At(Place {
                seq,
                link: link.to_owned(),
            }),
            other => Mark::Forged(other),
        }
    }

    /// The name of the key in force, and its digest: a former key that stays on the ring goes on verifying.
    fn sign(&self, parts: &[&[u8]]) -> String {
        let (name, key) = self.0.first().expect("a ring is made with a first key");
        format!("{name}.{}", hex::encode(key.digest(parts)))
    }

    fn fit(&self, parts: &[&[u8]], signature: &str) -> Fit {
        let Some((name, digest)) = signature.split_once('.') else {
            return Fit::Differs;
        };
        let Some((_, key)) = self.0.iter().find(|(id, _)| id == name) else {
            return Fit::OtherKey(name.to_owned());
        };
        let mut bytes = [0; 32];
        if hex::decode_to_slice(digest, &mut bytes).is_ok() && same(&bytes, &key.digest(parts)) {
            Fit::Fits
        } else {
            Fit::Differs
        }
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Gives `work` the whole row in parts, each preceded by its length in the digest. The number is none of them: it follows from
/// the place, because the chain begins at 1 or behind a mark, which signs its number, and has no gap.
fn of_row<T>(before: &str, record: &Record, work: impl FnOnce(&[&[u8]]) -> T) -> T {
    // A column that is empty and one without a letter are told apart.
    let told = |value: &Option<String>| {
        value
            .as_ref()
            .map(|value| format!("+{value}"))
            .unwrap_or_default()
    };
    let [account, address, service] = [&record.account, &record.address, &record.service].map(told);
    work(&[
        b"row",
        before.as_bytes(),
        record.id.as_bytes(),
        &record.at.timestamp_micros().to_be_bytes(),
        record.event.as_bytes(),
        account.as_bytes(),
        record.actor.as_bytes(),
        address.as_bytes(),
        service.as_bytes(),
        record.detail.as_bytes(),
    ])
}
