//! A server of its own for each test, in a temporary directory, on a free port, with a manual clock.

use std::net::TcpListener;
use std::sync::Arc;

use chrono::{DateTime, Duration, TimeZone, Utc};
use tempfile::TempDir;
use vestibule::app::App;
use vestibule::cas::catalogue::Service;
use vestibule::config::Config;
use vestibule::jobs::Jobs;
use vestibule::kernel::clock::{Clock, ManualClock};
use vestibule::kernel::entropy::Entropy;
use vestibule::kernel::keyring::{Key, Keyring};
use vestibule::store;
use vestibule::web::{Web, server};

use super::browser::Browser;
use super::people;
use super::postgres::Postgres;

/// A running server; it stops when dropped.
pub struct TestServer {
    pub app: Arc<App>,
    pub clock: ManualClock,
    pub base: String,
    handle: actix_web::dev::ServerHandle,
    jobs: Option<Jobs>,
    folder: TempDir,
    // Behind the app, so that the server outlives its connections.
    _postgres: Option<Arc<Postgres>>,
}

/// What a test wants different.
pub struct Setup {
    environment: Vec<(String, String)>,
    services: Vec<Service>,
    people: bool,
    postgres: Option<Arc<Postgres>>,
}

impl Setup {
    /// Keeps everything in a new database of this PostgreSQL server.
    pub fn on_postgres(mut self, postgres: &Arc<Postgres>) -> Self {
        self.postgres = Some(Arc::clone(postgres));
        self.set("database.url", &postgres.database())
    }

    /// Sets a key of the configuration, `section.key`.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("VESTIBULE__{}", key.replace('.', "__").to_uppercase());
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Registers a service besides the four of every test.
    pub fn service(mut self, toml: &str) -> Self {
        self.services
            .push(toml::from_str(toml).expect("the test's service reads"));
        self
    }

    pub async fn start(self) -> TestServer {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let mut environment = vec![
            (
                "VESTIBULE__SERVER__PUBLIC_URL".to_owned(),
                format!("http://localhost:{port}/cas"),
            ),
            ("VESTIBULE__SERVER__WORKERS".to_owned(), "1".to_owned()),
            (
                "VESTIBULE__DATABASE__URL".to_owned(),
                format!("sqlite://{}", folder.path().join("test.db").display()),
            ),
            ("VESTIBULE__DATABASE__READERS".to_owned(), "1".to_owned()),
            (
                "VESTIBULE__OUTBOUND__ALLOWED_NETWORKS".to_owned(),
                "127.0.0.0/8".to_owned(),
            ),
        ];
        environment.extend(self.environment);
        let mut config = Config::load(None, environment.into_iter()).expect("the test's configuration");
        // The smallest cost there is: a test is about what a hash decides, not about how long it takes.
        config.hashing.memory_kib = 64;
        config.hashing.passes = 1;
        config.hashing.threads = 2;
        config.hashing.queue = 64;
        let clock = ManualClock::at(start());
        let entropy = Arc::new(Entropy::seeded(u64::from(port)));
        let keyring = Keyring::new(Key::new([7; 32]), []);
        let app = App::build(config, &keyring, Arc::new(clock.clone()), entropy).expect("the app");
        let app = Arc::new(app);
        let mut services = people::services();
        services.extend(self.services);
        register(&app, services).await;
        if self.people {
            people::enter(&app).await;
        }
        let jobs = Jobs::start(&app);
        let web = actix_web::web::Data::new(Web::new(Arc::clone(&app)).expect("the pages"));
        let (running, handle) = server::serve(web, listener).expect("the server");
        tokio::spawn(running);
        let base = format!("http://127.0.0.1:{port}/cas");
        TestServer {
            app,
            clock,
            base,
            handle,
            jobs: Some(jobs),
            folder,
            _postgres: self.postgres,
        }
    }
}

async fn register(app: &Arc<App>, services: Vec<Service>) {
    let count = services.len();
    app.db
        .write(move |conn| {
            for service in &services {
                let text = serde_json::to_string(service).expect("a definition is JSON");
                store::services::put(conn, &service.key, &text, start())?;
            }
            Ok(())
        })
        .await
        .expect("the services are written");
    app.refresh_catalogue().await.expect("the services are read");
    // Definitions that do not fit together are logged and left out; a test must not go on without them.
    assert_eq!(
        app.catalogue().services().len(),
        count,
        "the services of the test are refused"
    );
}

/// When every test begins: a Monday morning in autumn.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 5, 7, 30, 0)
        .single()
        .expect("a moment")
}

impl TestServer {
    /// The usual server.
    pub async fn start() -> Self {
        Self::with().start().await
    }

    /// A server with something different.
    pub fn with() -> Setup {
        Setup {
            environment: Vec::new(),
            services: Vec::new(),
            people: true,
            postgres: None,
        }
    }

    /// A browser nobody has used.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// Moves the clock.
    pub fn wait(&self, step: Duration) {
        self.clock.advance(step);
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The audit's newest events, newest first.
    pub async fn events(&self) -> Vec<String> {
        let records = self
            .app
            .db
            .read(|conn| store::audit::newest(conn, None, 50))
            .await
            .expect("the audit");
        records.into_iter().map(|record| record.event).collect()
    }

    /// Takes a service out of the registry.
    pub async fn forget_service(&self, key: &'static str) {
        let removed = self.app.db.write(move |conn| store::services::remove(conn, key));
        removed.await.expect("the service is removed");
        self.app.refresh_catalogue().await.expect("the services are read");
    }

    /// The path of the database file.
    pub fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("test.db")
    }

    /// Stops as a SIGTERM would.
    pub async fn stop(mut self) {
        self.app.drain();
        self.handle.stop(true).await;
        if let Some(jobs) = self.jobs.take() {
            jobs.stop().await;
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}
