//! Walks along the chain and finds the first row that does not fit, and why.

use std::fmt;

use super::chain::{Fit, HEAD, Mark, Place, REMOVED};
use super::rows::{self, Linked};
use super::{Chain, Record};
use crate::store::{Conn, StoreError};

/// Rows that are read at once.
const PAGE: i64 = 1_000;

/// An audit that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many rows there are.
    pub rows: u64,
    /// The last row that retention removed, zero for none.
    pub removed: Place,
    /// The last row.
    pub head: Place,
}

/// The first thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// A row that says something else than when it was linked.
    Changed(i64),
    /// Rows that are not there, and that retention did not remove.
    Missing {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
    },
    /// A row that is intact and was linked behind another than it stands behind.
    OutOfOrder(i64),
    /// A row in a place that is taken already, or that retention has emptied.
    Added(i64),
    /// A row, or a mark without a number, of a key that is not on the ring.
    OtherKey {
        /// The row.
        seq: Option<i64>,
        /// The name of the key.
        key: String,
    },
    /// A row that was linked behind nothing, because the mark of the head was not there, or was forged.
    Restarted(i64),
    /// Rows that the mark of the head misses.
    RemovedFromEnd {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
    },
    /// There are rows, and no mark of the head.
    NoHead,
    /// The mark of the head is an older one.
    OlderHead(i64),
    /// A mark was written without the key.
    ForgedMark(&'static str),
    /// Rows that are in no chain.
    Loose(i64),
    /// The row that was expected in this place is not there.
    Unexpected(i64),
    /// The row that was expected is one that retention has removed.
    Forgotten(i64),
}

impl Misfit {
    pub(super) fn of_mark(name: &'static str, fit: Fit) -> Self {
        match fit {
            Fit::OtherKey(key) => Self::OtherKey { seq: None, key },
            Fit::Fits | Fit::Differs => Self::ForgedMark(name),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(seq) => write!(f, "row {seq} was changed"),
            Self::Missing { first, last } if first == last => write!(f, "row {first} is missing"),
            Self::Missing { first, last } => write!(f, "rows {first} to {last} are missing"),
            Self::OutOfOrder(seq) => write!(f, "row {seq} is out of order: it was written behind another"),
            Self::Added(seq) => write!(f, "row {seq} was added: its place was taken"),
            Self::OtherKey { seq: Some(seq), key } => {
                write!(
                    f,
                    "row {seq} is not of this key but of {key}: name its file in keys.former_files"
                )
            }
            Self::OtherKey { seq: None, key } => {
                write!(
                    f,
                    "the marks are not of this key but of {key}: name its file in keys.former_files"
                )
            }
            Self::Restarted(seq) => write!(
                f,
                "the chain begins anew at row {seq}: the mark of its head had been removed or forged"
            ),
            Self::RemovedFromEnd { first, last } if first == last => {
                write!(f, "row {first} was removed from the end")
            }
            Self::RemovedFromEnd { first, last } => {
                write!(f, "rows {first} to {last} were removed from the end")
            }
            Self::NoHead => f.write_str("the mark of the head was removed"),
            Self::OlderHead(seq) => write!(f, "the mark of the head is an older one: row {seq} is behind it"),
            Self::ForgedMark(name) => write!(f, "the mark {name} was changed"),
            Self::Loose(rows) => write!(
                f,
                "rows in no chain: {rows}; a node of an older version wrote them, and the next start takes them in, or \
                 somebody else did"
            ),
            Self::Forgotten(seq) => write!(f, "row {seq} cannot be compared: retention has removed it"),
            Self::Unexpected(seq) => write!(
                f,
                "row {seq} is not the one expected: the audit was put back or begun anew since that was written down"
            ),
        }
    }
}

/// A walk along the chain, row by row.
pub(super) struct Walk<'a> {
    chain: &'a Chain,
    last: Place,
}

impl<'a> Walk<'a> {
    /// Begins behind a place.
    pub(super) fn from_place(chain: &'a Chain, last: Place) -> Self {
        Self { chain, last }
    }

    /// Goes on to a row, and stands there whether or not it fits.
    pub(super) fn step(&mut self, row: &Linked) -> Result<(), Misfit> {
        let before = std::mem::replace(
            &mut self.last,
            Place {
                seq: row.seq,
                link: row.link.clone(),
            },
        );
        let next = before.seq.saturating_add(1);
        if row.seq > next {
            return Err(Misfit::Missing {
                first: next,
                last: row.seq - 1,
            });
        }
        if row.seq < next {
            return Err(Misfit::Added(row.seq));
        }
        match self.chain.judge(&row.link, &before.link, &row.record) {
            Fit::Fits => Ok(()),
            Fit::OtherKey(key) => Err(Misfit::OtherKey {
                seq: Some(row.seq),
                key,
            }),
            Fit::Differs if self.chain.judge(&row.link, "", &row.record) == Fit::Fits => {
                Err(Misfit::Restarted(row.seq))
            }
            Fit::Differs => Err(Misfit::Changed(row.seq)),
        }
    }
}

/// Walks the whole chain; `expected` is a place that somebody wrote down elsewhere.
///
/// # Errors
/// When the database does not answer.
pub fn verify(
    conn: &mut Conn,
    chain: &Chain,
    expected: Option<&Place>,
) -> Result<Result<Verified, Misfit>, StoreError> {
    let removed = match chain.mark(conn, REMOVED)? {
        Mark::Absent => Place::default(),
        Mark::At(place) => place,
        Mark::Forged(fit) => return Ok(Err(Misfit::of_mark(REMOVED, fit))),
    };
    let mut is_met = expected.is_none_or(|place| *place == removed);
    let mut walk = Walk::from_place(chain, removed.clone());
    let mut rows = 0;
    let mut last: Option<Linked> = None;
    loop {
        let page = rows::behind(conn, last.as_ref(), PAGE)?;
        for row in &page {
            match walk.step(row) {
                Ok(()) => {}
                Err(Misfit::Changed(seq)) if follows_another(conn, chain, &removed, row)? => {
                    return Ok(Err(Misfit::OutOfOrder(seq)));
                }
                Err(misfit) => return Ok(Err(misfit)),
            }
            is_met |= expected == Some(&walk.last);
            rows += 1;
        }
        match page.into_iter().next_back() {
            Some(row) => last = Some(row),
            None => break,
        }
    }
    let end = walk.last;
    Ok(match chain.mark(conn, HEAD)? {
        Mark::Forged(fit) => Err(Misfit::of_mark(HEAD, fit)),
        Mark::Absent if end.seq > 0 => Err(Misfit::NoHead),
        Mark::At(head) if head.seq > end.seq => Err(Misfit::RemovedFromEnd {
            first: end.seq + 1,
            last: head.seq,
        }),
        Mark::At(head) if head.seq < end.seq => Err(Misfit::OlderHead(head.seq + 1)),
        Mark::At(head) if head != end => Err(Misfit::OlderHead(head.seq)),
        Mark::Absent | Mark::At(_) => match (rows::loose(conn)?, expected) {
            (loose @ 1.., _) => Err(Misfit::Loose(loose)),
            (_, Some(place)) if place.seq < removed.seq => Err(Misfit::Forgotten(place.seq)),
            (_, Some(place)) if !is_met => Err(Misfit::Unexpected(place.seq)),
            _ => Ok(Verified {
                rows,
                removed,
                head: end,
            }),
        },
    })
}

/// Whether a row that does not fit where it stands was linked behind any other that is there.
fn follows_another(
    conn: &mut Conn,
    chain: &Chain,
    removed: &Place,
    row: &Linked,
) -> Result<bool, StoreError> {
    let fits = |before: &str, record: &Record| chain.judge(&row.link, before, record) == Fit::Fits;
    if fits(&removed.link, &row.record) {
        return Ok(true);
    }
    let mut last: Option<Linked> = None;
    loop {
        let page = rows::behind(conn, last.as_ref(), PAGE)?;
        if page.iter().any(|other| fits(&other.link, &row.record)) {
            return Ok(true);
        }
        match page.into_iter().next_back() {
            Some(row) => last = Some(row),
            None => return Ok(false),
        }
    }
}
