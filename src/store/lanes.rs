//! Lanes: threads that each own one connection, fed by a bounded queue.
//!
//! The writing lane takes every job that waits (256 at most), runs each in its own savepoint, commits once and only
//! then answers: durable to the last job at the price of one disk synchronisation for all of them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use async_channel::{Receiver, Sender};
use tokio::sync::oneshot;

use super::open::Link;
use super::{Conn, StoreError, Target};

/// Jobs that share one commit at most.
const BATCH: usize = 256;

/// Jobs that may wait for a lane; more means that the machine is overrun and the caller hears `Unavailable`.
const QUEUE: usize = 4_096;

/// How long a caller waits for a job, queue included. An import holds the writing lane for a few seconds and has this
/// much time itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the lanes of a group do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Group commit.
    Write,
    /// Plain statements.
    Read,
}

/// Whatever a job makes.
pub(super) type Outcome = Box<dyn Any + Send>;

type Answer = oneshot::Sender<Result<Outcome, StoreError>>;

/// A job, packed.
pub(super) type Work = Box<dyn FnOnce(&mut Conn) -> Result<Outcome, StoreError> + Send>;

/// What is undone when a job fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
    /// All that it wrote.
    Job,
    /// Nothing, where the engine can go on after an error.
    Nothing,
}

struct Job {
    work: Work,
    undo: Undo,
    answer: Answer,
}

impl Job {
    /// Runs it inside a transaction that others share.
    fn run(self, conn: &mut Conn) -> (Answer, Result<Outcome, StoreError>) {
        let outcome = match (self.undo, &conn) {
            (Undo::Nothing, Conn::Sqlite(_)) => (self.work)(conn),
            // PostgreSQL gives up the whole transaction after an error, but for what a savepoint takes back.
            (Undo::Job | Undo::Nothing, _) => conn.savepoint(self.work),
        };
        (self.answer, outcome)
    }
}

/// A group of lanes on one queue.
#[derive(Clone)]
pub(super) struct Lanes(Sender<Job>);

impl Lanes {
    /// Starts `count` threads. A thread ends when the last handle on the group is dropped.
    pub(super) fn start(
        name: &str,
        count: usize,
        mode: Mode,
        target: &Arc<Target>,
        first: Option<Link>,
    ) -> Self {
        let (jobs, queue) = async_channel::bounded(QUEUE);
        let mut first = first;
        for number in 0..count {
            let lane = Lane {
                queue: queue.clone(),
                target: Arc::clone(target),
                link: first.take(),
                mode,
                failures: 0,
            };
            let started = std::thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || lane.drive());
            if let Err(error) = started {
                tracing::error!(%error, "could not start a database thread");
            }
        }
        Self(jobs)
    }

    /// Has `work` done and answers what it made.
    pub(super) async fn run(&self, work: Work, undo: Undo) -> Result<Outcome, StoreError> {
        let (answer, outcome) = oneshot::channel();
        // Load is shed at the door: a full queue is seconds of work, and nobody waits that long for a page.
        self.0
            .try_send(Job { work, undo, answer })
            .map_err(|_| StoreError::Unavailable(None))?;
        // A job that is not answered by then may still be done: the caller says "unavailable", and no more than that.
        let outcome = tokio::time::timeout(PATIENCE, outcome).await;
        outcome
            .map_err(|_| StoreError::Unavailable(None))?
            .map_err(|_| StoreError::Unavailable(None))?
    }
}

/// Packs a job for a lane, whatever it makes.
pub(super) fn pack<T, F>(work: F) -> Work
where
    T: Send + 'static,
    F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
{
    Box::new(move |conn: &mut Conn| work(conn).map(|value| Box::new(value) as Outcome))
}

/// What a job made.
pub(super) fn unpack<T: 'static>(outcome: Outcome) -> Result<T, StoreError> {
    let value = outcome
        .downcast::<T>()
        .map_err(|_| StoreError::Unavailable(None))?;
    Ok(*value)
}

struct Lane {
    queue: Receiver<Job>,
    target: Arc<Target>,
    link: Option<Link>,
    mode: Mode,
    /// Attempts to connect since the last that succeeded.
    failures: u32,
}

impl Lane {
    fn drive(mut self) {
        while let Ok(job) = self.queue.recv_blocking() {
            let Some(mut link) = self
                .link
                .take()
                .filter(|link| !link.has_ended())
                .or_else(|| self.connect())
            else {
                // Everybody who waits learns it now, rather than one by one after a connection attempt each.
                refuse(std::iter::once(job).chain(std::iter::from_fn(|| self.queue.try_recv().ok())));
                // Another lane of the group may have a connection: it is left the next jobs meanwhile.
                std::thread::sleep(pause(self.failures));
                continue;
            };
            let healthy = match self.mode {
                Mode::Read => read(&mut link.conn, job),
                Mode::Write => write(&mut link.conn, job, &self.queue),
            };
            if healthy {
                self.link = Some(link);
            }
        }
    }

    /// Connects anew. The first failure is told, those that follow are the same.
    fn connect(&mut self) -> Option<Link> {
        match self.target.connect() {
            Ok(link) => {
                if self.failures > 0 {
                    tracing::info!("connected to the database again");
                }
                self.failures = 0;
                Some(link)
            }
            Err(error) => {
                if self.failures == 0 {
                    tracing::error!(%error, "could not connect to the database");
                } else {
                    tracing::debug!(%error, "could not connect to the database");
                }
                self.failures = self.failures.saturating_add(1);
                None
            }
        }
    }
}

/// What passes between the last of so many failures to connect and the next attempt: 50, 100, 200 ... ms, at most 800.
fn pause(failures: u32) -> Duration {
    Duration::from_millis(50 << failures.saturating_sub(1).min(4))
}

/// Tells everybody who waits. Gathered before the first of them hears it: whoever has heard it and asks again, when what
/// stood in the way is gone, must not be refused with the rest.
fn refuse(jobs: impl Iterator<Item = Job>) {
    let waiting: Vec<Job> = jobs.collect();
    for job in waiting {
        let _ = job.answer.send(Err(StoreError::Unavailable(None)));
    }
}

/// Runs one reading job; tells whether the connection can be used again.
fn read(conn: &mut Conn, job: Job) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(|| (job.work)(conn)));
    let healthy = matches!(
        &outcome,
        Ok(Ok(_) | Err(StoreError::Corrupt { .. } | StoreError::Refused(_)))
    );
    let _ = job
        .answer
        .send(outcome.unwrap_or(Err(StoreError::Unavailable(None))));
    healthy
}

/// Runs `first` and all that wait behind it in one transaction; tells whether the connection can be used again.
fn write(conn: &mut Conn, first: Job, queue: &Receiver<Job>) -> bool {
    if let Err(error) = conn.begin() {
        tracing::error!(%error, "could not begin a transaction");
        // Somebody else holds the database: everybody who waits learns it now, not after five seconds each.
        refuse(std::iter::once(first).chain(std::iter::from_fn(|| queue.try_recv().ok())));
        return false;
    }
    let mut answers = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        let Ok(answered) = catch_unwind(AssertUnwindSafe(|| job.run(conn))) else {
            // The connection may be anywhere inside the job: nothing of this batch is kept, and nobody is told otherwise.
            tracing::error!("a database job panicked; its batch is undone");
            return false;
        };
        answers.push(answered);
        next = if answers.len() < BATCH {
            queue.try_recv().ok()
        } else {
            None
        };
    }
    let committed = conn.commit();
    if let Err(error) = &committed {
        tracing::error!(%error, "could not commit");
        let _ = conn.rollback();
    }
    for (answer, outcome) in answers {
        let told = if committed.is_ok() {
            outcome
        } else {
            Err(StoreError::Unavailable(None))
        };
        let _ = answer.send(told);
    }
    committed.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> (Job, oneshot::Receiver<Result<Outcome, StoreError>>) {
        let (answer, outcome) = oneshot::channel();
        let work: Work = Box::new(|_| Err(StoreError::Unavailable(None)));
        let undo = Undo::Job;
        (Job { work, undo, answer }, outcome)
    }

    #[test]
    fn nobody_hears_of_a_refusal_before_it_is_known_who_is_refused() {
        let (first, mut heard) = job();
        let mut early = false;

        refuse(std::iter::once(first).chain(std::iter::from_fn(|| {
            early = heard.try_recv().is_ok();
            None
        })));

        assert!(!early, "a second try would be refused with the first");
        assert!(matches!(heard.try_recv(), Ok(Err(StoreError::Unavailable(_)))));
    }
}
