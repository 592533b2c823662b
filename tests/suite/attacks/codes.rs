//! Guessing the printed code, by somebody who knows every number and every birth date.

use chrono::{DateTime, Duration, Utc};
use vestibule::app::App;
use vestibule::flow::Visitor;
use vestibule::flow::limits::{Try, Whose};
use vestibule::people::throttle::FAILURES_BEFORE_REVOCATION;
use vestibule::people::tide::{Limits, Outcome, Tide};

use super::at;
use super::shelf::Shelf;
use crate::support::TestServer;
use crate::support::server::start;

/// A form that asks for a code.
pub type Form = fn(&App, &str, &Visitor) -> Try;

/// Guesses from one address on one number after the other, for so long: when each was made.
pub fn guess(app: &App, form: Form, span: Duration) -> Vec<DateTime<Utc>> {
    let mut shelf = Shelf::default();
    let mut now = start();
    let mut story = Vec::new();
    while now < start() + span {
        match shelf.fail(&form(app, &format!("number{}", story.len()), &at(1)), now) {
            Ok(()) => story.push(now),
            Err(denied) => now = denied.wait.until,
        }
    }
    story
}

/// Guesses on one number, each from an address of its own: how many.
pub fn insist(app: &App, form: Form, span: Duration) -> u32 {
    let mut shelf = Shelf::default();
    let (mut now, mut granted) = (start(), 0);
    while now < start() + span {
        match shelf.fail(&form(app, "22601234", &at(granted)), now) {
            Ok(()) => granted += 1,
            Err(denied) => {
                assert_eq!(denied.whose, Whose::Person);
                now = denied.wait.until;
            }
        }
    }
    granted
}

/// How soon somebody is told of so many wrong codes a day.
pub fn told_after(a_day: i32) -> Option<Duration> {
    let mut tide = Tide::default();
    let pause = Duration::days(1) / a_day;
    (0..14 * a_day).map(|number| pause * number).find(|passed| {
        tide.observe(&Limits::RECOVERY, start() + *passed, Outcome::Failed)
            .is_some()
    })
}

#[tokio::test]
async fn one_address_guesses_twenty_codes_a_day_and_one_person_five() {
    let server = TestServer::start().await;
    let year = Duration::days(365);

    for form in [Try::recovery as Form, Try::activation_by_code] {
        assert_eq!(guess(&server.app, form, year).len(), 365 * 20);
        assert_eq!(insist(&server.app, form, year), 365 * 5);
    }
}

#[test]
fn a_code_is_revoked_long_before_it_is_guessed() {
    let guessed = f64::from(FAILURES_BEFORE_REVOCATION) / super::assumptions::CODES;

    assert!(guessed < 1e-12, "{guessed}");
}

#[test]
fn wrong_codes_from_a_thousand_addresses_are_told_within_the_hour() {
    assert!(told_after(20_000).is_some_and(|passed| passed < Duration::hours(1)));
    assert_eq!(told_after(20), None);
}
