//! The files that an import leaves for people: what to correct, and the codes to print. For spreadsheets: UTF-8 with a
//! byte order mark, semicolons, CRLF.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::column::Column;
use super::row::Remark;
use crate::people::code::CertificateCode;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Returns the remarks as `ligne;colonne;message`.
pub fn remarks(remarks: &[Remark]) -> String {
    let mut file = format!("{BYTE_ORDER_MARK}ligne;colonne;message\r\n");
    for remark in remarks {
        let column = remark.column.map_or("", Column::name);
        // The unknown column's name is the only part that comes from the file.
        let message = remark.message.replace('"', "\"\"");
        let _ = write!(file, "{};{column};\"{message}\"\r\n", remark.line);
    }
    file
}

/// Returns the new codes as `numero_dossier;code_certificat`, for the mail merge that prints the sheets. The one place
/// where codes exist in clear: to be written for its owner alone.
pub fn codes<'a>(issued: impl IntoIterator<Item = (&'a str, &'a CertificateCode)>) -> Zeroizing<String> {
    let mut file = Zeroizing::new(format!("{BYTE_ORDER_MARK}numero_dossier;code_certificat\r\n"));
    for (number, code) in issued {
        for part in [number, ";", &code.display(), "\r\n"] {
            file.push_str(part);
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_open_in_a_spreadsheet() {
        let remark = |column, message: &str| Remark {
            line: 12,
            column,
            message: message.to_owned(),
        };
        assert_eq!(
            remarks(&[
                remark(Some(Column::BirthDate), "Absente."),
                remark(None, "Colonne « a\"b » ; ignorée.")
            ]),
            "\u{feff}ligne;colonne;message\r\n12;date_naissance;\"Absente.\"\r\n12;;\"Colonne « a\"\"b » ; ignorée.\"\r\n"
        );
    }

    #[test]
    fn codes_are_written_as_they_are_printed() {
        let code = CertificateCode::parse("vzjg4ph2g8").unwrap();
        assert_eq!(
            *codes([("02601234", &code)]),
            "\u{feff}numero_dossier;code_certificat\r\n02601234;VZJG4-PH2G8\r\n"
        );
    }
}
