//! Where a journey ends without a form: what happened, and the one thing to do next.

use serde::Serialize;

use super::Page;
use super::words::Message;

/// Why a journey stops here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The account has been activated before. Shown only after a match.
    AlreadyActive,
    /// The person said that this is someone else's account.
    Declined,
    /// The university has closed online activation for now.
    ActivationClosed,
    /// Too many activation attempts. Carries the hours to wait.
    ActivationThrottled(u32),
    /// Too many recovery attempts. Carries the hours to wait.
    RecoveryThrottled(u32),
    /// The credentials sheet has been shown and wiped.
    SheetGone,
}

/// A page without a form.
#[derive(Debug, Clone, Serialize)]
pub struct StopPage {
    #[serde(skip)]
    title: &'static str,
    paragraphs: Vec<Message>,
    /// Where the button leads, under the context path, and what it says.
    path: &'static str,
    action: &'static str,
}

impl StopPage {
    /// The page about `stop`.
    pub fn new(stop: Stop) -> Self {
        let plain = |keys: &[&'static str]| keys.iter().copied().map(Message::new).collect();
        let hours = |key, hours: u32| vec![Message::new(key).with("hours", hours.max(1))];
        let (title, paragraphs, path, action) = match stop {
            Stop::AlreadyActive => (
                "activation-already-title",
                plain(&["activation-already-text", "activation-already-notme"]),
                "/account/recover",
                "home-recover",
            ),
            Stop::Declined => (
                "activation-declined-title",
                plain(&["activation-declined-text", "help-scolarite"]),
                "/account/activate",
                "activation-declined-again",
            ),
            Stop::ActivationClosed => (
                "activation-closed-title",
                plain(&["activation-err-closed"]),
                "/",
                "err-home",
            ),
            Stop::ActivationThrottled(wait) => (
                "activation-throttled-title",
                hours("activation-err-throttled", wait),
                "/",
                "err-home",
            ),
            Stop::RecoveryThrottled(wait) => (
                "recovery-throttled-title",
                hours("recovery-err-throttled", wait),
                "/",
                "err-home",
            ),
            Stop::SheetGone => (
                "creds-gone-title",
                plain(&["creds-gone"]),
                "/account/recover",
                "home-recover",
            ),
        };
        Self {
            title,
            paragraphs,
            path,
            action,
        }
    }
}

impl Page for StopPage {
    const TEMPLATE: &'static str = "stop.html";

    fn title(&self) -> Message {
        Message::new(self.title)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("already", Self::new(Stop::AlreadyActive)),
            ("declined", Self::new(Stop::Declined)),
            ("closed", Self::new(Stop::ActivationClosed)),
            ("activation-throttled", Self::new(Stop::ActivationThrottled(24))),
            ("recovery-throttled", Self::new(Stop::RecoveryThrottled(0))),
            ("gone", Self::new(Stop::SheetGone)),
        ]
    }
}
