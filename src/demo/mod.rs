//! The demonstration: a throw-away server with fictitious people and four sample services, and a list of things to try.

pub mod services;
mod stage;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use chrono::Duration;

use crate::app::{App, Unbuilt};
use crate::config::{Config, Problems, keys};
use crate::flow::Fault;
use crate::kernel::clock::{Clock, ManualClock};
use crate::kernel::entropy::Entropy;
use crate::web::run::{Signals, run as serve};
use crate::web::server::Door;

pub use stage::Hint;

/// What a demonstration may have different.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The port of the server; the sample services take the four after it.
    pub port: u16,
    /// How many students there are.
    pub people: usize,
    /// Another number invents other people.
    pub seed: u64,
}

/// Why there is no demonstration; one line for whoever wanted to see it.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Somebody else has one of the five ports.
    #[error("port {0} is busy: choose another with --port (it takes five in a row)")]
    Port(u16),
    /// A sample service does not run.
    #[error("a sample service does not run: {0}")]
    Sample(String),
    /// The throw-away configuration is refused.
    #[error("the demonstration's configuration is refused: {0}")]
    Config(#[from] Problems),
    /// The server's key cannot be made.
    #[error(transparent)]
    Key(#[from] keys::KeyError),
    /// The server does not start.
    #[error(transparent)]
    Unbuilt(#[from] Unbuilt),
    /// The invented people could not be written.
    #[error("the invented people could not be written: {0}")]
    People(String),
    /// The machine refused something.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<Fault> for DemoError {
    fn from(fault: Fault) -> Self {
        let source = std::error::Error::source(&fault).map(ToString::to_string);
        Self::People(source.unwrap_or_else(|| fault.to_string()))
    }
}

/// Shows the demonstration until somebody presses Ctrl-C; everything it wrote lies in `folder`, which the caller removes.
///
/// # Errors
/// When a port is busy or the machine refuses something.
pub async fn run(
    options: Options,
    folder: &Path,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    mut out: impl Write,
) -> Result<(), DemoError> {
    // Ports first: whoever has to choose another should not wait for two thousand people.
    let signals = Signals::listen()?;
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), options.port);
    let door = Door::open(address).map_err(|_| DemoError::Port(options.port))?;
    let port = door.listener.local_addr()?.port();
    let base = format!("http://localhost:{port}/cas");
    let sample_ports = [1, 2, 3, 4].map(|step| port.saturating_add(step));
    let samples = services::start(base.clone(), "localhost", sample_ports)
        .await
        .map_err(|error| match error {
            services::SampleError::Port { port, .. } => DemoError::Port(port),
            other @ services::SampleError::Cas { .. } => DemoError::Sample(other.to_string()),
        })?;
    // Everybody was imported a month ago: what may be done from the first day on can be tried at once.
    let past = Arc::new(ManualClock::at(clock.now() - Duration::days(30)));
    let hints = {
        let past = build(&base, folder, past, Arc::clone(&entropy))?;
        stage::register(&past, samples.definitions()).await?;
        stage::enter(&past, options).await?
    };
    let app = Arc::new(build(&base, folder, clock, entropy)?);
    announce(&mut out, &base, samples.definitions(), &hints)?;
    serve(app, door, signals).await?;
    samples.stop().await;
    writeln!(out, "\nStopped; nothing is left behind.")?;
    Ok(())
}

fn build(base: &str, folder: &Path, clock: Arc<dyn Clock>, entropy: Arc<Entropy>) -> Result<App, DemoError> {
    let database = format!("sqlite://{}", folder.join("demo.db").display());
    let key = folder.join("demo.key").display().to_string();
    let settings = [
        ("SERVER__PUBLIC_URL", base),
        ("DATABASE__URL", &database),
        ("KEYS__FILE", &key),
        ("UNIVERSITY__UAI", "0999999X"),
        // Everybody in the demonstration comes from this machine.
        ("THROTTLE__CAMPUS_NETWORKS", "127.0.0.0/8"),
        ("OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8,::1/128"),
    ];
    let environment =
        settings.map(|(name, value)| (format!("{}{name}", crate::config::PREFIX), value.to_owned()));
    let config = Config::load(None, environment.into_iter())?;
    let keyring = keys::open_or_create(&config.keys, &entropy)?;
    Ok(App::build(config, &keyring, clock, entropy)?)
}

fn announce(
    out: &mut impl Write,
    base: &str,
    services: &[services::Definition; 4],
    hints: &[Hint],
) -> io::Result<()> {
    writeln!(out, "\nVestibule is running. Everybody in it is invented.\n")?;
    writeln!(out, "  {base}/")?;
    for service in services {
        writeln!(
            out,
            "  {:<24} {} ({})",
            service.url, service.name_en, service.protocol
        )?;
    }
    for hint in hints {
        writeln!(out, "\n{}", hint.title)?;
        for line in &hint.lines {
            writeln!(out, "  {line}")?;
        }
    }
    writeln!(out, "\nCtrl-C stops the server and removes everything it wrote.")?;
    out.flush()
}
