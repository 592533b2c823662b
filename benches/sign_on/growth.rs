//! A database as it is after years: sessions and spent tickets of other people.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

/// Adds so many live sessions, and so many tickets that were spent within the last five days. Rows like the server's own, in
/// their order; the indexes are made when the rows are there, as they would be after a copy.
pub fn fill(database: &Path, sessions: u64, tickets: u64) {
    let mut conn = SqliteConnection::establish(&database.to_string_lossy()).expect("the database opens");
    let now = "(CAST(unixepoch('subsec') * 1000 AS INTEGER))";
    let count = |rows: u64| {
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})")
    };
    let mut run = |sql: &str| {
        conn.batch_execute(sql)
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
    };
    run("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;
         DROP INDEX service_tickets_session; DROP INDEX sessions_account; DROP INDEX sessions_expiry; BEGIN");
    if sessions > 0 {
        run(&format!(
            "{} INSERT INTO sessions (digest, cookie, account_id, epoch, opened_at, authenticated_at, used_at, idle,
                 expires_at, public_computer, long_term, device, address)
             SELECT unhex(printf('%012x%052x', {now}, i)), randomblob(32), a.id, 1, {now} * 1000, {now} * 1000,
                 {now} * 1000, 7200000000, ({now} + 36000000) * 1000, 0, 0, 'Firefox · Linux', '192.0.2.1'
             FROM n JOIN (SELECT id, row_number() OVER () - 1 AS k, count(*) OVER () AS many FROM accounts) a
                 ON a.k = n.i % a.many",
            count(sessions)
        ));
    }
    if tickets > 0 {
        // Five days of milliseconds, evenly.
        let issued = format!("({now} - 432000000 + i * 432000000 / {tickets})");
        run(&format!(
            "{} INSERT INTO service_tickets (digest, session, kind, service_key, service, from_new_login, proxies,
                 issued_at, expires_at, consumed_at, handle, asked_from, presented_from, replays)
             SELECT CAST(unhex(printf('%012x', {issued})) || randomblob(26) AS BLOB), randomblob(32), 'ST', 'app',
                 'http://app.example/user/' || (i % 1000), 0, '[]', {issued} * 1000, ({issued} + 30000) * 1000,
                 ({issued} + 200) * 1000, 'ST-' || printf('%012x', {issued}) || '-' || hex(randomblob(16)), '192.0.2.1',
                 '198.51.100.7', 0
             FROM n",
            count(tickets)
        ));
    }
    run(
        "CREATE INDEX service_tickets_session ON service_tickets (session, service_key, issued_at);
         CREATE INDEX sessions_account ON sessions (account_id);
         CREATE INDEX sessions_expiry ON sessions (expires_at);
         COMMIT; PRAGMA wal_checkpoint(TRUNCATE)",
    );
}
