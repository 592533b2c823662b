//! Sessions: opened, found, renewed, closed once.

use chrono::TimeDelta;
use vestibule::store::registry::CLOSING;
use vestibule::store::sessions::Session;

use super::{CAMILLE, EMILE, Kept, at, cookie, digest, presented, session, ticket};

fn a_session_is_found_by_its_cookie_and_by_its_ticket_as_it_was_opened(kept: &Kept) {
    let (one, two) = (session(1), session(2));
    let long = Session {
        account: EMILE.into(),
        long_term: true,
        public_computer: false,
        idle: TimeDelta::microseconds(86_400_000_001),
        expires_at: at(30 * 86_400),
        ..session(3)
    };
    let mut registry = kept.connect();
    registry.open(&one, &cookie(1)).unwrap();
    registry.open(&two, &cookie(2)).unwrap();
    registry.open(&long, &cookie(3)).unwrap();

    let mut another = kept.connect();
    let cookies = [cookie(3), cookie(9), cookie(1), digest(1)];
    let found = another.by_cookies(&cookies).unwrap();
    assert_eq!(found, [Some(long), None, Some(one), None]);
    let found = another.by_digests(&[digest(8), digest(2), cookie(2)]).unwrap();
    assert_eq!(found, [None, Some(two), None]);
    assert!(another.by_cookies(&[]).unwrap().is_empty());
}

fn t8_a_touch_restarts_the_idle_clock_of_an_open_session_and_makes_none(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();

    registry.touch(&digest(1), at(700)).unwrap();
    registry.touch(&digest(2), at(700)).unwrap();

    let touched = Session {
        used_at: at(700),
        ..session(1)
    };
    let found = registry.by_digests(&[digest(1), digest(2)]).unwrap();
    assert_eq!(found, [Some(touched), None]);
}

fn l9_a_renewed_session_opens_with_its_new_cookie_only(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let renewed = Session {
        epoch: 4,
        authenticated_at: at(60),
        used_at: at(60),
        idle: TimeDelta::minutes(5),
        expires_at: at(3600),
        public_computer: false,
        ..session(1)
    };

    assert!(registry.renew(&renewed, &cookie(7)).unwrap());

    let found = registry.by_cookies(&[cookie(1), cookie(7)]).unwrap();
    assert_eq!(found, [None, Some(renewed.clone())]);
    assert_eq!(registry.expired(at(3601), 10).unwrap(), [renewed]);
}

fn what_is_not_open_is_not_renewed(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.close(&digest(1), at(5)).unwrap().expect("it was open");

    assert!(!registry.renew(&session(1), &cookie(7)).unwrap());
    assert!(!registry.renew(&session(2), &cookie(8)).unwrap());

    let found = registry.by_cookies(&[cookie(1), cookie(7), cookie(8)]).unwrap();
    assert_eq!(found, [None, None, None]);
}

fn the_open_sessions_of_an_account_are_listed_newest_first(kept: &Kept) {
    let opened = |number, seconds| Session {
        opened_at: at(seconds),
        ..session(number)
    };
    let somebody_elses = Session {
        account: EMILE.into(),
        ..session(4)
    };
    let mut registry = kept.connect();
    for session in [
        opened(1, 20),
        opened(2, 30),
        opened(3, 10),
        somebody_elses,
        opened(5, 40),
    ] {
        let number = u16::from_be_bytes([session.digest[0], session.digest[1]]);
        registry.open(&session, &cookie(number)).unwrap();
    }
    registry.close(&digest(5), at(50)).unwrap();

    let found = registry.of_account(CAMILLE).unwrap();

    assert_eq!(found, [opened(2, 30), opened(1, 20), opened(3, 10)]);
    assert_eq!(registry.of_account("nobody").unwrap(), []);
    registry.forget(&[digest(5)]).unwrap();
    registry.close(&digest(2), at(60)).unwrap();
    registry.forget(&[digest(2)]).unwrap();
    assert_eq!(
        registry.of_account(CAMILLE).unwrap(),
        [opened(1, 20), opened(3, 10)]
    );
}

fn o1_whoever_closes_a_session_hears_once_whom_to_tell_and_it_opens_nothing(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.open(&session(2), &cookie(2)).unwrap();
    let late = ticket(1, &session(1));
    let early = ticket(2, &session(1));
    let others = ticket(3, &session(2));
    let unused = ticket(4, &session(1));
    registry
        .issue(&[late.clone(), early.clone(), others.clone(), unused.clone()])
        .unwrap();
    let mut first = presented(&late);
    first.at = at(4);
    registry
        .take(&[first, presented(&early), presented(&others)])
        .unwrap();

    let told = registry.close(&digest(1), at(100)).unwrap().expect("it was open");

    let told: Vec<_> = told
        .iter()
        .map(|ticket| {
            (
                ticket.service_key.as_str(),
                ticket.service.as_str(),
                ticket.handle.as_str(),
                ticket.at,
            )
        })
        .collect();
    let (first, second) = (presented(&early).handle, presented(&late).handle);
    assert_eq!(
        told,
        [
            ("mail", "https://mail.univ.example/?n=2", &*first, at(2)),
            ("mail", "https://mail.univ.example/?n=1", &*second, at(4)),
        ]
    );
    let mut another = kept.connect();
    assert!(another.close(&digest(1), at(100)).unwrap().is_none());
    assert!(another.close(&digest(9), at(100)).unwrap().is_none());
    assert_eq!(another.by_cookies(&[cookie(1)]).unwrap(), [None]);
    assert_eq!(another.by_digests(&[digest(1)]).unwrap(), [None]);
    assert!(
        another.by_digests(&[digest(2)]).unwrap()[0].is_some(),
        "the other"
    );
}

fn sessions_past_their_limit_are_expired_however_busy_they_are(kept: &Kept) {
    let mut registry = kept.connect();
    for number in 1..=40 {
        let session = Session {
            expires_at: at(i64::from(number) * 10),
            used_at: at(390),
            ..session(number)
        };
        registry.open(&session, &cookie(number)).unwrap();
    }

    let limits = |sessions: Vec<Session>| -> Vec<_> {
        let mut limits: Vec<_> = sessions.iter().map(|session| session.expires_at).collect();
        limits.sort();
        limits
    };
    let found = limits(registry.expired(at(30), 100).unwrap());
    assert_eq!(found, [at(10), at(20)], "not at the limit itself");
    let found = limits(registry.expired(at(400), 5).unwrap());
    assert_eq!(found, [at(10), at(20), at(30), at(40), at(50)]);
    for number in 1..=39 {
        registry.close(&digest(number), at(400)).unwrap().expect("open");
    }
    registry
        .forget(&(1..=39).map(digest).collect::<Vec<_>>())
        .unwrap();
    assert_eq!(registry.expired(at(400), 100).unwrap(), []);
    assert_eq!(registry.expired(at(401), 100).unwrap().len(), 1);
}

fn a_closing_that_nobody_finished_is_done_by_another_with_the_same_list(kept: &Kept) {
    let mut dies = kept.connect();
    dies.open(&session(1), &cookie(1)).unwrap();
    let issue = ticket(1, &session(1));
    dies.issue(std::slice::from_ref(&issue)).unwrap();
    dies.take(&[presented(&issue)]).unwrap();
    assert_eq!(
        dies.close(&digest(1), at(100)).unwrap().map(|told| told.len()),
        Some(1)
    );
    drop(dies);

    let mut finds = kept.connect();
    let almost = at(100) + CLOSING - TimeDelta::microseconds(1);
    assert_eq!(finds.expired(almost, 10).unwrap(), []);
    assert!(finds.close(&digest(1), almost).unwrap().is_none());
    let found = finds.expired(at(100) + CLOSING, 10).unwrap();
    assert_eq!(found, [session(1)]);
    let told = finds
        .close(&digest(1), at(100) + CLOSING)
        .unwrap()
        .expect("mine now");
    assert_eq!(told[0].handle, *presented(&issue).handle);
    // And so on, if that one dies too.
    assert_eq!(finds.expired(at(101) + CLOSING, 10).unwrap(), []);
    assert_eq!(finds.expired(at(100) + CLOSING * 2, 10).unwrap().len(), 1);

    finds.forget(&[digest(1)]).unwrap();
    assert_eq!(finds.expired(at(1_000_000), 10).unwrap(), []);
    assert!(finds.close(&digest(1), at(1_000_000)).unwrap().is_none());
}

fn a_session_that_is_being_closed_is_touched_and_listed_by_nobody(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.close(&digest(1), at(100)).unwrap().expect("it was open");

    registry.touch(&digest(1), at(101)).unwrap();

    assert_eq!(registry.of_account(CAMILLE).unwrap(), []);
    assert!(registry.validated(&digest(1)).unwrap().is_empty());
    let found = registry.expired(at(100) + CLOSING, 10).unwrap();
    assert_eq!(found, [session(1)]);
}

fn an_earlier_clock_changes_nothing_about_who_closes(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.close(&digest(1), at(100)).unwrap().expect("it was open");

    assert!(kept.connect().close(&digest(1), at(98)).unwrap().is_none());
}

on_every_place! {
    a_session_is_found_by_its_cookie_and_by_its_ticket_as_it_was_opened
    t8_a_touch_restarts_the_idle_clock_of_an_open_session_and_makes_none
    l9_a_renewed_session_opens_with_its_new_cookie_only
    what_is_not_open_is_not_renewed
    the_open_sessions_of_an_account_are_listed_newest_first
    o1_whoever_closes_a_session_hears_once_whom_to_tell_and_it_opens_nothing
    sessions_past_their_limit_are_expired_however_busy_they_are
    an_earlier_clock_changes_nothing_about_who_closes
}

beside_the_tables! {
    a_closing_that_nobody_finished_is_done_by_another_with_the_same_list
    a_session_that_is_being_closed_is_touched_and_listed_by_nobody
}
