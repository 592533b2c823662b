//! Guessing passwords: one after the other on everybody, or on one person.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::{DateTime, Duration, Utc};
use vestibule::app::App;
use vestibule::flow::Visitor;
use vestibule::flow::limits::{Try, Whose};
use vestibule::people::naming::Login;
use vestibule::people::password::{Personal, Policy};
use vestibule::people::surge::{Level, Surge};

use super::assumptions::listed;
use super::shelf::Shelf;
use super::{at, on_campus};
use crate::support::TestServer;
use crate::support::server::start;

/// The login of account number `number`.
pub fn login(number: u32) -> Login {
    Login::typed(&format!("student{number}")).expect("a login")
}

/// A try, and whether it was judged.
pub struct Tried {
    pub at: DateTime<Utc>,
    pub login: u32,
    pub judged: bool,
}

/// Guesses from one address at `accounts`, from `begin` on for so long: whenever the address may try, the account that has waited longest
/// of those that may be tried. No rule of the sign-in that refuses links two addresses or two accounts: a thousand addresses
/// against sixty thousand accounts are a thousand times one against sixty.
pub fn spray(
    app: &App,
    shelf: &mut Shelf,
    from: &Visitor,
    accounts: u32,
    begin: DateTime<Utc>,
    span: Duration,
) -> Vec<Tried> {
    let (mut now, end) = (begin, begin + span);
    let mut waiting: BinaryHeap<_> = (0..accounts)
        .map(|account| Reverse((now, account, account)))
        .collect();
    let mut turn = accounts;
    let mut story = Vec::new();
    while let Some(Reverse((free_at, _, account))) = waiting.peek().copied() {
        now = now.max(free_at);
        if now >= end {
            break;
        }
        let outcome = shelf.fail(&Try::login(app, &login(account), from), now);
        story.push(Tried {
            at: now,
            login: account,
            judged: outcome.is_ok(),
        });
        let next = match outcome {
            Err(denied) if denied.whose == Whose::Address => {
                now = denied.wait.until;
                continue;
            }
            Err(denied) => denied.wait.until,
            Ok(()) => now,
        };
        waiting.pop();
        turn += 1;
        waiting.push(Reverse((next, turn, account)));
    }
    story
}

/// The same from the beginning.
pub fn spray_for(app: &App, from: &Visitor, accounts: u32, span: Duration) -> Vec<Tried> {
    spray(app, &mut Shelf::default(), from, accounts, start(), span)
}

/// How many were judged.
pub fn judged(story: &[Tried]) -> usize {
    story.iter().filter(|tried| tried.judged).count()
}

/// Guesses at one person, each from an address of its own: how many.
pub fn insist(app: &App, shelf: &mut Shelf, victim: &Login, from: DateTime<Utc>, span: Duration) -> usize {
    let (mut now, mut granted) = (from, 0);
    while now < from + span {
        match shelf.fail(&Try::login(app, victim, &at(granted)), now) {
            Ok(()) => granted += 1,
            Err(denied) => now = denied.wait.until,
        }
    }
    granted as usize
}

/// How soon somebody is told of so many failures an hour, on a server where nobody else fails.
pub fn told_after(an_hour: i32) -> Option<Duration> {
    let mut surge = Surge::default();
    let pause = Duration::hours(1) / an_hour;
    // Hours are counted by the clock.
    let begin = start() - Duration::minutes(30);
    (0..14 * 24 * an_hour)
        .map(|number| pause * number)
        .find(|passed| surge.observe(begin + *passed) == Level::Rising)
}

/// The most failures an hour of which nobody is told there.
pub fn untold_an_hour() -> i32 {
    let mut surge = Surge::default();
    (0..100_000)
        .find(|_| surge.observe(start()) == Level::Rising)
        .expect("an alert")
}

#[tokio::test]
async fn one_address_guesses_a_hundred_times_an_hour_and_no_more() {
    let server = TestServer::start().await;

    let story = spray_for(&server.app, &at(1), 60_000, Duration::days(7));

    assert_eq!(judged(&story), 7 * 24 * 100);
}

#[tokio::test]
async fn a_thousand_addresses_guess_twenty_five_times_a_day_at_each_account_and_no_more() {
    let server = TestServer::start().await;

    let story = spray_for(&server.app, &at(1), 60, Duration::days(60));

    let a_day = judged(&story) / 60;
    assert!((60 * 24..=60 * 25).contains(&a_day), "{a_day}");
}

#[tokio::test]
async fn whoever_insists_on_one_person_has_twenty_five_guesses_a_day_from_everywhere() {
    let server = TestServer::start().await;

    let guesses = insist(
        &server.app,
        &mut Shelf::default(),
        &login(1),
        start(),
        Duration::days(365),
    );

    assert_eq!(guesses, 365 * 25);
}

#[tokio::test]
async fn one_machine_on_the_campus_guesses_ten_times_as_often_as_one_elsewhere() {
    let server = TestServer::start().await;

    let story = spray_for(&server.app, &on_campus(), 60_000, Duration::hours(6));

    assert_eq!(judged(&story), 6 * 1_000);
}

#[test]
fn more_than_two_hundred_failures_an_hour_are_told_within_the_hour_and_fewer_never() {
    assert_eq!(untold_an_hour(), 200);
    assert_eq!(told_after(200), None);
    assert!(told_after(201).is_some_and(|passed| passed < Duration::hours(1)));
    assert!(told_after(60_000).is_some_and(|passed| passed < Duration::seconds(15)));
}

#[test]
fn no_word_of_the_list_is_a_password_nor_twice_nor_with_a_year_before_or_behind_it() {
    let (policy, nobody) = (Policy::default(), Personal::default());

    for word in listed() {
        assert!(policy.check(&word, &nobody).is_err(), "{word}");
        // A sign at either end of a word is cut off as decoration, and a word may begin or end with one.
        if word.chars().all(char::is_alphabetic) {
            for password in [
                format!("{word}2026!"),
                format!("{word}{word}"),
                format!("2026{word}"),
            ] {
                assert!(policy.check(&password, &nobody).is_err(), "{password}");
            }
        }
    }
}
