//! The release build, started in a temporary directory and stopped at the end.

#[path = "growth.rs"]
mod growth;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Accounts: as many as ever sign in at once, since one person's sign-ins at once look like guessing.
pub const PEOPLE: usize = 32;

/// The password of each.
pub const PASSWORD: &str = "trois petits tours de piste";

const SERVICE: &str = r#"
[[service]]
key = "app"
name = { fr = "Application", en = "Application" }
url = "http://app.example/"
release = ["displayName", "mail"]

[[service]]
key = "mail"
name = { fr = "Messagerie", en = "Email" }
url = "https://mail.univ.example/"
"#;

/// A running server.
pub struct Program {
    pub port: u16,
    child: Child,
    _folder: tempfile::TempDir,
}

/// Where the server under test keeps things; both are to be empty.
#[derive(Default, clap::Parser)]
pub struct Places {
    /// The database: `postgres://user@host/base`. A file of its own otherwise.
    #[arg(long)]
    pub database: Option<String>,
    /// Sessions and tickets: `redis://host`. The database otherwise.
    #[arg(long)]
    pub tickets: Option<String>,
    /// Live sessions of others in the embedded database.
    #[arg(long, default_value_t = 0)]
    pub sessions: u64,
    /// Spent tickets in it.
    #[arg(long, default_value_t = 0)]
    pub spent: u64,
    /// What `cargo bench` says when it runs a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Program {
    pub fn start(places: &Places) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port();
        let command = |words: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
            command
                .args(words)
                .current_dir(folder.path())
                .env(
                    "VESTIBULE__SERVER__PUBLIC_URL",
                    format!("http://localhost:{port}/cas"),
                )
                .env("VESTIBULE__SERVER__LISTEN", format!("127.0.0.1:{port}"))
                .env("VESTIBULE__THROTTLE__CAMPUS_NETWORKS", "127.0.0.0/8")
                .env("VESTIBULE__REST__ENABLED", "true")
                .env("VESTIBULE__LOG__LEVEL", "error");
            if let Some(database) = &places.database {
                command.env("VESTIBULE__DATABASE__URL", database);
            }
            if let Some(tickets) = &places.tickets {
                command.env("VESTIBULE__TICKETS__REGISTRY", tickets);
            }
            command
        };
        std::fs::write(folder.path().join("app.toml"), SERVICE).expect("the service's file");
        for number in 0..PEOPLE {
            let login = format!("bench{number}");
            let words = [
                "user",
                "create",
                &login,
                "--given",
                &login,
                "--name",
                "Bench",
                "--password-stdin",
            ];
            let mut create = command(&words)
                .stdin(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program runs");
            let mut input = create.stdin.take().expect("its input");
            writeln!(input, "{PASSWORD}").expect("the password is read");
            drop(input);
            assert!(create.wait().expect("it ends").success());
        }
        assert!(
            command(&["service", "import", "--apply", "app.toml"])
                .status()
                .expect("the program runs")
                .success()
        );
        if places.sessions + places.spent > 0 {
            growth::fill(&folder.path().join("vestibule.db"), places.sessions, places.spent);
        }
        let child = command(&["serve"]).spawn().expect("the program runs");
        let program = Self {
            port,
            child,
            _folder: folder,
        };
        program.wait_until_it_listens();
        program
    }

    fn wait_until_it_listens(&self) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "the server does not start"
            );
            std::thread::yield_now();
        }
    }

    /// Proportional set size, in kB.
    pub fn memory_kib(&self) -> u64 {
        let text =
            std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id())).unwrap_or_default();
        let line = text
            .lines()
            .find(|line| line.starts_with("Pss:"))
            .unwrap_or_default();
        line.split_whitespace()
            .nth(1)
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    }

    /// Processor time of all its threads so far.
    pub fn cpu(&self) -> Duration {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = text
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks: u64 = [11, 12]
            .iter()
            .filter_map(|at| fields.get(*at)?.parse::<u64>().ok())
            .sum();
        // A hundred ticks a second on every Linux that Rust runs on.
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
