//! Lanes: threads that each own one connection, fed by a bounded queue.
//!
//! The writing lane takes every job that waits (256 at most), answers the questions of sign-ons together and runs each of
//! the others in its own savepoint, commits once and only then tells anybody: durable to the last job at the price of one
//! disk synchronisation for all of them.

mod crowd;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use tokio::sync::oneshot;

use super::open::Link;
use super::source::Source;
use super::{Conn, StoreError};
use crowd::{Answer, Answers, Crowd, Job, Others};
pub(super) use crowd::{Outcome, Question, Work};

/// Jobs that may wait for a lane; more means that the machine is overrun and the caller hears `Unavailable`.
const QUEUE: usize = 4_096;

/// How long a caller waits for a job, queue included. An import holds the writing lane for a few seconds and has this
/// much time itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection that could not be made for so long is tried once more: the server may be back since.
const LONG_AGO: Duration = Duration::from_secs(1);

/// What the lanes of a group do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Group commit.
    Write,
    /// Plain statements.
    Read,
    /// The questions of a sign-on that need no transaction.
    Questions,
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
        source: &Arc<Source>,
        first: Option<Link>,
    ) -> Self {
        let (jobs, queue) = async_channel::bounded(QUEUE);
        let mut first = first;
        for number in 0..count {
            let lane = Lane {
                queue: queue.clone(),
                source: Arc::clone(source),
                link: first.take(),
                mode,
                left: None,
                silences: source.silences(),
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
    pub(super) async fn run(&self, work: Work) -> Result<Outcome, StoreError> {
        self.wait_for(|answer| Job::Any(work, answer)).await
    }

    /// Has `question` answered, along with everybody else's.
    pub(super) async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Answer, StoreError> {
        self.wait_for(|answer| question.job(answer)).await
    }

    async fn wait_for<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, outcome) = oneshot::channel();
        // Load is shed at the door: a full queue is seconds of work, and nobody waits that long for a page.
        self.0
            .try_send(job(answer))
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
    source: Arc<Source>,
    link: Option<Link>,
    mode: Mode,
    /// Jobs that a batch which broke off had not come to.
    left: Option<Crowd>,
    /// How many silences there had been when the connection was made.
    silences: u64,
    /// Attempts to connect since the last that succeeded.
    failures: u32,
}

impl Lane {
    fn drive(mut self) {
        while let Some(crowd) = self.next() {
            let Some(mut link) = self
                .link
                .take()
                .filter(|link| !link.has_ended() && self.silences == self.source.silences())
                .or_else(|| self.connect())
            else {
                self.source.doubt(true);
                // Everybody who waits learns it now, rather than one by one after a connection attempt each.
                refuse(crowd, waiting(&self.queue));
                // Another lane of the group may have a connection: it is left the next jobs meanwhile.
                std::thread::sleep(pause(self.failures));
                continue;
            };
            let healthy = match self.mode {
                Mode::Read | Mode::Questions => read(&mut link.conn, crowd),
                Mode::Write => match write(&mut link.conn, crowd, &self.queue) {
                    Written::Well => true,
                    Written::Badly(rest) => {
                        self.left = rest;
                        self.source.doubt(true);
                        false
                    }
                },
            };
            if healthy {
                self.link = Some(link);
            }
        }
    }

    /// Whoever is to be answered next; nobody once the last handle on the group is dropped.
    fn next(&mut self) -> Option<Crowd> {
        if let Some(left) = self.left.take() {
            return Some(left);
        }
        let first = match &self.link {
            Some(link) => link.next(&self.queue),
            None => self.queue.recv_blocking().ok(),
        }?;
        Some(match self.mode {
            Mode::Read => Crowd::alone(first),
            Mode::Write | Mode::Questions => Crowd::behind(first, &self.queue),
        })
    }

    /// Connects anew. The first failure is told, those that follow are the same.
    fn connect(&mut self) -> Option<Link> {
        let begun = Instant::now();
        self.silences = self.source.silences();
        let mut connected = self.source.connect();
        if connected.is_err() && begun.elapsed() >= LONG_AGO {
            // That is how things were when it began. Whoever waits here now was let in since.
            self.silences = self.source.silences();
            connected = self.source.connect();
        }
        match connected {
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
fn refuse(crowd: Crowd, behind: impl Iterator<Item = Job>) {
    let mut rest = Crowd::default();
    behind.for_each(|job| rest.add(job));
    crowd.tell(Answers::default());
    rest.tell(Answers::default());
}

/// The jobs in a queue.
fn waiting(queue: &Receiver<Job>) -> impl Iterator<Item = Job> {
    std::iter::from_fn(|| queue.try_recv().ok())
}

/// Answers a crowd outside of any transaction; tells whether the connection can be used again.
fn read(conn: &mut Conn, mut crowd: Crowd) -> bool {
    let mut healthy = true;
    for (work, answer) in crowd.others() {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(conn)));
        healthy &= matches!(
            &outcome,
            Ok(Ok(_) | Err(StoreError::Corrupt { .. } | StoreError::Refused(_)))
        );
        let _ = answer.send(outcome.unwrap_or(Err(StoreError::Unavailable(None))));
    }
    let told = catch_unwind(AssertUnwindSafe(|| crowd.together(conn)));
    let told = told
        .map_err(drop)
        .and_then(|told| told.map_err(|error| complain(&error)))
        .ok();
    healthy &= told.is_some();
    crowd.tell(told.unwrap_or_default());
    healthy
}

fn complain(error: &StoreError) {
    tracing::error!(%error, "questions about tickets could not be answered");
}

/// How a batch went.
enum Written {
    /// All were answered, and the connection can be used again.
    Well,
    /// It cannot; those whose jobs were not come to are still to be answered.
    Badly(Option<Crowd>),
}

/// Runs a crowd in one transaction.
fn write(conn: &mut Conn, mut crowd: Crowd, queue: &Receiver<Job>) -> Written {
    if let Err(error) = conn.begin() {
        tracing::error!(%error, "could not begin a transaction");
        // Somebody else holds the database: everybody who waits learns it now, not after five seconds each.
        refuse(crowd, waiting(queue));
        return Written::Badly(None);
    }
    let mut others = Others::new();
    let mut outcomes = Vec::new();
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let told = questions(conn, &mut crowd, queue)?;
        others = crowd.others();
        while let Some((work, answer)) = others.pop_front() {
            outcomes.push((answer, conn.savepoint(work)));
        }
        Ok::<_, StoreError>(told)
    }));
    let told = match ran {
        Ok(Ok(told)) => told,
        Ok(Err(error)) => {
            tracing::error!(%error, "a transaction could not be begun again");
            others.extend(crowd.others());
            crowd.tell(Answers::default());
            return Written::Badly(Crowd::of(others));
        }
        Err(_) => {
            // The connection may be anywhere inside the job: nothing of this batch is kept, and nobody is told otherwise.
            tracing::error!("a database job panicked; its batch is undone");
            others.extend(crowd.others());
            crowd.tell(Answers::default());
            return Written::Badly(Crowd::of(others));
        }
    };
    let committed = conn.commit();
    if let Err(error) = &committed {
        tracing::error!(%error, "could not commit");
        let _ = conn.rollback();
    }
    let committed = committed.is_ok();
    crowd.tell(if committed { told } else { Answers::default() });
    for (answer, outcome) in outcomes {
        let told = if committed {
            outcome
        } else {
            Err(StoreError::Unavailable(None))
        };
        let _ = answer.send(told);
    }
    if committed && conn.accepts_writes() {
        Written::Well
    } else {
        Written::Badly(None)
    }
}

/// Answers the questions of a crowd at the beginning of its transaction, and of those who come meanwhile: a commit takes
/// longer than they do. When that fails, whoever is to blame fails alone.
fn questions(conn: &mut Conn, crowd: &mut Crowd, queue: &Receiver<Job>) -> Result<Answers, StoreError> {
    let error = match together(conn, crowd, queue) {
        Ok(told) => return Ok(told),
        Err(error) => error,
    };
    tracing::warn!(%error, "tickets are written one by one");
    conn.rollback()?;
    conn.begin()?;
    Ok(crowd.apart(conn))
}

fn together(conn: &mut Conn, crowd: &mut Crowd, queue: &Receiver<Job>) -> Result<Answers, StoreError> {
    let mut told = crowd.together(conn)?;
    while let Some(late) = crowd.latecomers(queue) {
        let answers = late.together(conn);
        crowd.append(late);
        told.append(answers?);
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> (Job, oneshot::Receiver<Result<Outcome, StoreError>>) {
        let (answer, outcome) = oneshot::channel();
        let work: Work = Box::new(|_| Err(StoreError::Unavailable(None)));
        (Job::Any(work, answer), outcome)
    }

    #[test]
    fn nobody_hears_of_a_refusal_before_it_is_known_who_is_refused() {
        let (first, mut heard) = job();
        let mut crowd = Crowd::default();
        crowd.add(first);
        let mut early = false;

        refuse(
            crowd,
            std::iter::from_fn(|| {
                early = heard.try_recv().is_ok();
                None
            }),
        );

        assert!(!early, "a second try would be refused with the first");
        assert!(matches!(heard.try_recv(), Ok(Err(StoreError::Unavailable(_)))));
    }
}
