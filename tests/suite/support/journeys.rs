//! The journeys of the student guide, step by step.

use super::{Browser, Reply};

/// A file number and the three fields of a birth date.
pub type Card = (&'static str, [&'static str; 3]);

pub const ACTIVATE: &str = "/account/activate";
pub const RECOVER: &str = "/account/recover";

/// The server is asked to make up a password.
pub const PROPOSED: [(&str, &str); 1] = [("choice", "generated")];

/// What a person writes down from the credentials sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub login: String,
    pub password: Option<String>,
    pub code: String,
}

impl Reply {
    /// What is on the sheet, if this is one.
    pub fn noted(&self) -> Option<Noted> {
        let value = |id: &str| self.texts(&format!("#creds-{id}")).pop();
        Some(Noted {
            login: value("username")?,
            password: value("password"),
            code: value("code")?,
        })
    }

    /// The form of the first step, with a message.
    pub fn assert_identity_again(&self, words: &str) -> &Self {
        self.assert_status(200);
        assert!(self.body.contains(words), "{words:?} is not in {}", self.text());
        assert_eq!(self.count("input[name=fileNumber]"), 1, "{}", self.text());
        self
    }
}

/// The fields of a password of one's own.
pub fn own(password: &str) -> [(&'static str, &str); 3] {
    [
        ("choice", "own"),
        ("newPassword", password),
        ("confirmPassword", password),
    ]
}

impl Browser {
    /// Fills the first step of either journey in.
    pub async fn identify(&self, path: &str, (number, [day, month, year]): Card) -> Reply {
        let fields = [
            ("fileNumber", number),
            ("day", day),
            ("month", month),
            ("year", year),
        ];
        self.fill(path, &fields).await
    }

    /// The same with the code that the form asks for.
    pub async fn identify_with(&self, (number, [day, month, year]): Card, code: &str) -> Reply {
        let fields = [
            ("fileNumber", number),
            ("day", day),
            ("month", month),
            ("year", year),
            ("codeAsked", "true"),
            ("code", code),
        ];
        self.fill(ACTIVATE, &fields).await
    }

    /// First access up to the choice of a password.
    pub async fn claim(&self, card: Card) {
        self.identify(ACTIVATE, card).await.assert_status(302);
        self.fill(ACTIVATE, &[("answer", "yes")]).await.assert_status(302);
    }

    /// First access from the first step to the sheet.
    pub async fn activate(&self, card: Card, choice: &[(&str, &str)]) -> Noted {
        self.claim(card).await;
        let sheet = self.fill(ACTIVATE, choice).await;
        sheet
            .assert_status(200)
            .noted()
            .unwrap_or_else(|| panic!("no sheet: {}", sheet.text()))
    }

    /// Lost credentials up to the answer to the code.
    pub async fn prove(&self, card: Card, code: &str) -> Reply {
        self.identify(RECOVER, card).await.assert_status(302);
        self.fill(RECOVER, &[("code", code)]).await
    }

    /// Lost credentials from the first step to the sheet.
    pub async fn recover(&self, card: Card, code: &str, choice: &[(&str, &str)]) -> Noted {
        self.prove(card, code).await.assert_status(302);
        let sheet = self.fill(RECOVER, choice).await;
        sheet
            .assert_status(200)
            .noted()
            .unwrap_or_else(|| panic!("no sheet: {}", sheet.text()))
    }

    /// Signs in with what is on a sheet.
    pub async fn sign_in_as_noted(&self, noted: &Noted) -> Reply {
        let password = noted.password.as_deref().expect("a password on the sheet");
        self.fill("/login", &[("username", &noted.login), ("password", password)])
            .await
    }

    /// Fills the change form in.
    pub async fn change(&self, current: &str, new: &str, again: &str) -> Reply {
        let fields = [
            ("currentPassword", current),
            ("newPassword", new),
            ("confirmPassword", again),
        ];
        self.fill("/account/password", &fields).await
    }
}
