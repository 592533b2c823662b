//! `vestibule conformance` and `vestibule conformance-table`.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use secrecy::SecretString;

use super::{Done, Failure, Outcome, Surroundings, open};
use crate::conformance::report::{Finding, Report};
use crate::conformance::{self, Callback, CannotRun, Listening, Options, Time, table};
use crate::kernel::clock::Clock;

/// `vestibule conformance`
#[derive(Debug, Clone, Args)]
pub struct CheckServer {
    /// The base address of the server: `https://sso.univ.example/cas`.
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// The login of an account there, as services are told it.
    #[arg(long, value_name = "LOGIN")]
    pub user: String,
    /// The file with its password on the first line; `-` reads it from standard input. It is sent to the server alone.
    #[arg(long, value_name = "FILE")]
    pub password_file: PathBuf,
    /// A registered service that every address below belongs to. Nobody needs to listen there.
    #[arg(long, value_name = "URL")]
    pub service: String,
    /// Another one, which proxy tickets may be for.
    #[arg(long, value_name = "URL")]
    pub second_service: Option<String>,
    /// A registered service at which this command listens itself, for sign-out messages and proxy callbacks.
    #[arg(long, value_name = "URL")]
    pub listening_service: Option<String>,
    /// Where to listen, if that is not what the listening service says.
    #[arg(long, value_name = "ADDRESS", requires = "listening_service")]
    pub listen: Option<SocketAddr>,
    /// Where to listen under https for proxy callbacks, on this machine; otherwise they come to the listening service.
    #[arg(long, value_name = "URL", requires_all = ["callback_certificate", "callback_key", "listening_service"])]
    pub callback: Option<String>,
    /// The certificate to show there (PEM). The server has to trust it.
    #[arg(long, value_name = "FILE", requires = "callback")]
    pub callback_certificate: Option<PathBuf>,
    /// Its key (PEM).
    #[arg(long, value_name = "FILE", requires = "callback")]
    pub callback_key: Option<PathBuf>,
    /// A registered target of proxy tickets that is no web address: `imap://mail.univ.example`.
    #[arg(long, value_name = "URL")]
    pub proxy_target: Option<String>,
    /// An address that belongs to no registered service.
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://not-registered.invalid/app"
    )]
    pub unregistered_service: String,
    /// How many wrong passwords may be tried.
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub wrong_passwords: u32,
    /// How long an unused service ticket lives on the server; without it, nobody waits for one to expire.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(3..=900))]
    pub ticket_lifetime: Option<u64>,
    /// Only the clauses whose name begins so: `xml.` for a chapter.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// What the server is called in the report; its address if it is left out.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Write the report as JSON to standard output, and the lines to standard error.
    #[arg(long)]
    pub json: bool,
}

/// `vestibule conformance-table`
#[derive(Debug, Args)]
pub struct Tabulate {
    /// The reports, one column each.
    #[arg(required = true, value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Put the table into this Markdown page, where the former one is.
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}

/// The machine's time.
struct RealTime(Arc<dyn Clock>);

impl Time for RealTime {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    fn pass(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// Checks a server. The answer is [`Done::No`] if it fails a clause.
///
/// # Errors
/// When nothing could be checked.
pub(super) fn run(asked: &CheckServer, around: &mut Surroundings) -> Result<Done, Failure> {
    let options = options(asked.clone(), around)?;
    let json = asked.json;
    let mut lines = Vec::new();
    let console = &mut around.console;
    let told = |finding: &Finding| {
        // Each line as soon as it is known: a run takes minutes against a slow server.
        let line = finding.line();
        if json {
            console.say(&line);
        } else if let Err(error) = console.data(&format!("{line}\n")) {
            lines.push(error);
        }
    };
    let report = open::block_on(conformance::run(options, told))??;
    if let Some(error) = lines.into_iter().next() {
        return Err(error.into());
    }
    if json {
        around.console.json(&report)?;
    } else {
        around.console.data(&format!("{}\n", report.summary()))?;
    }
    Ok(if report.count("fail") == 0 {
        Done::All
    } else {
        Done::No
    })
}

fn options(asked: CheckServer, around: &mut Surroundings) -> Result<Options, Failure> {
    let password = password(&asked, around)?;
    let listening = match asked.listening_service {
        Some(url) => {
            let bind = match asked.listen {
                Some(bind) => bind,
                None => address_of(&url)?,
            };
            Some(Listening { url, bind })
        }
        None => None,
    };
    let callback = match (asked.callback, asked.callback_certificate, asked.callback_key) {
        (Some(url), Some(certificate), Some(key)) => Some(Callback {
            bind: address_of(&url)?,
            url,
            certificate,
            key,
        }),
        _ => None,
    };
    Ok(Options {
        name: asked.name.unwrap_or_else(|| asked.url.clone()),
        base: asked.url,
        user: asked.user,
        password,
        service: asked.service,
        second: asked.second_service,
        listening,
        callback,
        target: asked.proxy_target,
        refused: asked.unregistered_service,
        wrong_passwords: asked.wrong_passwords,
        ticket_lifetime: asked.ticket_lifetime.map(Duration::from_secs),
        only: asked.only,
        time: Arc::new(RealTime(Arc::clone(&around.clock))),
    })
}

fn password(asked: &CheckServer, around: &mut Surroundings) -> Result<SecretString, Failure> {
    if asked.password_file.as_os_str() == "-" {
        return Ok(around.console.line()?.as_str().into());
    }
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(&asked.password_file)?);
    Ok(text.lines().next().unwrap_or_default().into())
}

/// The address that a service on this machine listens on.
fn address_of(url: &str) -> Result<SocketAddr, Failure> {
    let parsed = reqwest::Url::parse(url).map_err(|_| Failure::from(CannotRun::Address(url.to_owned())))?;
    let port = parsed.port_or_known_default().unwrap_or(80);
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    let address = host.parse().map_err(|_| {
        Failure::line(format!(
            "{url} is not an address of this machine: say where to listen with --listen"
        ))
    })?;
    Ok(SocketAddr::new(address, port))
}

/// Writes reports side by side.
///
/// # Errors
/// When a file cannot be read, is no report, or the page has no place for the table.
pub(super) fn tabulate(asked: &Tabulate, around: &mut Surroundings) -> Outcome {
    let mut reports = Vec::new();
    for file in &asked.reports {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::line(format!("{}: {error}", file.display())))?;
        let report: Report = serde_json::from_str(&text)
            .map_err(|error| Failure::line(format!("{}: {error}", file.display())))?;
        reports.push(report);
    }
    let section = table::section(&reports);
    let Some(page) = &asked.page else {
        around.console.data(&section)?;
        return Ok(Done::All);
    };
    let text = std::fs::read_to_string(page)?;
    let text = table::replaced(&text, &section)
        .ok_or_else(|| Failure::line(format!("{} has no section for it", page.display())))?;
    std::fs::write(page, text)?;
    Ok(Done::All)
}
