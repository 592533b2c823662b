//! One person as the roster tells it, put together from one or several rows.

use std::fmt::Write as _;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::column::Column;
use crate::people::account::Kind;
use crate::people::attributes::{Affiliation, Enrolment, Title};
use crate::people::birth_date::BirthDate;
use crate::people::code::CertificateCode;
use crate::people::dated_hash::DatedHash;
use crate::people::folding::fold_alphanumeric;
use crate::people::names::Names;
use crate::people::naming::Login;

/// A person of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterPerson {
    /// What they are.
    pub kind: Kind,
    /// Their file or staff number.
    pub reference: String,
    /// Their names.
    pub names: Names,
    /// Their title.
    pub title: Option<Title>,
    /// Their birth date.
    pub birth_date: BirthDate,
    /// Their national identifier.
    pub ine: Option<String>,
    /// Their own mail address, for notifications.
    pub personal_mail: Option<String>,
    /// Their affiliations, besides those of their kind; sorted.
    pub affiliations: Vec<Affiliation>,
    /// Their enrolments; sorted.
    pub enrolments: Vec<Enrolment>,
    /// The code on their certificate sheet, when the registrar's software printed one.
    pub code: Option<CertificateCode>,
    /// The hash of the password that they have in the university's directory.
    pub password: Option<DatedHash>,
    /// The first day of their rights.
    pub rights_start: Option<NaiveDate>,
    /// The last day of their rights.
    pub rights_end: Option<NaiveDate>,
    /// Their login, when the university gave one before.
    pub login: Option<Login>,
    /// Their university address, when the university gave one before.
    pub mail: Option<String>,
    /// The first line of the file that tells of them.
    pub line: u64,
}

impl RosterPerson {
    /// The fingerprint by which a later import sees that nothing changed.
    ///
    /// Without the certificate code and the password: a fast digest stored beside all the rest would let a thief of the
    /// database try codes until one fits.
    pub fn source_hash(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        let mut part = |text: &str| {
            digest.update(text.len().to_be_bytes());
            digest.update(text.as_bytes());
        };
        let names = &self.names;
        part(self.kind.as_str());
        part(&self.reference);
        part(&names.birth_name);
        part(names.usage_name.as_deref().unwrap_or(""));
        part(&names.given_names.join("\n"));
        part(names.usage_given_name.as_deref().unwrap_or(""));
        part(self.title.map_or("", Title::as_str));
        part(&self.birth_date.to_iso());
        for text in [&self.ine, &self.personal_mail, &self.mail] {
            part(text.as_deref().unwrap_or(""));
        }
        part(self.login.as_ref().map_or("", Login::as_str));
        for date in [self.rights_start, self.rights_end] {
            part(&date.map(|date| date.to_string()).unwrap_or_default());
        }
        let affiliations: Vec<&str> = self.affiliations.iter().map(|a| a.as_str()).collect();
        part(&affiliations.join(","));
        let mut enrolments = String::new();
        for e in &self.enrolments {
            let codes = [
                &e.establishment,
                &e.component,
                &e.step,
                &e.degree,
                &e.regime,
                &e.cursus,
            ];
            let _ = writeln!(enrolments, "{} {codes:?}", e.year);
        }
        part(&enrolments);
        digest.finalize().into()
    }

    /// Whether the last day of the rights is over on `today`.
    pub fn has_ended(&self, today: NaiveDate) -> bool {
        self.rights_end.is_some_and(|last| last < today)
    }

    /// By what one would take two records for the same human: folded names, and the birth date.
    pub(super) fn likeness(&self) -> (String, BirthDate) {
        let given = self.names.given_names.first().map_or("", String::as_str);
        (
            fold_alphanumeric(&self.names.birth_name) + " " + &fold_alphanumeric(given),
            self.birth_date,
        )
    }

    /// Takes in another row of the same number. An error names the column on which the two contradict each other.
    /// The outcome does not depend on which row came first.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), Column> {
        if self.birth_date != other.birth_date {
            return Err(Column::BirthDate);
        }
        let names = &mut self.names;
        merge_name(&mut names.birth_name, other.names.birth_name).ok_or(Column::BirthName)?;
        let (mine, others) = (names.given_names.join("\n"), other.names.given_names.join("\n"));
        if fold_alphanumeric(&mine) != fold_alphanumeric(&others) {
            return Err(Column::GivenNames);
        }
        names.given_names = names.given_names.clone().max(other.names.given_names);
        merge_text(&mut names.usage_name, other.names.usage_name).ok_or(Column::UsageName)?;
        merge_text(&mut names.usage_given_name, other.names.usage_given_name)
            .ok_or(Column::UsageGivenName)?;
        merge_equal(&mut self.code, other.code).ok_or(Column::Code)?;
        merge_equal(&mut self.password, other.password).ok_or(Column::Password)?;
        merge_equal(&mut self.login, other.login).ok_or(Column::Login)?;
        merge_equal(&mut self.mail, other.mail).ok_or(Column::Mail)?;
        merge_equal(&mut self.title, other.title).ok_or(Column::Title)?;
        merge_equal(&mut self.ine, other.ine).ok_or(Column::Ine)?;
        // Two addresses for notifications, two periods of rights: nobody is wrong, the widest stands.
        self.personal_mail = smallest(self.personal_mail.take(), other.personal_mail);
        self.rights_start = smallest(self.rights_start, other.rights_start);
        self.rights_end = self.rights_end.max(other.rights_end);
        self.line = self.line.min(other.line);
        self.affiliations.extend(other.affiliations);
        self.affiliations.sort_unstable();
        self.affiliations.dedup();
        self.enrolments.extend(other.enrolments);
        self.enrolments.sort_unstable();
        self.enrolments.dedup();
        Ok(())
    }
}

/// Of two writings of one name the accented one, which sorts later.
fn merge_name(mine: &mut String, other: String) -> Option<()> {
    if fold_alphanumeric(mine) != fold_alphanumeric(&other) {
        return None;
    }
    if other > *mine {
        *mine = other;
    }
    Some(())
}

fn merge_text(mine: &mut Option<String>, other: Option<String>) -> Option<()> {
    match (mine.as_mut(), other) {
        (Some(name), Some(other)) => merge_name(name, other),
        (None, other) => {
            *mine = other;
            Some(())
        }
        (Some(_), None) => Some(()),
    }
}

fn merge_equal<T: PartialEq>(mine: &mut Option<T>, other: Option<T>) -> Option<()> {
    match (&*mine, &other) {
        (Some(one), Some(another)) if one != another => None,
        (None, _) => {
            *mine = other;
            Some(())
        }
        _ => Some(()),
    }
}

fn smallest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    [one, other].into_iter().flatten().min()
}
