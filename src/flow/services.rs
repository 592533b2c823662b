//! The operator changes which services are registered: the whole catalogue must fit together, or nothing changes.

use std::sync::Arc;

use super::Fault;
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::catalogue::{Catalogue, CatalogueProblem, Service};
use crate::store::{self, Conn, StoreError};

/// What to do with a definition whose key is registered already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It takes the place of the old one.
    Replace,
    /// The whole change is refused.
    Refuse,
}

/// What registering does, key by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Registered now.
    pub added: Vec<String>,
    /// Defined otherwise than before.
    pub changed: Vec<String>,
    /// Defined as before.
    pub unchanged: Vec<String>,
}

/// Why services are not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A definition is wrong, or two do not fit together.
    #[error(transparent)]
    Catalogue(#[from] CatalogueProblem),
    /// The key is another service's.
    #[error("service {0} is registered already")]
    Registered(String),
    /// A registered definition cannot be read.
    #[error("the registered service {0} cannot be read")]
    Unreadable(String),
}

/// Registers `services`, all of them or, when anything is wrong, none.
///
/// # Errors
/// When the database does not answer.
pub async fn register(
    app: &App,
    services: Vec<Service>,
    known: Known,
    scene: &Scene,
) -> Result<Result<Changes, Vec<Problem>>, Fault> {
    let now = app.clock.now();
    let (scene, entropy) = (scene.clone(), Arc::clone(&app.entropy));
    let outcome = app
        .db
        .write(move |conn| {
            let changes = match decide(conn, &services, known)? {
                Ok(changes) => changes,
                Err(problems) => return Ok(Err(problems)),
            };
            let written = |service: &&Service| !changes.unchanged.contains(&service.key);
            for service in services.iter().filter(written) {
                let definition = serde_json::to_string(service).unwrap_or_default();
                store::services::put(conn, &service.key, &definition, now)?;
                let event = Event::ServiceChanged { how: "put" };
                store::audit::append(conn, &event.record(&scene.at(&service.key), &entropy, now))?;
            }
            Ok(Ok(changes))
        })
        .await?;
    app.refresh_catalogue().await?;
    Ok(outcome)
}

/// What [`register`] would do. Nothing is written.
///
/// # Errors
/// When the database does not answer.
pub async fn preview(
    app: &App,
    services: Vec<Service>,
    known: Known,
) -> Result<Result<Changes, Vec<Problem>>, Fault> {
    Ok(app.db.read(move |conn| decide(conn, &services, known)).await?)
}

/// Removes a service; answers whether there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(app: &App, key: &str, scene: &Scene) -> Result<bool, Fault> {
    let now = app.clock.now();
    let (key, scene, entropy) = (key.to_owned(), scene.at(key), Arc::clone(&app.entropy));
    let removed = app
        .db
        .write(move |conn| {
            if !store::services::remove(conn, &key)? {
                return Ok(false);
            }
            let event = Event::ServiceChanged { how: "removed" };
            store::audit::append(conn, &event.record(&scene, &entropy, now))?;
            Ok(true)
        })
        .await?;
    app.refresh_catalogue().await?;
    Ok(removed)
}

fn decide(
    conn: &mut Conn,
    services: &[Service],
    known: Known,
) -> Result<Result<Changes, Vec<Problem>>, StoreError> {
    let mut problems = Vec::new();
    let mut registered: Vec<Service> = Vec::new();
    for (key, text) in store::services::all(conn)? {
        match serde_json::from_str(&text) {
            Ok(service) => registered.push(service),
            Err(_) => problems.push(Problem::Unreadable(key)),
        }
    }
    let mut changes = Changes::default();
    for service in services {
        let key = service.key.clone();
        match registered.iter().find(|other| other.key == key) {
            Some(_) if known == Known::Refuse => problems.push(Problem::Registered(key)),
            Some(other) if other == service => changes.unchanged.push(key),
            Some(_) => changes.changed.push(key),
            None => changes.added.push(key),
        }
    }
    registered.retain(|old| services.iter().all(|new| new.key != old.key));
    registered.extend(services.iter().cloned());
    if let Err(wrong) = Catalogue::new(registered) {
        problems.extend(wrong.into_iter().map(Problem::Catalogue));
    }
    Ok(if problems.is_empty() {
        Ok(changes)
    } else {
        Err(problems)
    })
}

#[cfg(test)]
mod tests;
