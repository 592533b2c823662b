//! People who are signed in visit a service at a steady rate; the service validates their tickets.

use std::io;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::task::LocalSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::client::{Connection, encode, login};
use crate::{PEOPLE, storm};

/// The service.
pub const SERVICE: &str = "https://app.example/";

/// Visitors, and how often each comes.
const VISITORS: usize = 16;
const PAUSE: Duration = Duration::from_millis(100);

/// What visitors tell.
#[derive(Default)]
pub struct Told {
    /// How long each validation took.
    took: Vec<Duration>,
    /// Visits that went wrong.
    pub failed: usize,
    /// Visits that were to begin while the one before was not over.
    pub late: usize,
}

/// Visits under way.
pub struct Visits {
    told: Arc<Mutex<Told>>,
    over: CancellationToken,
    thread: JoinHandle<()>,
}

impl Told {
    pub fn count(&self) -> usize {
        self.took.len()
    }

    /// The time in which this part of them was over, in milliseconds.
    pub fn part(&self, part: f64) -> f64 {
        storm::part(&self.took, part)
    }
}

impl Visits {
    /// Signs everybody in and lets them visit: on a thread of their own, so that they do not wait for those who make the
    /// flood.
    pub fn begin(port: u16) -> Self {
        let (told, over) = (Arc::default(), CancellationToken::new());
        let (telling, until) = (Arc::clone(&told), over.clone());
        let thread = std::thread::spawn(move || {
            let runtime = crate::runtime();
            let all = (0..VISITORS).map(|number| visit(port, number, &telling, &until));
            runtime.block_on(LocalSet::new().run_until(join_all(all)));
        });
        Self { told, over, thread }
    }

    /// What they have told since the last time.
    pub fn told(&self) -> Told {
        let mut told = std::mem::take(&mut *self.told.lock().expect("nobody panics"));
        told.took.sort_unstable();
        told
    }

    /// Lets everybody go home.
    pub fn end(self) {
        self.over.cancel();
        self.thread.join().expect("everybody goes home");
    }
}

async fn visit(port: u16, number: usize, told: &Mutex<Told>, over: &CancellationToken) {
    let cookies = storm::session(port, number).await;
    let mut clock = interval(PAUSE);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut connections = None;
    while let Some(due) = over.run_until_cancelled(clock.tick()).await {
        let late = due.elapsed() > PAUSE;
        let once = once(port, number, &cookies, &mut connections).await;
        let mut told = told.lock().expect("nobody panics");
        match once {
            Ok(took) => told.took.push(took),
            Err(error) => {
                println!("a visit failed: {error}");
                told.failed += 1;
                connections = None;
            }
        }
        told.late += usize::from(late);
    }
}

/// One visit; answers how long its validation took.
async fn once(
    port: u16,
    number: usize,
    cookies: &str,
    kept: &mut Option<(Connection, Connection)>,
) -> io::Result<Duration> {
    let (mut browser, mut service) = match kept.take() {
        Some(kept) => kept,
        None => (
            Connection::open(port, number).await?,
            Connection::open(port, PEOPLE).await?,
        ),
    };
    let sent = browser
        .get(&format!("/cas/login?service={}", encode(SERVICE)), cookies)
        .await?;
    let Some(ticket) = sent.ticket() else {
        return Err(io::Error::other(format!("no ticket, but a {}", sent.status)));
    };
    let path = format!(
        "/cas/p3/serviceValidate?service={}&ticket={ticket}",
        encode(SERVICE)
    );
    let begun = Instant::now();
    let verdict = service.get(&path, "").await?;
    let took = begun.elapsed();
    if !verdict
        .body
        .contains(&format!("<cas:user>{}</cas:user>", login(number)))
    {
        return Err(io::Error::other(verdict.body));
    }
    *kept = Some((browser, service));
    Ok(took)
}
