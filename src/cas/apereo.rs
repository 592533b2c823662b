//! The service definitions of Apereo CAS, turned into this server's own: never wider, and what is lost is told ([S-2]).
//!
//! - `json` and `yaml` read the files, `value` what Java left in them.
//! - `pattern` unfolds the regular expression of a definition, [`rules`] turns what comes out into rules.
//! - `definition` maps one definition, with `access`, `release` and `proxy` for its policies.
//! - `order` finds what the order of evaluation decided.
//! - [`remark`] is what is said of a definition.

mod access;
mod definition;
mod json;
mod order;
mod pattern;
mod proxy;
mod release;
pub mod remark;
pub mod rules;
mod text;
mod value;
mod yaml;

use unicode_normalization::UnicodeNormalization;

use self::definition::Taken;
pub use self::remark::{Effect, Remark};
use super::catalogue::Service;

/// The longest file that is read, in bytes; real definitions have two thousand.
const LONGEST: usize = 1 << 20;
const LONGEST_KEY: usize = 40;

/// A file of one definition.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name, which says what it is written in.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file's name.
    pub file: String,
    /// The service, or why there is none.
    pub outcome: Result<Service, String>,
    /// Where the service is not what the definition said.
    pub remarks: Vec<Remark>,
}

impl Entry {
    /// The gravest of the remarks.
    pub fn effect(&self) -> Effect {
        let effects = self.remarks.iter().map(|remark| remark.effect);
        effects.max().unwrap_or(Effect::Ignored)
    }
}

/// What became of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// File by file, in the order given.
    pub entries: Vec<Entry>,
    /// What concerns several definitions.
    pub warnings: Vec<String>,
}

/// Whether a file of this name is read as a definition: `.json`, `.yml`, `.yaml`.
pub fn is_definition(name: &str) -> bool {
    Format::of(name).is_some()
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Yaml,
}

impl Format {
    fn of(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "yml" | "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// A file on its way: what its definition became, or why nothing.
struct Draft {
    file: String,
    order: i64,
    /// Whether the definition kept somebody out.
    guards: bool,
    taken: Result<Taken, String>,
}

/// Turns definitions into services; `attributes` are the names of the attributes known here.
pub fn import(files: &[File], attributes: &[&str]) -> Imported {
    let mut drafts: Vec<Draft> = files.iter().map(|file| draft(file, attributes)).collect();
    // The order in which the original tried them.
    let mut taken: Vec<&mut Taken> = drafts
        .iter_mut()
        .filter_map(|draft| draft.taken.as_mut().ok())
        .collect();
    taken.sort_by_key(|taken| {
        (
            taken.order,
            taken.service.name.fr.to_lowercase(),
            taken.pattern.clone(),
        )
    });
    for (index, words) in order::untie(&mut taken) {
        taken[index].remarks.narrowed(words);
    }
    name_keys(&mut taken);
    let mut warnings = order::changed(&taken.iter().map(|taken| &**taken).collect::<Vec<_>>());
    for draft in &mut drafts {
        settle(draft);
    }
    warnings.extend(unguarded(&drafts));
    if drafts.iter().any(|draft| {
        draft
            .taken
            .as_ref()
            .is_ok_and(|taken| !taken.service.proxy.callbacks.is_empty())
    }) {
        warnings.push(
            "a web service that is called with proxy tickets needs `proxy = { accepts_proxy_tickets = true }`: the \
             original let every service have them"
                .to_owned(),
        );
    }
    let entries = drafts.into_iter().map(|draft| match draft.taken {
        Ok(taken) => Entry {
            file: draft.file,
            outcome: Ok(taken.service),
            remarks: taken.remarks.0,
        },
        Err(why) => Entry {
            file: draft.file,
            outcome: Err(why
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect()),
            remarks: Vec::new(),
        },
    });
    Imported {
        entries: entries.collect(),
        warnings,
    }
}

fn draft(file: &File, attributes: &[&str]) -> Draft {
    let mut draft = Draft {
        file: file.name.clone(),
        order: 0,
        guards: false,
        taken: Err(String::new()),
    };
    let read = match Format::of(&file.name) {
        _ if file.text.len() > LONGEST => Err("it is longer than 1 MiB".to_owned()),
        Some(Format::Json) => json::read(&file.text).map_err(|error| error.to_string()),
        Some(Format::Yaml) => yaml::read(&file.text).map_err(|error| error.to_string()),
        None => Err("it is neither JSON nor YAML".to_owned()),
    };
    draft.taken = read.and_then(|value| {
        let object = value
            .as_object()
            .ok_or("it holds no object: is it a service definition?")?;
        draft.order = definition::order(object);
        draft.guards = ["accessStrategy", "multifactorPolicy", "enabled"]
            .iter()
            .filter_map(|name| object.get(*name))
            .any(keeps_out);
        definition::read(object, attributes)
    });
    draft
}

/// Whether a policy keeps anybody out: it is switched off, or sets more than the two switches.
fn keeps_out(policy: &serde_json::Value) -> bool {
    match policy.as_object() {
        None => value::truth(policy) == Some(false),
        Some(object) => {
            let off = ["enabled", "ssoEnabled"]
                .iter()
                .any(|name| object.get(*name).and_then(value::truth) == Some(false));
            off || value::settings(object).any(|(name, _)| !matches!(name, "enabled" | "ssoEnabled"))
        }
    }
}

/// What a definition is in the end: nothing, when no rule is left or the catalogue would not have it.
fn settle(draft: &mut Draft) {
    let Ok(taken) = &draft.taken else { return };
    if taken.service.url.is_empty() {
        draft.taken = Err("all its addresses belong to definitions that came first".to_owned());
    } else if let Err(problems) = taken.service.check() {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        draft.taken = Err(problems.join("; "));
    }
}

/// Definitions that kept people out, are not taken in full and stood before others: what the others let in now.
fn unguarded(drafts: &[Draft]) -> Vec<String> {
    let lost = |draft: &&Draft| {
        draft.guards
            && draft.taken.as_ref().map_or(true, |taken| {
                taken
                    .remarks
                    .0
                    .iter()
                    .any(|remark| remark.words.starts_with("serviceId"))
            })
    };
    drafts
        .iter()
        .filter(lost)
        .filter_map(|guard| {
            let after: Vec<&str> = drafts
                .iter()
                .filter(|draft| draft.file != guard.file && draft.order >= guard.order)
                .filter_map(|draft| draft.taken.as_ref().ok())
                .map(|taken| taken.service.key.as_str())
                .collect();
            (!after.is_empty()).then(|| {
                format!(
                    "{} kept people out and is not taken in full: see that none of its addresses is let in by {}",
                    guard.file,
                    after.join(", ")
                )
            })
        })
        .collect()
}

/// Keys from names. Of those that come to the same, the smallest id keeps it: identifiers grow, so that a definition
/// added later changes no key.
fn name_keys(taken: &mut [&mut Taken]) {
    let mut by_id: Vec<usize> = (0..taken.len()).collect();
    by_id.sort_by_key(|index| (taken[*index].id, taken[*index].pattern.clone()));
    let mut used: Vec<String> = Vec::new();
    for index in by_id {
        let Taken { id, service, .. } = &mut *taken[index];
        let slug = slug(&service.name.fr);
        let mut key = slug.clone();
        let mut number = id.unsigned_abs();
        while used.contains(&key) {
            let suffix = format!("-{number}");
            key = slug.chars().take(LONGEST_KEY - suffix.len()).collect::<String>() + &suffix;
            number += 1;
        }
        used.push(key.clone());
        service.key = key;
    }
}

/// `Messagerie (étudiants)` is `messagerie-etudiants`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
    {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == LONGEST_KEY {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "service" } else { slug }.to_owned()
}

#[cfg(test)]
mod tests;
