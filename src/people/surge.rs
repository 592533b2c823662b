//! Failed sign-ins of everybody together, hour by hour: what is usual at this hour, and when there are far more.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// Length of an hour, in seconds: each is counted by itself.
const HOUR: i64 = 3_600;

/// Days looked back to say what is usual: a whole week, so that a quiet Sunday alone decides nothing.
const DAYS: i64 = 7;

/// That many times the usual failures are far more than usual.
const FACTOR: u32 = 10;

/// What counts as usual at least, per hour: a small site does not rise to an alert by mistyping.
const FLOOR: u32 = 20;

/// How long failures count as high after the last one that was above the level.
const HIGH_FOR: Duration = Duration::hours(1);

/// Where the failures stand after one more of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As many as usual, or not so many more.
    Usual,
    /// More than ten times as many, since this very failure: worth waking somebody up for.
    Rising,
    /// More than ten times as many, and somebody was told.
    High,
}

/// Failures of one form over the last week. Only failures are counted, when they are written down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Surge {
    /// Number of the hour, failures in it; oldest first.
    #[serde(rename = "h", default)]
    hours: Vec<(i64, u32)>,
    #[serde(rename = "u", default)]
    high_until: Option<DateTime<Utc>>,
}

impl Surge {
    /// Counts one failure, and tells where they stand.
    pub fn observe(&mut self, now: DateTime<Utc>) -> Level {
        let hour = now.timestamp().div_euclid(HOUR);
        // An hour from the future means that the clock was set back.
        self.hours
            .retain(|(number, _)| (hour - 24 * DAYS..=hour).contains(number));
        if self.hours.last().is_none_or(|(number, _)| *number != hour) {
            self.hours.push((hour, 0));
        }
        let failures = self.hours.last_mut().map_or(0, |(_, failures)| {
            *failures = failures.saturating_add(1);
            *failures
        });
        let was_high = self.is_high(now);
        if failures > FACTOR * self.usual(hour).max(FLOOR) {
            self.high_until = Some(now + HIGH_FOR);
        }
        match (was_high, self.is_high(now)) {
            (_, false) => Level::Usual,
            (false, true) => Level::Rising,
            (true, true) => Level::High,
        }
    }

    /// The middle one of the same hour's failures on each of the last seven days: one bad day changes nothing.
    fn usual(&self, hour: i64) -> u32 {
        let failures_at = |number: i64| {
            let found = self.hours.iter().find(|(known, _)| *known == number);
            found.map_or(0, |(_, failures)| *failures)
        };
        let mut days: Vec<u32> = (1..=DAYS).map(|day| failures_at(hour - 24 * day)).collect();
        days.sort_unstable();
        // Far above any real count, far below what multiplying would overflow.
        days[days.len() / 2].min(u32::MAX / FACTOR)
    }

    fn is_high(&self, now: DateTime<Utc>) -> bool {
        // Never longer than it may last, whatever the clock did.
        self.high_until
            .is_some_and(|until| until > now && until <= now + HIGH_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64, minute: i64) -> DateTime<Utc> {
        // Midnight.
        DateTime::from_timestamp(1_788_998_400 + day * 86_400 + minute * 60, 0).unwrap()
    }

    fn fail(surge: &mut Surge, now: DateTime<Utc>, times: usize) -> Level {
        (0..times)
            .map(|_| surge.observe(now))
            .last()
            .unwrap_or(Level::Usual)
    }

    #[test]
    fn s47_a_server_without_a_past_is_alerted_above_two_hundred_failures_in_an_hour_and_once() {
        let mut surge = Surge::default();

        assert_eq!(fail(&mut surge, at(0, 1), 200), Level::Usual);
        assert_eq!(surge.observe(at(0, 2)), Level::Rising);
        assert_eq!(fail(&mut surge, at(0, 59), 500), Level::High);
    }

    #[test]
    fn s47_ten_times_the_failures_of_this_hour_on_other_days_are_far_more_than_usual() {
        let mut surge = Surge::default();
        for day in 0..7 {
            fail(&mut surge, at(day, 3 * 60), 1);
            assert_eq!(fail(&mut surge, at(day, 8 * 60), 90), Level::Usual);
        }

        assert_eq!(fail(&mut surge, at(7, 3 * 60), 201), Level::Rising);
        assert_eq!(fail(&mut surge, at(7, 8 * 60), 900), Level::Usual);
        assert_eq!(surge.observe(at(7, 8 * 60)), Level::Rising);
    }

    #[test]
    fn a_week_end_and_one_attack_do_not_change_what_is_usual() {
        let mut surge = Surge::default();
        for (day, failures) in [(0, 60), (1, 60), (2, 5_000), (3, 60), (4, 60), (5, 3), (6, 2)] {
            fail(&mut surge, at(day, 9 * 60), failures);
        }

        assert_eq!(fail(&mut surge, at(7, 9 * 60), 600), Level::Usual);
        assert_eq!(surge.observe(at(7, 9 * 60)), Level::Rising);
    }

    #[test]
    fn an_attack_that_goes_on_is_one_alert_and_a_new_one_after_an_hour_of_peace_another() {
        let mut surge = Surge::default();
        fail(&mut surge, at(0, 50), 201);

        assert_eq!(surge.observe(at(0, 65)), Level::High);
        assert_eq!(surge.observe(at(0, 50 + 60)), Level::Usual);
        assert_eq!(fail(&mut surge, at(0, 115), 199), Level::Rising);
    }

    #[test]
    fn s84_a_clock_set_back_does_not_keep_it_high() {
        let mut surge = Surge::default();
        fail(&mut surge, at(30, 0), 500);

        assert_eq!(surge.observe(at(0, 0)), Level::Usual);
    }

    #[test]
    fn a_stored_surge_is_read_again_and_stays_small() {
        let mut surge = Surge::default();
        for hour in 0..1_000 {
            fail(&mut surge, at(0, hour * 60), 30);
        }

        let text = serde_json::to_string(&surge).unwrap();
        assert!(text.len() < 2_600, "{}", text.len());
        assert_eq!(serde_json::from_str::<Surge>(&text).unwrap(), surge);
    }
}
