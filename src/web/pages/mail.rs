//! The letters about an account. They hold neither password, code nor link.

use chrono::NaiveDateTime;

use super::PagesError;
use super::engine::Pages;
use super::locale::Locale;
use super::words::Message;

/// What has happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    /// It was activated.
    Activated,
    /// Its password was changed.
    PasswordChanged,
    /// Its password was recovered with a code.
    Recovered,
}

/// A letter, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterText {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

impl Pages {
    /// The text of `letter` about the account `username`, at `moment` in the university's local time.
    pub fn letter(
        &self,
        letter: Letter,
        locale: Locale,
        username: &str,
        moment: NaiveDateTime,
    ) -> Result<LetterText, PagesError> {
        let (subject, body) = match letter {
            Letter::Activated => ("mail-activated-subject", "mail-activated-body"),
            Letter::PasswordChanged => ("mail-password-subject", "mail-password-body"),
            Letter::Recovered => ("mail-recovered-subject", "mail-recovered-body"),
        };
        let happened = Message::new(body)
            .with("username", username)
            .with("datetime", locale.moment(moment));
        let mut text = self.text(locale, &happened)?;
        for closing in ["mail-not-you", "mail-signature"] {
            text.push_str("\n\n");
            text.push_str(&self.text(locale, &Message::new(closing))?);
        }
        text.push('\n');
        Ok(LetterText {
            subject: self.text(locale, &Message::new(subject))?,
            body: text,
        })
    }
}
