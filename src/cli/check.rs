//! `vestibule check`: all that would keep the server from starting, and what is worth a warning. Changes nothing.

use std::path::Path;

use secrecy::ExposeSecret;

use super::{Console, Done, Failure, Outcome, Surroundings, configuration, open};
use crate::app::{Unbuilt, compile, outbound, policy};
use crate::config::keys::{self, KeyError};
use crate::config::{Config, KeyFiles};
use crate::kernel::clock::Clock;
use crate::store::survey::{Content, Survey, survey, survey_registry};
use crate::store::{Place, Unopened};
use crate::web::pages::Pages;
use crate::web::site;

pub(super) fn run(file: Option<&Path>, around: &mut Surroundings) -> Outcome {
    let config = configuration(file, around)?;
    let console = &mut around.console;
    let origin = file.map_or_else(
        || "no configuration file: the built-in values hold".to_owned(),
        |file| format!("{}: sound", file.display()),
    );
    console.say(&origin);
    for warning in config.warnings() {
        console.say(&format!("warning: {warning}"));
    }
    let mut problems = Vec::new();
    let found = database(&config, &*around.clock, console, &mut problems);
    registry(&config, &*around.clock, console, &mut problems);
    key_files(&config, found.as_ref(), console, &mut problems);
    key_in_force(&config, found.as_ref(), &mut problems);
    note(&mut problems, outbound(&config));
    note(&mut problems, policy(&config));
    note(&mut problems, Pages::new(site::of(&config)));
    if !problems.is_empty() {
        return Err(Failure(problems));
    }
    console.say("the server can start");
    Ok(Done::All)
}

/// What was had, or a line more among the problems.
fn note<T>(problems: &mut Vec<String>, outcome: Result<T, impl Into<Failure>>) -> Option<T> {
    outcome.map_err(|error| problems.extend(error.into().0)).ok()
}

/// What the keys have to fit.
struct Found {
    place: String,
    accounts: i64,
    /// The fingerprint of the key that it is used with.
    key: Option<String>,
}

/// Tells what is in the database; `None` when it cannot be read.
fn database(
    config: &Config,
    clock: &dyn Clock,
    console: &mut Console,
    problems: &mut Vec<String>,
) -> Option<Found> {
    let target = note(problems, open::target(config))?;
    let place = target.place();
    let Content {
        schema,
        accounts,
        services,
        key,
        ailment,
    } = match note(problems, survey(&target, clock))? {
        Survey::There(content) => content,
        Survey::New => {
            console.say(&format!("{place}: will be made by serve"));
            return Some(Found {
                place,
                accounts: 0,
                key: None,
            });
        }
    };
    console.say(&format!(
        "{place}: {accounts} accounts, {} registered services",
        services.len()
    ));
    if schema.missing > 0 {
        console.say(&format!(
            "{place}: will be migrated by serve (schema {}, {} behind)",
            schema.version, schema.missing
        ));
    }
    for problem in compile(&services).err().into_iter().flatten() {
        note(problems, Err::<(), _>(Unbuilt::Services(problem)));
    }
    if let Some(ailment) = ailment {
        let place = place.clone();
        note(problems, Err::<(), _>(Unopened::Unusable { place, ailment }));
    }
    Some(Found { place, accounts, key })
}

/// Tells where sessions and tickets are to be kept, where that is another place.
fn registry(config: &Config, clock: &dyn Clock, console: &mut Console, problems: &mut Vec<String>) {
    let place: Result<Place, _> = config.registry.expose_secret().parse();
    let Some(place) = note(problems, place.map_err(Unbuilt::Registry)) else {
        return;
    };
    for warning in place.warnings() {
        console.say(&format!("warning: {warning}"));
    }
    if place.is_elsewhere() && note(problems, survey_registry(&place, clock)).is_some() {
        console.say(&format!("{}: keeps sessions and tickets", place.name()));
    }
}

/// Looks at each key file by itself.
fn key_files(config: &Config, found: Option<&Found>, console: &mut Console, problems: &mut Vec<String>) {
    let first = &config.keys.file;
    for file in std::iter::once(first).chain(&config.keys.former) {
        let alone = KeyFiles {
            file: file.clone(),
            former: Vec::new(),
        };
        match (keys::open(&alone), found) {
            (Err(KeyError::Missing(_)), Some(found))
                if file == first && found.accounts == 0 && found.key.is_none() =>
            {
                console.say(&format!("{}: will be made by serve", file.display()));
            }
            (Err(KeyError::Missing(_)), Some(found)) if file == first => {
                problems.extend(open::lost_key(file, &found.place, found.accounts).0);
            }
            (outcome, _) => {
                note(problems, outcome);
            }
        }
    }
}

/// Looks whether the key that the database is used with is among those of this machine.
fn key_in_force(config: &Config, found: Option<&Found>, problems: &mut Vec<String>) {
    // A file that cannot be read has been told.
    let (
        Some(Found {
            place,
            key: Some(key),
            ..
        }),
        Ok(ring),
    ) = (found, keys::open(&config.keys))
    else {
        return;
    };
    if !ring.fingerprints().contains(key) {
        let (file, place) = (config.keys.file.clone(), place.clone());
        note(problems, Err::<(), _>(Unbuilt::Key { file, place }));
    }
}
