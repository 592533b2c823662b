//! Writes an invented roster as a file, clean or with the faults that real files have.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::DemoRow;
use crate::people::account::Kind;

/// The encoding to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum FileEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-8 with a byte order mark, as Excel writes it.
    Utf8Bom,
    /// Windows-1252; letters that it lacks lose their accents, as they do in real exports.
    Windows1252,
}

/// The faults to put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dirt {
    /// None.
    #[default]
    None,
    /// Rows with one fault each, after the second row: scientific notation, no date, 31 February, the first number
    /// under another name, a cell too many, an empty line.
    Rows,
    /// The same, and a row in another encoding than the rest, which spoils the accents of the whole file.
    MixedEncodings,
}

const HEADER: [&str; 20] = [
    "numero_dossier",
    "type",
    "nom_naissance",
    "nom_usage",
    "prenoms",
    "prenom_usage",
    "civilite",
    "date_naissance",
    "ine",
    "courriel_perso",
    "affiliations",
    "annee",
    "uai",
    "composante",
    "etape",
    "diplome",
    "regime",
    "cursus",
    "code_certificat",
    "fin_droits",
];

/// Returns `rows` as a roster file, with CRLF.
pub fn to_csv(rows: &[DemoRow], encoding: FileEncoding, separator: char, dirt: Dirt) -> Vec<u8> {
    let mut lines = vec![HEADER.join(&separator.to_string())];
    lines.extend(rows.iter().map(|row| line(row, separator)));
    if let (true, [first, second, ..]) = (dirt != Dirt::None, rows) {
        lines.splice(3..3, faults(first, second, separator));
    }
    let mut file = if encoding == FileEncoding::Utf8Bom {
        b"\xef\xbb\xbf".to_vec()
    } else {
        Vec::new()
    };
    for line in lines {
        file.extend_from_slice(&encode(&line, encoding));
        file.extend_from_slice(b"\r\n");
    }
    if let (Dirt::MixedEncodings, Some(first)) = (dirt, rows.first()) {
        let other = match encoding {
            FileEncoding::Windows1252 => FileEncoding::Utf8,
            FileEncoding::Utf8 | FileEncoding::Utf8Bom => FileEncoding::Windows1252,
        };
        let stranger = DemoRow {
            number: "99000099".to_owned(),
            ..first.clone()
        };
        file.extend_from_slice(&encode(&line(&stranger, separator), other));
        file.extend_from_slice(b"\r\n");
    }
    file
}

fn line(row: &DemoRow, separator: char) -> String {
    let kind = match row.kind {
        Kind::Student => "etudiant",
        Kind::Staff => "personnel",
        Kind::Guest => "invite",
    };
    let cells = [
        &row.number,
        kind,
        &row.birth_name,
        &row.usage_name,
        &row.given_names,
        &row.usage_given_name,
        &row.title,
        &row.birth_date,
        &row.ine,
        &row.personal_mail,
        &row.affiliations,
        &row.year,
        &row.establishment,
        &row.component,
        &row.step,
        &row.degree,
        &row.regime,
        &row.cursus,
        &row.code,
        &row.rights_end,
    ];
    let quoted = cells.map(|cell| {
        if cell.contains([separator, '"', '\n']) {
            Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
        } else {
            Cow::Borrowed(cell)
        }
    });
    quoted.join(&separator.to_string())
}

fn faults(first: &DemoRow, second: &DemoRow, separator: char) -> Vec<String> {
    let fault = |change: fn(&mut DemoRow)| {
        let mut row = DemoRow {
            code: String::new(),
            ine: String::new(),
            ..second.clone()
        };
        "99000001".clone_into(&mut row.number);
        change(&mut row);
        line(&row, separator)
    };
    let namesake = DemoRow {
        birth_name: "Autrenom".to_owned(),
        ..first.clone()
    };
    let wide = DemoRow {
        number: "99000004".to_owned(),
        code: String::new(),
        ine: String::new(),
        ..second.clone()
    };
    vec![
        fault(|row| "2,2E+07".clone_into(&mut row.number)),
        fault(|row| row.birth_date.clear()),
        fault(|row| {
            "99000002".clone_into(&mut row.number);
            "31/02/2008".clone_into(&mut row.birth_date);
        }),
        line(&namesake, separator),
        String::new(),
        // A separator at the end of a line is harmless; what it separates is not.
        format!("{}{separator}", line(&wide, separator)),
        format!("{}{separator}trop", line(&wide, separator)),
    ]
}

fn encode(line: &str, encoding: FileEncoding) -> Vec<u8> {
    if encoding != FileEncoding::Windows1252 {
        return line.as_bytes().to_vec();
    }
    let mut bytes = Vec::with_capacity(line.len());
    for letter in line.nfc() {
        let written = letter.to_string();
        let (encoded, _, unknown) = WINDOWS_1252.encode(&written);
        if unknown {
            bytes.extend_from_slice(plain(letter).as_bytes());
        } else {
            bytes.extend_from_slice(&encoded);
        }
    }
    bytes
}

/// The nearest letter of ASCII, in the same case.
fn plain(letter: char) -> String {
    let folded = crate::people::folding::fold_alphanumeric(&letter.to_string());
    match (folded.is_empty(), letter.is_uppercase()) {
        (true, _) => "?".to_owned(),
        (false, true) => folded.to_uppercase(),
        (false, false) => folded,
    }
}
