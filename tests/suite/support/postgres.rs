//! A throw-away PostgreSQL server, shared by the tests that run at the same time and stopped by the last of them.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tempfile::TempDir;

static RUNNING: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

/// A running server. It listens on a socket in its own directory and nowhere else.
pub struct Postgres {
    binaries: PathBuf,
    folder: TempDir,
    databases: AtomicU32,
}

impl Postgres {
    /// The server of the tests that run now, started if this is the first.
    pub fn running() -> Arc<Self> {
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(server) = running.upgrade() {
            return server;
        }
        let server = Arc::new(Self::start());
        *running = Arc::downgrade(&server);
        server
    }

    fn start() -> Self {
        let server = Self {
            binaries: binaries(),
            folder: tempfile::tempdir().expect("a temporary directory"),
            databases: AtomicU32::new(0),
        };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(server.folder.path()));
        }
        let data = server.data();
        let data = data.to_str().expect("a path in UTF-8");
        let log = server.folder.path().join("log");
        let log = log.to_str().expect("a path in UTF-8");
        let socket = server.folder.path().to_str().expect("a path in UTF-8");
        // Nothing here outlives the test, so nothing need reach the disk.
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={socket} -c fsync=off -c full_page_writes=off -c max_connections=200"
        );
        server.tool(
            "initdb",
            &[
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "postgres",
                "-N",
                "-E",
                "UTF8",
                "--locale=C",
            ],
        );
        server.tool("pg_ctl", &["-D", data, "-w", "-l", log, "-o", &options, "start"]);
        server
    }

    /// Makes an empty database; answers its address.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::SeqCst));
        let socket = self.folder.path().to_str().expect("a path in UTF-8");
        self.tool("createdb", &["-h", socket, "-U", "postgres", &name]);
        format!(
            "postgres://postgres@{}/{name}?sslmode=disable",
            socket.replace('/', "%2F")
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, tool: &str) -> Command {
        let program = self.binaries.join(tool);
        let mut command = if is_root() {
            // PostgreSQL refuses to run as root.
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }

    fn tool(&self, tool: &str, arguments: &[&str]) {
        run(self.command(tool).args(arguments));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        let stopped = self
            .command("pg_ctl")
            .arg("-D")
            .arg(data)
            .args(["-m", "immediate", "stop"])
            .output();
        if let Err(error) = stopped {
            eprintln!("PostgreSQL was not stopped: {error}");
        }
    }
}

/// The newest server programs of this machine.
fn binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let version = |path: &Path| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    installed
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| version(path))
        .map(|path| path.join("bin"))
        .expect("the PostgreSQL server is not installed: apt-get install postgresql")
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn run(command: &mut Command) {
    // Not `output`: a server started by `pg_ctl` would keep the pipe open for ever.
    let errors = tempfile::tempfile().expect("a temporary file");
    let status = command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(errors.try_clone().expect("the same file"))
        .status()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = || {
        use std::io::{Read, Seek};
        let mut text = String::new();
        let mut errors = &errors;
        errors
            .rewind()
            .and_then(|()| errors.read_to_string(&mut text))
            .ok();
        text
    };
    assert!(status.success(), "{command:?}: {}", words());
}
