//! Somebody changes their password again and again: the newest that was acknowledged is in force, and no older one.

use super::book::Deed;
use super::client::{Client, Entry, Lost};
use super::site::Site;
use crate::support::people::PASSWORD;

/// What the page says when it is done.
const CHANGED: &str = "Votre mot de passe est changé";

/// Somebody who changes their password.
pub struct Changes {
    login: String,
    /// The last that was acknowledged.
    password: String,
    /// The one before.
    before: Option<String>,
    /// The one that may have taken its place.
    asked: Option<String>,
    /// Where the person is signed in.
    here: Client,
    /// Another session of theirs, which a change ends.
    elsewhere: Option<Client>,
    /// Sessions that were ended by a change.
    ended: Vec<Client>,
}

impl Changes {
    /// Somebody with an account, signed in.
    pub async fn new(site: &Site, login: String) -> Self {
        site.program.user(&login, "Émile", "Vaubrunel");
        let mut here = site.browser(&login);
        let entered = site.sign_in(&mut here, &login, PASSWORD).await;
        entered.expect("a session");
        Self {
            login,
            password: PASSWORD.to_owned(),
            before: None,
            asked: None,
            here,
            elsewhere: None,
            ended: Vec::new(),
        }
    }

    /// Changes it until an answer is lost.
    pub async fn work(&mut self, site: &Site) -> Result<(), Lost> {
        loop {
            let mut elsewhere = site.browser(&self.login);
            if site.sign_in(&mut elsewhere, &self.login, &self.password).await? != Entry::In {
                site.book
                    .wrong(format!("the newest password of {} is refused", self.login));
                return Ok(());
            }
            self.elsewhere = Some(elsewhere);
            let next = site.password();
            let fields = [
                ("currentPassword", self.password.as_str()),
                ("newPassword", &next),
                ("confirmPassword", &next),
            ];
            match self.here.fill("/account/password", &fields).await {
                Ok(page) if !page.body.contains(CHANGED) => {
                    site.book
                        .wrong(format!("a change of {} is refused: {}", self.login, page.status));
                    return Ok(());
                }
                Ok(_) => {
                    site.book.done(Deed::Change, &self.login);
                    self.before = Some(std::mem::replace(&mut self.password, next));
                    self.ended.extend(self.elsewhere.take());
                }
                Err(lost) => {
                    if lost.sent {
                        site.book.unknown(Deed::Change, &self.login);
                        self.asked = Some(next);
                    }
                    return Err(lost);
                }
            }
        }
    }

    /// One password opens, and all that a change does was done or none of it.
    pub async fn check(&mut self, site: &Site) -> Result<(), Lost> {
        let mut happened = false;
        let asked = self.asked.take();
        if let Some(asked) = &asked {
            happened = site.opens(&self.login, asked).await?;
            site.book.settled(Deed::Change, &self.login, happened);
        }
        if happened {
            self.before = asked
                .clone()
                .map(|asked| std::mem::replace(&mut self.password, asked));
            self.ended.extend(self.elsewhere.take());
        }
        if let Some(before) = &self.before
            && site.opens(&self.login, before).await?
        {
            site.book
                .wrong(format!("an older password of {} is in force", self.login));
        }
        for mut session in self.ended.drain(..) {
            if session.ticket().await?.is_some() {
                let why = format!("a session that a change of {} ended opens services", self.login);
                site.book.wrong(why);
            }
        }
        if let Some(mut session) = self.elsewhere.take()
            && session.ticket().await?.is_none()
        {
            let why = format!("a session of {} ended without a change", self.login);
            site.book.wrong(why);
        }
        if asked.is_none() && self.here.ticket().await?.is_none() {
            site.book
                .wrong(format!("the session of {} is gone after a crash", self.login));
        }
        self.here = site.browser(&self.login);
        let entry = site.sign_in(&mut self.here, &self.login, &self.password);
        if entry.await? != Entry::In {
            site.book
                .wrong(format!("the newest password of {} is not in force", self.login));
        }
        Ok(())
    }
}
