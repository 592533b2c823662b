//! `vestibule demo-roster`: the roster of an invented university.

use chrono::Datelike;

use super::arguments::{DemoRoster as Asked, Encoding};
use super::{Done, Failure, Outcome, Surroundings};
use crate::roster::demo::{DemoRoster, Dirt, FileEncoding, to_csv};

pub(super) fn run(asked: &Asked, around: &mut Surroundings) -> Outcome {
    let year = asked.year.unwrap_or_else(|| {
        let today = around.clock.now();
        // The academic year begins in September and is prepared in August.
        let year = today.year() - i32::from(today.month() < 8);
        u16::try_from(year).unwrap_or(2026)
    });
    let roster = DemoRoster::generate(asked.n, asked.seed, year);
    let encoding = match asked.encoding {
        Encoding::Utf8 => FileEncoding::Utf8,
        Encoding::Utf8Bom => FileEncoding::Utf8Bom,
        Encoding::Cp1252 => FileEncoding::Windows1252,
    };
    let dirt = if asked.dirty { Dirt::Rows } else { Dirt::None };
    let file = to_csv(&roster.rows, encoding, asked.sep, dirt);
    match &asked.out {
        None => around.console.bytes(&file)?,
        Some(path) => {
            std::fs::write(path, &file)
                .map_err(|error| Failure::line(format!("{} cannot be written: {error}", path.display())))?;
            around.console.say(&format!(
                "written: {}, {} rows",
                path.display(),
                roster.rows.len()
            ));
        }
    }
    Ok(Done::All)
}
