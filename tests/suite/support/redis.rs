//! Throw-away Redis servers: one shared by the tests that run at the same time, a cluster of three likewise, and those of a
//! test's own. They keep nothing on disk unless they are told to, and are ended with the test.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use redis::{Client, Value, cmd};
use tempfile::TempDir;

use super::port::free_port;
use super::process::{Process, needs};

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

static RUNNING: Mutex<Weak<Redis>> = Mutex::new(Weak::new());
static CLUSTER: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

/// A running server, on a port of this machine alone.
pub struct Redis {
    process: Option<Process>,
    folder: TempDir,
    options: Vec<String>,
    pub port: u16,
}

impl Redis {
    /// The server of the tests that run now.
    pub fn running() -> Arc<Self> {
        shared(&RUNNING, || Self::alone(&[]))
    }

    /// A server of a test's own, started with these options.
    pub fn alone(options: &[&str]) -> Self {
        let mut server = Self {
            process: None,
            folder: tempfile::tempdir().expect("a temporary directory"),
            options: options.iter().map(|option| String::from(*option)).collect(),
            port: free_port(),
        };
        server.up();
        server
    }

    /// A server that repeats what this one does.
    pub fn replica(&self) -> Self {
        let replica = Self::alone(&["--replicaof", "127.0.0.1", &self.port.to_string()]);
        wait_until("the replica has everything", || {
            replica
                .say(&["INFO", "replication"])
                .contains("master_link_status:up")
        });
        replica
    }

    /// A sentinel that watches this server under the name `tickets`, and its replicas.
    pub fn sentinel(&self) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = folder.path().join("sentinel.conf");
        let watch = format!(
            "sentinel monitor tickets 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds tickets 300\n\
             sentinel failover-timeout tickets 2000\n",
            self.port
        );
        std::fs::write(&file, watch).expect("the folder can be written");
        let port = free_port();
        let mut command = server();
        command
            .arg(&file)
            .args(["--sentinel", "--bind", "127.0.0.1", "--port"]);
        command.arg(port.to_string());
        let sentinel = Self {
            process: Some(Process::start(command, "+monitor master")),
            folder,
            options: Vec::new(),
            port,
        };
        wait_until("the sentinel knows the replica", || {
            sentinel
                .say(&["SENTINEL", "REPLICAS", "tickets"])
                .contains("master-link-status ok")
        });
        sentinel
    }

    /// Starts it again, with what it has on disk.
    pub fn up(&mut self) {
        let mut command = server();
        command
            .current_dir(self.folder.path())
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args([
                "--save",
                "",
                "--appendonly",
                "no",
                "--repl-diskless-sync-delay",
                "0",
            ])
            .args(&self.options);
        self.process = Some(Process::start(command, "Ready to accept connections"));
    }

    /// Stops it as a crash does.
    pub fn down(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal("KILL");
            process.ended();
        }
    }

    /// Keeps it from answering, until it is let go on.
    pub fn freeze(&self) {
        self.process.as_ref().expect("it runs").signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.process.as_ref().expect("it runs").signal("CONT");
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it answers to a command, in one text.
    ///
    /// # Panics
    /// When it refuses.
    pub fn say(&self, words: &[&str]) -> String {
        let client = Client::open(self.address()).expect("an address");
        let mut connection = client.get_connection().expect("a connection");
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        text(command.query(&mut connection).expect("an answer"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(process) = &self.process {
            // One that is kept from answering would not hear that it is to end.
            process.signal("CONT");
        }
    }
}

/// Three servers that have a third of the keys each.
pub struct Cluster {
    pub servers: [Redis; 3],
}

impl Cluster {
    /// The cluster of the tests that run now.
    pub fn running() -> Arc<Self> {
        shared(&CLUSTER, Self::start)
    }

    /// A cluster of a test's own.
    pub fn start() -> Self {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "5000"];
        let servers = [(); 3].map(|()| {
            // The port on which they talk among themselves is that of the clients and 10,000 more.
            let bus = free_port().to_string();
            Redis::alone(&[options.as_slice(), &["--cluster-port", &bus]].concat())
        });
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]);
        create.args(servers.iter().map(|server| format!("127.0.0.1:{}", server.port)));
        create.arg("--cluster-yes");
        super::process::succeed(create, "");
        let cluster = Self { servers };
        for server in &cluster.servers {
            wait_until("the cluster is whole", || {
                server.say(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
            });
        }
        cluster
    }

    /// Its address, which names two of the three.
    pub fn address(&self) -> String {
        let [first, second, _] = &self.servers;
        format!(
            "redis+cluster://127.0.0.1:{},127.0.0.1:{}",
            first.port, second.port
        )
    }
}

fn shared<T>(running: &Mutex<Weak<T>>, start: impl FnOnce() -> T) -> Arc<T> {
    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = running.upgrade() {
        return server;
    }
    let server = Arc::new(start());
    *running = Arc::downgrade(&server);
    server
}

fn server() -> Command {
    needs("/usr/bin/redis-server", "redis-server");
    Command::new("/usr/bin/redis-server")
}

/// Asks again and again until it is so.
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        std::thread::yield_now();
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Nil => String::new(),
        Value::Int(number) => number.to_string(),
        Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::SimpleString(text) => text,
        Value::Okay => "OK".into(),
        Value::Array(values) => {
            let values: Vec<String> = values.into_iter().map(text).collect();
            values.join(" ")
        }
        other => panic!("{other:?}"),
    }
}
