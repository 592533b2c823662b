//! The machines.

use std::collections::VecDeque;

use super::figures::{Engine, HASHING_SHARE, QUEUE, SIGN_IN};

/// What a university runs.
#[derive(Debug, Clone, Copy)]
pub struct House {
    /// Nodes.
    pub nodes: usize,
    /// Cores of each.
    pub cores: usize,
    /// Where tickets are kept.
    pub engine: Engine,
}

impl House {
    pub const fn new(nodes: usize, cores: usize, engine: Engine) -> Self {
        Self { nodes, cores, engine }
    }
}

/// A node's hashing threads and the queue before them.
pub struct Node {
    free: usize,
    waiting: VecDeque<usize>,
    /// Seconds its threads have worked in each minute.
    pub busy: Vec<f64>,
}

/// What becomes of a password that comes.
pub enum Came {
    /// It is hashed until then.
    Hashed(f64),
    /// It waits.
    Queued,
    /// Its owner is asked to come back.
    Refused,
}

impl Node {
    pub fn new(cores: usize) -> Self {
        Self {
            free: cores,
            waiting: VecDeque::new(),
            busy: Vec::new(),
        }
    }

    /// The password of `person` comes.
    pub fn come(&mut self, person: usize, now: f64) -> Came {
        if self.free > 0 {
            self.free -= 1;
            return Came::Hashed(self.hash(now));
        }
        if self.waiting.len() >= QUEUE {
            return Came::Refused;
        }
        self.waiting.push_back(person);
        Came::Queued
    }

    /// A thread is free: whose password is next, and until when it is hashed.
    pub fn next(&mut self, now: f64) -> Option<(usize, f64)> {
        let Some(person) = self.waiting.pop_front() else {
            self.free += 1;
            return None;
        };
        Some((person, self.hash(now)))
    }

    fn hash(&mut self, now: f64) -> f64 {
        let lasts = SIGN_IN / HASHING_SHARE;
        let minute = super::campus::minute(now);
        if self.busy.len() <= minute {
            self.busy.resize(minute + 1, 0.0);
        }
        self.busy[minute] += lasts;
        now + lasts
    }
}
