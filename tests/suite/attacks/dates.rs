//! Guessing birth dates: one after the other on numbers that follow one another, while their accounts wait.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::{DateTime, Duration, Utc};
use vestibule::app::App;
use vestibule::flow::Visitor;
use vestibule::flow::limits::{Denied, Try, Whose};
use vestibule::people::account::{CodePolicy, Doubt, Kind, Window, asks_code, window};
use vestibule::people::throttle::FAILURES_BEFORE_DOUBT;
use vestibule::people::tide::{Limits, Outcome, State, Tide};
use vestibule::store::throttles::KEPT;

use super::assumptions::{MANY, NEWCOMERS, date_is_right};
use super::at;
use super::shelf::Shelf;
use crate::support::TestServer;
use crate::support::server::start;

/// How often people come and the attacker looks: what the tide takes for one moment.
const MOMENT: Duration = Duration::minutes(10);

/// Who attacks what.
#[derive(Clone, Copy)]
pub struct Attack {
    pub policy: CodePolicy,
    pub addresses: u32,
    pub newcomers: u32,
    /// The share of the newcomers who have opened their account that long after they could.
    pub opened: fn(Duration) -> f64,
}

/// A guess that was judged.
pub struct Guess {
    pub at: DateTime<Utc>,
    pub number: u32,
    pub place: u32,
}

/// What an attack came to.
#[derive(Default)]
pub struct Haul {
    pub guesses: Vec<Guess>,
    /// Accounts taken, expected.
    pub accounts: f64,
    /// How soon somebody was told.
    pub told: Option<Duration>,
}

/// The first step of an activation without a code, as `flow::activate` goes about it; `replay` compares them.
struct Desk<'a> {
    app: &'a App,
    policy: CodePolicy,
    shelf: Shelf,
    tide: Tide,
}

enum Answer {
    Judged { alarm: bool },
    CodeAsked,
    Denied(Denied),
}

impl Desk<'_> {
    fn claim(&mut self, number: u32, from: &Visitor, now: DateTime<Utc>) -> Answer {
        let tried = Try::activation(self.app, &file_number(number), from);
        if let Err(denied) = self.shelf.fail(&tried, now) {
            return Answer::Denied(denied);
        }
        let failures = tried.failures(&mut self.shelf, now).expect("memory answers");
        let over = (failures > FAILURES_BEFORE_DOUBT).then_some(Doubt::OverLimit);
        let high = (self.tide.state(now) != State::Calm).then_some(Doubt::Tide);
        let doubts: Vec<Doubt> = over.into_iter().chain(high).collect();
        if asks_code(self.policy, Kind::Student, &doubts) {
            tried.withdraw(&mut self.shelf, now).expect("memory answers");
            return Answer::CodeAsked;
        }
        let alarm = self.tide.observe(&Limits::ACTIVATION, now, Outcome::Failed);
        Answer::Judged {
            alarm: alarm.is_some(),
        }
    }

    /// Whether one more wrong date would have the code asked from everybody.
    fn is_at_the_brim(&self, now: DateTime<Utc>) -> bool {
        let mut tide = self.tide.clone();
        tide.observe(&Limits::ACTIVATION, now, Outcome::Failed);
        self.policy == CodePolicy::Adaptive && tide.state(now) != State::Calm
    }
}

pub fn file_number(number: u32) -> String {
    (22_600_000 + number).to_string()
}

/// A usual autumn: seven newcomers in ten come within two weeks, a quarter within the next sixty days, the
/// others never. None of them ever mistypes, which leaves the attacker all the failures that the tide allows.
fn autumn(passed: Duration) -> f64 {
    let share_of = |days: i64, passed: Duration| {
        let minutes = passed.num_minutes().clamp(0, days * 1_440);
        f64::from(i32::try_from(minutes).expect("months"))
            / f64::from(i32::try_from(days * 1_440).expect("months"))
    };
    0.7 * share_of(14, passed) + 0.25 * share_of(60, passed - Duration::days(14))
}

/// A year of guessing: as many dates as the rules judge without a code, each as early as it can be, on the numbers that
/// were tried least; never so many that everybody is asked for the code, which ends it for a day; and no number that is
/// asked for its code before its failures are forgotten.
pub fn spray(app: &App, attack: Attack) -> Haul {
    let mut desk = Desk {
        app,
        policy: attack.policy,
        shelf: Shelf::default(),
        tide: Tide::default(),
    };
    let rules = &app.config.activation;
    let enrolled = start();
    let mut haul = Haul::default();
    let mut numbers: BinaryHeap<_> = (0..attack.newcomers)
        .map(|number| Reverse((enrolled, 0_usize, number)))
        .collect();
    let mut addresses: BinaryHeap<_> = (0..attack.addresses)
        .map(|place| Reverse((enrolled, place)))
        .collect();
    let (mut now, mut came) = (enrolled + rules.available_after, 0_u32);
    while window(enrolled, rules.available_after, rules.window, now) == Window::Open {
        let passed = now - enrolled - rules.available_after;
        while f64::from(came) < (attack.opened)(passed) * f64::from(attack.newcomers) {
            desk.tide.observe(&Limits::ACTIVATION, now, Outcome::Passed);
            came += 1;
        }
        while !desk.is_at_the_brim(now) {
            let (Some(Reverse((rested, before, number))), Some(Reverse((free_at, place)))) =
                (numbers.peek().copied(), addresses.peek().copied())
            else {
                break;
            };
            if rested > now || free_at > now {
                break;
            }
            match desk.claim(number, &at(place), now) {
                Answer::CodeAsked => break,
                Answer::Denied(denied) if denied.whose == Whose::Address => {
                    addresses.pop();
                    addresses.push(Reverse((denied.wait.until, place)));
                }
                Answer::Denied(denied) => {
                    numbers.pop();
                    numbers.push(Reverse((denied.wait.until, before, number)));
                }
                Answer::Judged { alarm } => {
                    haul.told = haul.told.or(alarm.then_some(passed));
                    haul.accounts += (1.0 - (attack.opened)(passed)) * date_is_right(before);
                    haul.guesses.push(Guess {
                        at: now,
                        number,
                        place,
                    });
                    numbers.pop();
                    let tries = before + 1;
                    let is_over = tries.is_multiple_of(usize::from(FAILURES_BEFORE_DOUBT));
                    let rest = if is_over { KEPT + MOMENT } else { Duration::zero() };
                    numbers.push(Reverse((now + rest, tries, number)));
                }
            }
        }
        now += MOMENT;
    }
    haul
}

/// The attack on everybody who is new, from a thousand addresses.
pub fn everybody(policy: CodePolicy) -> Attack {
    Attack {
        policy,
        addresses: MANY,
        newcomers: NEWCOMERS,
        opened: autumn,
    }
}

#[tokio::test]
async fn dates_sprayed_from_a_thousand_addresses_are_a_few_dozen_a_day_once_the_rush_is_over() {
    let server = TestServer::start().await;

    let haul = spray(&server.app, everybody(CodePolicy::Adaptive));

    let opens = start() + server.app.config.activation.available_after;
    let late = haul
        .guesses
        .iter()
        .filter(|guess| guess.at >= opens + Duration::days(80));
    assert!(late.count() <= 60 * 40);
    assert_eq!(haul.told, None);
}

#[tokio::test]
async fn a_single_address_guesses_twenty_dates_a_day() {
    let server = TestServer::start().await;

    let attack = Attack {
        addresses: 1,
        ..everybody(CodePolicy::Adaptive)
    };

    assert_eq!(spray(&server.app, attack).guesses.len(), 20 * 120);
}

#[tokio::test]
async fn no_date_is_judged_without_its_code_where_the_code_is_always_asked() {
    let server = TestServer::start().await;

    let haul = spray(&server.app, everybody(CodePolicy::Always));

    assert_eq!(haul.guesses.len(), 0);
}
