//! `vestibule service …`: the registered services.

mod import;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::arguments::{AddService, Logout, ServiceCommand};
use super::{Done, Failure, Outcome, Surroundings, open};
use crate::app::App;
use crate::cas::catalogue::{
    Explanation, Localized, LogoutKind, LogoutPolicy, ProxyPolicy, Release, RenamedAttribute, Service, Tile,
};
use crate::config::Config;
use crate::flow::services::{self, Changes, Known, Problem};

pub(super) fn run(command: ServiceCommand, config: Config, around: &mut Surroundings) -> Outcome {
    let app = open::app(config, around)?;
    match command {
        ServiceCommand::Add(asked) => add(&app, &asked, around),
        ServiceCommand::List { json } => list(&app, json, around),
        ServiceCommand::Show { key, json } => show(&app, &key, json, around),
        ServiceCommand::Remove { key } => remove(&app, &key, around),
        ServiceCommand::Explain { url } => explain(&app, &url, around),
        ServiceCommand::Import { path, apply } => import::run(&app, &path, apply, around),
    }
}

/// A file of definitions.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Definitions {
    service: Vec<Service>,
}

fn add(app: &App, asked: &AddService, around: &mut Surroundings) -> Outcome {
    let services = match &asked.from {
        None => vec![from_flags(asked)],
        Some(path) => {
            let services = definitions(path)?;
            if services.len() != 1 {
                return Err(Failure::line(format!(
                    "{} defines {} services and one was expected: use vestibule service import",
                    path.display(),
                    services.len()
                )));
            }
            services
        }
    };
    let known = if asked.replace {
        Known::Replace
    } else {
        Known::Refuse
    };
    register(app, services, known, around)
}

fn register(app: &App, services: Vec<Service>, known: Known, around: &mut Surroundings) -> Outcome {
    let scene = around.scene();
    let changes = open::block_on(services::register(app, services, known, &scene))??.map_err(failed)?;
    tell(&changes, around);
    Ok(Done::All)
}

fn tell(changes: &Changes, around: &mut Surroundings) {
    let groups = [
        ("added", &changes.added),
        ("changed", &changes.changed),
        ("unchanged", &changes.unchanged),
    ];
    for (word, keys) in groups {
        if !keys.is_empty() {
            around.console.say(&format!("{word}: {}", keys.join(", ")));
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn failed(problems: Vec<Problem>) -> Failure {
    let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if problems
        .iter()
        .any(|problem| matches!(problem, Problem::Registered(_)))
    {
        lines.push("to redefine a service, add --replace".to_owned());
    }
    Failure(lines)
}

fn definitions(path: &Path) -> Result<Vec<Service>, Failure> {
    let named = |what: String| Failure::line(format!("{} {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(format!("cannot be read: {error}")))?;
    let read: Result<Definitions, toml::de::Error> = toml::from_str(&text);
    read.map(|file| file.service).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.unwrap_or_default().matches('\n').count() + 1;
        named(format!("line {line}: {}", error.message().replace('\n', "; ")))
    })
}

fn from_flags(asked: &AddService) -> Service {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let release = asked.release.iter().map(|name| match name.split_once('=') {
        None => Release::Plain(name.clone()),
        Some((from, to)) => Release::Renamed(RenamedAttribute {
            from: from.to_owned(),
            to: to.to_owned(),
        }),
    });
    Service {
        key: text(&asked.key),
        name: Localized {
            fr: text(&asked.name_fr),
            en: text(&asked.name_en),
        },
        description: None,
        url: text(&asked.url),
        aliases: asked.alias.clone(),
        enabled: true,
        sso: true,
        username_attribute: asked.username_attribute.clone(),
        release: release.collect(),
        logout: LogoutPolicy {
            kind: match asked.logout {
                Logout::None => LogoutKind::None,
                Logout::BackChannel => LogoutKind::BackChannel,
                Logout::FrontChannel => LogoutKind::FrontChannel,
            },
            ..LogoutPolicy::default()
        },
        proxy: ProxyPolicy::default(),
        response: None,
        ticket_seconds: None,
        tile: asked.tile.clone().map(|url| Tile { url, order: 0 }),
        affiliations: asked.affiliation.clone(),
    }
}

fn list(app: &App, json: bool, around: &mut Surroundings) -> Outcome {
    let catalogue = app.catalogue();
    if json {
        around.console.json(&catalogue.services())?;
        return Ok(Done::All);
    }
    for service in catalogue.services() {
        let disabled = if service.enabled { "" } else { "\tdisabled" };
        around.console.data(&format!(
            "{}\t{}\t{}{disabled}\n",
            service.key, service.name.fr, service.url
        ))?;
    }
    if catalogue.services().is_empty() {
        around.console.say("no service is registered");
    }
    Ok(Done::All)
}

fn show(app: &App, key: &str, json: bool, around: &mut Surroundings) -> Outcome {
    let catalogue = app.catalogue();
    let service = catalogue.service(key).ok_or_else(|| unknown(key))?;
    if json {
        around.console.json(service)?;
    } else {
        let text = toml::to_string(&Definitions {
            service: vec![service.clone()],
        })?;
        around.console.data(&text)?;
    }
    Ok(Done::All)
}

fn remove(app: &App, key: &str, around: &mut Surroundings) -> Outcome {
    let scene = around.scene();
    if !open::block_on(services::remove(app, key, &scene))?? {
        return Err(unknown(key));
    }
    around.console.say(&format!("removed: {key}"));
    Ok(Done::All)
}

fn unknown(key: &str) -> Failure {
    Failure::line(format!("no service has the key {key}"))
}

fn explain(app: &App, url: &str, around: &mut Surroundings) -> Outcome {
    let explanation = app.catalogue().explain(url);
    around.console.data(&format!("{explanation}\n"))?;
    Ok(match explanation {
        Explanation::Matched { enabled: true, .. } => Done::All,
        _ => Done::No,
    })
}
