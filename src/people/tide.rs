//! Failures of the whole university, which show the attack that no single person's counter can: one guess on each
//! of thousands of numbers.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// Length of a bucket, in seconds: a window is right to ten minutes.
const BUCKET: i64 = 600;
const HOUR: i64 = 6;
const DAY: i64 = 144;

/// How long the code is asked from everybody after a trip.
const CODE_ASKED_FOR: Duration = Duration::hours(24);

/// A level of failures: the larger of a number and a share of all tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Level {
    failures: u64,
    percent: u64,
}

/// From which failures on a tide is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    hour: Option<Level>,
    day: Level,
    closes: bool,
}

impl Limits {
    /// Activations: the larger of 20 and a quarter of the tries in an hour, or of 60 and a fifth in a day; three
    /// times as many close the date-only way.
    pub const ACTIVATION: Self = Self {
        hour: Some(Level {
            failures: 20,
            percent: 25,
        }),
        day: Level {
            failures: 60,
            percent: 20,
        },
        closes: true,
    };

    /// Recoveries: 200 failures in a day are worth an alert and nothing more, since the code protects them.
    pub const RECOVERY: Self = Self {
        hour: None,
        day: Level {
            failures: 200,
            percent: 0,
        },
        closes: false,
    };
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Right; for an activation: the account was opened.
    Passed,
    /// Wrong.
    Failed,
}

/// Where the tide stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A birth date may be enough.
    Calm,
    /// Everybody needs the code.
    High {
        /// Until then, unless it trips again.
        until: DateTime<Utc>,
    },
    /// Everybody needs the code until an administrator reopens.
    Closed,
}

/// A change worth waking somebody up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// The trip level was reached.
    Tripped,
    /// Three times the trip level was reached.
    Closed,
}

/// Tries and failures of one form over the last day. Observed after each judgement, not reserved before: it is
/// an alarm, and people who are being judged at this moment have not failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tide {
    /// Bucket number, tries, failures; oldest first.
    #[serde(rename = "b", default)]
    buckets: Vec<Bucket>,
    #[serde(rename = "u", default)]
    high_until: Option<DateTime<Utc>>,
    #[serde(rename = "c", default)]
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Bucket {
    #[serde(rename = "n")]
    number: i64,
    #[serde(rename = "t")]
    tries: u32,
    #[serde(rename = "f")]
    failures: u32,
}

impl Tide {
    /// Counts one judged try, and returns the alarm it raises, once per change of state.
    pub fn observe(&mut self, limits: &Limits, now: DateTime<Utc>, outcome: Outcome) -> Option<Alarm> {
        let number = now.timestamp().div_euclid(BUCKET);
        // A bucket from the future means that the clock was set back.
        self.buckets
            .retain(|bucket| bucket.number > number - DAY && bucket.number <= number);
        if self.buckets.last().is_none_or(|bucket| bucket.number != number) {
            self.buckets.push(Bucket {
                number,
                tries: 0,
                failures: 0,
            });
        }
        if let Some(bucket) = self.buckets.last_mut() {
            bucket.tries = bucket.tries.saturating_add(1);
            bucket.failures = bucket
                .failures
                .saturating_add(u32::from(outcome == Outcome::Failed));
        }
        if outcome == Outcome::Passed {
            return None;
        }
        let before = self.state(now);
        if limits.closes && self.reaches(limits, number, 3) {
            self.closed = true;
            return (before != State::Closed).then_some(Alarm::Closed);
        }
        if self.reaches(limits, number, 1) {
            self.high_until = Some(now + CODE_ASKED_FOR);
            return (before == State::Calm).then_some(Alarm::Tripped);
        }
        None
    }

    /// Where it stands at `now`.
    pub fn state(&self, now: DateTime<Utc>) -> State {
        match self.high_until {
            _ if self.closed => State::Closed,
            // Never longer than it may last, whatever the clock did.
            Some(until) if until > now && until <= now + CODE_ASKED_FOR => State::High { until },
            _ => State::Calm,
        }
    }

    /// An administrator has looked: the date alone is enough again, and counting starts anew.
    pub fn reopen(&mut self) {
        *self = Self::default();
    }

    fn reaches(&self, limits: &Limits, number: i64, factor: u64) -> bool {
        limits
            .hour
            .is_some_and(|level| self.window(number, HOUR).reaches(level, factor))
            || self.window(number, DAY).reaches(limits.day, factor)
    }

    fn window(&self, number: i64, buckets: i64) -> Sum {
        let recent = self
            .buckets
            .iter()
            .filter(|bucket| bucket.number > number - buckets);
        recent.fold(
            Sum {
                tries: 0,
                failures: 0,
            },
            |sum, bucket| Sum {
                tries: sum.tries + u64::from(bucket.tries),
                failures: sum.failures + u64::from(bucket.failures),
            },
        )
    }
}

struct Sum {
    tries: u64,
    failures: u64,
}

impl Sum {
    fn reaches(&self, level: Level, factor: u64) -> bool {
        self.failures >= factor * level.failures && self.failures * 100 >= factor * level.percent * self.tries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_789_002_000 + minutes * 60, 0).unwrap()
    }

    fn observe(tide: &mut Tide, minute: i64, outcome: Outcome, times: usize) -> Vec<Alarm> {
        (0..times)
            .filter_map(|_| tide.observe(&Limits::ACTIVATION, at(minute), outcome))
            .collect()
    }

    #[test]
    fn s47_twenty_failures_in_an_hour_ask_everybody_for_the_code_for_a_day() {
        let mut tide = Tide::default();
        assert_eq!(observe(&mut tide, 0, Outcome::Failed, 19), []);
        assert_eq!(tide.state(at(1)), State::Calm);

        assert_eq!(observe(&mut tide, 2, Outcome::Failed, 1), [Alarm::Tripped]);
        assert_eq!(
            tide.state(at(3)),
            State::High {
                until: at(2 + 24 * 60)
            }
        );
        assert_eq!(tide.state(at(2 + 24 * 60)), State::Calm);
    }

    #[test]
    fn a_quarter_of_the_tries_of_a_busy_hour_may_be_wrong() {
        let mut tide = Tide::default();
        observe(&mut tide, 0, Outcome::Passed, 300);

        assert_eq!(observe(&mut tide, 1, Outcome::Failed, 74), []);
        assert_eq!(observe(&mut tide, 1, Outcome::Failed, 26), [Alarm::Tripped]);
    }

    #[test]
    fn slow_guessing_trips_within_the_day() {
        let mut tide = Tide::default();
        let alarms: Vec<Alarm> = (0..60)
            .flat_map(|step| observe(&mut tide, step * 20, Outcome::Failed, 1))
            .collect();

        assert_eq!(alarms, [Alarm::Tripped]);
    }

    #[test]
    fn three_times_the_level_closes_until_somebody_reopens() {
        let mut tide = Tide::default();
        assert_eq!(
            observe(&mut tide, 0, Outcome::Failed, 100),
            [Alarm::Tripped, Alarm::Closed]
        );
        assert_eq!(tide.state(at(60 * 24 * 300)), State::Closed);

        tide.reopen();
        assert_eq!(tide.state(at(1)), State::Calm);
    }

    #[test]
    fn recoveries_raise_an_alert_at_two_hundred_and_never_close() {
        let mut tide = Tide::default();
        let alarms: Vec<Alarm> = (0..900)
            .filter_map(|_| tide.observe(&Limits::RECOVERY, at(0), Outcome::Failed))
            .collect();

        assert_eq!(alarms, [Alarm::Tripped]);
        assert_ne!(tide.state(at(1)), State::Closed);
    }

    #[test]
    fn s84_a_clock_set_back_does_not_keep_the_tide_high() {
        let mut tide = Tide::default();
        observe(&mut tide, 60 * 24 * 30, Outcome::Failed, 20);

        assert_eq!(tide.state(at(0)), State::Calm);
    }

    #[test]
    fn a_stored_tide_is_read_again() {
        let mut tide = Tide::default();
        observe(&mut tide, 0, Outcome::Failed, 25);

        let text = serde_json::to_string(&tide).unwrap();
        assert_eq!(serde_json::from_str::<Tide>(&text).unwrap(), tide);
    }
}
