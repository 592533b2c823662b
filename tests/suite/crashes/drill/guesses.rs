//! Somebody guesses passwords: what was counted before a crash still counts after it.

use std::time::{Duration, Instant};

use super::client::{Entry, Lost};
use super::site::{NOBODY, Site};

/// Wrong passwords for one name that cost no waiting.
const FREE: usize = 4;

/// How long one waits after the last of them.
const WAIT: Duration = Duration::from_secs(60);

/// A guesser.
#[derive(Default)]
pub struct Guesses {
    /// Names tried so far.
    names: usize,
    /// Guesses at this name that were answered.
    answered: usize,
    /// When the first of them was sent.
    since: Option<Instant>,
}

impl Guesses {
    /// Guesses until an answer is lost.
    pub async fn work(&mut self, site: &Site) -> Result<(), Lost> {
        loop {
            self.one_name(site).await?;
        }
    }

    /// Goes on with the name at which the crash came.
    pub async fn check(&mut self, site: &Site) -> Result<(), Lost> {
        self.one_name(site).await
    }

    async fn one_name(&mut self, site: &Site) -> Result<(), Lost> {
        let login = format!("{NOBODY}{}", self.names);
        let since = *self.since.get_or_insert_with(Instant::now);
        while site
            .guess(&mut site.browser(&login), &login, "ce n'est pas le bon")
            .await?
            == Entry::Wrong
        {
            self.answered += 1;
        }
        // Whoever waited long enough between two of them is allowed one more.
        if self.answered > FREE && since.elapsed() < WAIT {
            let why = format!("{} guesses at {login} were allowed", self.answered);
            site.book.wrong(why);
        }
        self.names += 1;
        self.answered = 0;
        self.since = None;
        Ok(())
    }
}
