//! The clauses of the CAS protocol, checked from outside on any server: a base address, an account and a service.
//!
//! Nothing here knows this server. What is checked is the protocol as its clients in the field need it; a server that
//! reads a clause in another way fails it, with what was expected and what came.

pub mod bench;
mod browser;
pub mod clauses;
mod finding;
mod form;
mod listener;
mod reply;
pub mod report;
pub mod table;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use self::bench::Bench;
use self::finding::Stop;
use self::report::{Finding, Report, Shown};

/// How long one clause may take, waiting for tickets to expire left out.
const CLAUSE: Duration = Duration::from_secs(60);

/// How long the whole run may take before the clauses left are not tried.
const RUN: Duration = Duration::from_secs(15 * 60);

/// The time as the server under test sees it.
pub trait Time: Send + Sync {
    /// The current time.
    fn now(&self) -> DateTime<Utc>;
    /// Lets `span` pass.
    fn pass(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// What is checked, and with what.
pub struct Options {
    /// The name of the server in the report.
    pub name: String,
    /// The base address, without final slash: `https://sso.univ.example/cas`.
    pub base: String,
    /// The login of an account.
    pub user: String,
    /// Its password. It is sent to the base address alone and never shown.
    pub password: SecretString,
    /// A registered service: every address below it is its own. Nobody needs to listen there.
    pub service: String,
    /// Another one.
    pub second: Option<String>,
    /// One at which this program itself listens for sign-out messages and proxy callbacks.
    pub listening: Option<Listening>,
    /// Where it listens under https for proxy callbacks; without it they come to the listening service.
    pub callback: Option<Callback>,
    /// A registered target of proxy tickets that is no web address (`imap://…`).
    pub target: Option<String>,
    /// An address that belongs to no service.
    pub refused: String,
    /// How many sign-ins with a wrong password may be tried.
    pub wrong_passwords: u32,
    /// After which time the server lets an unused ticket expire, if that is to be waited for.
    pub ticket_lifetime: Option<Duration>,
    /// Only the clauses whose name begins so.
    pub only: Option<String>,
    /// The time.
    pub time: Arc<dyn Time>,
}

/// A service at which this program listens.
#[derive(Debug, Clone)]
pub struct Listening {
    /// Its registered address.
    pub url: String,
    /// Where to listen.
    pub bind: SocketAddr,
}

/// A place for proxy callbacks under https.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Its address, which the listening service may have as its callback.
    pub url: String,
    /// Where to listen.
    pub bind: SocketAddr,
    /// The certificate and those between it and an authority that the server trusts, as PEM.
    pub certificate: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    /// An address is none.
    #[error("{0} is no http or https address without query and fragment")]
    Address(String),
    /// Listening failed.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// A certificate or key is none.
    #[error("the certificate of the callback: {0}")]
    Certificate(String),
    /// No client.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The server does not answer.
    #[error("the sign-in page of {0} does not answer: {1}")]
    NoAnswer(String, String),
    /// What answers is no sign-in page.
    #[error("the sign-in page of {0} has no form for a password; its status is {1}")]
    NoForm(String, u16),
    /// No clause has such a name.
    #[error("no clause has a name that begins with {0}")]
    NoClause(String),
}

/// Checks every clause; `told` hears of each as soon as it is decided.
///
/// # Errors
/// When nothing could be checked at all. A server that fails every clause is no error.
pub async fn run(options: Options, mut told: impl FnMut(&Finding)) -> Result<Report, CannotRun> {
    let chosen = options.only.clone().unwrap_or_default();
    let wanted = || clauses::all().filter(|clause| clause.id.starts_with(&chosen));
    if wanted().next().is_none() {
        return Err(CannotRun::NoClause(chosen));
    }
    let bench = Bench::new(options).await?;
    let start = Instant::now();
    let mut findings = Vec::new();
    for clause in wanted() {
        let found = if start.elapsed() < RUN {
            let patience = CLAUSE + bench.options.ticket_lifetime.unwrap_or_default();
            let checked = tokio::time::timeout(patience, (clause.check)(&bench)).await;
            checked.unwrap_or_else(|_| Err(Stop::failed("an end within a minute", "none")))
        } else {
            Err(Stop::not_tried("the run had taken its quarter of an hour"))
        };
        let finding = Finding::of(clause, found, &Shown::new(&bench.options));
        told(&finding);
        findings.push(finding);
    }
    Ok(Report {
        server: bench.options.name.clone(),
        findings,
    })
}
