//! Failures of everybody together: counted in the transaction that writes a failure down, and told once when they rise.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::audit::{Event, Scene};
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::Digest;
use crate::people::surge::{Level, Surge};
use crate::people::tide::{Alarm, Limits, Outcome, Tide};
use crate::store::{self, Conn, StoreError, throttles};

/// The ledger under which a form's failures are counted.
pub(super) fn key(app: &App, form: &str) -> Digest {
    app.keys.throttles.digest(&[b"tide", form.as_bytes()])
}

/// Whoever counts: which ledger, and where the failure happened.
#[derive(Clone)]
pub(super) struct Watch {
    key: Digest,
    scene: Scene,
    entropy: Arc<Entropy>,
    now: DateTime<Utc>,
}

impl Watch {
    /// Counts what happens to `form` in `scene`.
    pub fn new(app: &App, form: &str, scene: &Scene, now: DateTime<Utc>) -> Self {
        Self {
            key: key(app, form),
            // The failure was somebody's; that there are many is nobody's.
            scene: Scene {
                account: None,
                actor: "server".into(),
                ..scene.clone()
            },
            entropy: Arc::clone(&app.entropy),
            now,
        }
    }

    /// Counts a first step that was refused, or an account that was opened.
    pub fn activation(&self, conn: &mut Conn, outcome: Outcome) -> Result<(), StoreError> {
        let level = match self.observe(conn, &Limits::ACTIVATION, outcome)? {
            None => return Ok(()),
            Some(Alarm::Tripped) => "code_required",
            Some(Alarm::Closed) => "closed",
        };
        tracing::error!(
            alert = "activation_tide",
            level,
            "activation is under attack: more failures than usual in the whole university"
        );
        self.write_down(conn, &Event::ActivationTide { level })
    }

    /// Counts the code step of a recovery. Its code protects it: nothing changes, but somebody has to know.
    pub fn recovery(&self, conn: &mut Conn, outcome: Outcome) -> Result<(), StoreError> {
        if self.observe(conn, &Limits::RECOVERY, outcome)?.is_none() {
            return Ok(());
        }
        self.alert(conn, "recovery")
    }

    /// Counts a refused sign-in; answers whether there are far more than usual at this hour ([S-47]).
    pub fn sign_in_refused(&self, conn: &mut Conn) -> Result<bool, StoreError> {
        let level = throttles::with_ledger(conn, &self.key, self.now, |surge: &mut Surge| {
            surge.observe(self.now)
        })?;
        if level == Level::Rising {
            self.alert(conn, "login")?;
        }
        Ok(level != Level::Usual)
    }

    fn observe(
        &self,
        conn: &mut Conn,
        limits: &Limits,
        outcome: Outcome,
    ) -> Result<Option<Alarm>, StoreError> {
        throttles::with_ledger(conn, &self.key, self.now, |tide: &mut Tide| {
            tide.observe(limits, self.now, outcome)
        })
    }

    fn alert(&self, conn: &mut Conn, form: &'static str) -> Result<(), StoreError> {
        tracing::error!(
            alert = "failure_tide",
            form,
            "far more failures than usual in the whole university"
        );
        self.write_down(conn, &Event::FailureTide { form })
    }

    fn write_down(&self, conn: &mut Conn, event: &Event) -> Result<(), StoreError> {
        store::audit::append(conn, &event.record(&self.scene, &self.entropy, self.now))
    }
}
