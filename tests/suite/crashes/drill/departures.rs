//! Somebody signs in, visits, and signs out: what they left behind opens nothing any more.

use super::book::Deed;
use super::client::{Client, Entry, Lost};
use super::site::Site;
use crate::support::people::PASSWORD;

/// Somebody who comes and goes.
pub struct Departures {
    login: String,
    /// Browsers with the cookie of a session that was ended, and a ticket of it that nobody presented.
    ended: Vec<(Client, String)>,
    /// The session whose end was asked for.
    leaving: Option<(Client, String)>,
    /// The session that is open.
    open: Option<Client>,
}

impl Departures {
    /// Somebody with an account.
    pub fn new(site: &Site, login: String) -> Self {
        site.program.user(&login, "Émile", "Vaubrunel");
        Self {
            login,
            ended: Vec::new(),
            leaving: None,
            open: None,
        }
    }

    /// Comes and goes until an answer is lost.
    pub async fn work(&mut self, site: &Site) -> Result<(), Lost> {
        loop {
            let mut browser = site.browser(&self.login);
            if site.sign_in(&mut browser, &self.login, PASSWORD).await? != Entry::In {
                site.book
                    .wrong(format!("{} is not let in with the right password", self.login));
                return Ok(());
            }
            self.open = Some(browser.clone());
            let Some(ticket) = browser.ticket().await? else {
                site.book
                    .wrong(format!("the session of {} is gone at once", self.login));
                return Ok(());
            };
            site.book.done(Deed::Ticket, &self.login);
            // As it was before: the answer takes the cookie away.
            let before = browser.clone();
            match browser.get("/logout").await {
                Ok(_) => {
                    site.book.done(Deed::SignOut, &self.login);
                    self.ended.push((before, ticket));
                    self.open = None;
                }
                Err(lost) => {
                    if lost.sent {
                        site.book.unknown(Deed::SignOut, &self.login);
                        self.leaving = Some((before, ticket));
                        self.open = None;
                    }
                    return Err(lost);
                }
            }
        }
    }

    /// What was ended stays ended, what was opened is open, and what is unknown is one or the other throughout.
    pub async fn check(&mut self, site: &Site) -> Result<(), Lost> {
        for (mut browser, ticket) in self.ended.drain(..) {
            if browser.ticket().await?.is_some() {
                site.book
                    .wrong(format!("a session that {} ended opens services", self.login));
            }
            if browser.validate(&ticket).await?.is_some() {
                site.book
                    .wrong(format!("a ticket of a session that {} ended is good", self.login));
            }
        }
        if let Some(mut browser) = self.open.take()
            && browser.ticket().await?.is_none()
        {
            site.book
                .wrong(format!("a session of {} is gone after a crash", self.login));
        }
        if let Some((mut browser, ticket)) = self.leaving.take() {
            let ended = browser.ticket().await?.is_none();
            site.book.settled(Deed::SignOut, &self.login, ended);
            if browser.validate(&ticket).await?.is_none() != ended {
                site.book
                    .wrong(format!("the end of a session of {} is half done", self.login));
            }
        }
        Ok(())
    }
}
