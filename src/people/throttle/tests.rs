//! The table of budgets, row by row, then what holds for all of them.

use chrono::Duration;
use proptest::prelude::*;

use super::*;

const HOME: u32 = 1;
const STRANGER: u32 = 2;

fn at(seconds: u32) -> DateTime<Utc> {
    moment(1_789_000_000 + seconds)
}

/// Spends tries as soon as each is possible and returns the minutes at which they were.
fn spend(budget: Budget, tries: usize, tag: u32) -> (Ledger, Vec<u32>) {
    let mut ledger = Ledger::default();
    let mut minutes = Vec::new();
    let mut now = at(0);
    while minutes.len() < tries {
        match ledger.reserve(&budget, now, tag) {
            Ok(()) => minutes.push(seconds(now).abs_diff(seconds(at(0))) / 60),
            Err(wait) => now = wait.until,
        }
    }
    (ledger, minutes)
}

#[test]
fn s41_four_wrong_passwords_are_free_and_then_the_wait_grows() {
    let (_, minutes) = spend(Budget::login_person(25), 12, HOME);

    assert_eq!(minutes, [0, 0, 0, 0, 1, 3, 7, 15, 30, 60, 90, 120]);
}

#[test]
fn the_twenty_sixth_wrong_password_waits_for_the_day_to_pass() {
    let (mut ledger, minutes) = spend(Budget::login_person(25), 25, HOME);
    let last = at(minutes[24] * 60);

    let wait = ledger
        .reserve(&Budget::login_person(25), last + Duration::minutes(31), HOME)
        .unwrap_err();
    assert_eq!(
        wait,
        Wait {
            until: at(DAY),
            daily: true
        }
    );
    assert_eq!(
        ledger.reserve(&Budget::login_person(25), wait.until, HOME),
        Ok(())
    );
}

#[test]
fn s44_a_success_at_home_forgives_home_and_not_the_stranger() {
    let budget = Budget::login_person(25);
    let mut ledger = Ledger::default();
    for tag in [STRANGER, STRANGER, STRANGER, HOME] {
        ledger.reserve(&budget, at(0), tag).unwrap();
    }
    assert!(ledger.reserve(&budget, at(1), HOME).is_err());

    ledger.give_back(HOME);
    assert_eq!(ledger.reserve(&budget, at(2), STRANGER), Ok(()));
    assert!(ledger.reserve(&budget, at(3), STRANGER).is_err());
}

#[test]
fn s42_sixteen_tries_at_once_are_not_sixteen_tries() {
    let mut ledger = Ledger::default();
    let granted = (0..16)
        .filter(|_| ledger.reserve(&Budget::ACTIVATION_PERSON, at(0), HOME).is_ok())
        .count();

    assert_eq!(granted, 5);
}

#[test]
fn one_address_has_thirty_failures_in_five_minutes_and_a_hundred_an_hour() {
    let (_, minutes) = spend(Budget::LOGIN_ADDRESS, 101, HOME);

    assert_eq!(
        [29, 30, 60, 90, 99, 100].map(|index| minutes[index]),
        [0, 5, 10, 15, 15, 60]
    );
}

#[test]
fn fifteen_failing_logins_block_their_address_for_a_quarter_of_an_hour() {
    let mut ledger = Ledger::default();
    for login in 0..15 {
        ledger
            .reserve(&Budget::LOGIN_ADDRESS, at(login * 30), login)
            .unwrap();
    }
    let last = 14 * 30;

    let wait = ledger
        .reserve(&Budget::LOGIN_ADDRESS, at(last + 5), 99)
        .unwrap_err();
    assert_eq!(
        wait,
        Wait {
            until: at(last + 15 * MINUTE),
            daily: false
        }
    );
    assert_eq!(ledger.reserve(&Budget::LOGIN_ADDRESS, wait.until, 99), Ok(()));
    assert_eq!(
        ledger.reserve(&Budget::LOGIN_ADDRESS, wait.until + Duration::seconds(9), 98),
        Ok(())
    );
}

#[test]
fn many_people_signing_in_at_once_are_not_an_attack() {
    let mut ledger = Ledger::default();
    for login in 0..20 {
        ledger.reserve(&Budget::LOGIN_ADDRESS, at(0), login).unwrap();
    }
    for login in 0..20 {
        ledger.give_back(login);
    }

    assert_eq!(ledger.reserve(&Budget::LOGIN_ADDRESS, at(60), 99), Ok(()));
}

#[test]
fn a_campus_counts_tenfold() {
    let campus = Budget::LOGIN_ADDRESS.times(10);
    let mut ledger = Ledger::default();
    for login in 0..149 {
        ledger.reserve(&campus, at(0), login).unwrap();
    }

    assert_eq!(ledger.reserve(&campus, at(60), 149), Ok(()));
    assert!(ledger.reserve(&campus, at(64), 150).is_err());
}

#[test]
fn s46_a_file_number_has_five_wrong_dates_a_day_from_everywhere() {
    let mut ledger = Ledger::default();
    for address in 0..5 {
        ledger
            .reserve(&Budget::ACTIVATION_PERSON, at(address * HOUR), address)
            .unwrap();
    }

    let wait = ledger
        .reserve(&Budget::ACTIVATION_PERSON, at(5 * HOUR), 77)
        .unwrap_err();
    assert_eq!(
        wait,
        Wait {
            until: at(DAY),
            daily: true
        }
    );
}

#[test]
fn six_different_numbers_close_their_address_for_an_hour() {
    let mut ledger = Ledger::default();
    for number in 0..6 {
        ledger
            .reserve(&Budget::ACTIVATION_ADDRESS, at(number * 60), number)
            .unwrap();
    }

    let wait = ledger
        .reserve(&Budget::ACTIVATION_ADDRESS, at(400), 9)
        .unwrap_err();
    assert_eq!(wait.until, at(300 + HOUR));
}

#[test]
fn failures_are_totalled_until_a_success_however_long_it_takes() {
    let mut ledger = Ledger::default();
    for day in 0..FAILURES_BEFORE_DOUBT {
        ledger
            .reserve(&Budget::ACTIVATION_PERSON, at(u32::from(day) * DAY), HOME)
            .unwrap();
    }
    assert_eq!(ledger.total(), FAILURES_BEFORE_DOUBT);

    ledger.give_back(STRANGER);
    assert_eq!(ledger.total(), 0);
}

#[test]
fn tries_on_a_code_are_counted_and_nothing_else() {
    let mut ledger = Ledger::default();
    for _ in 0..FAILURES_BEFORE_REVOCATION {
        ledger.reserve(&Budget::CODE, at(0), HOME).unwrap();
    }

    assert_eq!(ledger.total(), FAILURES_BEFORE_REVOCATION);
    assert_eq!(serde_json::to_string(&ledger).unwrap(), r#"{"n":15}"#);
}

#[test]
fn s84_a_clock_set_back_locks_nobody_out_longer() {
    let mut ledger = Ledger::default();
    for _ in 0..10 {
        ledger.reserve(&Budget::LOGIN_DEVICE, at(2 * DAY), HOME).unwrap();
    }

    let wait = ledger.reserve(&Budget::LOGIN_DEVICE, at(DAY), HOME).unwrap_err();
    assert_eq!(wait.until, at(2 * DAY));
}

#[test]
fn a_ledger_with_nothing_to_remember_may_go() {
    let mut ledger = Ledger::default();
    ledger.reserve(&Budget::LOGIN_DEVICE, at(0), HOME).unwrap();

    assert!(!ledger.is_idle(&Budget::LOGIN_DEVICE, at(DAY - 1)));
    assert!(ledger.is_idle(&Budget::LOGIN_DEVICE, at(DAY)));
    ledger.give_back(HOME);
    assert!(ledger.is_idle(&Budget::LOGIN_DEVICE, at(0)));
}

fn any_budget() -> impl Strategy<Value = Budget> {
    prop::sample::select(vec![
        Budget::login_person(25),
        Budget::LOGIN_DEVICE,
        Budget::LOGIN_ADDRESS,
        Budget::ACTIVATION_PERSON,
        Budget::ACTIVATION_ADDRESS,
        Budget::RECOVERY_ADDRESS,
        Budget::RECOVERIES_PERSON,
        Budget::RECOVERIES_ADDRESS,
        Budget::POST_ADDRESS,
        Budget::LOGIN_ADDRESS.times(10),
    ])
}

/// Pauses (mostly short) with the tag that tries after each, and whether it succeeds.
fn story() -> impl Strategy<Value = Vec<(u32, u32, bool)>> {
    let pause = prop_oneof![6 => 0_u32..5, 3 => 5_u32..900, 1 => 900_u32..90_000];
    prop::collection::vec((pause, 0_u32..20, prop::bool::weighted(0.1)), 0..200)
}

#[test]
fn a_try_that_is_withdrawn_leaves_the_failures_before_it() {
    let mut ledger = Ledger::default();
    for second in 0..5 {
        ledger.reserve(&Budget::ACTIVATION_PERSON, at(second), 1).unwrap();
    }
    ledger.withdraw(1);
    assert_eq!(ledger.total(), 4);

    assert!(ledger.reserve(&Budget::ACTIVATION_PERSON, at(9), 1).is_ok());
    assert!(ledger.reserve(&Budget::ACTIVATION_PERSON, at(9), 1).is_err());
}

proptest! {
    #[test]
    fn no_window_ever_holds_more_failures_than_its_budget(budget in any_budget(), story in story()) {
        let mut ledger = Ledger::default();
        let mut failed: Vec<(u32, u32)> = Vec::new();
        let mut now = 0;
        for (pause, tag, right) in story {
            now += pause;
            if ledger.reserve(&budget, at(now), tag).is_err() {
                continue;
            }
            failed.push((now, tag));
            if right {
                ledger.give_back(tag);
                failed.retain(|(_, other)| *other != tag);
            }
            for window in budget.windows() {
                let recent = failed.iter().filter(|(then, _)| now - then < window.seconds).count();
                prop_assert!(recent <= window.tries, "{} in {} s", recent, window.seconds);
            }
        }
    }

    #[test]
    fn every_door_opens_again_when_it_said(budget in any_budget(), story in story()) {
        let mut ledger = Ledger::default();
        let mut now = at(0);
        for (pause, tag, _) in story {
            now += Duration::seconds(i64::from(pause));
            let mut refusals = 0;
            while let Err(wait) = ledger.reserve(&budget, now, tag) {
                prop_assert!(wait.until > now);
                prop_assert_eq!(ledger.wait(&budget, now), Some(wait));
                now = wait.until;
                refusals += 1;
                // A window that was full; a spray that showed meanwhile; and the tries that were still under judgement then,
                // the newest of which moves the end of its block by seconds.
                prop_assert!(refusals <= 3);
            }
        }
    }

    #[test]
    fn a_stored_ledger_is_read_again(budget in any_budget(), story in story()) {
        let mut ledger = Ledger::default();
        for (pause, tag, _) in story {
            let _ = ledger.reserve(&budget, at(pause), tag);
        }
        let text = serde_json::to_string(&ledger).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
    }

    #[test]
    fn no_hour_makes_it_panic(times in prop::collection::vec(any::<i32>(), 0..40), budget in any_budget()) {
        let mut ledger = Ledger::default();
        for second in times {
            let _ = ledger.reserve(&budget, DateTime::from_timestamp(i64::from(second) * 2, 0).unwrap(), 1);
        }
    }
}
