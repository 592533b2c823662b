//! The run: people work, everything is killed, started again, and looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::imports::Import;
use super::roles::Role;
use super::site::Site;
use crate::support::process::{self, Process};

/// Of a kill at an answer: how many answers after the import has begun to write, at most.
const MEANWHILE: usize = 8;

/// What the audit holds.
const AUDIT: &str = "SELECT COALESCE(a.login, e.actor) || '|' || e.event || '|' || COUNT(*) AS line \
                     FROM audit e LEFT JOIN accounts a ON a.id = e.account_id \
                     GROUP BY COALESCE(a.login, e.actor), e.event";

/// A run.
pub struct Run {
    pub site: Arc<Site>,
    pub server: Process,
    roles: Vec<Role>,
    busy: JoinSet<Role>,
    /// Rosters imported so far.
    rosters: usize,
    /// The longest that a start took, until it took requests.
    pub slowest: Duration,
}

impl Run {
    /// Starts the program; a first roster is imported, so that somebody can activate.
    pub async fn new(site: Site) -> Self {
        let server = site.program.serve();
        Self::on(site, server).await
    }

    /// The same where the program has been started.
    pub async fn on(site: Site, server: Process) -> Self {
        Import::begin(&site, 0).ended(&site).check(&site).await;
        let roles = Role::all(&site).await;
        Self {
            site: Arc::new(site),
            server,
            roles,
            busy: JoinSet::new(),
            rosters: 1,
            slowest: Duration::ZERO,
        }
    }

    /// One round: people work until `moment`, then the program is killed; and, by chance, an import or the server of
    /// the database with it.
    pub async fn round(&mut self, moment: impl Future<Output = ()>) {
        let site = Arc::clone(&self.site);
        self.set_to_work();
        let number = self.rosters;
        self.rosters += 1;
        // Either it runs beside the work, or it is what the kill comes down upon.
        let aimed_at = site.below(2) == 0;
        let beside = (!aimed_at).then(|| Import::begin(&site, number));
        let at_an_answer = (site.below(4) > 0).then(|| 1 + site.below(MEANWHILE));
        let pid = self.server.pid();
        let kill = async {
            moment.await;
            let import = beside.unwrap_or_else(|| Import::begin(&site, number));
            if let Some(deeds) = at_an_answer {
                // In the hands of whoever has heard it: had the server spoken too early, it gets no time to make up for it.
                let falling = Arc::clone(&site);
                let kill = move || {
                    falling.falls(true);
                    process::kill(pid);
                };
                site.book.after(deeds, kill).await;
            }
            import
        };
        let mut import = self.until(kill).await;
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
        self.stopped().await;
        let import = import.ended(&site);
        if let Some(database) = database {
            database.up();
        }

        self.start();
        site.falls(false);
        self.look().await;
        import.check(&site).await;
        self.audit().await;
    }

    fn start(&mut self) {
        let begun = Instant::now();
        self.server = self.site.program.serve();
        self.slowest = self.slowest.max(begun.elapsed());
    }

    /// Kills the program and nothing else, and starts it again.
    pub async fn start_again(&mut self) {
        self.server.kill();
        self.server.ended();
        self.stopped().await;
        self.start();
    }

    /// Kills the program and starts it once more, compares what was acknowledged and done with what is there, and fails when
    /// the book says that anything is wrong.
    pub async fn check_after_a_start(mut self) {
        self.site.falls(true);
        self.start_again().await;
        self.site.falls(false);
        self.look().await;
        self.audit().await;
        let figures = self.site.book.figures();
        println!("{figures}");
        assert!(figures.wrong.is_empty(), "{figures}");
    }

    /// Lets everybody work, until an answer is lost.
    pub fn set_to_work(&mut self) {
        for role in self.roles.drain(..) {
            self.busy.spawn(role.work(Arc::clone(&self.site)));
        }
    }

    /// Waits for something that happens while they work.
    pub async fn until<T>(&mut self, moment: impl Future<Output = T>) -> T {
        tokio::select! {
            // Whoever is killed at that moment is nobody's loss.
            biased;
            happened = moment => happened,
            () = gather(&mut self.busy, &mut self.roles) => {
                panic!("nobody is left at work:\n{}", self.site.book.figures())
            }
        }
    }

    /// Waits until everybody has stopped.
    pub async fn stopped(&mut self) {
        gather(&mut self.busy, &mut self.roles).await;
    }

    /// Compares what was acknowledged with what is there.
    pub async fn look(&mut self) {
        for role in self.roles.drain(..) {
            self.busy.spawn(role.check(Arc::clone(&self.site)));
        }
        self.stopped().await;
    }

    /// Compares what was done with what the audit says.
    pub async fn audit(&self) {
        self.site.book.compare(&self.site.lines(AUDIT).await);
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
