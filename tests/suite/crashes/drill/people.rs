//! The people of a roster, who wait for their accounts, and those who have one.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use super::client::Client;

/// People in one roster.
pub const AT_ONCE: usize = 24;

/// The file number of the first of all.
const FIRST: usize = 20_000_000;

/// What somebody holds in their hands: the card and the sheet.
#[derive(Debug, Clone)]
pub struct Card {
    pub reference: String,
    /// Day, month and year.
    pub born: [String; 3],
    pub login: String,
    /// The code in force.
    pub code: String,
}

/// Somebody with an account.
pub struct Holder {
    pub card: Card,
    pub password: String,
    /// Where they are signed in.
    pub session: Client,
}

/// Who is next.
#[derive(Default)]
pub struct Supply {
    pending: Mutex<Vec<Card>>,
    holders: Mutex<Vec<Holder>>,
}

impl Supply {
    /// Somebody who has not activated their account.
    pub fn pending(&self) -> Option<Card> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Somebody who has.
    pub fn holder(&self) -> Option<Holder> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Adds people who wait.
    pub fn enrol(&self, cards: impl IntoIterator<Item = Card>) {
        self.pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(cards);
    }

    /// Adds somebody with an account.
    pub fn welcome(&self, holder: Holder) {
        self.holders
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(holder);
    }
}

/// The roster of this number, as the registry office writes it.
pub fn roster(number: usize) -> String {
    let mut lines = String::from("numero_dossier;nom_naissance;prenoms;date_naissance;type;login\n");
    for card in cards(number) {
        let Card {
            reference,
            born: [day, month, year],
            login,
            ..
        } = &card;
        let name = letters(reference);
        let line = writeln!(
            lines,
            "{reference};Vau{name};Émile;{day}/{month}/{year};etudiant;{login}"
        );
        line.expect("writing to text does not fail");
    }
    lines
}

/// Its people, without the codes that they are given.
pub fn cards(number: usize) -> impl Iterator<Item = Card> {
    let first = FIRST + number * AT_ONCE;
    (first..first + AT_ONCE).map(|person| Card {
        reference: person.to_string(),
        born: [format!("{:02}", person % 28 + 1), "03".into(), "2006".into()],
        login: format!("etu{person}"),
        code: String::new(),
    })
}

/// The first and the last file number of a roster.
pub fn span(number: usize) -> (usize, usize) {
    let first = FIRST + number * AT_ONCE;
    (first, first + AT_ONCE - 1)
}

/// A name that nobody else has.
fn letters(reference: &str) -> String {
    reference
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}
