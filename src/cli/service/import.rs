//! `vestibule service import`: this server's own definitions, or those of Apereo CAS.

use std::fs;
use std::path::Path;

use super::super::{Done, Failure, Outcome, Surroundings, open};
use super::{definitions, failed, register, tell};
use crate::app::App;
use crate::cas::apereo::{self, Effect, Entry, File, Imported};
use crate::cas::catalogue::Service;
use crate::flow::services::{self, Known};
use crate::people::attributes;

pub(super) fn run(app: &App, path: &Path, apply: bool, around: &mut Surroundings) -> Outcome {
    let foreign = foreign(path)?;
    if foreign.is_empty() {
        let services = definitions(path)?;
        return take(app, services, apply, around);
    }
    let imported = apereo::import(&foreign, &attributes::NAMES);
    around.console.data(&report(&imported))?;
    let all = imported.entries.len();
    let services: Vec<Service> = imported
        .entries
        .into_iter()
        .filter_map(|entry| entry.outcome.ok())
        .collect();
    let refused = all - services.len();
    if services.is_empty() {
        around
            .console
            .say("nothing was written: no definition can be taken");
    } else {
        take(app, services, apply, around)?;
    }
    Ok(if refused > 0 {
        Done::WithRefusals
    } else {
        Done::All
    })
}

/// Registers services, or says what that would change.
fn take(app: &App, services: Vec<Service>, apply: bool, around: &mut Surroundings) -> Outcome {
    if apply {
        return register(app, services, Known::Replace, around);
    }
    let changes = open::block_on(services::preview(app, services, Known::Replace))??.map_err(failed)?;
    tell(&changes, around);
    around.console.say("nothing was written: add --apply to register");
    Ok(Done::All)
}

/// The definitions of another server: of a folder, sorted by name, or one. Empty for a file of another kind.
fn foreign(path: &Path) -> Result<Vec<File>, Failure> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        Failure::line(format!("{} cannot be read: {error}", path.display()))
    };
    let mut paths = Vec::new();
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            paths.push(entry.map_err(|error| unreadable(path, &error))?.path());
        }
        paths.sort();
    } else {
        paths.push(path.to_owned());
    }
    let mut files = Vec::new();
    for file in paths {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if apereo::is_definition(&name) && file.is_file() {
            let bytes = fs::read(&file).map_err(|error| unreadable(&file, &error))?;
            let text = text(bytes);
            files.push(File { name, text });
        }
    }
    if files.is_empty() && path.is_dir() {
        let path = path.display();
        return Err(Failure::line(format!(
            "{path} holds no .json, .yml or .yaml file"
        )));
    }
    Ok(files)
}

/// UTF-8, or what an editor of its time wrote.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| encoding_rs::WINDOWS_1252.decode(error.as_bytes()).0.into_owned())
}

/// A paragraph a file, then what concerns several.
fn report(imported: &Imported) -> String {
    let mut lines = Vec::new();
    let mut counts = [0; 4];
    for entry in &imported.entries {
        counts[paragraph(entry, &mut lines)] += 1;
    }
    lines.extend(imported.warnings.iter().map(|warning| format!("look: {warning}")));
    let [whole, narrowed, disabled, refused] = counts;
    lines.push(format!(
        "{whole} as they are, {narrowed} narrowed, {disabled} disabled, {refused} not taken\n"
    ));
    lines.join("\n")
}

/// Adds the lines of a file; answers which of the four outcomes it is.
fn paragraph(entry: &Entry, lines: &mut Vec<String>) -> usize {
    let service = match &entry.outcome {
        Ok(service) => service,
        Err(why) => {
            lines.push(format!("{}: not taken: {why}", entry.file));
            return 3;
        }
    };
    let (index, words) = match (entry.effect(), service.enabled) {
        (Effect::Ignored, true) => (0, "as it is"),
        (Effect::Ignored, false) => (0, "as it is, disabled as before"),
        (Effect::Narrowed, true) => (1, "narrowed"),
        (Effect::Narrowed, false) => (1, "narrowed, disabled as before"),
        (Effect::Closed, _) => (2, "taken but disabled"),
    };
    lines.push(format!("{}: {}, {words}", entry.file, service.key));
    lines.extend(service.rule_texts().map(|rule| format!("    {rule}")));
    let of = |effect| {
        let remarks = entry.remarks.iter().filter(move |remark| remark.effect == effect);
        remarks.map(|remark| remark.words.as_str())
    };
    lines.extend(of(Effect::Closed).map(|words| format!("  disabled: {words}")));
    lines.extend(of(Effect::Narrowed).map(|words| format!("  narrowed: {words}")));
    let ignored: Vec<&str> = of(Effect::Ignored).collect();
    if !ignored.is_empty() {
        lines.push(format!("  ignored: {}", ignored.join(", ")));
    }
    index
}
