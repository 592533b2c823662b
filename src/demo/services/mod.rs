//! Four sample services: small CAS clients that show what an application does, and let a demonstration sign in to
//! something. Each file is meant to be read as an example; start with `mail`.

pub mod answer;
mod catalogue;
mod client;
mod courses;
mod mail;
mod records;
mod site;
mod timetable;
mod visits;

#[cfg(test)]
mod tests;

use std::io;
use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer};
use tokio::task::JoinHandle;

pub use self::catalogue::{Definition, LogoutKind, definitions};

use self::client::Cas;
use self::site::Site;
use self::visits::Visits;

/// The services, running.
pub struct Samples {
    definitions: [Definition; 4],
    running: Vec<(ServerHandle, JoinHandle<io::Result<()>>)>,
}

/// Why they do not run.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Somebody else is listening there.
    #[error("could not listen on port {port} for the sample service {service}: choose another port")]
    Port {
        /// Which port.
        port: u16,
        /// Which service.
        service: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The address of the CAS server is not one, or no client could be made for it.
    #[error("could not talk to the CAS server at {base}")]
    Cas {
        /// The address.
        base: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Starts mail, courses, timetable and records on `host`, in this order of `ports` (0 takes any free port), as clients
/// of the CAS server at `cas_base`: `http://localhost:8080/cas`.
///
/// # Errors
/// When a port is taken; then none of them runs.
#[expect(
    clippy::unused_async,
    reason = "the listeners must be started inside a runtime"
)]
pub async fn start(cas_base: String, host: &str, ports: [u16; 4]) -> Result<Samples, SampleError> {
    // All ports are taken before anything is served, so that a busy one leaves no half of a demonstration behind.
    let names = definitions(host, ports).map(|definition| definition.key);
    let mut listeners = Vec::new();
    let mut bound = ports;
    for (slot, service) in bound.iter_mut().zip(names) {
        let port = *slot;
        let failed = |source| SampleError::Port {
            port,
            service,
            source,
        };
        let listener = TcpListener::bind((host, port)).map_err(failed)?;
        *slot = listener.local_addr().map_err(failed)?.port();
        listeners.push(listener);
    }
    let definitions = definitions(host, bound);
    let routes: [fn(&mut ServiceConfig); 4] =
        [mail::routes, courses::routes, timetable::routes, records::routes];
    let mut running = Vec::new();
    for (index, listener) in listeners.into_iter().enumerate() {
        let (me, port) = (&definitions[index], bound[index]);
        let cas = Cas::new(&cas_base).map_err(|source| SampleError::Cas {
            base: cas_base.clone(),
            source,
        })?;
        let site = Data::new(Site {
            me: me.clone(),
            all: definitions.to_vec(),
            cas,
            visits: Visits::new(me.key),
        });
        let failed = |source| SampleError::Port {
            port,
            service: me.key,
            source,
        };
        running.push(serve(listener, site, routes[index]).map_err(failed)?);
    }
    Ok(Samples { definitions, running })
}

fn serve(
    listener: TcpListener,
    site: Data<Site>,
    routes: fn(&mut ServiceConfig),
) -> io::Result<(ServerHandle, JoinHandle<io::Result<()>>)> {
    let server = HttpServer::new(move || App::new().app_data(site.clone()).configure(routes))
        .workers(1)
        // The program that starts the services stops them.
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
    Ok((server.handle(), tokio::spawn(server)))
}

impl Samples {
    /// The services with the addresses they really have.
    pub fn definitions(&self) -> &[Definition; 4] {
        &self.definitions
    }

    /// Stops all of them; open sessions are forgotten.
    pub async fn stop(self) {
        for (handle, task) in self.running {
            handle.stop(true).await;
            // A service that broke has said so already, and is stopped as well.
            let _ = task.await;
        }
    }
}
