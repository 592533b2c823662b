//! What a service may learn about a person: `SupAnn` 2019 and eduPerson attributes, as ordered name and values.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::account::{Kind, Standing};
use super::birth_date::BirthDate;
use super::names::Names;

/// An affiliation of eduPerson's controlled list, in the order in which one is chosen as the primary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are those of the eduPerson schema")]
pub enum Affiliation {
    Student,
    Faculty,
    Teacher,
    Researcher,
    Staff,
    Employee,
    Emeritus,
    Retired,
    Alum,
    Affiliate,
    RegisteredReader,
    LibraryWalkIn,
    Member,
}

impl Affiliation {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Student,
        Self::Faculty,
        Self::Teacher,
        Self::Researcher,
        Self::Staff,
        Self::Employee,
        Self::Emeritus,
        Self::Retired,
        Self::Alum,
        Self::Affiliate,
        Self::RegisteredReader,
        Self::LibraryWalkIn,
        Self::Member,
    ];

    /// The word of the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Faculty => "faculty",
            Self::Teacher => "teacher",
            Self::Researcher => "researcher",
            Self::Staff => "staff",
            Self::Employee => "employee",
            Self::Emeritus => "emeritus",
            Self::Retired => "retired",
            Self::Alum => "alum",
            Self::Affiliate => "affiliate",
            Self::RegisteredReader => "registered-reader",
            Self::LibraryWalkIn => "library-walk-in",
            Self::Member => "member",
        }
    }

    /// Reads a word of the schema, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|affiliation| affiliation.as_str() == word)
    }

    /// Whether it makes somebody a member of the university (eduPerson 2.2.1).
    fn is_membership(self) -> bool {
        matches!(
            self,
            Self::Student | Self::Faculty | Self::Teacher | Self::Researcher | Self::Staff | Self::Employee
        )
    }
}

/// How a person is addressed; never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Title {
    /// `M.`
    #[serde(rename = "M.")]
    M,
    /// `Mme`
    Mme,
}

impl Title {
    /// `M.` or `Mme`. The schema's third value is out of official use since 2012 and refused.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::M => "M.",
            Self::Mme => "Mme",
        }
    }

    /// Reads `M.`, `M`, `Mme`, `Mme.` in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().trim_end_matches('.').to_ascii_lowercase().as_str() {
            "m" | "mr" | "monsieur" => Some(Self::M),
            "mme" | "madame" => Some(Self::Mme),
            _ => None,
        }
    }
}

/// One enrolment of one year. Codes are as the registrar writes them; an empty one is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Enrolment {
    /// The civil year in which the academic one begins; 0 when unknown.
    pub year: u16,
    /// National code of the establishment (UAI), `0999999X`.
    pub establishment: String,
    /// Code of the component: `UFRSCI`.
    pub component: String,
    /// Code of the step: `L1INFO`.
    pub step: String,
    /// SISE code of the degree.
    pub degree: String,
    /// SISE code of the regime: 10 initial, 12 apprentice, 21 continuing.
    pub regime: String,
    /// Year of the curriculum: `L1`, `M2`, `D1`.
    pub cursus: String,
}

/// Everything that attributes are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The login, which is also `cas:user`.
    pub login: String,
    /// The names.
    pub names: Names,
    /// The university address.
    pub mail: String,
    /// What the person is.
    pub kind: Kind,
    /// The file or staff number.
    pub reference: String,
    /// The title.
    pub title: Option<Title>,
    /// Affiliations given by the roster, besides those that follow from `kind`.
    pub affiliations: Vec<Affiliation>,
    /// Enrolments, of students.
    pub enrolments: Vec<Enrolment>,
    /// The scope of federated identifiers: `univ.example`.
    pub scope: String,
    /// The university's own UAI code.
    pub establishment: String,
    /// Whether directories must not show the address.
    pub unlisted: bool,
    /// The national identifier.
    pub ine: Option<String>,
    /// The birth date.
    pub birth_date: Option<BirthDate>,
    /// Where the account stands, since when, until when.
    pub standing: Standing,
}

/// A name and its values; never without a value.
pub type Attribute = (String, Vec<String>);

/// Released to nobody who has not asked for them by name.
const SENSITIVE: [&str; 2] = ["supannCodeINE", "supannOIDCDateDeNaissance"];

/// Every attribute known here, in the order of release.
pub const NAMES: [&str; 26] = [
    "uid",
    "sn",
    "givenName",
    "displayName",
    "cn",
    "mail",
    "eduPersonPrincipalName",
    "eduPersonPrimaryAffiliation",
    "eduPersonAffiliation",
    "eduPersonScopedAffiliation",
    "supannCivilite",
    "supannEtuId",
    "supannEmpId",
    "supannEtablissement",
    "supannEntiteAffectation",
    "supannEntiteAffectationPrincipale",
    "supannEtuAnneeInscription",
    "supannEtuCursusAnnee",
    "supannEtuEtape",
    "supannEtuDiplome",
    "supannEtuRegimeInscription",
    "supannEtuInscription",
    "supannListeRouge",
    "supannRessourceEtatDate",
    "supannCodeINE",
    "supannOIDCDateDeNaissance",
];

impl Person {
    /// All attributes that are not sensitive, in the order of [`NAMES`].
    pub fn attributes(&self, now: DateTime<Utc>) -> Vec<Attribute> {
        self.asked(NAMES.into_iter().filter(|name| !SENSITIVE.contains(name)), now)
    }

    /// The attributes named, sensitive ones included, in the order asked; those without a value are left out.
    pub fn asked<'a>(&self, names: impl IntoIterator<Item = &'a str>, now: DateTime<Utc>) -> Vec<Attribute> {
        let valued = |name: &'a str| (name.to_owned(), self.values(name, now));
        names
            .into_iter()
            .map(valued)
            .filter(|(_, values)| !values.is_empty())
            .collect()
    }

    /// The affiliations, primary one first.
    pub fn affiliations(&self) -> Vec<Affiliation> {
        let of_kind = match self.kind {
            Kind::Student => Affiliation::Student,
            Kind::Staff => Affiliation::Employee,
            Kind::Guest => Affiliation::Affiliate,
        };
        let mut all: BTreeSet<Affiliation> = self.affiliations.iter().copied().chain([of_kind]).collect();
        if all.iter().any(|affiliation| affiliation.is_membership()) {
            all.insert(Affiliation::Member);
        }
        all.into_iter().collect()
    }

    fn values(&self, name: &str, now: DateTime<Utc>) -> Vec<String> {
        match name {
            "uid" => one(&self.login),
            "sn" => one(if self.names.surname().is_empty() {
                self.names.given_name()
            } else {
                self.names.surname()
            }),
            "givenName" => one(self.names.given_name()),
            "displayName" | "cn" => one(&self.names.display_name()),
            "mail" => one(&self.mail),
            "eduPersonPrincipalName" => one(&format!("{}@{}", self.login, self.scope)),
            "eduPersonPrimaryAffiliation" => self
                .affiliations()
                .first()
                .map(|first| first.as_str().to_owned())
                .into_iter()
                .collect(),
            "eduPersonAffiliation" => self
                .affiliations()
                .iter()
                .map(|a| a.as_str().to_owned())
                .collect(),
            "eduPersonScopedAffiliation" => self
                .affiliations()
                .iter()
                .map(|a| format!("{}@{}", a.as_str(), self.scope))
                .collect(),
            "supannCivilite" => self
                .title
                .map(|title| title.as_str().to_owned())
                .into_iter()
                .collect(),
            "supannEtuId" if self.kind == Kind::Student => one(&self.reference),
            "supannEmpId" if self.kind == Kind::Staff => one(&self.reference),
            "supannListeRouge" if self.unlisted => one("TRUE"),
            "supannRessourceEtatDate" => one(&self.resource_state(now)),
            "supannCodeINE" => self.ine.iter().cloned().collect(),
            "supannOIDCDateDeNaissance" => self
                .birth_date
                .filter(|date| !date.is_partial())
                .map(|date| date.to_iso())
                .into_iter()
                .collect(),
            "supannEtablissement" => {
                let own = std::iter::once(self.establishment.as_str());
                let enrolled = self
                    .enrolments
                    .iter()
                    .map(|enrolment| enrolment.establishment.as_str());
                each(own.chain(enrolled).map(|uai| labelled("UAI", uai)))
            }
            "supannEntiteAffectationPrincipale" => {
                each(self.enrolments.iter().map(|e| e.component.clone()).take(1))
            }
            _ => each(
                self.enrolments
                    .iter()
                    .map(|enrolment| self.enrolled(enrolment, name)),
            ),
        }
    }

    /// The value of a per-enrolment attribute for one enrolment.
    fn enrolled(&self, enrolment: &Enrolment, name: &str) -> String {
        match name {
            "supannEntiteAffectation" => enrolment.component.clone(),
            "supannEtuAnneeInscription" => year(enrolment.year),
            "supannEtuCursusAnnee" => labelled("SUPANN", &enrolment.cursus),
            "supannEtuEtape" => labelled(&format!("UAI:{}", self.place_of(enrolment)), &enrolment.step),
            "supannEtuDiplome" => labelled("SISE", &enrolment.degree),
            "supannEtuRegimeInscription" => labelled("SISE", &enrolment.regime),
            "supannEtuInscription" => self.composite(enrolment),
            _ => String::new(),
        }
    }

    fn place_of<'a>(&'a self, enrolment: &'a Enrolment) -> &'a str {
        if enrolment.establishment.is_empty() {
            &self.establishment
        } else {
            &enrolment.establishment
        }
    }

    /// `[etab={UAI}0999999X][anneeinsc=2026]…`: parts in the schema's order, unknown ones left out.
    fn composite(&self, enrolment: &Enrolment) -> String {
        let value = |name| self.enrolled(enrolment, name);
        let parts = [
            ("anneeinsc", value("supannEtuAnneeInscription")),
            ("regimeinsc", value("supannEtuRegimeInscription")),
            ("cursusann", value("supannEtuCursusAnnee")),
            ("affect", value("supannEntiteAffectation")),
            ("diplome", value("supannEtuDiplome")),
            ("etape", value("supannEtuEtape")),
        ];
        let known: Vec<String> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("[{key}={value}]"))
            .collect();
        // An establishment alone says nothing about an enrolment.
        if known.is_empty() {
            return String::new();
        }
        format!("[etab={{UAI}}{}]{}", self.place_of(enrolment), known.concat())
    }

    /// `{COMPTE}A:SupannActif::20271231`: the state in the schema's letters (active, inactive, suspended) and its end.
    fn resource_state(&self, now: DateTime<Utc>) -> String {
        let end = self
            .standing
            .until()
            .map(|until| until.format("%Y%m%d").to_string())
            .unwrap_or_default();
        let (letter, detail) = match self.standing.at(now) {
            Standing::Active => ("A", "SupannActif"),
            Standing::Leaving { .. } => ("A", "SupannSursis"),
            Standing::Pending => ("I", "SupannPrecree"),
            Standing::Suspended => ("S", "SupannVerrouille"),
            Standing::Closed => ("I", "SupannExpire"),
        };
        format!("{{COMPTE}}{letter}:{detail}::{end}")
    }
}

fn one(value: &str) -> Vec<String> {
    each([value.to_owned()])
}

/// The values that say something, each once, in their order.
fn each(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for value in values {
        if !value.is_empty() && !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

fn labelled(label: &str, code: &str) -> String {
    if code.is_empty() {
        String::new()
    } else {
        format!("{{{label}}}{code}")
    }
}

fn year(year: u16) -> String {
    if year == 0 {
        String::new()
    } else {
        year.to_string()
    }
}

#[cfg(test)]
mod tests;
