//! Opens the server's parts for a command: the key that fits the database, and a runtime to tell stories in.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::{Failure, Surroundings};
use crate::app::App;
use crate::config::keys::{self, KeyError};
use crate::config::{Config, DatabasePlace};
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::Keyring;
use crate::store::{self, Database, Target};

/// Opens everything a story needs.
///
/// # Errors
/// When a key, the database or the registered services cannot be used.
pub fn app(config: Config, around: &mut Surroundings) -> Result<App, Failure> {
    let keyring = keyring(&config, &around.entropy)?;
    Ok(App::build(
        config,
        &keyring,
        Arc::clone(&around.clock),
        Arc::clone(&around.entropy),
    )?)
}

/// The server's keys. A key is made only when there is none, the database has nobody in it and no other node has used it: with
/// another key, no stored password or code would be right again.
///
/// # Errors
/// When a key file cannot be used, or is missing next to a database that is in use.
pub fn keyring(config: &Config, entropy: &Entropy) -> Result<Keyring, Failure> {
    let missing = match keys::open(&config.keys) {
        Err(KeyError::Missing(path)) if path == config.keys.file => path,
        outcome => return Ok(outcome?),
    };
    let target = target(config)?;
    let place = target.place();
    let database = Database::open(target, 1)?;
    let (accounts, key) =
        block_on(database.read(|conn| Ok((store::accounts::count(conn)?, store::marks::key(conn)?))))??;
    if accounts > 0 || key.is_some() {
        return Err(lost_key(&missing, &place, accounts));
    }
    Ok(keys::open_or_create(&config.keys, entropy)?)
}

/// What is said to whoever has lost the key.
pub(super) fn lost_key(file: &Path, place: &str, accounts: i64) -> Failure {
    Failure::line(format!(
        "the key file {} is missing, and the database {place} ({accounts} accounts) is used with it: restore the key from \
         its backup, or copy it from another node, because no password is right under another",
        file.display()
    ))
}

/// Where the configuration says that the database is.
pub(super) fn target(config: &Config) -> Result<Target, Failure> {
    Ok(match &config.database.place {
        DatabasePlace::Sqlite(path) => Target::Sqlite(path.clone()),
        DatabasePlace::Postgres(address) => address.expose_secret().parse()?,
    })
}

/// Tells one story to its end, on this thread.
///
/// # Errors
/// When there is no runtime to be had.
pub fn block_on<F: Future>(story: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(story))
}
