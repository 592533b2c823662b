//! What a person sees: one struct and one template per page, filled in the reader's language.

mod account;
mod activation;
mod assets;
mod colour;
mod credentials;
mod engine;
mod error;
mod form;
mod home;
mod info;
mod locale;
mod login;
mod logout;
mod mail;
mod services;
mod site;
mod sources;
mod stencil;
mod stop;
#[cfg(test)]
mod tests;
mod words;

use std::fmt::Debug;

use serde::Serialize;

pub use account::{AccountPage, Done, PasswordPage, SessionView, SessionsPage};
pub use activation::{
    ActivationConfirmPage, ActivationIdentityPage, ChoosePasswordPage, Identity, Journey, PasswordChoice,
    RecoveryCodePage, RecoveryIdentityPage,
};
pub use assets::{Asset, Assets};
pub use credentials::CredentialsPage;
pub use engine::{Frame, Pages};
pub use error::{ErrorPage, Trouble};
pub use form::{Errors, FieldError, Shown};
pub use home::HomePage;
pub use info::{InfoPage, Topic};
pub use locale::{Locale, switch};
pub use login::{LoginNotice, LoginPage, PublicComputer, Service, ThrottledPage, Wait};
pub use logout::{LogoutConfirmPage, LogoutDonePage, Notified, NotifiedService};
pub use mail::{Letter, LetterText};
pub use services::{HandOverPage, LoopPage, SignedInPage, Tile, WarnPage};
pub use site::{Accessibility, Level, Link, LinkView, Localized, Logo, Notice, NoticeView, Place, Site};
pub use stop::{Stop, StopPage};
pub use words::Message;

/// A page: the values of one template.
pub trait Page: Serialize {
    /// The template's name under `templates/`.
    const TEMPLATE: &'static str;

    /// What the page is called: its heading and its tab.
    fn title(&self) -> Message;

    /// What its tab says, where that is something else.
    fn tab(&self) -> Message {
        self.title()
    }

    /// Whether it shows a form again because of a mistake; the tab then says so first.
    fn failed(&self) -> bool {
        false
    }

    /// The HTML of this page: its template, filled. A page asked for more than all others may know a shorter way to
    /// the same bytes.
    fn html(&self, pages: &Pages, frame: &Frame) -> Result<String, PagesError>
    where
        Self: Sized,
    {
        pages.fill(self, frame)
    }

    /// Every face the page can show, each under its name. Tests render all of them.
    fn samples() -> Vec<(&'static str, Self)>
    where
        Self: Sized;
}

/// Why the pages could not be made ready, or one could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A template is wrong, or lacks a value.
    #[error("could not fill a template")]
    Template(#[from] tera::Error),
    /// A message is missing, malformed, or lacks a value.
    #[error("could not say `{message}` in {language}: {problem}")]
    Words {
        /// The language's code.
        language: &'static str,
        /// The message or the file.
        message: String,
        /// What is wrong.
        problem: String,
    },
    /// The university's colour cannot be used.
    #[error("the colour `{given}` cannot be used: {advice}")]
    Colour {
        /// The colour as configured.
        given: String,
        /// What to do.
        advice: String,
    },
}

impl PagesError {
    fn words(locale: Locale, message: &str, problem: &dyn Debug) -> Self {
        Self::Words {
            language: locale.code(),
            message: message.to_owned(),
            problem: format!("{problem:?}"),
        }
    }
}
