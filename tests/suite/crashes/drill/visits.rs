//! Somebody who is signed in visits the service again and again: each ticket is good, and good once.

use super::book::Deed;
use super::client::{Client, Lost};
use super::site::Site;
use crate::support::people::PASSWORD;

/// Tickets of former rounds that are presented after each crash.
const REMEMBERED: usize = 30;

/// A visitor.
pub struct Visits {
    login: String,
    browser: Client,
    tickets: Vec<Ticket>,
    former: Vec<Ticket>,
}

struct Ticket {
    text: String,
    spent: Spent,
    /// Whether the audit has been told of a second use.
    replayed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spent {
    No,
    Perhaps,
    Yes,
}

impl Visits {
    /// Somebody with an account, signed in.
    pub async fn new(site: &Site, login: String) -> Self {
        site.program.user(&login, "Émile", "Vaubrunel");
        let mut browser = site.browser(&login);
        let entered = site.sign_in(&mut browser, &login, PASSWORD).await;
        entered.expect("a session");
        Self {
            login,
            browser,
            tickets: Vec::new(),
            former: Vec::new(),
        }
    }

    /// Visits until an answer is lost.
    pub async fn work(&mut self, site: &Site) -> Result<(), Lost> {
        loop {
            let asked = self.browser.ticket().await;
            if asked.as_ref().is_err_and(|lost| lost.sent) {
                site.book.unknown(Deed::Ticket, &self.login);
            }
            let Some(text) = asked? else {
                site.book.wrong(format!("the session of {} is gone", self.login));
                return Ok(());
            };
            site.book.done(Deed::Ticket, &self.login);
            self.tickets.push(Ticket {
                text,
                spent: Spent::No,
                replayed: false,
            });
            let ticket = self.tickets.last_mut().expect("the one just pushed");
            match site.below(8) {
                // Left for after the crash.
                0 => {}
                1 => ticket.race(site, &self.browser, &self.login).await?,
                2 => {
                    ticket.present(site, &self.browser, &self.login).await?;
                    ticket.present(site, &self.browser, &self.login).await?;
                }
                _ => ticket.present(site, &self.browser, &self.login).await?,
            }
        }
    }

    /// The session is there, and so is every ticket that was not spent; none is good a second time.
    pub async fn check(&mut self, site: &Site) -> Result<(), Lost> {
        if self.browser.ticket().await?.is_none() {
            site.book
                .wrong(format!("the session of {} is gone after a crash", self.login));
        }
        for ticket in &mut self.tickets {
            ticket.present(site, &self.browser, &self.login).await?;
            ticket.present(site, &self.browser, &self.login).await?;
        }
        for ticket in &mut self.former {
            ticket.present(site, &self.browser, &self.login).await?;
        }
        self.former.append(&mut self.tickets);
        let too_many = self.former.len().saturating_sub(REMEMBERED);
        self.former.drain(..too_many);
        Ok(())
    }
}

impl Ticket {
    /// Presents the ticket and compares the verdict with what is known of it.
    async fn present(&mut self, site: &Site, service: &Client, login: &str) -> Result<(), Lost> {
        let verdict = service.validate(&self.text).await;
        match (&verdict, self.spent) {
            (Ok(Some(user)), Spent::No | Spent::Perhaps) => {
                site.book.done(Deed::Validation, login);
                if user != login {
                    site.book
                        .wrong(format!("a ticket of {login} is said to be {user}'s"));
                }
                self.spent = Spent::Yes;
            }
            (Ok(Some(_)), Spent::Yes) => site
                .book
                .wrong(format!("a ticket of {login} is accepted a second time")),
            (Ok(None), Spent::No) => site
                .book
                .wrong(format!("a ticket of {login}, never presented, is refused")),
            (Ok(None), Spent::Perhaps | Spent::Yes) => {
                self.spent = Spent::Yes;
                self.replay(site);
            }
            (Err(lost), Spent::No) if lost.sent => {
                site.book.unknown(Deed::Validation, login);
                self.spent = Spent::Perhaps;
            }
            // Of a replay that is lost the audit may know: it is told once, and the ticket is presented again.
            (Err(_), _) => {}
        }
        verdict.map(|_| ())
    }

    /// Presents the ticket twice at once.
    async fn race(&mut self, site: &Site, service: &Client, login: &str) -> Result<(), Lost> {
        let (one, other) = tokio::join!(service.validate(&self.text), service.validate(&self.text));
        let verdicts = [&one, &other];
        let accepted = verdicts.iter().filter(|one| matches!(one, Ok(Some(_)))).count();
        let refused = verdicts.iter().filter(|one| matches!(one, Ok(None))).count();
        match (accepted, refused) {
            (2, _) => site
                .book
                .wrong(format!("a ticket of {login} is accepted twice at once")),
            (_, 2) => site
                .book
                .wrong(format!("a ticket of {login} is refused twice at once")),
            (0, 0) => {
                site.book.unknown(Deed::Validation, login);
                self.spent = Spent::Perhaps;
            }
            (1, _) => {
                site.book.done(Deed::Validation, login);
                self.spent = Spent::Yes;
            }
            // Whoever's answer is lost was faster.
            _ => self.spent = Spent::Yes,
        }
        if refused > 0 {
            self.replay(site);
        }
        one.and(other).map(|_| ())
    }

    fn replay(&mut self, site: &Site) {
        if !self.replayed {
            site.book.done(Deed::Replay, "service");
            self.replayed = true;
        }
    }
}
