//! The operator's acts, on a real database.

use chrono::{Duration, TimeZone, Utc};
use secrecy::ExposeSecret;

use super::*;
use crate::config::{Config, DatabasePlace};
use crate::kernel::clock::ManualClock;
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::{Key, Keyring};
use crate::password::Checked;
use crate::people::account::Kind;
use crate::people::code::CertificateCode;
use crate::people::names::Names;
use crate::store::sessions::Session;

struct World {
    app: App,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.database.place = DatabasePlace::Sqlite(folder.path().join("v.db"));
        config.hashing.memory_kib = 64;
        config.hashing.threads = 1;
        let clock = ManualClock::at(Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap());
        let keyring = Keyring::new(Key::new([7; 32]), []);
        let app = App::build(config, &keyring, Arc::new(clock), Arc::new(Entropy::seeded(5))).unwrap();
        Self { app, _folder: folder }
    }

    async fn make(&self, login: &str, password: PasswordFrom) -> Result<Created, Objection> {
        let asked = NewAccount {
            login: login.to_owned(),
            names: Names::new("Aline", "Tarnevoix"),
            kind: Kind::Staff,
            mail: None,
            reference: None,
            password,
        };
        create(&self.app, asked, &scene()).await.unwrap()
    }

    async fn holder(&self, login: &str) -> Holder {
        let login = login.to_owned();
        let found = self.app.db.read(move |conn| find(conn, &login));
        found.await.unwrap().unwrap()
    }

    async fn open_session(&self, login: &str) {
        let holder = self.holder(login).await;
        let now = self.app.clock.now();
        let session = Session {
            digest: self.app.entropy.bytes(),
            account: holder.account.id,
            epoch: holder.account.epoch,
            opened_at: now,
            authenticated_at: now,
            used_at: now,
            idle: Duration::hours(2),
            expires_at: now + Duration::hours(10),
            public_computer: false,
            long_term: false,
            device: "Firefox · Linux".to_owned(),
            address: "192.0.2.1".to_owned(),
        };
        let cookie = self.app.entropy.bytes();
        self.app
            .db
            .write(move |conn| store::sessions::open(conn, &session, &cookie))
            .await
            .unwrap();
    }

    async fn sessions(&self, login: &str) -> usize {
        show(&self.app, &typed(login)).await.unwrap().unwrap().sessions
    }

    async fn events(&self, login: &str) -> Vec<String> {
        let id = self.holder(login).await.account.id;
        let records = self
            .app
            .db
            .read(move |conn| store::audit::newest(conn, Some(&id), 100))
            .await
            .unwrap();
        assert!(records.iter().all(|record| record.actor == "operator nobody"));
        records.into_iter().map(|record| record.event).collect()
    }
}

fn scene() -> Scene {
    Scene::operator("nobody")
}

fn typed(login: &str) -> Login {
    Login::typed(login).unwrap()
}

#[tokio::test]
async fn an_account_made_by_hand_is_active_and_its_password_is_right() {
    let world = World::new();

    let created = world.make("atarnevoix", PasswordFrom::Server).await.unwrap();

    let password = created.password.unwrap();
    let password = password.expose_secret();
    assert_eq!(password.split('-').count(), 4);
    let holder = world.holder("atarnevoix").await;
    assert_eq!(holder.account.standing, "active");
    assert_eq!(holder.account.password_kind.as_deref(), Some("generated"));
    assert_eq!(created.mail, "aline.tarnevoix@univ.example");
    let typed = crate::people::generated::canonical(password).as_str().into();
    let stored = holder.account.password_hash.as_deref();
    assert_eq!(
        world.app.hasher.check(&typed, stored).await.unwrap(),
        Checked::Right
    );
    assert_eq!(world.events("atarnevoix").await, ["account_created"]);
}

#[tokio::test]
async fn a_password_typed_by_the_operator_follows_the_rules() {
    let world = World::new();

    let refused = world
        .make("atarnevoix", PasswordFrom::Operator("tarnevoix".into()))
        .await;
    assert!(matches!(refused, Err(Objection::Password(_))), "{refused:?}");

    let created = world
        .make(
            "atarnevoix",
            PasswordFrom::Operator("dix-huit chevaux bleus".into()),
        )
        .await
        .unwrap();
    assert!(created.password.is_none());
    assert_eq!(
        world.holder("atarnevoix").await.account.password_kind.as_deref(),
        Some("chosen")
    );
}

#[tokio::test]
async fn a_login_is_made_once_and_has_the_shape_of_one() {
    let world = World::new();
    world.make("atarnevoix", PasswordFrom::Server).await.unwrap();

    assert_eq!(
        world.make("ATarnevoix", PasswordFrom::Server).await.map(drop),
        Err(Objection::Taken)
    );
    for wrong in ["a b", "1abc", "ab", "éloïse", "a/../b", "a@univ.example"] {
        assert_eq!(
            world.make(wrong, PasswordFrom::Server).await.map(drop),
            Err(Objection::Login),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_locked_account_loses_its_sessions_and_opens_nothing() {
    let world = World::new();
    world.make("atarnevoix", PasswordFrom::Server).await.unwrap();
    world.open_session("atarnevoix").await;
    world.open_session("atarnevoix").await;
    let before = world.holder("atarnevoix").await.account.epoch;

    let locked = lock(&world.app, &typed("ATarnevoix"), &scene()).await.unwrap();

    let account = world.holder("atarnevoix").await.account;
    assert_eq!(locked, Act::Done(2));
    assert_eq!(world.sessions("atarnevoix").await, 0);
    assert_eq!(
        (account.standing.as_str(), account.epoch),
        ("suspended", before + 1)
    );
    let mut events = world.events("atarnevoix").await;
    events.sort();
    assert_eq!(
        events,
        [
            "account_created",
            "session_closed",
            "session_closed",
            "standing_changed"
        ]
    );
    assert_eq!(
        lock(&world.app, &typed("atarnevoix"), &scene()).await.unwrap(),
        Act::Already
    );
}

#[tokio::test]
async fn an_unlocked_account_is_as_usable_as_before_and_no_more() {
    let world = World::new();
    world.make("atarnevoix", PasswordFrom::Server).await.unwrap();
    let login = typed("atarnevoix");
    let id = world.holder("atarnevoix").await.account.id;

    assert_eq!(unlock(&world.app, &login, &scene()).await.unwrap(), Act::Already);
    lock(&world.app, &login, &scene()).await.unwrap();
    assert_eq!(
        unlock(&world.app, &login, &scene()).await.unwrap(),
        Act::Done("active")
    );
    lock(&world.app, &login, &scene()).await.unwrap();
    let now = world.app.clock.now();
    world
        .app
        .db
        .write(move |conn| store::people::end_rights_by(conn, &id, now + Duration::days(9), now))
        .await
        .unwrap();
    assert_eq!(
        unlock(&world.app, &login, &scene()).await.unwrap(),
        Act::Done("leaving")
    );
}

#[tokio::test]
async fn nothing_is_done_to_an_account_that_is_closed_or_not_there() {
    let world = World::new();
    world.make("atarnevoix", PasswordFrom::Server).await.unwrap();
    let id = world.holder("atarnevoix").await.account.id;
    let now = world.app.clock.now();
    world
        .app
        .db
        .write(move |conn| store::accounts::set_standing(conn, &id, "closed", now))
        .await
        .unwrap();

    for (login, expected) in [("atarnevoix", Act::Closed), ("nobody", Act::Unknown)] {
        assert_eq!(lock(&world.app, &typed(login), &scene()).await.unwrap(), expected);
        assert_eq!(
            new_code(&world.app, &typed(login), &scene()).await.unwrap(),
            match expected {
                Act::Closed => Act::Closed,
                _ => Act::Unknown,
            }
        );
    }
}

#[tokio::test]
async fn signing_out_ends_the_sessions_and_leaves_the_account() {
    let world = World::new();
    world.make("atarnevoix", PasswordFrom::Server).await.unwrap();
    world.open_session("atarnevoix").await;

    let ended = sign_out(&world.app, &typed("atarnevoix"), &scene())
        .await
        .unwrap();

    assert_eq!(ended, Act::Done(1));
    assert_eq!(world.sessions("atarnevoix").await, 0);
    assert_eq!(world.holder("atarnevoix").await.account.standing, "active");
}

#[tokio::test]
async fn a_new_code_voids_the_one_before() {
    let world = World::new();
    world.make("atarnevoix", PasswordFrom::Server).await.unwrap();
    let login = typed("atarnevoix");

    let Act::Done(_) = new_code(&world.app, &login, &scene()).await.unwrap() else {
        panic!("no first code");
    };
    let Act::Done(second) = new_code(&world.app, &login, &scene()).await.unwrap() else {
        panic!("no second code");
    };

    let id = world.holder("atarnevoix").await.account.id;
    let codes = world
        .app
        .db
        .read(move |conn| store::codes::newest(conn, &id))
        .await
        .unwrap();
    let now = world.app.clock.now();
    let good: Vec<_> = codes.iter().filter(|code| code.is_good(now)).collect();
    let typed = CertificateCode::parse(&second).unwrap();
    assert_eq!((codes.len(), good.len()), (2, 1));
    assert!(
        world
            .app
            .hasher
            .is_code(&typed.canonical().into(), &good[0].secret)
    );
}

#[tokio::test]
async fn what_is_shown_holds_no_secret() {
    let world = World::new();
    world.make("atarnevoix", PasswordFrom::Server).await.unwrap();
    new_code(&world.app, &typed("atarnevoix"), &scene())
        .await
        .unwrap();

    let shown = show(&world.app, &typed("atarnevoix")).await.unwrap().unwrap();

    let text = serde_json::to_string(&shown).unwrap();
    assert!(
        shown.has_code && !text.contains("argon2") && !text.contains("birth"),
        "{text}"
    );
    assert_eq!(shown.name, "Aline Tarnevoix");
}
