//! Nodes of the real program on one database and with one key, which are asked to stop, killed, and started again.

use std::path::Path;

use crate::support::people::PASSWORD;
use crate::support::postgres::Postgres;
use crate::support::process::Process;
use crate::support::program::Program;

/// The service that everybody visits.
const MAIL: &str = "[[service]]\nkey = \"mail\"\nname = { fr = \"Messagerie\", en = \"Email\" }\nurl = \"https://mail.univ.example/\"\nlogout = { kind = \"none\" }\n";

/// The nodes and their database.
pub struct Campus {
    nodes: Vec<Node>,
    pub postgres: Postgres,
}

struct Node {
    program: Program,
    running: Option<Process>,
}

impl Campus {
    /// Starts a database, with so many people, and a node for each program that is named, the one under test with these
    /// settings where none is. The first makes the tables; each starts when the one before it runs.
    pub fn start(programs: &[Option<&Path>], settings: &[(&str, &str)], people: usize) -> Self {
        let postgres = Postgres::alone("-c listen_addresses=");
        let address = postgres.database();
        let mut nodes: Vec<Node> = Vec::new();
        for binary in programs {
            let program = match nodes.first() {
                None => Program::new(),
                Some(first) => Program::new().set("keys.file", &first.program.key()),
            };
            let program = program
                .set("database.url", &address)
                .set("throttle.campus_networks", "127.0.0.0/8");
            let program = match binary {
                Some(binary) => program.of(binary),
                None => settings
                    .iter()
                    .fold(program, |program, (key, value)| program.set(key, value)),
            };
            nodes.push(Node {
                program,
                running: None,
            });
        }
        let first = &nodes[0].program;
        first.services(MAIL);
        for number in 0..people {
            first.user(&login(number), "Émile", "Vaubrunel");
        }
        for node in &mut nodes {
            node.running = Some(node.program.serve());
        }
        Self { nodes, postgres }
    }

    /// Where the nodes listen.
    pub fn ports(&self) -> Vec<u16> {
        self.nodes.iter().map(|node| node.program.port).collect()
    }

    /// Sends a node a signal, `TERM` or `KILL`.
    pub fn signal(&self, node: usize, name: &str) {
        self.nodes[node].running().signal(name);
    }

    /// Waits until a node has said `words`.
    pub fn printed(&self, node: usize, words: &str) {
        self.nodes[node].running().printed(words);
    }

    /// Everything that a node has printed so far.
    pub fn lines(&self, node: usize) -> Vec<String> {
        self.nodes[node].running().lines()
    }

    /// Waits until a node has ended; answers whether in peace.
    pub fn ended(&mut self, node: usize) -> bool {
        let mut ended = self.nodes[node].running.take().expect("a node that runs");
        ended.ended().success()
    }

    /// Waits until a node has ended; answers all that it had printed.
    pub fn last_lines(&mut self, node: usize) -> Vec<String> {
        let mut ended = self.nodes[node].running.take().expect("a node that runs");
        ended.ended();
        ended.lines()
    }

    /// Starts a node again, and waits until it takes requests.
    pub fn up(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        node.running = Some(node.program.serve());
    }
}

impl Drop for Campus {
    fn drop(&mut self) {
        // Asked in peace, they would go on for as long as they were told.
        for running in self.nodes.iter().filter_map(|node| node.running.as_ref()) {
            running.signal("KILL");
        }
    }
}

impl Node {
    fn running(&self) -> &Process {
        self.running.as_ref().expect("a node that runs")
    }
}

/// The login of a person.
pub fn login(number: usize) -> String {
    format!("person{number}")
}

/// Everybody's password.
pub fn password() -> &'static str {
    PASSWORD
}
