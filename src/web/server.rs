//! The HTTP server: bound, run, and stopped without cutting anybody off.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::guard::guard;
use super::{Web, routes};

/// How long an idle connection is kept.
const IDLE_TIME: Duration = Duration::from_secs(15);

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct NotListening {
    address: SocketAddr,
    source: std::io::Error,
}

/// Takes hold of `address`.
///
/// # Errors
/// When somebody else has it, or it is not this machine's.
pub fn listen(address: SocketAddr) -> Result<TcpListener, NotListening> {
    TcpListener::bind(address).map_err(|source| NotListening { address, source })
}

/// Starts to serve on `listener`; the future ends when the server has stopped.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(web: web::Data<Web>, listener: TcpListener) -> std::io::Result<(Server, ServerHandle)> {
    let rules = &web.app.config.server;
    let (workers, drain) = (rules.workers, rules.drain.num_seconds());
    let patience = rules.patience.head;
    let (context, with_rest) = (web.context.clone(), web.app.config.rest);
    let server = HttpServer::new(move || {
        let context = context.clone();
        App::new()
            .app_data(web.clone())
            .configure(move |config| routes::mount(config, &context, with_rest))
            .wrap(from_fn(guard))
    })
    .workers(workers)
    .client_request_timeout(patience)
    .keep_alive(IDLE_TIME)
    .shutdown_timeout(u64::try_from(drain).unwrap_or(30))
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    Ok((server, handle))
}
