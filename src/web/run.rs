//! One server's life: it serves until it is asked to stop, leaves when those who send it requests have noticed, and lets
//! everybody finish.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::server::Door;
use super::{Web, server};
use crate::app::App;
use crate::jobs::Jobs;

/// How long whoever is connected already has to send what they came for, once nobody else is let in. The server's runtime
/// closes a connection on which it has not read a request, also one that has arrived.
const LAST_CALL: Duration = Duration::from_millis(250);

/// Serves `app` at `door` until a stop is asked for. For as long as the configuration says, the server then answers
/// whoever still comes, and says that it is not ready; a second signal cuts that short. Requests under way then have
/// `server.drain` to finish; messages not yet sent wait in the outbox for the next start.
///
/// # Errors
/// When the pages or the listener cannot be used.
pub async fn run(app: Arc<App>, door: Door, mut signals: Signals) -> io::Result<()> {
    let web = Web::new(Arc::clone(&app)).map_err(io::Error::other)?;
    let jobs = Jobs::start(&app);
    let (server, handle) = server::serve(Data::new(web), door.listener.try_clone()?)?;
    let serving = tokio::spawn(server);
    signals.asked_to_stop().await;
    app.drain();
    let leave = app.config.server.leave.to_std().unwrap_or_default();
    if !leave.is_zero() {
        tracing::info!(
            seconds = leave.as_secs(),
            "leaving: no longer ready, everybody is still answered"
        );
        tokio::select! {
            () = tokio::time::sleep(leave) => {}
            () = signals.asked_to_stop() => {}
        }
    }
    handle.pause().await;
    door.close();
    tracing::info!("stopping: requests under way finish, new ones are refused");
    tokio::time::sleep(LAST_CALL).await;
    handle.stop(true).await;
    let _ = serving.await;
    jobs.stop().await;
    Ok(())
}

/// What asks the process to stop: SIGTERM, or Ctrl-C at the terminal.
pub struct Signals {
    term: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens for them from now on.
    ///
    /// # Errors
    /// When the system lets nobody listen.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Ready at the next of them.
    async fn asked_to_stop(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
