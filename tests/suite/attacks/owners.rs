//! Who keeps working while the guessing goes on, and for how long anybody else has to wait.

use chrono::{DateTime, Duration, Utc};
use vestibule::app::App;
use vestibule::flow::Visitor;
use vestibule::flow::limits::{Try, Whose};
use vestibule::flow::sign_in::known_from_now;

use super::passwords::{insist, login, spray};
use super::shelf::Shelf;
use super::{at, on_campus};
use crate::support::journeys::own;
use crate::support::people::{CAMILLE, CODE, LOST};
use crate::support::server::start;
use crate::support::{Browser, TestServer};

/// The address of the owner's home.
const HOME: u32 = 9_000_000;

/// A browser of the owner of account 1, that it was used to sign in with.
fn known(app: &App, place: &Visitor) -> Visitor {
    Visitor {
        device_cookie: known_from_now(app, login(1).as_str(), place),
        ..place.clone()
    }
}

/// Mistypes once, then gets in.
fn sign_in(app: &App, shelf: &mut Shelf, number: u32, from: &Visitor, now: DateTime<Utc>) -> bool {
    let tried = Try::login(app, &login(number), from);
    shelf.fail(&tried, now).is_ok() && shelf.succeed(&tried, now).is_ok()
}

#[tokio::test]
async fn s44_a_known_browser_opens_every_morning_of_three_months_of_guessing_at_its_owner_and_at_everybody() {
    let server = TestServer::start().await;
    let (app, mut shelf) = (&server.app, Shelf::default());
    let browser = known(app, &at(HOME));

    for day in 0..90 {
        let dawn = start() + Duration::days(day);
        insist(app, &mut shelf, &login(1), dawn, Duration::hours(23));
        // A neighbour behind the very address of the owner.
        let neighbour = spray(
            app,
            &mut shelf,
            &at(HOME),
            1_000,
            dawn + Duration::hours(23),
            Duration::hours(1),
        );

        let now = neighbour.last().expect("a guess").at;
        assert!(sign_in(app, &mut shelf, 1, &browser, now), "day {day}");
    }
}

#[tokio::test]
async fn s44_the_campus_opens_every_morning_of_three_months_of_guessing_at_somebody_from_outside() {
    let server = TestServer::start().await;
    let (app, mut shelf) = (&server.app, Shelf::default());

    for day in 1..=90 {
        let dawn = start() + Duration::days(day);
        insist(
            app,
            &mut shelf,
            &login(1),
            dawn - Duration::days(1),
            Duration::days(1),
        );

        assert!(sign_in(app, &mut shelf, 1, &on_campus(), dawn), "day {day}");
    }
}

#[tokio::test]
async fn a_lecture_hall_signs_in_behind_one_address_after_everybodys_tries_were_spent_outside() {
    let server = TestServer::start().await;
    let (app, mut shelf) = (&server.app, Shelf::default());
    let people = 300;
    for number in 0..people {
        insist(app, &mut shelf, &login(number), start(), Duration::days(1));
    }

    let morning = start() + Duration::days(1);
    for number in 0..people {
        let now = morning + Duration::seconds(i64::from(number));
        let tried = Try::login(app, &login(number), &on_campus());
        let mistypes = number % 3 == 0;
        assert!(!mistypes || shelf.fail(&tried, now).is_ok(), "person {number}");
        assert!(shelf.succeed(&tried, now).is_ok(), "person {number}");
    }
}

#[tokio::test]
async fn s44_a_stranger_locks_nobody_out_for_longer_than_a_day_after_the_last_guess() {
    let server = TestServer::start().await;
    let (app, mut shelf) = (&server.app, Shelf::default());
    let owner = Try::login(app, &login(1), &at(HOME));
    let mut now = start();
    for _ in 0..360 {
        insist(app, &mut shelf, &login(1), now, Duration::hours(6));
        now += Duration::hours(6);
        if let Err(denied) = shelf.fail(&owner, now) {
            assert!(denied.wait.until - now <= Duration::days(1), "{denied:?}");
        }
    }

    let denied = shelf
        .fail(&owner, now)
        .expect_err("the stranger has only just stopped");

    assert_eq!(denied.whose, Whose::Person);
    assert_eq!(shelf.succeed(&owner, denied.wait.until), Ok(()));
    assert_eq!(shelf.succeed(&owner, denied.wait.until), Ok(()));
}

fn behind(server: &TestServer, address: &str) -> Browser {
    server.browser().with("x-forwarded-for", address)
}

#[tokio::test]
async fn s44_a_recovery_opens_the_browser_it_happened_in_while_a_stranger_spends_the_tries_of_the_login() {
    let server = TestServer::with()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .start()
        .await;
    for place in 0..25 {
        behind(&server, &format!("198.51.100.{place}"))
            .fail(CAMILLE)
            .await
            .assert_status(401);
        server.wait(Duration::minutes(30));
    }
    let owner = behind(&server, "203.0.113.7");
    owner.try_in(CAMILLE).await.assert_status(423);

    let noted = owner
        .recover(LOST, CODE, &own("la trottinette bleue de Paul"))
        .await;
    assert_eq!(noted.login, CAMILLE);
    let fields = [
        ("username", CAMILLE),
        ("password", "la trottinette bleue de Paul"),
    ];

    owner.fill("/login", &fields).await.assert_status(302);
    behind(&server, "203.0.113.8")
        .fill("/login", &fields)
        .await
        .assert_status(423);
}

#[tokio::test]
async fn s44_a_recovery_on_a_self_service_computer_leaves_it_unknown() {
    let server = TestServer::with()
        .set("throttle.public_computers", "127.0.0.0/8")
        .start()
        .await;
    let owner = server.browser();

    owner
        .recover(LOST, CODE, &own("la trottinette bleue de Paul"))
        .await;

    assert_eq!(owner.cookie("CASDEVICE"), None);
}
