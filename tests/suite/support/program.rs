//! The real program with a folder of its own, as an operator sets it up.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::people::PASSWORD;
use super::port::free_port;
use super::process::{self, Process};

/// What the program says once it takes requests.
const READY: &str = "Vestibule is ready";

/// The program under test.
const BINARY: &str = env!("CARGO_BIN_EXE_vestibule");

/// The program's folder, and what is set in its environment.
pub struct Program {
    pub folder: TempDir,
    pub port: u16,
    binary: PathBuf,
    environment: Vec<(String, String)>,
}

impl Program {
    /// A folder with a configuration made by `vestibule init`, for a server on a free port.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let port = free_port();
        let program = Self {
            folder,
            port,
            binary: PathBuf::from(BINARY),
            environment: Vec::new(),
        }
        .set("server.public_url", &format!("http://localhost:{port}/cas"))
        .set("server.listen", &format!("127.0.0.1:{port}"))
        .set("database.readers", "1")
        .set("hashing.memory_kib", "8192")
        .set("hashing.passes", "1")
        .set("outbound.allowed_networks", "127.0.0.0/8");
        process::succeed(program.command(&["init"]), "");
        program
    }

    /// Sets a key of the configuration, `section.key`.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("VESTIBULE__{}", key.replace('.', "__").to_uppercase());
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Another build of the program from now on, without the file: it may name what that build does not know.
    pub fn of(mut self, binary: &Path) -> Self {
        binary.clone_into(&mut self.binary);
        std::fs::remove_file(self.folder.path().join("vestibule.toml")).expect("the file that was made");
        self
    }

    /// The file of its key.
    pub fn key(&self) -> String {
        self.folder.path().join("vestibule.key").display().to_string()
    }

    /// Trusts the authorities in `file`, instead of the system's, when it calls a service.
    pub fn trusting(mut self, file: &Path) -> Self {
        self.environment
            .push(("SSL_CERT_FILE".to_owned(), file.display().to_string()));
        self
    }

    /// `vestibule WORDS` in the folder.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = prepared(&self.binary, self.folder.path(), words);
        command.envs(self.environment.iter().cloned());
        command
    }

    /// Runs a command that has to succeed.
    pub fn run(&self, words: &[&str]) -> String {
        process::succeed(self.command(words), "")
    }

    /// Makes an active account with everybody's password.
    pub fn user(&self, login: &str, given: &str, name: &str) {
        let words = [
            "user",
            "create",
            login,
            "--given",
            given,
            "--name",
            name,
            "--password-stdin",
        ];
        process::succeed(self.command(&words), &format!("{PASSWORD}\n"));
    }

    /// Registers the services of a TOML text.
    pub fn services(&self, toml: &str) {
        let file = self.folder.path().join("services.toml");
        std::fs::write(&file, toml).expect("the folder can be written");
        self.run(&["service", "import", "--apply", &file.display().to_string()]);
    }

    /// Starts the server and waits until it takes requests.
    pub fn serve(&self) -> Process {
        Process::start(self.command(&["serve"]), READY)
    }

    /// The same at a door that is lent.
    pub fn serve_at(&self, door: &TcpListener) -> Process {
        let input = OwnedFd::from(door.try_clone().expect("the same door"));
        Process::start_with(self.command(&["serve"]), input.into(), READY)
    }

    /// The same behind words of a shell, which change what the program is born with: its limits, the signals it ignores.
    pub fn serve_behind(&self, words: &str) -> Process {
        let serve = self.command(&["serve"]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("{words}; exec \"$0\" serve")])
            .arg(&self.binary)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Process::start(shell, READY)
    }

    /// Where it is without a proxy in front.
    pub fn base(&self) -> String {
        format!("http://localhost:{}/cas", self.port)
    }
}

/// `vestibule WORDS` in `folder` with nothing else in its environment.
pub fn command(folder: &Path, words: &[&str]) -> Command {
    prepared(Path::new(BINARY), folder, words)
}

fn prepared(binary: &Path, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("TMPDIR", folder);
    command
}
