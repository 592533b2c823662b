//! Everything a story needs, wired once.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::ExposeSecret;
use tokio::sync::Notify;

use crate::audit::{Event, Scene, take_in_all};
use crate::cas::catalogue::{Catalogue, Service};
use crate::config::{Config, DatabasePlace};
use crate::kernel::clock::Clock;
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::{Key, Keyring};
use crate::outbound::Outbound;
use crate::password::{Cost, Hasher};
use crate::people::password::Policy;
use crate::store::pulse::{Ailment, beat};
use crate::store::{self, Database, Place, StoreError, Target, TicketPlace, Unopened};

/// The server's parts.
pub struct App {
    /// What the operator decided.
    pub config: Config,
    /// Accounts, sessions, tickets, audit.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<Entropy>,
    /// Password hashing.
    pub hasher: Hasher,
    /// Calls to services.
    pub outbound: Outbound,
    /// What the server signs with.
    pub keys: Keys,
    /// Which passwords may be chosen.
    pub policy: Policy,
    /// Rung when a single-logout message waits.
    pub outbox: Notify,
    /// Rung when a single-logout message was settled.
    pub settled: Notify,
    catalogue: RwLock<(i64, Arc<Catalogue>)>,
    draining: AtomicBool,
}

/// Keys by purpose, all derived from the server's key.
pub struct Keys {
    /// Form tokens.
    pub forms: Keyring,
    /// Known-device cookies.
    pub devices: Keyring,
    /// What throttle ledgers are filed under.
    pub throttles: Key,
}

/// Why the server does not start; one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Unbuilt {
    /// The database.
    #[error(transparent)]
    Database(#[from] Unopened),
    /// The address of the ticket registry is not one.
    #[error("tickets.registry: {0}")]
    Registry(String),
    /// The registered services, or another row that start-up reads.
    #[error("the registered services cannot be read: {0}")]
    Services(String),
    /// The client for calls to services.
    #[error("calls to services cannot be prepared")]
    Outbound(#[from] reqwest::Error),
    /// The key is not the one that the database was used with.
    #[error(
        "the key file {} is not the one that the database {place} is used with: copy the key of the other nodes, or name \
         the former key in keys.former_files",
        file.display()
    )]
    Key {
        /// Which file.
        file: PathBuf,
        /// Where the database is.
        place: String,
    },
    /// A file of words that the configuration names.
    #[error("the file {0} cannot be read")]
    Words(String),
}

impl App {
    /// Opens the database, migrates it, and readies the rest.
    ///
    /// # Errors
    /// When the database, the services in it or a file named in the configuration cannot be used.
    pub fn build(
        config: Config,
        keyring: &Keyring,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
    ) -> Result<Self, Unbuilt> {
        let target: Target = match &config.database.place {
            DatabasePlace::Sqlite(path) => Target::Sqlite(path.clone()),
            DatabasePlace::Postgres(address) => address.expose_secret().parse()?,
        };
        let place: Place = config
            .registry
            .expose_secret()
            .parse()
            .map_err(Unbuilt::Registry)?;
        let stories = config.retention.ticket_stories().to_std().unwrap_or_default();
        let draft = entropy.alphanumeric(8);
        let tickets = TicketPlace {
            place,
            draft,
            stories,
        };
        let chain = Some(store::audit::Chain::new(keyring));
        let db = Database::open_with(target, config.database.readers, tickets, chain)?;
        let hashing = &config.hashing;
        let cost = Cost {
            memory_kib: hashing.memory_kib,
            passes: hashing.passes,
            lanes: 1,
        };
        let pepper = keyring.derive("passwords");
        let hasher = Hasher::start(cost, hashing.threads, hashing.queue, pepper, Arc::clone(&entropy));
        let outbound = outbound(&config)?;
        let keys = Keys {
            forms: keyring.derive("forms"),
            devices: keyring.derive("devices"),
            throttles: keyring.newest().derive("throttles"),
        };
        let policy = policy(&config)?;
        let Some(catalogue) = look(&db, &clock, &entropy, keyring.fingerprints())? else {
            return Err(Unbuilt::Key {
                file: config.keys.file,
                place: db.target().place(),
            });
        };
        Ok(Self {
            db,
            clock,
            entropy,
            hasher,
            outbound,
            keys,
            policy,
            outbox: Notify::new(),
            settled: Notify::new(),
            catalogue: RwLock::new(catalogue),
            draining: AtomicBool::new(false),
            config,
        })
    }

    /// The registered services as last read.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Reads the registered services again if somebody changed them; a catalogue that does not fit together is
    /// reported and the one in use stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refresh_catalogue(&self) -> Result<(), StoreError> {
        let revision = self.db.read(store::services::revision).await?;
        let known = self.catalogue.read().unwrap_or_else(PoisonError::into_inner).0;
        if revision == known {
            return Ok(());
        }
        let definitions = self.db.read(store::services::all).await?;
        match compile(&definitions) {
            Ok(catalogue) => {
                tracing::info!(
                    services = catalogue.services().len(),
                    "registered services read again"
                );
                *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) =
                    (revision, Arc::new(catalogue));
            }
            Err(problems) => tracing::error!(
                problem = problems.join("; "),
                "the registered services cannot be used; the former ones stay"
            ),
        }
        Ok(())
    }

    /// Whether the stories of tickets are kept.
    pub fn keeps_stories(&self) -> bool {
        self.config.retention.tickets.is_some()
    }

    /// An address as the story of a ticket keeps it: not at all where stories are off.
    pub fn for_story(&self, address: String) -> Option<String> {
        self.config.retention.tickets.map(|_| address)
    }

    /// Says that the server is about to stop: it is alive, but no longer ready.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether the server is about to stop.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }
}

/// The client for calls to services that a configuration asks for.
pub(crate) fn outbound(config: &Config) -> Result<Outbound, Unbuilt> {
    let timeout = config.outbound.timeout.to_std().unwrap_or_default();
    Ok(Outbound::new(timeout, &config.outbound.allowed_networks)?)
}

/// The rules for new passwords that a configuration asks for, its file of words read.
pub(crate) fn policy(config: &Config) -> Result<Policy, Unbuilt> {
    let rules = &config.password;
    let mut policy = Policy::default();
    policy.min_length = rules.min_length;
    policy.min_bits = rules.min_bits;
    policy.digits_only_min = rules.digits_only_min;
    let Some(path) = &rules.extra_blocklist else {
        return Ok(policy);
    };
    let words = std::fs::read_to_string(path).map_err(|_| Unbuilt::Words(path.display().to_string()))?;
    Ok(policy.with_extra(words.lines()))
}

/// Looks whether the database can be used and whether it knows one of these keys, takes loose rows into the audit's chain,
/// and reads the registered services. `None` when it knows another key.
fn look(
    db: &Database,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<Entropy>,
    keys: Vec<String>,
) -> Result<Option<(i64, Arc<Catalogue>)>, Unbuilt> {
    let (asked, clock, entropy) = (db.clone(), Arc::clone(clock), Arc::clone(entropy));
    // On a thread of its own: the caller may be inside a runtime, which must not block on itself.
    let reading = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|_| Unread::Store(StoreError::Unavailable(None)))?;
        runtime.block_on(async {
            if let Some(ailment) = beat(&asked, &*clock).await {
                return Err(Unread::Unusable(ailment));
            }
            if !put_in_force(&asked, &clock, &entropy, keys).await? {
                return Ok(None);
            }
            take_in_all(&asked, &clock, &entropy).await?;
            let revision = asked.read(store::services::revision).await?;
            Ok(Some((revision, asked.read(store::services::all).await?)))
        })
    });
    let silent = Err(Unread::Store(StoreError::Unavailable(None)));
    let found = reading.join().unwrap_or(silent).map_err(|why| match why {
        Unread::Store(error) => Unbuilt::Services(error.to_string()),
        Unread::Unusable(ailment) => Unbuilt::Database(Unopened::Unusable {
            place: db.target().place(),
            ailment,
        }),
    })?;
    let Some((revision, definitions)) = found else {
        return Ok(None);
    };
    let catalogue = compile(&definitions).map_err(|problems| Unbuilt::Services(problems.join("; ")))?;
    Ok(Some((revision, Arc::new(catalogue))))
}

/// Puts the first of `keys` in force; answers whether it is.
async fn put_in_force(
    db: &Database,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<Entropy>,
    keys: Vec<String>,
) -> Result<bool, StoreError> {
    // Read first: a command that only looks does not wait for its turn to write.
    let former = db.read(store::marks::key).await?;
    if former.as_ref() == keys.first() {
        return Ok(true);
    }
    let (now, entropy) = (clock.now(), Arc::clone(entropy));
    db.write(move |conn| {
        let is_in_force = store::marks::put_in_force(conn, &keys)?;
        if let (true, Some(_), Some(newest)) = (is_in_force, former, keys.first()) {
            let event = Event::KeyReplaced {
                fingerprint: newest.clone(),
            };
            store::audit::append(conn, &event.record(&Scene::server(), &entropy, now))?;
        }
        Ok(is_in_force)
    })
    .await
}

/// Why the registered services were not read.
enum Unread {
    Store(StoreError),
    Unusable(Ailment),
}

impl From<StoreError> for Unread {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The catalogue that stored definitions make, or all that is wrong with them, one line each.
pub(crate) fn compile(definitions: &[(String, String)]) -> Result<Catalogue, Vec<String>> {
    let mut problems = Vec::new();
    let mut services: Vec<Service> = Vec::new();
    for (key, text) in definitions {
        match serde_json::from_str(text) {
            Ok(service) => services.push(service),
            Err(error) => problems.push(format!("{key}: {error}")),
        }
    }
    match Catalogue::new(services) {
        Ok(catalogue) if problems.is_empty() => return Ok(catalogue),
        Ok(_) => {}
        Err(others) => problems.extend(others.iter().map(ToString::to_string)),
    }
    Err(problems)
}
