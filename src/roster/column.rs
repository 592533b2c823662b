//! The header line: which column holds what, under any of the names that registrars' software gives it.

use serde::Serialize;

use crate::people::folding::fold_alphanumeric;

/// A column of the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described by the names in `NAMES`")]
pub enum Column {
    Number,
    BirthName,
    UsageName,
    GivenNames,
    SecondGivenName,
    ThirdGivenName,
    UsageGivenName,
    Title,
    BirthDate,
    Ine,
    PersonalMail,
    Kind,
    Affiliations,
    Year,
    Establishment,
    Component,
    Step,
    Degree,
    Regime,
    Cursus,
    Code,
    RightsStart,
    RightsEnd,
    Login,
    Mail,
    Password,
}

/// Each column, the name we give it, and the other names it is known by: without case, accents, spaces and underscores.
const NAMES: [(Column, &str, &[&str]); Column::COUNT] = [
    (
        Column::Number,
        "numero_dossier",
        &[
            "codetu",
            "codeapprenant",
            "supannetuid",
            "supannempid",
            "numero",
            "numerodedossier",
            "numeroetudiant",
            "netudiant",
            "numdossier",
            "matricule",
        ],
    ),
    (
        Column::BirthName,
        "nom_naissance",
        &[
            "nomfamille",
            "nomdefamille",
            "nomdenaissance",
            "libnompat",
            "libnompatind",
            "nompatronymique",
            "nom",
        ],
    ),
    (
        Column::UsageName,
        "nom_usage",
        &["nomusuel", "nomdusage", "libnomusu", "libnomusuind"],
    ),
    (
        Column::GivenNames,
        "prenoms",
        &["prenom", "prenom1", "libpr1ind", "premierprenom"],
    ),
    (
        Column::SecondGivenName,
        "prenom2",
        &["libpr2ind", "deuxiemeprenom"],
    ),
    (
        Column::ThirdGivenName,
        "prenom3",
        &["libpr3ind", "troisiemeprenom"],
    ),
    (
        Column::UsageGivenName,
        "prenom_usage",
        &["prenomusuel", "prenomdusage"],
    ),
    (Column::Title, "civilite", &["supanncivilite"]),
    (
        Column::BirthDate,
        "date_naissance",
        &[
            "datedenaissance",
            "datnai",
            "datenaiind",
            "datenais",
            "naissance",
            "datenaiss",
        ],
    ),
    (
        Column::Ine,
        "ine",
        &["codnne", "codnneind", "supanncodeine", "numeroine"],
    ),
    (
        Column::PersonalMail,
        "courriel_perso",
        &[
            "courrielpersonnel",
            "mailperso",
            "emailperso",
            "emailpersonnel",
            "melperso",
        ],
    ),
    (Column::Kind, "type", &["population"]),
    (
        Column::Affiliations,
        "affiliations",
        &["affiliation", "edupersonaffiliation"],
    ),
    (
        Column::Year,
        "annee",
        &["anneeuniversitaire", "codanu", "supannetuanneeinscription"],
    ),
    (Column::Establishment, "uai", &["codeuai", "etablissement"]),
    (Column::Component, "composante", &["codcmp", "codecomposante"]),
    (Column::Step, "etape", &["codetp", "codeetape"]),
    (Column::Degree, "diplome", &["coddip", "codediplome"]),
    (
        Column::Regime,
        "regime",
        &["codrgi", "coderegime", "regimeinscription"],
    ),
    (Column::Cursus, "cursus", &["cursusannee", "supannetucursusannee"]),
    (
        Column::Code,
        "code_certificat",
        &["codecertificats", "codesecours"],
    ),
    (
        Column::RightsStart,
        "debut_droits",
        &["datedebutdroits", "datedebut"],
    ),
    (Column::RightsEnd, "fin_droits", &["datefindroits", "datefin"]),
    (Column::Login, "login", &["identifiant", "uid"]),
    (Column::Mail, "courriel", &["mail", "email", "mel"]),
    (
        Column::Password,
        "mot_de_passe_ldap",
        &["passwordhash", "userpassword", "empreintemotdepasse"],
    ),
];

/// Columns without which a file is no roster.
const REQUIRED: [Column; 4] = [
    Column::Number,
    Column::BirthName,
    Column::GivenNames,
    Column::BirthDate,
];

impl Column {
    /// How many there are.
    pub const COUNT: usize = 26;

    /// The name under which we write and report it.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(column, ..)| *column == self)
            .map_or("", |(_, name, _)| name)
    }

    /// The column that a header cell names.
    pub fn named(header: &str) -> Option<Self> {
        let header = fold_alphanumeric(header);
        let is_it = |(_, name, others): &&(Self, &str, &[&str])| {
            fold_alphanumeric(name) == header || others.contains(&header.as_str())
        };
        NAMES.iter().find(is_it).map(|(column, ..)| *column)
    }
}

impl Serialize for Column {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Where each column stands in the lines of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    places: [Option<usize>; Column::COUNT],
    width: usize,
}

/// What is wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// These columns are missing.
    Missing(Vec<Column>),
    /// This column is there twice.
    Twice(Column),
}

impl Layout {
    /// Reads the header cells; also returns those that name nothing we know.
    pub fn read<'a>(header: impl IntoIterator<Item = &'a str>) -> Result<(Self, Vec<String>), Misfit> {
        let mut layout = Self {
            places: [None; Column::COUNT],
            width: 0,
        };
        let mut unknown = Vec::new();
        for (place, cell) in header.into_iter().enumerate() {
            layout.width = place + 1;
            match Column::named(cell) {
                Some(column) if layout.places[column as usize].is_some() => {
                    return Err(Misfit::Twice(column));
                }
                Some(column) => layout.places[column as usize] = Some(place),
                None if cell.trim().is_empty() => {}
                None => unknown.push(cell.trim().to_owned()),
            }
        }
        let missing: Vec<Column> = REQUIRED
            .into_iter()
            .filter(|column| layout.place(*column).is_none())
            .collect();
        if missing.is_empty() {
            Ok((layout, unknown))
        } else {
            Err(Misfit::Missing(missing))
        }
    }

    /// Where `column` stands, from 0.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.places[column as usize]
    }

    /// The number of header cells.
    pub fn width(&self) -> usize {
        self.width
    }
}

/// Returns the separator of a file: the one of `;`, `,` and tab under which the header names the most columns.
pub fn separator(header: &str) -> u8 {
    let recognised = |separator: &u8| {
        let cells = header
            .split(char::from(*separator))
            .map(|cell| cell.trim_matches('"'));
        cells.filter_map(Column::named).count()
    };
    // Of equals the last one wins: the semicolon is what Excel writes in French.
    [b'\t', b',', b';']
        .into_iter()
        .max_by_key(recognised)
        .unwrap_or(b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_order_of_the_columns() {
        for (place, (column, name, _)) in NAMES.iter().enumerate() {
            assert_eq!(*column as usize, place);
            assert_eq!(Column::named(name), Some(*column));
        }
    }

    #[test]
    fn headers_are_known_under_many_names() {
        for (header, column) in [
            ("Numéro de dossier", Some(Column::Number)),
            ("NUMERO_DOSSIER", Some(Column::Number)),
            (" supannEtuId ", Some(Column::Number)),
            ("cod_etu", Some(Column::Number)),
            ("Nom d'usage", Some(Column::UsageName)),
            ("Prénom", Some(Column::GivenNames)),
            ("Date de naissance", Some(Column::BirthDate)),
            ("groupe sanguin", None),
        ] {
            assert_eq!(Column::named(header), column, "{header}");
        }
    }

    #[test]
    fn the_separator_is_the_one_that_makes_sense() {
        assert_eq!(separator("numero;nom;prenom;date_naissance"), b';');
        assert_eq!(separator("numero,nom,\"prenom\",date_naissance"), b',');
        assert_eq!(
            separator("numero\tnom\tprenom\tdate, lieu et heure de naissance"),
            b'\t'
        );
        assert_eq!(separator(""), b';');
    }

    #[test]
    fn a_file_without_birth_dates_is_no_roster() {
        assert_eq!(
            Layout::read(["numero", "nom", "prenom"]),
            Err(Misfit::Missing(vec![Column::BirthDate]))
        );
        assert_eq!(
            Layout::read(["numero", "nom", "prenom", "naissance", "cod_etu"]),
            Err(Misfit::Twice(Column::Number))
        );
    }
}
