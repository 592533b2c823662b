//! People obtain their accounts, one after the other: whoever saw the sheet has the account that is on it.

use super::book::Deed;
use super::client::{Answer, Client, Entry, Lost};
use super::people::{Card, Holder};
use super::site::Site;

const ACTIVATE: &str = "/account/activate";

/// A desk where people activate.
#[derive(Default)]
pub struct Activations {
    /// Who saw the sheet, and the password they chose.
    done: Vec<(Card, String)>,
    /// Who did not see it come, and with which password.
    asked: Option<(Card, String)>,
}

/// What an activation led to.
enum Activated {
    /// The code on the sheet.
    Done(String),
    Refused(String),
}

impl Activations {
    /// Activates until an answer is lost or nobody waits.
    pub async fn work(&mut self, site: &Site) -> Result<(), Lost> {
        while let Some(mut card) = site.supply.pending() {
            let password = site.password();
            match activate(&mut site.browser(&card.login), &card, &password).await {
                Ok(Activated::Done(code)) => {
                    site.book.done(Deed::Activation, &card.login);
                    card.code = code;
                    self.done.push((card, password));
                }
                Ok(Activated::Refused(why)) => {
                    site.book.wrong(format!("{} cannot activate: {why}", card.login));
                }
                Err(lost) => {
                    if lost.sent {
                        site.book.unknown(Deed::Activation, &card.login);
                        self.asked = Some((card, password));
                    } else {
                        site.supply.enrol([card]);
                    }
                    return Err(lost);
                }
            }
        }
        Ok(())
    }

    /// Whoever was shown a sheet is let in with it, and nobody activates again; whoever was not has an account, or can
    /// still obtain it.
    pub async fn check(&mut self, site: &Site) -> Result<(), Lost> {
        for (card, password) in self.done.drain(..) {
            let mut session = site.browser(&card.login);
            if site.sign_in(&mut session, &card.login, &password).await? != Entry::In {
                site.book
                    .wrong(format!("{} saw the sheet and is not let in", card.login));
                continue;
            }
            site.supply.welcome(Holder {
                card,
                password,
                session,
            });
        }
        let Some((card, password)) = self.asked.take() else {
            return Ok(());
        };
        let happened = site.opens(&card.login, &password).await?;
        site.book.settled(Deed::Activation, &card.login, happened);
        match activate(&mut site.browser(&card.login), &card, &password).await? {
            Activated::Done(_) if happened => {
                site.book.wrong(format!("{} activates a second time", card.login));
            }
            Activated::Done(_) => site.book.done(Deed::Activation, &card.login),
            Activated::Refused(_) if happened => {}
            Activated::Refused(why) => site
                .book
                .wrong(format!("{} can no longer activate: {why}", card.login)),
        }
        Ok(())
    }
}

/// From the card to the sheet. Until the password is chosen nothing happens to the account.
async fn activate(browser: &mut Client, card: &Card, password: &str) -> Result<Activated, Lost> {
    let before = |lost| Lost { sent: false, ..lost };
    let [day, month, year] = &card.born;
    let identity = [
        ("fileNumber", card.reference.as_str()),
        ("day", day),
        ("month", month),
        ("year", year),
        ("codeAsked", "true"),
        ("code", &card.code),
    ];
    let known = browser.fill(ACTIVATE, &identity).await.map_err(before)?;
    if known.status != 302 {
        return Ok(refused("identity", &known));
    }
    let confirmed = browser.fill(ACTIVATE, &[("answer", "yes")]).await;
    let confirmed = confirmed.map_err(before)?;
    if confirmed.status != 302 {
        return Ok(refused("confirmation", &confirmed));
    }
    let sheet = browser.fill(ACTIVATE, &own(password)).await?;
    Ok(match sheet.element("creds-code") {
        Some(code) => Activated::Done(code.to_owned()),
        None => refused("password", &sheet),
    })
}

fn refused(step: &str, answer: &Answer) -> Activated {
    Activated::Refused(format!("{step} {}", answer.status))
}

/// The fields of a password of one's own.
pub fn own(password: &str) -> [(&'static str, &str); 3] {
    [
        ("choice", "own"),
        ("newPassword", password),
        ("confirmPassword", password),
    ]
}
