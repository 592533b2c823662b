//! PostgreSQL is restarted while people work, and the program is not: what was acknowledged is there.

use std::sync::Arc;

use tokio::time::timeout;

use super::{DEEDS, PATIENCE, until_ready};
use crate::crashes::drill::run::Run;
use crate::crashes::drill::site::Site;
use crate::support::Postgres;

/// Restarts in a test.
const RESTARTS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_is_there_when_postgresql_is_restarted_under_load() {
    let postgres = Postgres::alone("-c listen_addresses=");
    let mut run = Run::new(Site::new(Some(postgres), 1)).await;
    let site = Arc::clone(&run.site);
    let postgres = site.postgres.as_ref().expect("a server");
    let mut guest = site.browser("guest");
    run.set_to_work();
    run.until(site.book.more(DEEDS)).await;

    for _ in 0..RESTARTS {
        site.falls(true);
        postgres.down();
        let stopped = timeout(PATIENCE, run.stopped()).await;
        stopped.expect("nobody is told that something was done");
        until_ready(&mut guest, false).await;

        postgres.up();
        until_ready(&mut guest, true).await;
        site.falls(false);
        run.look().await;
        run.audit().await;
        run.set_to_work();
        run.until(site.book.more(DEEDS)).await;
    }

    run.check_after_a_start().await;
}
