//! One server's life: it serves until it is asked to stop, and then lets everybody finish.

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web::Data;
use tokio::signal::unix::{SignalKind, signal};

use super::{Web, server};
use crate::app::App;
use crate::jobs::Jobs;

/// Serves `app` on `listener` until `stop` is ready. Requests under way then finish, none is cut off; messages not yet
/// sent wait in the outbox for the next start.
///
/// # Errors
/// When the pages or the listener cannot be used.
pub async fn run(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
    let web = Web::new(Arc::clone(&app)).map_err(io::Error::other)?;
    let jobs = Jobs::start(&app);
    let (server, handle) = server::serve(Data::new(web), listener)?;
    let serving = tokio::spawn(server);
    stop.await;
    tracing::info!("stopping: requests under way finish, new ones are refused");
    app.drain();
    handle.stop(true).await;
    let _ = serving.await;
    jobs.stop().await;
    Ok(())
}

/// Ready when the process is asked to stop: SIGTERM, or Ctrl-C at the terminal.
///
/// # Errors
/// When the system lets nobody listen for signals.
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
