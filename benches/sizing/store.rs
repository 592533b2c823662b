//! The place where tickets are kept, which answers in batches: whoever waits when one begins is in it.

use std::collections::VecDeque;

use super::figures::{Cost, Engine};

/// Jobs that share a batch at most.
const BATCH: usize = 256;

/// A write, and when it was asked for.
pub struct Write {
    /// Who asked.
    pub by: usize,
    /// When, in seconds.
    pub at: f64,
    /// Whether it is a ticket's, and not one of a sign-in.
    pub is_ticket: bool,
}

/// One server; nodes take turns.
pub struct Store {
    cost: Cost,
    waiting: Vec<VecDeque<Write>>,
    turn: usize,
    is_busy: bool,
    /// Seconds it has worked in each minute.
    pub busy: Vec<f64>,
}

impl Store {
    pub fn new(engine: Engine, nodes: usize) -> Self {
        Self {
            cost: engine.cost(),
            waiting: (0..nodes).map(|_| VecDeque::new()).collect(),
            turn: 0,
            is_busy: false,
            busy: Vec::new(),
        }
    }

    /// Adds a write of `node`.
    pub fn ask(&mut self, node: usize, write: Write) {
        self.waiting[node].push_back(write);
    }

    /// Begins the next batch, if none is under way and anybody waits: its end, and who is in it.
    pub fn begin(&mut self, now: f64) -> Option<(f64, Vec<Write>)> {
        let nodes = self.waiting.len();
        if self.is_busy {
            return None;
        }
        let next = (0..nodes)
            .map(|step| (self.turn + step) % nodes)
            .find(|node| !self.waiting[*node].is_empty())?;
        self.turn = next + 1;
        let queue = &mut self.waiting[next];
        let batch: Vec<Write> = queue.drain(..queue.len().min(BATCH)).collect();
        #[expect(clippy::cast_precision_loss, reason = "256 at most")]
        let lasts = self.cost.batch + self.cost.each * batch.len() as f64;
        self.note(now, lasts);
        self.is_busy = true;
        Some((now + lasts, batch))
    }

    /// The batch under way is done.
    pub fn end(&mut self) {
        self.is_busy = false;
    }

    fn note(&mut self, now: f64, lasts: f64) {
        let minute = super::campus::minute(now);
        if self.busy.len() <= minute {
            self.busy.resize(minute + 1, 0.0);
        }
        self.busy[minute] += lasts;
    }
}
