//! The way to a database, which a test takes down, brings back, or cuts at the worst moment.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::Postgres;

/// A port of this machine from which everything goes to a server's socket and back.
pub struct Wire {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
struct State {
    down: bool,
    ended: bool,
    /// Whether the next commit is to be heard by the server and not its answer by the client.
    cuts_next_commit: bool,
    /// How often somebody has connected.
    calls: usize,
    /// Whether connections are made and nothing comes through.
    silent: bool,
    /// Those that were made meanwhile.
    unheard: Vec<TcpStream>,
    open: Vec<(TcpStream, UnixStream)>,
    /// Set for the connections that carry nothing any more.
    lost: Arc<AtomicBool>,
}

impl State {
    fn hang_up(&mut self) {
        for (near, far) in self.open.drain(..) {
            let _ = near.shutdown(Shutdown::Both);
            let _ = far.shutdown(Shutdown::Both);
        }
    }
}

impl Wire {
    /// A way to `postgres`.
    pub fn to(postgres: &Postgres) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let socket = format!("{}/.s.PGSQL.5432", postgres.socket());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let mut state = lock(&shared);
                state.calls += 1;
                if state.ended {
                    break;
                }
                if state.silent {
                    state.unheard.push(near);
                    continue;
                }
                let far = UnixStream::connect(&socket);
                if let (false, Ok(far)) = (state.down, far) {
                    join(&shared, &state.lost, &near, &far);
                    state.open.push((near, far));
                }
            }
        });
        Self { port, state }
    }

    /// The address of a database at the other end.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.host())
    }

    /// Host and port.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends every connection and lets none be made.
    pub fn down(&self) {
        let mut state = lock(&self.state);
        state.down = true;
        state.hang_up();
    }

    /// Lets connections be made again.
    pub fn up(&self) {
        lock(&self.state).down = false;
    }

    /// Swallows everything from now on: no connection ends, and new ones are made.
    pub fn hush(&self) {
        let mut state = lock(&self.state);
        state.silent = true;
        let lost = std::mem::take(&mut state.lost);
        lost.store(true, Ordering::SeqCst);
    }

    /// Carries what is sent over new connections. Those from before stay silent.
    pub fn speak(&self) {
        lock(&self.state).silent = false;
    }

    /// Ends the connection of the next commit when the server has heard it.
    pub fn cut_next_commit(&self) {
        lock(&self.state).cuts_next_commit = true;
    }

    /// Whether it has been cut.
    pub fn is_cut(&self) -> bool {
        !lock(&self.state).cuts_next_commit
    }

    /// How often somebody has tried to connect.
    pub fn calls(&self) -> usize {
        lock(&self.state).calls
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.ended = true;
        state.hang_up();
        drop(state);
        // The thread is waiting for somebody to connect.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn join(state: &Arc<Mutex<State>>, lost: &Arc<AtomicBool>, near: &TcpStream, far: &UnixStream) {
    let (mut from, mut to) = (
        near.try_clone().expect("a socket"),
        far.try_clone().expect("a socket"),
    );
    let (mut back_from, mut back_to) = (
        far.try_clone().expect("a socket"),
        near.try_clone().expect("a socket"),
    );
    let deaf = Arc::new(Mutex::new(false));
    let (state, hears) = (Arc::clone(state), Arc::clone(&deaf));
    let (lost, lost_back) = (Arc::clone(lost), Arc::clone(lost));
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let sent = &buffer[..count];
            let mut state = lock(&state);
            if state.cuts_next_commit && sent.windows(6).any(|word| word == b"COMMIT") {
                state.cuts_next_commit = false;
                *hears.lock().expect("a flag") = true;
            }
            drop(state);
            if lost.load(Ordering::SeqCst) {
                continue;
            }
            if to.write_all(sent).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = back_from.read(&mut buffer) {
            if lost_back.load(Ordering::SeqCst) {
                continue;
            }
            if *deaf.lock().expect("a flag") || back_to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = back_to.shutdown(Shutdown::Both);
        let _ = back_from.shutdown(Shutdown::Both);
    });
}
