//! The people, and what happens when.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::house::{Came, House, Node};
use super::store::{Store, Write};

/// Of all people, so many come.
const SHARE: f64 = 0.2;

/// Within so many seconds, most of them in the middle.
const WITHIN: f64 = 300.0;

/// Services that each opens.
const SERVICES: usize = 6;

/// Seconds in which they do.
const OPENED_WITHIN: f64 = 60.0;

/// Seconds after which somebody who was asked to come back does, and as many again at most.
const COMES_BACK: f64 = 5.0;

/// What the morning was like.
pub struct Morning {
    /// People who came in the busiest second, on the average of the busiest minute.
    pub peak: f64,
    /// Seconds that half of them waited to be in.
    pub middle: f64,
    /// Seconds that all but a hundredth waited at most.
    pub slow: f64,
    /// Share of those who were asked to come back, once or more often.
    pub came_back: f64,
    /// Share of the busiest minute in which hashing threads worked.
    pub hashing: f64,
    /// The same of the store.
    pub storing: f64,
    /// Seconds of the slowest hundredth of the tickets.
    pub ticket: f64,
}

/// The minute of a moment, from the beginning.
pub fn minute(now: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some minutes from the beginning"
    )]
    let minute = (now / 60.0) as usize;
    minute
}

/// Something that happens to somebody.
enum Event {
    Comes(usize),
    Hashed { person: usize, node: usize },
    Stored(Vec<Write>),
    Opens(usize),
}

struct Moment(f64, Event);

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.0.total_cmp(&other.0) == Ordering::Equal
    }
}

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    /// The earliest is the greatest: a heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0)
    }
}

struct Person {
    came_at: f64,
    was_refused: bool,
}

/// Lets the morning pass.
pub fn morning(accounts: u32, house: House) -> Morning {
    let mut chance = StdRng::seed_from_u64(7);
    let mut campus = Campus::new(house);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of people"
    )]
    let many = (f64::from(accounts) * SHARE) as usize;
    for person in 0..many {
        let at = (chance.random::<f64>() + chance.random::<f64>()) * WITHIN / 2.0;
        campus.people.push(Person {
            came_at: at,
            was_refused: false,
        });
        campus.later(at, Event::Comes(person));
    }
    while let Some(Moment(now, event)) = campus.moments.pop() {
        campus.pass(now, event, &mut chance);
    }
    campus.tell()
}

struct Campus {
    house: House,
    nodes: Vec<Node>,
    store: Store,
    people: Vec<Person>,
    moments: BinaryHeap<Moment>,
    waited: Vec<f64>,
    tickets: Vec<f64>,
}

impl Campus {
    fn new(house: House) -> Self {
        Self {
            house,
            nodes: (0..house.nodes).map(|_| Node::new(house.cores)).collect(),
            store: Store::new(house.engine, house.nodes),
            people: Vec::new(),
            moments: BinaryHeap::new(),
            waited: Vec::new(),
            tickets: Vec::new(),
        }
    }

    fn later(&mut self, at: f64, event: Event) {
        self.moments.push(Moment(at, event));
    }

    fn pass(&mut self, now: f64, event: Event, chance: &mut StdRng) {
        match event {
            Event::Comes(person) => self.come(person, now, chance),
            Event::Hashed { person, node } => {
                if let Some((next, until)) = self.nodes[node].next(now) {
                    self.later(until, Event::Hashed { person: next, node });
                }
                self.write(node, person, now, false);
            }
            Event::Stored(batch) => {
                self.store.end();
                for write in batch {
                    self.stored(&write, now, chance);
                }
            }
            Event::Opens(person) => {
                let node = chance.random_range(0..self.nodes.len());
                // The ticket, and its validation.
                self.write(node, person, now, true);
                self.write(node, person, now, true);
            }
        }
        if let Some((end, batch)) = self.store.begin(now) {
            self.later(end, Event::Stored(batch));
        }
    }

    fn come(&mut self, person: usize, now: f64, chance: &mut StdRng) {
        let node = chance.random_range(0..self.nodes.len());
        match self.nodes[node].come(person, now) {
            Came::Hashed(until) => self.later(until, Event::Hashed { person, node }),
            Came::Queued => {}
            Came::Refused => {
                self.people[person].was_refused = true;
                let back = now + COMES_BACK * (1.0 + chance.random::<f64>());
                self.later(back, Event::Comes(person));
            }
        }
    }

    fn write(&mut self, node: usize, by: usize, at: f64, is_ticket: bool) {
        self.store.ask(node, Write { by, at, is_ticket });
    }

    fn stored(&mut self, write: &Write, now: f64, chance: &mut StdRng) {
        if write.is_ticket {
            self.tickets.push(now - write.at);
            return;
        }
        self.waited.push(now - self.people[write.by].came_at);
        for _ in 0..SERVICES {
            self.later(
                now + chance.random::<f64>() * OPENED_WITHIN,
                Event::Opens(write.by),
            );
        }
    }

    fn tell(mut self) -> Morning {
        let mut minutes = Vec::new();
        for person in &self.people {
            let minute = minute(person.came_at);
            minutes.resize(minutes.len().max(minute + 1), 0.0);
            minutes[minute] += 1.0;
        }
        let hashing = self
            .nodes
            .iter()
            .map(|node| busiest(&node.busy))
            .fold(0.0, f64::max);
        let refused = self.people.iter().filter(|person| person.was_refused).count();
        self.waited.sort_by(f64::total_cmp);
        self.tickets.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "counts of people")]
        let came_back = refused as f64 / self.people.len().max(1) as f64;
        #[expect(clippy::cast_precision_loss, reason = "a few cores")]
        let cores = self.house.cores as f64;
        Morning {
            peak: busiest(&minutes),
            middle: hundredth(&self.waited, 50),
            slow: hundredth(&self.waited, 99),
            came_back,
            hashing: hashing / cores,
            storing: busiest(&self.store.busy),
            ticket: hundredth(&self.tickets, 99),
        }
    }
}

/// What a second of the busiest minute holds.
fn busiest(minutes: &[f64]) -> f64 {
    minutes.iter().copied().fold(0.0, f64::max) / 60.0
}

fn hundredth(sorted: &[f64], hundredth: usize) -> f64 {
    sorted
        .get(sorted.len() * hundredth / 100)
        .copied()
        .unwrap_or_default()
}
