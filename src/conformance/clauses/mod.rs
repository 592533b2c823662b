//! The clauses, chapter by chapter.

mod cas_1;
mod hand_over;
mod http;
mod json;
mod matching;
mod messages;
mod proxy;
mod rest;
mod saml;
mod sessions;
mod sign_in;
mod sign_out;
mod tickets;
mod validation;

use std::future::Future;
use std::pin::Pin;

use super::bench::Bench;
use super::finding::Found;

/// Checks a clause on the server of a bench.
pub type Check = for<'a> fn(&'a Bench) -> Pin<Box<dyn Future<Output = Found> + 'a>>;

/// One clause.
pub struct Clause {
    /// Its name: the chapter, a full stop, and a word. It stays the same for ever.
    pub id: &'static str,
    /// The labels of the protocol's clauses, or a section of CAS 3.0.3.
    pub source: &'static str,
    /// What it says.
    pub says: &'static str,
    /// How it is checked.
    pub check: Check,
}

/// `clause!("chapter.word", "source", "what it says", function)`
macro_rules! clause {
    ($id:literal, $source:literal, $says:literal, $check:expr) => {
        $crate::conformance::clauses::Clause {
            id: $id,
            source: $source,
            says: $says,
            check: |bench| Box::pin($check(bench)),
        }
    };
}
use clause;

/// All clauses, in the order in which they are checked.
pub fn all() -> impl Iterator<Item = &'static Clause> {
    [
        sign_in::CLAUSES,
        sessions::CLAUSES,
        hand_over::CLAUSES,
        tickets::CLAUSES,
        cas_1::CLAUSES,
        validation::CLAUSES,
        matching::CLAUSES,
        json::CLAUSES,
        sign_out::CLAUSES,
        messages::CLAUSES,
        proxy::CLAUSES,
        saml::CLAUSES,
        rest::CLAUSES,
        http::CLAUSES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_clause_has_a_name_of_its_own_and_a_source() {
        let mut names = BTreeSet::new();
        for clause in super::all() {
            assert!(names.insert(clause.id), "{} stands twice", clause.id);
            let (chapter, word) = clause.id.split_once('.').unwrap();
            let plain = |text: &str| {
                text.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            assert!(plain(chapter) && plain(word), "{}", clause.id);
            assert!(!clause.source.is_empty(), "{}", clause.id);
            assert!(
                !clause.says.ends_with('.') && !clause.says.contains('|'),
                "{}",
                clause.says
            );
        }
    }
}
