//! A copy of the embedded database as it is at one moment, made while servers work on it.

use std::fs::{File, OpenOptions, remove_file};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Engine, StoreError, Target, Unopened};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum NotBackedUp {
    /// The database is a server's, which has a better way.
    #[error(
        "{0} is backed up by PostgreSQL's own means, pg_dump or a copy of the cluster: see the guide on several nodes"
    )]
    Server(String),
    /// There is no database yet.
    #[error("{0} is not there yet")]
    Missing(String),
    /// The source cannot be opened.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// The file cannot be written.
    #[error("{file} cannot be written: {source}")]
    File {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The copy cannot be made.
    #[error("{file} could not be made: {source}")]
    Uncopied {
        /// The file.
        file: String,
        /// What the engine said.
        source: StoreError,
    },
    /// What was copied is damaged, and the source with it.
    #[error("the copy is damaged, and so is the database: {0}")]
    Damaged(String),
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// Copies the database at `from` into `file`, which must not be there, and answers once the copy is on disk. Whoever writes
/// meanwhile is not held up, and is not in it.
///
/// # Errors
/// When there is no copy; the file is then gone, too.
pub fn backup(from: &Target, file: &Path) -> Result<(), NotBackedUp> {
    if from.is_remote() {
        return Err(NotBackedUp::Server(from.place()));
    }
    if from.is_to_be_made()? {
        return Err(NotBackedUp::Missing(from.place()));
    }
    let unwritten = |source| NotBackedUp::File {
        file: file.display().to_string(),
        source,
    };
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(unwritten)?;
    let copied = copy(from, file).and_then(|()| on_disk(&made, file).map_err(unwritten));
    if copied.is_err() {
        let _ = remove_file(file);
    }
    copied
}

fn copy(from: &Target, file: &Path) -> Result<(), NotBackedUp> {
    let mut link = from.connect()?;
    let Engine::Sqlite(conn) = &mut link.conn.engine else {
        return Err(NotBackedUp::Server(from.place()));
    };
    let uncopied = |error: diesel::result::Error| NotBackedUp::Uncopied {
        file: file.display().to_string(),
        source: error.into(),
    };
    diesel::sql_query("VACUUM INTO ?")
        .bind::<Text, _>(file.display().to_string())
        .execute(&mut **conn)
        .map_err(uncopied)?;
    // Looked at in the copy: reading all of the source would hold its log back for as long.
    diesel::sql_query("ATTACH ? AS copy")
        .bind::<Text, _>(file.display().to_string())
        .execute(&mut **conn)
        .map_err(uncopied)?;
    let word: Word = diesel::sql_query("PRAGMA copy.quick_check(1)")
        .get_result(&mut **conn)
        .map_err(uncopied)?;
    match word.quick_check.as_str() {
        "ok" => Ok(()),
        _ => Err(NotBackedUp::Damaged(word.quick_check)),
    }
}

fn on_disk(made: &File, file: &Path) -> io::Result<()> {
    made.sync_all()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
