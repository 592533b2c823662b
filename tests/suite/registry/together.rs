//! Sixteen at once, each on a connection of its own.

use std::sync::Barrier;
use std::time::Duration;

use vestibule::store::proxy_grants::NewGrant;
use vestibule::store::registry::TicketRegistry;

use super::tickets::word;
use super::{Kept, at, cookie, digest, presented, session, ticket};

const MANY: usize = 16;

/// Has sixteen do `act` at one moment, `rounds` times over; answers what came of each round.
fn at_once<T: Send>(
    kept: &Kept,
    rounds: u16,
    act: impl Fn(&mut dyn TicketRegistry, u16, usize) -> T + Sync,
) -> Vec<Vec<T>> {
    let start = Barrier::new(MANY);
    let one = |number: usize| {
        let mut registry = kept.connect();
        let mut did = Vec::new();
        for round in 0..rounds {
            start.wait();
            did.push(act(&mut *registry, round, number));
        }
        did
    };
    let mut each: Vec<_> = std::thread::scope(|scope| {
        let one = &one;
        let all: Vec<_> = (0..MANY).map(|number| scope.spawn(move || one(number))).collect();
        all.into_iter()
            .map(|thread| thread.join().expect("no panic").into_iter())
            .collect()
    });
    (0..rounds)
        .map(|_| each.iter_mut().filter_map(Iterator::next).collect())
        .collect()
}

fn t3_sixteen_present_a_ticket_at_once_and_one_finds_it_fresh(kept: &Kept) {
    let rounds = 12;
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issues: Vec<_> = (0..rounds).map(|round| ticket(round, &session(1))).collect();
    registry.issue(&issues).unwrap();

    let found = at_once(kept, rounds, |registry, round, _| {
        let mut found = registry.take(&[presented(&issues[usize::from(round)])]).unwrap();
        word(&found.remove(0))
    });

    for mut words in found {
        words.sort_unstable();
        assert_eq!(words[0], "fresh");
        assert!(words[1..].iter().all(|word| *word == "spent"), "{words:?}");
    }
    assert_eq!(registry.validated(&digest(1)).unwrap().len(), usize::from(rounds));
}

fn sixteen_close_a_session_at_once_and_one_tells_its_services(kept: &Kept) {
    let rounds = 8;
    let mut registry = kept.connect();
    for round in 0..rounds {
        registry.open(&session(round), &cookie(round)).unwrap();
        let issue = ticket(round, &session(round));
        registry.issue(std::slice::from_ref(&issue)).unwrap();
        registry.take(&[presented(&issue)]).unwrap();
    }

    let closed = at_once(kept, rounds, |registry, round, _| {
        registry
            .close(&digest(round), at(60))
            .unwrap()
            .map(|told| told.len())
    });

    for told in closed {
        let told: Vec<_> = told.into_iter().flatten().collect();
        assert_eq!(told, [1]);
    }
}

fn t6_a_service_whose_ticket_is_taken_while_the_session_closes_is_told_or_refused(kept: &Kept) {
    let rounds = 60;
    let mut registry = kept.connect();
    let mut issues = Vec::new();
    for round in 0..rounds {
        registry.open(&session(round), &cookie(round)).unwrap();
        issues.push([0, 1].map(|number| ticket(2 * round + number, &session(round))));
        registry.issue(&issues[usize::from(round)]).unwrap();
    }

    let ended = at_once(kept, rounds, |registry, round, number| {
        let of_round = &issues[usize::from(round)];
        match number {
            0 | 1 => {
                let mut found = registry.take(&[presented(&of_round[number])]).unwrap();
                let accepted = found.remove(0).session.is_some();
                accepted.then(|| vec![presented(&of_round[number]).handle.to_string()])
            }
            15 => {
                let told = registry.close(&digest(round), at(60)).unwrap();
                let told = told.expect("nobody else closes it");
                Some(told.into_iter().map(|ticket| ticket.handle).collect())
            }
            _ => None,
        }
    });

    for mut of_round in ended {
        let mut told = of_round.pop().flatten().expect("the last closed it");
        told.sort_unstable();
        let mut accepted: Vec<_> = of_round.into_iter().flatten().flatten().collect();
        accepted.sort_unstable();
        assert_eq!(accepted, told);
    }
}

fn t7_sixteen_grants_for_one_ticket_leave_one(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.issue(&[ticket(1, &session(1))]).unwrap();
    let number = |number: usize| 500 + u16::try_from(number).expect("small");

    let granted = at_once(kept, 1, |registry, _, place| {
        let grant = NewGrant {
            digest: digest(number(place)),
            session: digest(1),
            ticket: digest(2001),
            service_key: "portal".into(),
            proxies: vec!["https://portal.univ.example/cb".into()],
            issued_at: at(3),
        };
        registry.grant(&grant).is_ok()
    });

    for (place, granted) in granted[0].iter().enumerate() {
        let found = registry.granted(&digest(number(place))).unwrap();
        assert_eq!(found.is_some(), *granted);
    }
    assert_eq!(granted[0].iter().filter(|granted| **granted).count(), 1);
}

fn s42_sixteen_count_a_try_at_once_and_none_is_lost(kept: &Kept) {
    let kept_for = Duration::from_secs(3600);

    at_once(kept, 4, |registry, _, _| {
        loop {
            let before = registry.ledger(&digest(1)).unwrap();
            let count: u32 = before
                .as_deref()
                .map_or(0, |text| text.parse().expect("a number"));
            let after = (count + 1).to_string();
            if registry
                .replace_ledger(&digest(1), before.as_deref(), &after, kept_for)
                .unwrap()
            {
                break;
            }
        }
    });

    let counted = kept.connect().ledger(&digest(1)).unwrap();
    assert_eq!(counted.as_deref(), Some("64"));
}

on_every_place! {
    t3_sixteen_present_a_ticket_at_once_and_one_finds_it_fresh
    sixteen_close_a_session_at_once_and_one_tells_its_services
    t6_a_service_whose_ticket_is_taken_while_the_session_closes_is_told_or_refused
    t7_sixteen_grants_for_one_ticket_leave_one
    s42_sixteen_count_a_try_at_once_and_none_is_lost
}
