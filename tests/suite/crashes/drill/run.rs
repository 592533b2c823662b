//! The run: people work, everything is killed, started again, and looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::imports::Import;
use super::roles::Role;
use super::site::Site;
use crate::support::process::Process;

/// Deeds acknowledged while an import writes, at most, before the kill.
const MEANWHILE: usize = 20;

/// What the audit holds.
const AUDIT: &str = "SELECT COALESCE(a.login, e.actor) || '|' || e.event || '|' || COUNT(*) AS line \
                     FROM audit e LEFT JOIN accounts a ON a.id = e.account_id \
                     GROUP BY COALESCE(a.login, e.actor), e.event";

/// A run.
pub struct Run {
    pub site: Arc<Site>,
    server: Process,
    roles: Vec<Role>,
    /// Rosters imported so far.
    rosters: usize,
    /// The longest that a start took, until it took requests.
    pub slowest: Duration,
}

impl Run {
    /// Starts the program; a first roster is imported, so that somebody can activate.
    pub async fn new(site: Site) -> Self {
        let server = site.program.serve();
        Import::begin(&site, 0).ended(&site).check(&site).await;
        let roles = Role::all(&site).await;
        Self {
            site: Arc::new(site),
            server,
            roles,
            rosters: 1,
            slowest: Duration::ZERO,
        }
    }

    /// One round: people work until `moment`, then the program is killed; and, by chance, an import or the server of
    /// the database with it.
    pub async fn round(&mut self, moment: impl Future<Output = ()>) {
        let site = Arc::clone(&self.site);
        let mut working = JoinSet::new();
        for role in self.roles.drain(..) {
            working.spawn(role.work(Arc::clone(&site)));
        }
        // Either it runs beside the work, or it is what the kill comes down upon.
        let aimed_at = site.below(2) == 0;
        let mut import = None;
        if !aimed_at {
            import = Some(Import::begin(&site, self.rosters));
        }
        let kill = async {
            moment.await;
            let import = import.unwrap_or_else(|| Import::begin(&site, self.rosters));
            if aimed_at {
                site.book.more(site.below(MEANWHILE)).await;
            }
            import
        };
        let mut import = tokio::select! {
            import = kill => import,
            () = gather(&mut working, &mut self.roles) => panic!("nobody is left at work:\n{}", site.book.figures()),
        };
        self.rosters += 1;
        site.falls(true);

        let database = site.postgres.as_ref().filter(|_| site.below(2) == 0);
        let first = site.below(2) == 0;
        if let (Some(database), true) = (database, first) {
            database.down();
        }
        self.server.kill();
        if aimed_at || site.below(2) == 0 {
            import.kill();
        }
        self.server.ended();
        if let (Some(database), false) = (database, first) {
            database.down();
        }
        gather(&mut working, &mut self.roles).await;
        let import = import.ended(&site);
        if let Some(database) = database {
            database.up();
        }

        let begun = Instant::now();
        self.server = site.program.serve();
        self.slowest = self.slowest.max(begun.elapsed());
        site.falls(false);
        let mut checking = JoinSet::new();
        for role in self.roles.drain(..) {
            checking.spawn(role.check(Arc::clone(&site)));
        }
        gather(&mut checking, &mut self.roles).await;
        import.check(&site).await;
        site.book.compare(&site.lines(AUDIT).await);
    }
}

/// Waits for everybody.
async fn gather(busy: &mut JoinSet<Role>, roles: &mut Vec<Role>) {
    while let Some(role) = busy.join_next().await {
        roles.push(role.expect("nobody panics"));
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Before its database.
        self.server.kill();
        self.server.ended();
    }
}
