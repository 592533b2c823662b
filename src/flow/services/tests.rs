//! Registering services, on a real database.

use std::sync::Arc;

use chrono::TimeZone;

use super::*;
use crate::cas::catalogue::{Localized, LogoutPolicy, ProxyPolicy};
use crate::config::{Config, DatabasePlace};
use crate::kernel::clock::ManualClock;
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::{Key, Keyring};

fn app(folder: &tempfile::TempDir) -> App {
    let mut config = Config::default();
    config.database.place = DatabasePlace::Sqlite(folder.path().join("v.db"));
    config.hashing.threads = 1;
    let clock = ManualClock::at(chrono::Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap());
    let keyring = Keyring::new(Key::new([7; 32]), []);
    App::build(config, &keyring, Arc::new(clock), Arc::new(Entropy::seeded(5))).unwrap()
}

fn service(key: &str, url: &str) -> Service {
    Service {
        key: key.to_owned(),
        name: Localized {
            fr: "Messagerie".to_owned(),
            en: "Mail".to_owned(),
        },
        description: None,
        url: url.to_owned(),
        aliases: Vec::new(),
        enabled: true,
        sso: true,
        username_attribute: None,
        release: Vec::new(),
        logout: LogoutPolicy::default(),
        proxy: ProxyPolicy::default(),
        response: None,
        ticket_seconds: None,
        tile: None,
        affiliations: Vec::new(),
    }
}

async fn put(app: &App, services: &[Service], known: Known) -> Result<Changes, Vec<String>> {
    let scene = Scene::operator("nobody");
    let outcome = register(app, services.to_vec(), known, &scene).await.unwrap();
    outcome.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

async fn audit(app: &App) -> Vec<(String, Option<String>)> {
    let records = app
        .db
        .read(|conn| store::audit::newest(conn, None, 100))
        .await
        .unwrap();
    records
        .into_iter()
        .map(|record| (record.event, record.service))
        .collect()
}

#[tokio::test]
async fn a_service_is_registered_in_use_and_in_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(&folder);

    let changes = put(
        &app,
        &[service("mail", "https://mail.univ.example/")],
        Known::Refuse,
    )
    .await;

    assert_eq!(changes.unwrap().added, ["mail"]);
    assert!(app.catalogue().service("mail").is_some());
    assert_eq!(
        audit(&app).await,
        [("service_changed".to_owned(), Some("mail".to_owned()))]
    );
}

#[tokio::test]
async fn a_tie_with_a_registered_service_registers_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(&folder);
    put(
        &app,
        &[service("mail", "https://mail.univ.example/")],
        Known::Refuse,
    )
    .await
    .unwrap();

    let refused = put(
        &app,
        &[
            service("courses", "https://courses.univ.example/"),
            service("webmail", "https://mail.univ.example"),
        ],
        Known::Replace,
    )
    .await;

    assert_eq!(
        refused,
        Err(vec![
            "services mail and webmail have the same rule https://mail.univ.example".to_owned()
        ])
    );
    assert!(app.catalogue().service("courses").is_none());
    assert_eq!(audit(&app).await.len(), 1);
}

#[tokio::test]
async fn a_known_key_is_refused_or_replaced_as_asked_and_the_same_again_is_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(&folder);
    let (old, new) = (
        service("mail", "https://mail.univ.example/"),
        service("mail", "https://webmail.univ.example/"),
    );
    put(&app, std::slice::from_ref(&old), Known::Refuse)
        .await
        .unwrap();

    assert_eq!(
        put(&app, std::slice::from_ref(&new), Known::Refuse).await,
        Err(vec!["service mail is registered already".to_owned()])
    );
    let same = put(&app, std::slice::from_ref(&old), Known::Replace)
        .await
        .unwrap();
    assert_eq!(same.unchanged, ["mail"]);
    assert_eq!(audit(&app).await.len(), 1);
    let changed = put(&app, std::slice::from_ref(&new), Known::Replace)
        .await
        .unwrap();
    assert_eq!(changed.changed, ["mail"]);
    assert_eq!(
        app.catalogue().service("mail").map(|service| service.url.clone()),
        Some(new.url)
    );
}

#[tokio::test]
async fn a_preview_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(&folder);

    let changes = preview(
        &app,
        vec![service("mail", "https://mail.univ.example/")],
        Known::Replace,
    )
    .await;

    assert_eq!(changes.unwrap().unwrap().added, ["mail"]);
    app.refresh_catalogue().await.unwrap();
    assert!(app.catalogue().services().is_empty());
}

#[tokio::test]
async fn a_service_is_removed_once() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(&folder);
    let scene = Scene::operator("nobody");
    put(
        &app,
        &[service("mail", "https://mail.univ.example/")],
        Known::Refuse,
    )
    .await
    .unwrap();

    assert!(remove(&app, "mail", &scene).await.unwrap());
    assert!(!remove(&app, "mail", &scene).await.unwrap());

    assert!(app.catalogue().services().is_empty());
    assert_eq!(audit(&app).await.len(), 2);
}
