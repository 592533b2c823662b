//! People who lost their passwords come back with the code of their sheet: it works once, and what was before is over.

use super::activations::own;
use super::book::Deed;
use super::client::{Client, Lost};
use super::people::{Card, Holder};
use super::site::Site;

const RECOVER: &str = "/account/recover";

/// People with their sheets.
#[derive(Default)]
pub struct Recoveries {
    /// As they were before, and the password they chose.
    done: Vec<(Holder, String)>,
    /// Who did not see the new sheet come.
    asked: Option<(Holder, String)>,
}

/// What a recovery led to.
#[derive(Debug, PartialEq, Eq)]
enum Recovered {
    Done,
    /// The code is not taken.
    Refused,
    /// Something else is shown.
    Strange(u16),
}

impl Recoveries {
    /// Recovers until an answer is lost or nobody is left who can.
    pub async fn work(&mut self, site: &Site) -> Result<(), Lost> {
        while let Some(holder) = site.supply.holder() {
            let password = site.password();
            let login = holder.card.login.clone();
            match recover(&mut site.browser(&login), &holder.card, &password).await {
                Ok(Recovered::Done) => {
                    site.book.done(Deed::Recovery, &login);
                    self.done.push((holder, password));
                }
                Ok(other) => site.book.wrong(format!("{login} cannot recover: {other:?}")),
                Err(lost) => {
                    if lost.sent {
                        site.book.unknown(Deed::Recovery, &login);
                        self.asked = Some((holder, password));
                    } else {
                        site.supply.welcome(holder);
                    }
                    return Err(lost);
                }
            }
        }
        Ok(())
    }

    /// The new password opens, the former and its session do not, and the code is used up; or none of it.
    pub async fn check(&mut self, site: &Site) -> Result<(), Lost> {
        for (holder, password) in self.done.drain(..) {
            settle(site, holder, &password, true).await?;
        }
        if let Some((holder, password)) = self.asked.take() {
            let login = &holder.card.login;
            let happened = site.opens(login, &password).await?;
            site.book.settled(Deed::Recovery, login, happened);
            settle(site, holder, &password, happened).await?;
        }
        Ok(())
    }
}

/// Looks whether all of a recovery happened, or nothing; in the end it has.
async fn settle(site: &Site, mut holder: Holder, password: &str, happened: bool) -> Result<(), Lost> {
    let (card, login) = (&holder.card, &holder.card.login);
    let former = site.opens(login, &holder.password).await?;
    let session = holder.session.ticket().await?.is_some();
    if former == happened || session == happened {
        site.book.wrong(format!(
            "recovery of {login}: happened {happened}, former password {former}, former session {session}"
        ));
    }
    match (recover(&mut site.browser(login), card, password).await?, happened) {
        (Recovered::Refused, true) => {}
        (Recovered::Done, false) => site.book.done(Deed::Recovery, login),
        (other, _) => site
            .book
            .wrong(format!("the code of {login}, used {happened}: {other:?}")),
    }
    if !site.opens(login, password).await? {
        site.book.wrong(format!("{login} recovered and is not let in"));
    }
    Ok(())
}

/// From the card to the new sheet. Until the password is chosen nothing happens to the account.
async fn recover(browser: &mut Client, card: &Card, password: &str) -> Result<Recovered, Lost> {
    let before = |lost| Lost { sent: false, ..lost };
    let [day, month, year] = &card.born;
    let identity = [
        ("fileNumber", card.reference.as_str()),
        ("day", day),
        ("month", month),
        ("year", year),
    ];
    let known = browser.fill(RECOVER, &identity).await.map_err(before)?;
    if known.status != 302 {
        return Ok(Recovered::Strange(known.status));
    }
    let proved = browser.fill(RECOVER, &[("code", &card.code)]).await;
    match proved.map_err(before)?.status {
        302 => {}
        200 => return Ok(Recovered::Refused),
        other => return Ok(Recovered::Strange(other)),
    }
    let sheet = browser.fill(RECOVER, &own(password)).await?;
    Ok(match sheet.element("creds-code") {
        Some(_) => Recovered::Done,
        None => Recovered::Strange(sheet.status),
    })
}
