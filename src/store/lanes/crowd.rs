//! Everybody who waits for a lane at one moment.

use std::any::Any;
use std::collections::VecDeque;

use async_channel::Receiver;
use tokio::sync::oneshot;

use crate::store::hot::{self, Issue, Presented, Resume, Resumed, Taken};
use crate::store::{Conn, StoreError};

/// Jobs that share one commit at most.
pub(super) const BATCH: usize = 256;

/// Whatever a job makes.
pub(in crate::store) type Outcome = Box<dyn Any + Send>;

/// A job, packed.
pub(in crate::store) type Work = Box<dyn FnOnce(&mut Conn) -> Result<Outcome, StoreError> + Send>;

/// Where an answer goes.
pub(in crate::store) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What a lane is asked.
pub(in crate::store) enum Job {
    /// Anything.
    Any(Work, Answer<Outcome>),
    /// [`hot::resume`].
    Resume(Resume, Answer<Option<Resumed>>),
    /// [`hot::issue`].
    Issue(Issue, Answer<()>),
    /// [`hot::take`].
    Take(Presented, Answer<Taken>),
}

/// A question that is answered together with its like.
pub(in crate::store) trait Question {
    /// What answers it.
    type Answer;
    /// The job of answering it.
    fn job(self, answer: Answer<Self::Answer>) -> Job;
}

macro_rules! questions {
    ($($question:ty => $answer:ty: $job:ident),+) => {
        $(impl Question for $question {
            type Answer = $answer;
            fn job(self, answer: Answer<$answer>) -> Job {
                Job::$job(self, answer)
            }
        })+
    };
}
questions!(Resume => Option<Resumed>: Resume, Issue => (): Issue, Presented => Taken: Take);

/// Questions of one kind.
struct Askers<Q: Question> {
    questions: Vec<Q>,
    answers: Vec<Answer<Q::Answer>>,
}

/// What each of them will be told.
type Told<A> = Vec<Result<A, StoreError>>;

impl<Q: Question> Default for Askers<Q> {
    fn default() -> Self {
        Self {
            questions: Vec::new(),
            answers: Vec::new(),
        }
    }
}

impl<Q: Question> Askers<Q> {
    fn add(&mut self, question: Q, answer: Answer<Q::Answer>) {
        self.questions.push(question);
        self.answers.push(answer);
    }

    /// Asks for one after the other, so that the error of one is nobody else's.
    fn apart(
        &self,
        conn: &mut Conn,
        ask: impl Fn(&mut Conn, &[Q]) -> Result<Vec<Q::Answer>, StoreError>,
    ) -> Told<Q::Answer> {
        let one = |question| {
            let answered = conn.savepoint(|conn| ask(conn, std::slice::from_ref(question)))?;
            answered.into_iter().next().ok_or(StoreError::Unavailable(None))
        };
        self.questions.iter().map(one).collect()
    }

    fn append(&mut self, mut others: Self) {
        self.questions.append(&mut others.questions);
        self.answers.append(&mut others.answers);
    }

    fn tell(self, told: Told<Q::Answer>) {
        // Whoever is told nothing was not answered, or forgotten by whoever answered: in any case no success.
        let mut told = told.into_iter();
        for answer in self.answers {
            let _ = answer.send(told.next().unwrap_or(Err(StoreError::Unavailable(None))));
        }
    }
}

/// Jobs that are no questions.
pub(super) type Others = VecDeque<(Work, Answer<Outcome>)>;

/// Everybody who waits for a lane at one moment.
#[derive(Default)]
pub(super) struct Crowd {
    resumes: Askers<Resume>,
    issues: Askers<Issue>,
    takes: Askers<Presented>,
    others: Others,
    size: usize,
}

/// What the questions of a crowd are answered with.
#[derive(Default)]
pub(super) struct Answers {
    resumes: Told<Option<Resumed>>,
    issues: Told<()>,
    takes: Told<Taken>,
}

impl Answers {
    /// Adds the answers of those who came later.
    pub(super) fn append(&mut self, mut late: Self) {
        self.resumes.append(&mut late.resumes);
        self.issues.append(&mut late.issues);
        self.takes.append(&mut late.takes);
    }
}

impl Crowd {
    /// `first` and all who wait behind it, up to a limit.
    pub(super) fn behind(first: Job, queue: &Receiver<Job>) -> Self {
        let mut crowd = Self::default();
        let mut next = Some(first);
        while let Some(job) = next {
            crowd.add(job);
            next = (crowd.size < BATCH).then(|| queue.try_recv().ok()).flatten();
        }
        crowd
    }

    /// Those who have come since, if there is room for them.
    pub(super) fn latecomers(&self, queue: &Receiver<Job>) -> Option<Self> {
        let room = BATCH.saturating_sub(self.size);
        let mut late = Self::default();
        while late.size < room
            && let Ok(job) = queue.try_recv()
        {
            late.add(job);
        }
        (late.size > 0).then_some(late)
    }

    /// Counts the others among those of this crowd.
    pub(super) fn append(&mut self, mut others: Self) {
        self.size += others.size;
        self.resumes.append(others.resumes);
        self.issues.append(others.issues);
        self.takes.append(others.takes);
        self.others.append(&mut others.others);
    }

    /// `first` alone: other lanes take those behind it.
    pub(super) fn alone(first: Job) -> Self {
        let mut crowd = Self::default();
        crowd.add(first);
        crowd
    }

    /// Those with these jobs; `None` when there are none.
    pub(super) fn of(others: Others) -> Option<Self> {
        (!others.is_empty()).then(|| Self {
            size: others.len(),
            others,
            ..Self::default()
        })
    }

    pub(super) fn add(&mut self, job: Job) {
        self.size += 1;
        match job {
            Job::Any(work, answer) => self.others.push_back((work, answer)),
            Job::Resume(ask, answer) => self.resumes.add(ask, answer),
            Job::Issue(ask, answer) => self.issues.add(ask, answer),
            Job::Take(ask, answer) => self.takes.add(ask, answer),
        }
    }

    /// The jobs that are no questions.
    pub(super) fn others(&mut self) -> Others {
        std::mem::take(&mut self.others)
    }

    /// Answers each kind of question with the same statements.
    pub(super) fn together(&self, conn: &mut Conn) -> Result<Answers, StoreError> {
        let (issues, presented) = (&self.issues.questions, &self.takes.questions);
        let (taken, resumed) = hot::together(conn, issues, presented, &self.resumes.questions)?;
        Ok(Answers {
            issues: issues.iter().map(|_| Ok(())).collect(),
            takes: taken.into_iter().map(Ok).collect(),
            resumes: resumed.into_iter().map(Ok).collect(),
        })
    }

    /// Answers each question by itself.
    pub(super) fn apart(&self, conn: &mut Conn) -> Answers {
        Answers {
            issues: self.issues.apart(conn, keep),
            takes: self.takes.apart(conn, hot::take),
            resumes: self.resumes.apart(conn, hot::resume),
        }
    }

    /// Tells everybody who asked a question; that they were not answered, where there is nothing to tell.
    pub(super) fn tell(self, told: Answers) {
        self.resumes.tell(told.resumes);
        self.issues.tell(told.issues);
        self.takes.tell(told.takes);
        for (_, answer) in self.others {
            let _ = answer.send(Err(StoreError::Unavailable(None)));
        }
    }
}

fn keep(conn: &mut Conn, issues: &[Issue]) -> Result<Vec<()>, StoreError> {
    hot::issue(conn, issues)?;
    Ok(vec![(); issues.len()])
}
