//! Another program that a test starts: its output is read as it comes, and it is stopped when the test ends.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

/// How long a program may take to say what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program.
pub struct Process {
    child: Child,
    name: String,
    output: Arc<Output>,
}

#[derive(Default)]
struct Output {
    text: Mutex<Printed>,
    bell: Condvar,
}

#[derive(Default)]
struct Printed {
    lines: Vec<String>,
    closed: bool,
}

impl Process {
    /// Starts `command` and waits until it prints a line with `ready` in it, on either output.
    pub fn start(command: Command, ready: &str) -> Self {
        Self::start_with(command, Stdio::null(), ready)
    }

    /// The same with something to read.
    pub fn start_with(mut command: Command, input: Stdio, ready: &str) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let child = command
            .stdin(input)
            .stdout(writer.try_clone().expect("a pipe has two ends"))
            .stderr(writer)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        // The command holds the writing end; while it lives the pipe would never close.
        drop(command);
        let output = Arc::new(Output::default());
        let copy = Arc::clone(&output);
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                copy.lock().lines.push(line);
                copy.bell.notify_all();
            }
            copy.lock().closed = true;
            copy.bell.notify_all();
        });
        let process = Self { child, name, output };
        process.printed(ready);
        process
    }

    /// Waits for a line with `words` in it and answers that line.
    pub fn printed(&self, words: &str) -> String {
        let has = |line: &&String| line.contains(words);
        let printed = self.output.lock();
        let (printed, _) = self
            .output
            .bell
            .wait_timeout_while(printed, PATIENCE, |now| {
                !now.closed && !now.lines.iter().any(|line| has(&line))
            })
            .expect("the reader does not panic");
        match printed.lines.iter().find(has) {
            Some(line) => line.clone(),
            None => panic!(
                "{} never said {words:?}:\n{}",
                self.name,
                printed.lines.join("\n")
            ),
        }
    }

    /// Everything printed so far.
    pub fn lines(&self) -> Vec<String> {
        self.output.lock().lines.clone()
    }

    /// The memory that is its own and nobody else's, in KiB: what it allocated, without the pages of its file.
    pub fn own_memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        number.expect("Linux says so").trim().parse().expect("a number")
    }

    /// How far each thread whose name begins with `name` stands back, from 0 to 19.
    pub fn niceness(&self, name: &str) -> Vec<i64> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        threads
            .flatten()
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok())
            .filter_map(|stat| {
                let (head, fields) = stat.rsplit_once(") ")?;
                let (_, own) = head.split_once('(')?;
                own.starts_with(name)
                    .then(|| fields.split(' ').nth(16)?.parse().ok())?
            })
            .collect()
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets it write no file beyond so many bytes, or as far as it likes.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(pid, Resource::Fsize, limit).expect("it is ours");
    }

    /// Sends a signal, `TERM` or `INT`.
    pub fn signal(&self, name: &str) {
        // The shell knows how to, and is everywhere.
        let status = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status();
        assert!(status.expect("a shell").success(), "{} is gone", self.name);
    }

    /// Kills it at once: it gets to do nothing more.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is ours");
    }

    /// Waits until it has ended, and answers how.
    pub fn ended(&mut self) -> ExitStatus {
        let status = self.child.wait().expect("it can be waited for");
        let mut printed = self.output.lock();
        while !printed.closed {
            printed = self
                .output
                .bell
                .wait(printed)
                .unwrap_or_else(PoisonError::into_inner);
        }
        status
    }
}

impl Output {
    fn lock(&self) -> std::sync::MutexGuard<'_, Printed> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal("TERM");
            let _ = self.child.wait();
        }
    }
}

/// Kills the process of this number, which we started, from wherever somebody is.
pub fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process"), Signal::KILL).expect("it is ours");
}

/// Runs `command` with `input` to its end and answers what it printed.
pub fn output(mut command: Command, input: &str) -> std::process::Output {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    // A program that reads nothing may have closed its input already.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

/// The same for a command that has to succeed.
pub fn succeed(command: Command, input: &str) -> String {
    let done = output(command, input);
    assert!(
        done.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Fails with the name of the package when a file of it is missing.
pub fn needs(path: &str, package: &str) {
    assert!(
        Path::new(path).exists(),
        "{path} is missing: install {package}, or run tests/run"
    );
}
