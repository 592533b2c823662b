//! A server of its own for each test, in a temporary directory, on a free port, with a manual clock.

use std::net::TcpListener;
use std::sync::Arc;

use chrono::{DateTime, Duration, TimeZone, Utc};
use reqwest::Certificate;
use tempfile::TempDir;
use vestibule::app::App;
use vestibule::cas::catalogue::Service;
use vestibule::config::Config;
use vestibule::jobs::Jobs;
use vestibule::kernel::clock::{Clock, ManualClock};
use vestibule::kernel::entropy::Entropy;
use vestibule::kernel::keyring::{Key, Keyring};
use vestibule::outbound::Outbound;
use vestibule::store::{self, Engine};
use vestibule::web::{Web, server};

use super::browser::Browser;
use super::callback::Authority;
use super::people;
use super::postgres::Postgres;

/// A running server; it stops when dropped.
pub struct TestServer {
    pub app: Arc<App>,
    pub clock: ManualClock,
    pub base: String,
    handle: actix_web::dev::ServerHandle,
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
    workers: usize,
    authority: Option<Certificate>,
    changes: Vec<fn(&mut Config)>,
    clock: Option<Arc<dyn Clock>>,
    joins: bool,
    keys: Keyring,
}

impl Setup {
    /// Has other keys than every test.
    pub fn keys(mut self, first: u8, former: &[u8]) -> Self {
        let key = |number: &u8| Key::new([*number; 32]);
        self.keys = Keyring::new(key(&first), former.iter().map(key));
        self
    }

    /// Answers with so many threads: a race wants some, any other test one.
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// Trusts an authority besides the system's.
    pub fn trusting(mut self, authority: &Authority) -> Self {
        self.authority = Some(authority.certificate());
        self
    }

    /// Changes what no key of the configuration says.
    pub fn change(mut self, change: fn(&mut Config)) -> Self {
        self.changes.push(change);
        self
    }

    /// Keeps everything in a new database of this PostgreSQL server.
    pub fn on_postgres(mut self, postgres: &Arc<Postgres>) -> Self {
        self.postgres = Some(Arc::clone(postgres));
        self.set("database.url", &postgres.database())
    }

    /// Goes by another clock than the one that the test moves.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Comes as another node to a database that has its people and services.
    pub fn joining(mut self, address: &str) -> Self {
        self.joins = true;
        self.set("database.url", address)
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
        config.server.workers = self.workers;
        for change in self.changes {
            change(&mut config);
        }
        let clock = ManualClock::at(start());
        let entropy = Arc::new(Entropy::seeded(u64::from(port)));
        let hands = self.clock.unwrap_or_else(|| Arc::new(clock.clone()));
        let mut app = App::build(config, &self.keys, hands, entropy).expect("the app");
        if let Some(authority) = self.authority {
            let outbound = &app.config.outbound;
            let patience = outbound.timeout.to_std().expect("a positive span");
            app.outbound = Outbound::trusting(patience, &outbound.allowed_networks, [authority])
                .expect("a client that trusts");
        }
        let app = Arc::new(app);
        if !self.joins {
            let mut services = people::services();
            services.extend(self.services);
            register(&app, services).await;
        }
        if self.people && !self.joins {
            people::enter(&app).await;
        }
        // They end with the test's runtime.
        let _jobs = Jobs::start(&app);
        let web = actix_web::web::Data::new(Web::new(Arc::clone(&app)).expect("the pages"));
        let (running, handle) = server::serve(web, listener).expect("the server");
        tokio::spawn(running);
        let base = format!("http://127.0.0.1:{port}/cas");
        TestServer {
            app,
            clock,
            base,
            handle,
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
            workers: 1,
            authority: None,
            changes: Vec::new(),
            clock: None,
            joins: false,
            keys: Keyring::new(Key::new([7; 32]), []),
        }
    }

    /// A browser nobody has used.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base).direct()
    }

    /// Moves the clock.
    pub fn wait(&self, step: Duration) {
        self.clock.advance(step);
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The audit's newest events, newest first. In the order in which they were written: to the clock of a test many
    /// things happen at the same time.
    pub async fn events(&self) -> Vec<String> {
        let newest = |conn: &mut store::Conn| {
            let order = match conn.engine {
                Engine::Sqlite(_) => "rowid",
                Engine::Postgres(_) => "ctid",
            };
            let sql = format!("SELECT event AS line FROM audit ORDER BY {order} DESC LIMIT 50");
            super::database::lines(conn, &sql)
        };
        self.app.db.read(newest).await.expect("the audit")
    }

    /// Registers a service, or defines one anew.
    pub async fn define(&self, toml: &str) {
        let service: Service = toml::from_str(toml).expect("the test's service reads");
        let text = serde_json::to_string(&service).expect("a definition is JSON");
        let now = self.now();
        let put = move |conn: &mut store::Conn| store::services::put(conn, &service.key, &text, now);
        self.app.db.write(put).await.expect("the service is written");
        self.app.refresh_catalogue().await.expect("the services are read");
    }

    /// Takes a service out of the registry.
    pub async fn forget_service(&self, key: &'static str) {
        let removed = self.app.db.write(move |conn| store::services::remove(conn, key));
        removed.await.expect("the service is removed");
        self.app.refresh_catalogue().await.expect("the services are read");
    }

    /// Changes a registered service.
    pub async fn change_service(&self, key: &'static str, change: impl FnOnce(&mut Service)) {
        let mut service = self.app.catalogue().service(key).expect("a service").clone();
        change(&mut service);
        let definition = serde_json::to_string(&service).expect("a definition");
        let now = self.now();
        let put = move |conn: &mut _| store::services::put(conn, key, &definition, now);
        self.app.db.write(put).await.expect("the service is changed");
        self.app.refresh_catalogue().await.expect("the services are read");
    }

    /// The path of the database file.
    pub fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("test.db")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl TestServer {
    /// Changes a row behind the server's back, as an operator's command would.
    pub async fn execute(&self, sql: &str) {
        let sql = sql.to_owned();
        self.app
            .db
            .write(move |conn| super::database::execute(conn, &sql))
            .await
            .expect("the statement runs");
    }

    /// The lines of a query with one column of text called `line`.
    pub async fn lines(&self, sql: &str) -> Vec<String> {
        let sql = sql.to_owned();
        self.app
            .db
            .read(move |conn| super::database::lines(conn, &sql))
            .await
            .expect("the query runs")
    }

    /// How many sessions there are.
    pub async fn sessions(&self) -> usize {
        self.lines("SELECT account_id AS line FROM sessions").await.len()
    }

    /// Moves an account to another standing.
    pub async fn set_standing(&self, login: &'static str, standing: &'static str) {
        let now = self.now();
        self.app
            .db
            .write(move |conn| store::accounts::set_standing(conn, login, standing, now))
            .await
            .expect("the account is there");
    }

    /// Gives an account a password that staff have seen.
    pub async fn set_temporary(&self, login: &'static str, password: &str) {
        let canonical = vestibule::people::generated::canonical(password);
        let hash = self
            .app
            .hasher
            .hash(&canonical.as_str().into())
            .await
            .expect("a hash");
        let now = self.now();
        self.app
            .db
            .write(move |conn| store::accounts::set_password(conn, login, &hash, "temporary", now))
            .await
            .expect("the account is there");
    }
}
