//! The HTTP server: bound, run, and stopped without cutting anybody off.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use rustix::net::Shutdown;
use rustix::net::sockopt::socket_acceptconn;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::guard::guard;
use super::{Web, routes};

/// How long an idle connection is kept.
const IDLE_TIME: Duration = Duration::from_secs(15);

/// Connections that may wait until they are taken, all that come at one moment: the standard library lets 128.
const AT_ONCE: i32 = 1_024;

/// Files that are not for the connections of clients: databases, calls to services, the log. Half where there are few.
const OTHER_FILES: u64 = 256;

/// Connections of clients, at most.
const MOST: u64 = 50_000;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct NotListening {
    address: SocketAddr,
    source: std::io::Error,
}

/// Where people come in.
pub struct Door {
    /// What listens.
    pub listener: TcpListener,
    /// Whether it is somebody else's, who keeps it open when this process ends and lends it to the next: whoever comes in
    /// between waits.
    is_lent: bool,
}

impl Door {
    /// The listening socket that the process was given as its standard input, as systemd does with `StandardInput=socket`;
    /// otherwise one of its own at `address`.
    ///
    /// # Errors
    /// When somebody else has the address, or it is not this machine's.
    pub fn open(address: SocketAddr) -> Result<Self, NotListening> {
        if let Some(listener) = lent() {
            return Ok(Self {
                listener,
                is_lent: true,
            });
        }
        let not_listening = |source| NotListening { address, source };
        let listener = TcpListener::bind(address).map_err(not_listening)?;
        rustix::net::listen(&listener, AT_ONCE).map_err(|error| not_listening(error.into()))?;
        Ok(Self {
            listener,
            is_lent: false,
        })
    }

    /// Has whoever comes from now on refused at once, so that they can try again. At a door that is lent they wait.
    pub fn close(&self) {
        if !self.is_lent
            && let Err(error) = rustix::net::shutdown(&self.listener, Shutdown::Both)
        {
            tracing::debug!(%error, "whoever comes now waits until the process has ended");
        }
    }
}

fn lent() -> Option<TcpListener> {
    let input = std::io::stdin();
    if !socket_acceptconn(&input).unwrap_or(false) {
        return None;
    }
    let listener = TcpListener::from(input.as_fd().try_clone_to_owned().ok()?);
    // One that is no socket of the network has no such address.
    listener.local_addr().is_ok().then_some(listener)
}

/// How many connections of clients there may be at once ([S-71]): each is an open file, and where they took all that the
/// process may have, the database could not be opened any more. The limit on files is first raised as far as the system
/// allows everybody to: the customary 1,024 are few connections.
fn most_connections() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let files = files.unwrap_or(u64::MAX);
    (files - OTHER_FILES.min(files / 2)).min(MOST)
}

/// Starts to serve on `listener`; the future ends when the server has stopped.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(web: web::Data<Web>, listener: TcpListener) -> std::io::Result<(Server, ServerHandle)> {
    let rules = &web.app.config.server;
    let (workers, drain) = (rules.workers, rules.drain.num_seconds());
    let patience = rules.patience.head;
    let connections = most_connections() / u64::try_from(workers.max(1)).unwrap_or(1);
    let (context, with_rest) = (web.context.clone(), web.app.config.rest);
    let server = HttpServer::new(move || {
        let context = context.clone();
        App::new()
            .app_data(web.clone())
            .configure(move |config| routes::mount(config, &context, with_rest))
            .wrap(from_fn(guard))
    })
    .workers(workers)
    .max_connections(usize::try_from(connections).unwrap_or(usize::MAX).max(1))
    .client_request_timeout(patience)
    .keep_alive(IDLE_TIME)
    .shutdown_timeout(u64::try_from(drain).unwrap_or(30))
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    Ok((server, handle))
}
