//! One line of the roster: cells into a person, or a sentence in French that says what to correct.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::column::{Column, Layout};
use super::person::RosterPerson;
use super::text::tidy;
use crate::people::account::Kind;
use crate::people::attributes::{Affiliation, Enrolment, Title};
use crate::people::birth_date::{BirthDate, BirthDateError};
use crate::people::code::CertificateCode;
use crate::people::dated_hash::{DatedHash, DatedHashError};
use crate::people::file_number::{FileNumber, FileNumberError, FileNumberFormat};
use crate::people::ine::Ine;
use crate::people::names::Names;
use crate::people::naming::Login;

/// How several given names share one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GivenNames {
    /// Separated by commas; `Ana María` is one given name.
    #[default]
    Commas,
    /// Separated by spaces; `Ana María` are two.
    Spaces,
}

/// What a reader has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The shape of file numbers.
    pub file_number: FileNumberFormat,
    /// The shape of the numbers of staff and guests.
    pub staff_number: FileNumberFormat,
    /// How given names are separated.
    pub given_names: GivenNames,
    /// Today, to tell a birth date that is still to come.
    pub today: NaiveDate,
}

/// Something to correct in one cell, or in a whole line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The line of the file, from 1; the header is line 1.
    pub line: u64,
    /// The column, when one is to blame.
    pub column: Option<Column>,
    /// What is wrong, in French, without any personal data.
    pub message: String,
}

/// The remarks of one line: errors refuse it, warnings do not.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) line: u64,
    pub(super) errors: Vec<Remark>,
    pub(super) warnings: Vec<Remark>,
}

impl Remarks {
    fn remark(&self, column: Column, message: &str) -> Remark {
        Remark {
            line: self.line,
            column: Some(column),
            message: message.to_owned(),
        }
    }

    pub(super) fn error<T>(&mut self, column: Column, message: &str) -> Option<T> {
        self.errors.push(self.remark(column, message));
        None
    }

    fn warn(&mut self, column: Column, message: &str) {
        self.warnings.push(self.remark(column, message));
    }
}

/// The cells of one line.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) layout: &'a Layout,
    pub(super) record: &'a csv::StringRecord,
}

/// More characters than a name, a code or an address has: the sign of a quote that nobody closed.
const LONGEST_CELL: usize = 400;

impl Cells<'_> {
    fn raw(&self, column: Column) -> &str {
        self.layout
            .place(column)
            .and_then(|place| self.record.get(place))
            .unwrap_or("")
            .trim()
    }

    fn text(&self, column: Column) -> String {
        tidy(self.raw(column))
    }

    fn some(&self, column: Column) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty())
    }

    pub(super) fn are_empty(&self) -> bool {
        self.record.iter().all(|cell| cell.trim().is_empty())
    }

    /// What is wrong with the line before any cell is read.
    pub(super) fn damage(&self) -> Option<&'static str> {
        if self
            .record
            .iter()
            .skip(self.layout.width())
            .any(|cell| !cell.trim().is_empty())
        {
            Some("La ligne a plus de cellules que l’en-tête : un séparateur est sans doute de trop.")
        } else if self.record.iter().any(|cell| cell.chars().count() > LONGEST_CELL) {
            Some("Une cellule est démesurée : un guillemet n’est sans doute pas refermé.")
        } else if self
            .record
            .iter()
            .any(|cell| cell.chars().any(|c| c.is_control() || c == '\u{fffd}'))
        {
            Some("La ligne contient un caractère de contrôle ou illisible.")
        } else {
            None
        }
    }
}

/// Whose line it is, as far as one can tell: needed even when the rest is refused, so that nobody is taken for absent.
pub(super) fn identity(cells: Cells<'_>, options: &Options, remarks: &mut Remarks) -> Option<(Kind, String)> {
    let kind = kind(&cells.text(Column::Kind));
    if kind.is_none() {
        remarks.error::<()>(Column::Kind, "Type inconnu : etudiant, personnel ou invite.");
    }
    let number = cells.raw(Column::Number);
    let format = match kind? {
        Kind::Student => &options.file_number,
        Kind::Staff | Kind::Guest => &options.staff_number,
    };
    // A dot or a comma inside is a decimal sign that a spreadsheet added; dropping it would make another number.
    if number.contains(['.', ',', '+']) {
        return remarks.error(
            Column::Number,
            "Le numéro a été transformé par un tableur : réexportez le fichier avec cette colonne au format texte.",
        );
    }
    let message = match FileNumber::parse(number, format) {
        Ok(number) => return Some((kind?, number.as_str().to_owned())),
        Err(FileNumberError::Missing) => "Le numéro de dossier est absent.",
        Err(FileNumberError::LooksLikeIne) => "C’est un INE : il faut le numéro de dossier.",
        Err(FileNumberError::Format) => "Le numéro de dossier n’a pas le format attendu.",
    };
    remarks.error(Column::Number, message)
}

fn kind(word: &str) -> Option<Kind> {
    match crate::people::folding::fold(word).as_str() {
        "" | "etudiant" | "etudiante" | "student" => Some(Kind::Student),
        "personnel" | "staff" => Some(Kind::Staff),
        "invite" | "invitee" | "guest" => Some(Kind::Guest),
        _ => None,
    }
}

/// Reads a line of somebody whose identity is known. `None` when `remarks` hold an error.
pub(super) fn person(
    cells: Cells<'_>,
    (kind, reference): (Kind, String),
    options: &Options,
    remarks: &mut Remarks,
) -> Option<RosterPerson> {
    let names = names(cells, options.given_names);
    if names.birth_name.is_empty() {
        remarks.error::<()>(Column::BirthName, "Le nom de naissance est absent.");
    }
    let birth_date = birth_date(cells, options.today, remarks);
    let rights_end = date(cells, Column::RightsEnd, remarks);
    if kind == Kind::Guest && cells.raw(Column::RightsEnd).is_empty() {
        remarks.error::<()>(
            Column::RightsEnd,
            "Un invité doit avoir une date de fin de droits.",
        );
    }
    let person = RosterPerson {
        kind,
        reference,
        names,
        title: title(cells, remarks),
        birth_date: birth_date?,
        ine: ine(cells, remarks),
        personal_mail: personal_mail(cells, remarks),
        affiliations: affiliations(cells, remarks),
        enrolments: enrolment(cells, remarks).into_iter().collect(),
        code: code(cells, remarks),
        password: password(cells, remarks),
        rights_start: date(cells, Column::RightsStart, remarks),
        rights_end,
        login: login(cells, remarks),
        mail: mail(cells, remarks),
        line: remarks.line,
    };
    remarks.errors.is_empty().then_some(person)
}

fn names(cells: Cells<'_>, separated: GivenNames) -> Names {
    let first = cells.text(Column::GivenNames);
    let split: Vec<&str> = match separated {
        GivenNames::Commas => first.split(',').collect(),
        GivenNames::Spaces => first.split([',', ' ']).collect(),
    };
    let others = [Column::SecondGivenName, Column::ThirdGivenName].map(|column| cells.text(column));
    let given_names = split
        .into_iter()
        .chain(others.iter().map(String::as_str))
        .map(str::trim)
        // A dot or a hyphen fills the cell of somebody who has one name.
        .filter(|name| name.chars().any(char::is_alphabetic))
        .map(str::to_owned)
        .collect();
    Names {
        birth_name: cells.text(Column::BirthName),
        usage_name: cells.some(Column::UsageName),
        given_names,
        usage_given_name: cells.some(Column::UsageGivenName),
    }
}

fn birth_date(cells: Cells<'_>, today: NaiveDate, remarks: &mut Remarks) -> Option<BirthDate> {
    let column = Column::BirthDate;
    let date = match BirthDate::parse_roster(cells.raw(column)) {
        Ok(date) => date,
        Err(error) => {
            let message = match error {
                BirthDateError::Missing => "La date de naissance est absente.",
                BirthDateError::Serial => {
                    "La date de naissance est un numéro de tableur : réexportez cette colonne au format jj/mm/aaaa."
                }
                BirthDateError::Format => "La date de naissance n’a pas un format connu (jj/mm/aaaa).",
                BirthDateError::Unreal => "La date de naissance n’existe pas.",
            };
            return remarks.error(column, message);
        }
    };
    let age = today.year() - i32::from(date.year());
    if age < 0 {
        return remarks.error(column, "La date de naissance est dans le futur.");
    }
    if !(14..=110).contains(&age) {
        remarks.warn(column, "L’âge est inhabituel : vérifiez la date de naissance.");
    }
    Some(date)
}

fn title(cells: Cells<'_>, remarks: &mut Remarks) -> Option<Title> {
    let text = cells.some(Column::Title)?;
    let title = Title::parse(&text);
    if title.is_none() {
        remarks.warn(Column::Title, "Civilité ignorée : M., Mme ou rien.");
    }
    title
}

fn ine(cells: Cells<'_>, remarks: &mut Remarks) -> Option<String> {
    let ine = cells.raw(Column::Ine).replace(' ', "").to_ascii_uppercase();
    if ine.is_empty() {
        return None;
    }
    if !Ine::is_plausible(&ine) {
        remarks.warn(Column::Ine, "L’INE ne semble pas valable.");
    }
    Some(ine)
}

fn personal_mail(cells: Cells<'_>, remarks: &mut Remarks) -> Option<String> {
    let mail = cells.some(Column::PersonalMail)?;
    if is_mail(&mail) {
        return Some(mail);
    }
    remarks.warn(
        Column::PersonalMail,
        "Courriel personnel ignoré : ce n’est pas une adresse.",
    );
    None
}

fn mail(cells: Cells<'_>, remarks: &mut Remarks) -> Option<String> {
    let mail = cells.some(Column::Mail)?.to_lowercase();
    if is_mail(&mail) {
        Some(mail)
    } else {
        remarks.error(Column::Mail, "Le courriel n’est pas une adresse.")
    }
}

fn is_mail(text: &str) -> bool {
    let visible =
        text.len() <= 254 && !text.contains(|c: char| c.is_whitespace() || "\"<>(),;:\\".contains(c));
    let parts = text.split_once('@');
    visible
        && parts
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'))
}

fn login(cells: Cells<'_>, remarks: &mut Remarks) -> Option<Login> {
    let text = cells.some(Column::Login)?;
    let login = Login::typed(&text).filter(|login| !login.as_str().contains([' ', '@']));
    login.or_else(|| {
        remarks.error(
            Column::Login,
            "Le login contient un caractère interdit ou est trop long.",
        )
    })
}

fn code(cells: Cells<'_>, remarks: &mut Remarks) -> Option<CertificateCode> {
    let text = cells.some(Column::Code)?;
    let code = CertificateCode::parse(&text).ok();
    code.or_else(|| {
        remarks.error(
            Column::Code,
            "Le code de certificat n’a pas le bon format ou sa clé est fausse.",
        )
    })
}

/// The cell as it stands: no letter of a hash may be tidied up.
fn password(cells: Cells<'_>, remarks: &mut Remarks) -> Option<DatedHash> {
    let text = cells.raw(Column::Password);
    if text.is_empty() {
        return None;
    }
    let message = match DatedHash::parse(text) {
        Ok(hash) => return Some(hash),
        Err(DatedHashError::Scheme) => {
            "Le schéma de l’empreinte du mot de passe n’est pas repris : SSHA, SHA-crypt et bcrypt le sont."
        }
        Err(DatedHashError::Damaged) => "L’empreinte du mot de passe est abîmée.",
        Err(DatedHashError::Cost) => {
            "L’empreinte du mot de passe est trop coûteuse à vérifier : bcrypt jusqu’à 14, SHA-crypt jusqu’à 1000000 tours."
        }
    };
    remarks.error(Column::Password, message)
}

fn affiliations(cells: Cells<'_>, remarks: &mut Remarks) -> Vec<Affiliation> {
    let cell = cells.text(Column::Affiliations);
    let mut known = Vec::new();
    for word in cell.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match Affiliation::parse(word) {
            Some(affiliation) => known.push(affiliation),
            None => remarks.warn(Column::Affiliations, "Affiliation inconnue ignorée."),
        }
    }
    known.sort_unstable();
    known.dedup();
    known
}

fn enrolment(cells: Cells<'_>, remarks: &mut Remarks) -> Option<Enrolment> {
    let enrolment = Enrolment {
        year: year(cells, remarks).unwrap_or(0),
        establishment: cells.text(Column::Establishment),
        component: cells.text(Column::Component),
        step: cells.text(Column::Step),
        degree: cells.text(Column::Degree),
        regime: cells.text(Column::Regime),
        cursus: cells.text(Column::Cursus),
    };
    (enrolment != Enrolment::default()).then_some(enrolment)
}

/// `2026`, `2026-2027` or `2026/2027`.
fn year(cells: Cells<'_>, remarks: &mut Remarks) -> Option<u16> {
    let text = cells.some(Column::Year)?;
    let (first, second) = text
        .split_once(['-', '/'])
        .map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    let number = |text: &str| {
        text.trim()
            .parse::<u16>()
            .ok()
            .filter(|year| (1990..2200).contains(year))
    };
    let year = number(first).filter(|year| second.is_none_or(|second| number(second) == Some(year + 1)));
    year.or_else(|| remarks.error(Column::Year, "L’année n’a pas le format 2026 ou 2026-2027."))
}

fn date(cells: Cells<'_>, column: Column, remarks: &mut Remarks) -> Option<NaiveDate> {
    let text = cells.some(column)?;
    let whole = BirthDate::parse_roster(&text).ok().and_then(|date| {
        NaiveDate::from_ymd_opt(date.year().into(), date.month()?.into(), date.day()?.into())
    });
    whole.or_else(|| remarks.error(column, "La date n’a pas un format connu (jj/mm/aaaa)."))
}
