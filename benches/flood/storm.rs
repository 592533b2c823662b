//! Log-ins at a rate that waits for nobody, each on a connection of its own: the form, a name and its password.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client::{Answer, Connection, encode, login};
use crate::{PASSWORD, PEOPLE};

/// How long the capacity is measured.
const MEASURED: Duration = Duration::from_secs(4);

/// Log-ins at once where the capacity is measured: fewer than may wait.
const AT_ONCE: usize = 24;

/// Log-ins at once in a storm, at most: beyond, the machine that makes it is itself overrun.
const MOST: usize = 4_000;

/// How often log-ins are begun.
const TICK: Duration = Duration::from_millis(5);

/// What became of the log-ins.
#[derive(Default)]
pub struct LogIns {
    let_in: usize,
    refused: Vec<Duration>,
    /// Told to come back, and not when.
    mute: usize,
    others: Vec<String>,
    not_begun: usize,
}

/// A storm under way.
pub struct Storm {
    log_ins: Rc<RefCell<LogIns>>,
    over: CancellationToken,
    people: TaskTracker,
    driver: tokio::task::JoinHandle<()>,
}

impl Storm {
    /// Begins so many log-ins a second.
    pub fn begin(port: u16, rate: u64) -> Self {
        let (log_ins, over, people) = (Rc::default(), CancellationToken::new(), TaskTracker::new());
        let driver = drive(port, rate, Rc::clone(&log_ins), over.clone(), people.clone());
        Self {
            log_ins,
            over,
            people,
            driver: tokio::task::spawn_local(driver),
        }
    }

    /// Lets nobody else begin; answers what became of everybody.
    pub async fn ended(self) -> LogIns {
        self.over.cancel();
        self.driver.await.expect("the storm ends");
        self.people.close();
        self.people.wait().await;
        let mut log_ins = self.log_ins.take();
        log_ins.refused.sort_unstable();
        log_ins
    }
}

async fn drive(
    port: u16,
    rate: u64,
    log_ins: Rc<RefCell<LogIns>>,
    over: CancellationToken,
    people: TaskTracker,
) {
    let begun = Instant::now();
    let mut number = 0_u64;
    let mut clock = interval(TICK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while over.run_until_cancelled(clock.tick()).await.is_some() {
        let due = u64::try_from(begun.elapsed().as_micros()).unwrap_or(0) * rate / 1_000_000;
        while number < due {
            let person = usize::try_from(number).unwrap_or(0) % PEOPLE;
            number += 1;
            if people.len() >= MOST {
                log_ins.borrow_mut().not_begun += 1;
                continue;
            }
            let log_ins = Rc::clone(&log_ins);
            people.spawn_local(async move {
                let outcome = log_in(port, person).await;
                log_ins.borrow_mut().note(outcome);
            });
        }
    }
}

impl LogIns {
    fn note(&mut self, outcome: io::Result<(Answer, Duration)>) {
        match outcome {
            Ok((answer, _)) if answer.status == 302 => self.let_in += 1,
            Ok((answer, took)) if answer.status == 503 => {
                self.mute += usize::from(answer.header("retry-after").is_none());
                self.refused.push(took);
            }
            Ok((answer, _)) => self.others.push(format!("a {}", answer.status)),
            Err(error) => self.others.push(error.to_string()),
        }
    }

    /// Log-ins that were not answered as they should have been.
    pub fn wrong(&self) -> usize {
        self.mute + self.others.len()
    }
}

impl Display for LogIns {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let quick = self
            .refused
            .iter()
            .filter(|took| **took < Duration::from_millis(50));
        write!(
            out,
            "log-ins: {} let in, {} sent away with a 503 ({} within 50 ms; 50 % in {:.1} ms, 99 % in {:.1} ms, slowest {:.1} ms), \
             {} without Retry-After, {} otherwise, {} not begun",
            self.let_in,
            self.refused.len(),
            quick.count(),
            part(&self.refused, 0.5),
            part(&self.refused, 0.99),
            part(&self.refused, 1.0),
            self.mute,
            self.others.len(),
            self.not_begun,
        )?;
        let mut kinds: Vec<&String> = self.others.iter().collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.iter().try_for_each(|kind| write!(out, "\n  {kind}"))
    }
}

/// How many log-ins a second the machine can hash.
pub async fn capacity(port: u16) -> u64 {
    let (begun, done) = (Instant::now(), Rc::new(RefCell::new(0_u64)));
    let people = TaskTracker::new();
    for person in 0..AT_ONCE {
        let done = Rc::clone(&done);
        people.spawn_local(async move {
            while begun.elapsed() < MEASURED {
                let (answer, _) = log_in(port, person).await.expect("an answer");
                assert_eq!(answer.status, 302, "{}", answer.head);
                *done.borrow_mut() += 1;
            }
        });
    }
    people.close();
    people.wait().await;
    let done = *done.borrow();
    done / MEASURED.as_secs()
}

/// The cookies of somebody who has signed in.
pub async fn session(port: u16, person: usize) -> String {
    let (answer, _) = log_in(port, person).await.expect("an answer");
    answer.cookie("TGC")
}

/// One log-in; answers what came of it, and how long that took once the form was sent.
async fn log_in(port: u16, person: usize) -> io::Result<(Answer, Duration)> {
    let mut browser = Connection::open(port, person).await?;
    let page = browser.get("/cas/login", "").await?;
    let body = format!(
        "execution={}&_eventId=submit&username={}&password={}",
        encode(page.field("execution")),
        login(person),
        encode(PASSWORD),
    );
    let begun = Instant::now();
    let answer = browser.post("/cas/login", &page.cookie("CASFORM"), &body).await?;
    Ok((answer, begun.elapsed()))
}

/// The time in which this part of them was over, in milliseconds; they are in order.
pub fn part(took: &[Duration], part: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of some thousands"
    )]
    let index = (took.len() as f64 * part) as usize;
    let last = took.len().saturating_sub(1);
    took.get(index.min(last))
        .map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
}
