//! The server inside this process: the command line, handed its words and its environment.

use std::io::{Cursor, sink};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vestibule::cli::{self, Console, Surroundings};
use vestibule::kernel::clock::SystemClock;
use vestibule::kernel::entropy::Entropy;

/// The one account.
pub const LOGIN: &str = "bench";

/// Its password.
pub const PASSWORD: &str = "trois-petits-tours-de-piste";

/// The one service, as it stands in a query.
pub const SERVICE: &str = "http%3A%2F%2Fapp.example%2F";

const SERVICES: &str = r#"
[[service]]
key = "app"
name = { fr = "Application", en = "Application" }
url = "http://app.example/"
release = ["displayName", "mail"]
"#;

/// A running server.
pub struct Server {
    pub port: u16,
    _folder: tempfile::TempDir,
}

/// Starts the server on a thread of its own, which ends with the process.
pub fn start() -> Server {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a free port")
        .port();
    let services = folder.path().join("services.toml");
    std::fs::write(&services, SERVICES).expect("the services' file");
    let services = services.display().to_string();
    let make = [
        "user",
        "create",
        LOGIN,
        "--given",
        "Camille",
        "--name",
        "Orsonneau",
        "--password-stdin",
    ];
    for words in [make.as_slice(), &["service", "import", "--apply", &services]] {
        assert_eq!(run(folder.path(), port, words), ExitCode::SUCCESS, "{words:?}");
    }
    let place = folder.path().to_owned();
    std::thread::spawn(move || run(&place, port, &["serve"]));
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "the server does not start"
        );
        std::thread::yield_now();
    }
    Server {
        port,
        _folder: folder,
    }
}

fn run(folder: &Path, port: u16, words: &[&str]) -> ExitCode {
    let file = |name: &str| folder.join(name).display().to_string();
    let environment = [
        ("SERVER__PUBLIC_URL", format!("http://localhost:{port}/cas")),
        ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
        ("DATABASE__URL", format!("sqlite://{}", file("bench.db"))),
        ("KEYS__FILE", file("bench.key")),
        ("LOG__LEVEL", "error".to_owned()),
    ];
    let around = Surroundings {
        environment: environment
            .map(|(name, value)| (format!("VESTIBULE__{name}"), value))
            .into(),
        operator: "bench".to_owned(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(Entropy::system()),
        console: Console::on(sink(), sink(), Cursor::new(format!("{PASSWORD}\n"))),
    };
    let words = std::iter::once(&"vestibule").chain(words).map(Into::into);
    cli::run(words.collect::<Vec<std::ffi::OsString>>(), around)
}
