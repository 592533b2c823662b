//! Throw-away PostgreSQL servers: one shared by the tests that run at the same time and stopped by the last of them, and
//! those of a test's own.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tempfile::TempDir;

static RUNNING: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

/// A running server. It listens on a socket in its own directory and nowhere else.
pub struct Postgres {
    binaries: PathBuf,
    folder: TempDir,
    databases: AtomicU32,
    options: String,
    port: u16,
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
        Self::alone("-c listen_addresses= -c max_connections=200")
    }

    /// A server of a test's own, started with these options.
    pub fn alone(options: &str) -> Self {
        Self::made(Self::folder(options, 5432))
    }

    /// The same, which listens on a port of this machine as well.
    pub fn listening(port: u16) -> Self {
        Self::made(Self::folder("-c listen_addresses=127.0.0.1", port))
    }

    fn made(server: Self) -> Self {
        server.tool(
            "initdb",
            &[
                "-D",
                &server.data(),
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
        server.up();
        server
    }

    /// A server that repeats what this one does, until it is promoted.
    pub fn standby(&self) -> Self {
        let standby = Self::folder("-c listen_addresses=", 5432);
        let data = standby.data();
        standby.tool(
            "pg_basebackup",
            &[
                "-h",
                self.socket(),
                "-U",
                "postgres",
                "-D",
                &data,
                "-R",
                "-c",
                "fast",
                "--no-sync",
            ],
        );
        standby.up();
        standby
    }

    fn folder(options: &str, port: u16) -> Self {
        let server = Self {
            binaries: binaries(),
            folder: tempfile::tempdir().expect("a temporary directory"),
            databases: AtomicU32::new(0),
            options: options.to_owned(),
            port,
        };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(server.folder.path()));
        }
        server
    }

    /// Starts it, or starts it again.
    pub fn up(&self) {
        let log = format!("{}/log", self.socket());
        // Nothing here outlives the test, so nothing need reach the disk.
        let options = format!(
            "-c unix_socket_directories={} -c fsync=off -c full_page_writes=off -c port={} {}",
            self.socket(),
            self.port,
            self.options
        );
        self.tool(
            "pg_ctl",
            &["-D", &self.data(), "-w", "-l", &log, "-o", &options, "start"],
        );
    }

    /// Stops it as a crash does.
    pub fn down(&self) {
        self.tool("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }

    /// Halts every process of it: connections stay and are made, and nothing is ever answered.
    pub fn halt(&self) {
        self.signal("STOP");
    }

    /// Lets them go on.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let file = std::fs::read_to_string(format!("{}/postmaster.pid", self.data())).unwrap_or_default();
        let Some(server) = file.lines().next() else {
            return;
        };
        // The first of them makes the others: it is halted before they are counted.
        run(Command::new("sh").args(["-c", &format!("kill -{name} {server}")]));
        let others = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children"));
        let others = others.expect("the processes of the server");
        // One that ends meanwhile is no trouble.
        run(Command::new("sh").args(["-c", &format!("kill -{name} {others} || true")]));
    }

    /// Makes a standby the server that accepts writes.
    pub fn promote(&self) {
        self.tool("pg_ctl", &["-D", &self.data(), "-w", "promote"]);
    }

    /// Runs a statement as the administrator.
    pub fn sql(&self, database: &str, statement: &str) {
        let socket = self.socket();
        self.tool(
            "psql",
            &["-h", socket, "-U", "postgres", "-d", database, "-qc", statement],
        );
    }

    /// Changes a setting of the server and lets it read its settings again.
    pub fn set(&self, setting: &str) {
        self.sql("postgres", &format!("ALTER SYSTEM SET {setting}"));
        self.sql("postgres", "SELECT pg_reload_conf()");
    }

    /// Waits until a query answers `expected`.
    pub fn wait_for(&self, database: &str, query: &str, expected: &str) {
        for _ in 0..1000 {
            let answer = self.ask(database, query);
            if String::from_utf8_lossy(&answer.stdout).trim() == expected {
                return;
            }
        }
        panic!("{query} is never {expected}");
    }

    /// Where it listens.
    pub fn socket(&self) -> &str {
        self.folder.path().to_str().expect("a path in UTF-8")
    }

    /// Puts a file where the server alone can read it; answers its path.
    pub fn secret(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("the folder can be written");
        run(Command::new("chmod").arg("600").arg(&path));
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&path));
        }
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// Makes an empty database; answers its address.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.make_database(&name, &[]);
        self.address(&name)
    }

    /// Makes a database of this name, with more arguments for `createdb`.
    pub fn make_database(&self, name: &str, more: &[&str]) {
        let mut arguments = vec!["-h", self.socket(), "-U", "postgres"];
        arguments.extend(more);
        arguments.push(name);
        self.tool("createdb", &arguments);
    }

    /// Dumps a database and restores the dump into a new one; answers its address.
    pub fn restored(&self, name: &str) -> String {
        let (socket, file) = (self.socket(), format!("{}/{name}.dump", self.socket()));
        let base = ["-h", socket, "-U", "postgres"];
        self.tool(
            "pg_dump",
            &[&base[..], &["--format=custom", "--file", &file, name]].concat(),
        );
        let address = self.database();
        let restored = address.rsplit('/').next().unwrap_or_default();
        self.tool(
            "pg_restore",
            &[&base[..], &["--no-owner", "--dbname", restored, &file]].concat(),
        );
        address
    }

    /// A database as statements.
    pub fn dump(&self, name: &str) -> String {
        let mut dumping = self.command("pg_dump");
        dumping.args([
            "-h",
            self.socket(),
            "-U",
            "postgres",
            "--no-owner",
            "--inserts",
            name,
        ]);
        let dump = dumping.output().expect("pg_dump runs");
        assert!(dump.status.success(), "{dump:?}");
        let dump = String::from_utf8(dump.stdout).expect("text");
        // Newer clients write these for themselves, and older ones refuse them.
        let lines = dump
            .lines()
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
        lines.fold(String::new(), |text, line| text + line + "\n")
    }

    /// Makes a database of such statements; answers its address.
    pub fn loaded(&self, dump: &str) -> String {
        let file = self.secret("loaded.sql", dump);
        let address = self.database();
        let name = address.rsplit('/').next().unwrap_or_default();
        let words = ["-h", self.socket(), "-U", "postgres", "-v", "ON_ERROR_STOP=1"];
        self.tool("psql", &[&words[..], &["-d", name, "-qf", &file]].concat());
        address
    }

    /// The lines that a query answers.
    pub fn lines(&self, database: &str, query: &str) -> Vec<String> {
        let answer = self.ask(database, query);
        assert!(answer.status.success(), "{answer:?}");
        let lines = String::from_utf8(answer.stdout).expect("text");
        lines.lines().map(ToOwned::to_owned).collect()
    }

    /// What psql says to a query, whether it is reached or not.
    fn ask(&self, database: &str, query: &str) -> Output {
        let mut asking = self.command("psql");
        asking.args([
            "-h",
            self.socket(),
            "-U",
            "postgres",
            "-d",
            database,
            "-Atc",
            query,
        ]);
        asking.output().expect("psql runs")
    }

    /// The address of a database.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://postgres@{}/{name}", self.socket().replace('/', "%2F"))
    }

    fn data(&self) -> String {
        format!("{}/data", self.socket())
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
        command
            .current_dir(self.folder.path())
            .env("PGPORT", self.port.to_string());
        command
    }

    fn tool(&self, tool: &str, arguments: &[&str]) {
        run(self.command(tool).args(arguments));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A test that failed may have left it halted.
        self.go_on();
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
