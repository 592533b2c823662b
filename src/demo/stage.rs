//! The people and services of the demonstration: imported like real ones, then put where the play needs them.

use std::sync::Arc;

use chrono::Datelike;

use super::Options;
use super::services::{Definition, LogoutKind};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::catalogue::{self, Localized, LogoutPolicy, Service, Tile};
use crate::flow::Fault;
use crate::flow::import::{Coverage, Unwatched, Wishes, apply, compare};
use crate::people::account::PasswordKind;
use crate::people::generated::GeneratedPassword;
use crate::roster::demo::{DemoRoster, DemoRow, Dirt, FileEncoding, State, to_csv};
use crate::roster::plan::Insistence;
use crate::roster::row::GivenNames;
use crate::store::{self, StoreError};

/// Something to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What.
    pub title: &'static str,
    /// With which words.
    pub lines: Vec<String>,
}

/// Registers the sample services.
pub(super) async fn register(app: &App, definitions: &[Definition; 4]) -> Result<(), Fault> {
    let now = app.clock.now();
    let services: Vec<Service> = definitions
        .iter()
        .zip(1..)
        .map(|(one, order)| service(one, order))
        .collect();
    let entropy = Arc::clone(&app.entropy);
    let written = app.db.write(move |conn| {
        for service in &services {
            let text = serde_json::to_string(service).map_err(|_| StoreError::Corrupt {
                table: "services",
                column: "definition",
                row: service.key.clone(),
            })?;
            store::services::put(conn, &service.key, &text, now)?;
            let scene = Scene::operator("demo").at(&service.key);
            store::audit::append(
                conn,
                &Event::ServiceChanged { how: "put" }.record(&scene, &entropy, now),
            )?;
        }
        Ok(())
    });
    Ok(written.await?)
}

fn service(definition: &Definition, order: i32) -> Service {
    Service {
        key: definition.key.into(),
        name: Localized {
            fr: definition.name_fr.into(),
            en: definition.name_en.into(),
        },
        description: Some(Localized {
            fr: definition.description_fr.into(),
            en: definition.description_en.into(),
        }),
        url: definition.url.clone(),
        aliases: Vec::new(),
        enabled: true,
        sso: true,
        username_attribute: None,
        release: definition
            .attributes
            .iter()
            .map(|name| catalogue::Release::Plain((*name).into()))
            .collect(),
        logout: LogoutPolicy {
            kind: match definition.logout {
                LogoutKind::BackChannel => catalogue::LogoutKind::BackChannel,
                LogoutKind::None => catalogue::LogoutKind::None,
            },
            ..LogoutPolicy::default()
        },
        proxy: catalogue::ProxyPolicy::default(),
        response: None,
        ticket_seconds: None,
        tile: Some(Tile {
            url: definition.url.clone(),
            order,
        }),
        affiliations: Vec::new(),
    }
}

/// Imports an invented roster and opens the accounts that are in use; answers what there is to try.
pub(super) async fn enter(app: &App, options: Options) -> Result<Vec<Hint>, Fault> {
    let now = app.clock.now();
    let year = if now.month() >= 8 {
        now.year()
    } else {
        now.year() - 1
    };
    let roster = DemoRoster::generate(options.people, options.seed, u16::try_from(year).unwrap_or(2026));
    let file = to_csv(&roster.rows, FileEncoding::Utf8, ';', Dirt::None);
    let wishes = Wishes {
        given_names: GivenNames::default(),
        coverage: Coverage::Part,
        insistence: Insistence::Cautious,
    };
    let draft = compare(app, &file, &wishes)
        .await?
        .map_err(|refused| Fault::Broken(refused.into()))?;
    apply(app, draft, &Scene::operator("demo"), Arc::new(Unwatched)).await?;
    let password = GeneratedPassword::generate(&app.entropy, app.config.password.generated_groups);
    // One password for everybody, hashed once: two thousand hashes would be a minute of waiting.
    let hash = app.hasher.hash(&password.canonical().into()).await?;
    let in_use: Vec<(String, String, &'static str)> = roster
        .rows
        .iter()
        .filter_map(|row| Some((row.kind.as_str().to_owned(), row.number.clone(), standing(row)?)))
        .collect();
    app.db
        .write(move |conn| {
            for (kind, number, standing) in &in_use {
                let Some(holder) = store::accounts::holder_by_reference(conn, kind, number)? else {
                    continue;
                };
                let id = &holder.account.id;
                if store::accounts::activate(conn, id, None, now)? {
                    store::accounts::set_password(conn, id, &hash, PasswordKind::Generated.as_str(), now)?;
                }
                store::accounts::set_standing(conn, id, standing, now)?;
            }
            Ok(())
        })
        .await?;
    hints(app, &roster.rows, &password.display()).await
}

fn standing(row: &DemoRow) -> Option<&'static str> {
    match row.state {
        State::Pending | State::Returning => None,
        State::Active | State::Leaving => Some("active"),
        State::Suspended => Some("suspended"),
    }
}

async fn hints(app: &App, rows: &[DemoRow], password: &str) -> Result<Vec<Hint>, Fault> {
    let of = |state: State| {
        rows.iter()
            .filter(move |row| row.state == state && !row.birth_date.starts_with("00"))
    };
    let mut sign_in = Vec::new();
    for row in of(State::Active).take(3) {
        let (kind, number) = (row.kind.as_str().to_owned(), row.number.clone());
        let found = app
            .db
            .read(move |conn| store::accounts::holder_by_reference(conn, &kind, &number))
            .await?;
        if let Some(holder) = found {
            sign_in.push(format!(
                "{:<14} {password}    {}",
                holder.account.login,
                name(row)
            ));
        }
    }
    let identity = |row: &DemoRow| format!("file number {}, born {}", row.number, row.birth_date);
    let activate = of(State::Pending)
        .take(1)
        .map(|row| format!("{}    {}", identity(row), name(row)))
        .collect();
    let recover = of(State::Active)
        .nth(4)
        .map(|row| {
            format!(
                "{}, certificate code {}    {}",
                identity(row),
                row.code,
                name(row)
            )
        })
        .into_iter()
        .collect();
    Ok(vec![
        Hint {
            title: "Sign in (one password for everybody in this demonstration):",
            lines: sign_in,
        },
        Hint {
            title: "Get an account for the first time (Obtenir mon compte):",
            lines: activate,
        },
        Hint {
            title: "Get lost credentials back (Mot de passe oublié):",
            lines: recover,
        },
    ])
}

fn name(row: &DemoRow) -> String {
    format!("{} {}", row.given_names, row.birth_name)
        .trim()
        .to_owned()
}
