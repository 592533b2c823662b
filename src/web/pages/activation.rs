//! Getting an account and getting it back: who are you, is this you, which password.

use std::fmt;

use serde::Serialize;

use super::Page;
use super::form::{Errors, FieldError, Shown};
use super::words::Message;

/// What was typed of file number and birth date, as typed; never printed: together they open an account.
#[derive(Clone, Default, Serialize)]
pub struct Identity {
    /// Field `fileNumber`.
    pub file_number: String,
    /// Field `day`.
    pub day: String,
    /// Field `month`.
    pub month: String,
    /// Field `year`.
    pub year: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity([REDACTED])")
    }
}

impl Identity {
    fn sample() -> Self {
        Self {
            file_number: "22601234".to_owned(),
            day: "27".to_owned(),
            month: "mars".to_owned(),
            year: "2007".to_owned(),
        }
    }
}

/// Activation, step 1: file number and birth date, and the code when it is required.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ActivationIdentityPage {
    /// The form token.
    pub execution: Shown,
    /// What was typed.
    pub identity: Identity,
    /// Whether the code is asked for too (field `code`).
    pub code_needed: bool,
    /// What was typed of it.
    pub code: Shown,
    /// What was wrong.
    pub errors: Errors,
}

impl Page for ActivationIdentityPage {
    const TEMPLATE: &'static str = "activation/identity.html";

    fn title(&self) -> Message {
        Message::new("activation-title")
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            execution: Shown::new("a1s1.MTIz"),
            ..Self::default()
        };
        let typed = Self {
            identity: Identity::sample(),
            ..first.clone()
        };
        let with = |field, key| Self {
            errors: FieldError::new(field, key).into(),
            ..typed.clone()
        };
        let missing = vec![
            FieldError::new("fileNumber", "err-file-number-missing"),
            FieldError::new("day", "err-birth-missing"),
        ];
        vec![
            ("first", first.clone()),
            (
                "missing",
                Self {
                    errors: missing.into(),
                    ..first.clone()
                },
            ),
            ("format", with("fileNumber", "err-file-number-format")),
            ("ine", with("fileNumber", "err-file-number-ine")),
            ("incomplete", with("month", "err-birth-incomplete")),
            ("unreal", with("day", "err-birth-unreal")),
            ("year", with("year", "err-birth-year")),
            ("future", with("year", "err-birth-future")),
            ("no-match", with("", "activation-err-nomatch")),
            (
                "code",
                Self {
                    code_needed: true,
                    ..typed.clone()
                },
            ),
            (
                "throttled",
                Self {
                    code_needed: true,
                    errors: FieldError::form("activation-err-person").with("hours", 24).into(),
                    ..typed.clone()
                },
            ),
            (
                "code-wrong",
                Self {
                    code_needed: true,
                    code: Shown::new("VZJG4"),
                    ..with("code", "err-code-format")
                },
            ),
        ]
    }
}

/// Activation, step 2: is this you, and the IT rules when the site has some.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ActivationConfirmPage {
    /// The form token.
    pub execution: Shown,
    /// First name and the surname's initial, no more: the person has shown nothing secret yet.
    pub name: String,
    /// The programme of study, if it is shown.
    pub programme: Option<String>,
    /// Whether the rules were accepted already (field `charter`).
    pub charter_accepted: bool,
    /// What was wrong.
    pub errors: Errors,
}

impl Page for ActivationConfirmPage {
    const TEMPLATE: &'static str = "activation/confirm.html";

    fn title(&self) -> Message {
        Message::new("activation-confirm-title")
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            execution: Shown::new("a1s2.MTIz"),
            name: "Camille O.".to_owned(),
            programme: Some("Licence 1 Informatique".to_owned()),
            ..Self::default()
        };
        let refused = FieldError::new("charter", "err-charter");
        vec![
            ("plain", page.clone()),
            (
                "charter",
                Self {
                    errors: refused.into(),
                    programme: None,
                    ..page
                },
            ),
        ]
    }
}

/// One of the two ways to credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Journey {
    /// The first time: `/account/activate`.
    #[default]
    Activate,
    /// Once more: `/account/recover`.
    Recover,
}

/// Who makes the password up (field `choice`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordChoice {
    /// The person.
    #[default]
    Own,
    /// The server.
    Generated,
}

/// Step 3 of either journey: a password of one's own, or one made up by the server.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChoosePasswordPage {
    /// The form token.
    pub execution: Shown,
    /// Which journey.
    pub journey: Journey,
    /// What was chosen.
    pub choice: PasswordChoice,
    /// The login, for the browser's password store; `None` while it must not be told.
    pub username: Option<String>,
    /// What was wrong.
    pub errors: Errors,
}

impl Page for ChoosePasswordPage {
    const TEMPLATE: &'static str = "activation/password.html";

    fn title(&self) -> Message {
        Message::new(match self.journey {
            Journey::Activate => "choose-title",
            Journey::Recover => "choose-again-title",
        })
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            execution: Shown::new("a1s3.MTIz"),
            ..Self::default()
        };
        let with = |key| Self {
            errors: FieldError::new("newPassword", key).into(),
            ..first.clone()
        };
        let digits = FieldError::new("newPassword", "err-password-digits").with("min", 20);
        vec![
            (
                "first",
                Self {
                    username: Some("corsonneau2".to_owned()),
                    ..first.clone()
                },
            ),
            (
                "recover",
                Self {
                    journey: Journey::Recover,
                    choice: PasswordChoice::Generated,
                    ..first.clone()
                },
            ),
            ("missing", with("err-password-missing")),
            ("short", with("err-password-short")),
            ("long", with("err-password-long")),
            (
                "digits",
                Self {
                    errors: digits.into(),
                    ..first.clone()
                },
            ),
            ("common", with("err-password-common")),
            ("personal", with("err-password-personal")),
            (
                "confirm",
                Self {
                    errors: FieldError::new("confirmPassword", "err-password-confirm").into(),
                    ..first.clone()
                },
            ),
        ]
    }
}

/// Recovery, step 1: the same two questions as activation.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RecoveryIdentityPage {
    /// The form token.
    pub execution: Shown,
    /// What was typed.
    pub identity: Identity,
    /// What was wrong.
    pub errors: Errors,
}

impl Page for RecoveryIdentityPage {
    const TEMPLATE: &'static str = "recovery/identity.html";

    fn title(&self) -> Message {
        Message::new("recovery-title")
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            execution: Shown::new("r1s1.MTIz"),
            ..Self::default()
        };
        let incomplete = FieldError::new("month", "err-birth-incomplete");
        vec![
            ("first", first.clone()),
            (
                "incomplete",
                Self {
                    identity: Identity::sample(),
                    errors: incomplete.into(),
                    ..first
                },
            ),
        ]
    }
}

/// Recovery, step 2: the code of the certificate sheet, or the backup code since. It comes whether or not step 1
/// matched anybody.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RecoveryCodePage {
    /// The form token.
    pub execution: Shown,
    /// What was typed.
    pub code: Shown,
    /// What was wrong.
    pub errors: Errors,
}

impl Page for RecoveryCodePage {
    const TEMPLATE: &'static str = "recovery/code.html";

    fn title(&self) -> Message {
        Message::new("recovery-code-title")
    }

    fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let first = Self {
            execution: Shown::new("r1s2.MTIz"),
            ..Self::default()
        };
        let with = |field, key| Self {
            code: Shown::new("vzjg4 ph2g8"),
            errors: FieldError::new(field, key).into(),
            ..first.clone()
        };
        vec![
            ("first", first.clone()),
            ("missing", with("code", "err-code-missing")),
            ("format", with("code", "err-code-format")),
            ("no-match", with("", "recovery-err-nomatch")),
            ("expired", with("code", "recovery-err-code-expired")),
            ("used", with("code", "recovery-err-code-used")),
            ("inactive", with("", "recovery-err-inactive")),
        ]
    }
}
