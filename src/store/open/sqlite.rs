//! The embedded engine: a file that only its owner reads, with a log that survives a power cut.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Opens the file, making it where there is none.
pub(super) fn connect(path: &Path) -> Result<SqliteConnection, String> {
    // Made here so that nobody else on the machine can read it, whatever the umask says. A file that is there is never
    // opened: closing it again would drop the locks that this process holds on it (POSIX, fcntl), and an sqlite3 before
    // 3.51 that closes the database after a backup would take itself for the last and remove the log that we write to.
    let made = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    if let Err(error) = made.map(drop)
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(error.to_string());
    }
    let name = path.to_str().ok_or("its path is not UTF-8")?;
    let mut conn = SqliteConnection::establish(name).map_err(|error| error.to_string())?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8192;",
    )
    .map_err(|error| error.to_string())?;
    // A file system may refuse write-ahead logging silently; then an acknowledged write could be lost.
    let journal = pragma_text(&mut conn, "SELECT journal_mode AS value FROM pragma_journal_mode")?;
    let synchronous = pragma_number(&mut conn, "SELECT synchronous AS value FROM pragma_synchronous")?;
    if journal != "wal" || synchronous != 2 {
        return Err(format!(
            "it does not keep a durable log here (journal {journal}, synchronous {synchronous})"
        ));
    }
    Ok(conn)
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

fn pragma_text(conn: &mut SqliteConnection, sql: &str) -> Result<String, String> {
    let row: TextRow = diesel::sql_query(sql)
        .get_result(conn)
        .map_err(|error| error.to_string())?;
    Ok(row.value)
}

fn pragma_number(conn: &mut SqliteConnection, sql: &str) -> Result<i64, String> {
    let row: NumberRow = diesel::sql_query(sql)
        .get_result(conn)
        .map_err(|error| error.to_string())?;
    Ok(row.value)
}
