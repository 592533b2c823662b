//! Tickets: issued, spent once, told of.

use vestibule::cas::ticket::{TicketDigest, Trace};
use vestibule::kernel::keyring::Digest;
use vestibule::store::hot::{Issue, Presented};
use vestibule::store::proxy_grants::{Grant, NewGrant};
use vestibule::store::registry::{Asked, Found, TicketRegistry};
use vestibule::store::stories::{Recent, Story, Watched};
use vestibule::store::tickets::{ConsumedTicket, Consumption};
use vestibule::store::{StoreError, tickets::Validated};

use super::{Kept, at, cookie, digest, presented, session, ticket};

/// What a take found, in a word.
pub(super) fn word(found: &Found) -> &'static str {
    match (&found.consumption, &found.session) {
        (Consumption::Fresh(_), Some(_)) => "fresh",
        (Consumption::Fresh(_), None) => "fresh, without a session",
        (Consumption::Spent, None) => "spent",
        (Consumption::Unknown, None) => "unknown",
        (_, Some(_)) => "a session without a ticket",
    }
}

fn take(registry: &mut dyn TicketRegistry, issue: &Issue) -> Found {
    let mut found = registry.take(&[presented(issue)]).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn handles(validated: &[Validated]) -> Vec<&str> {
    validated.iter().map(|ticket| ticket.handle.as_str()).collect()
}

fn t3_a_ticket_is_fresh_once_and_comes_back_as_it_was_issued(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let mut proxy = ticket(1, &session(1));
    proxy.ticket.kind = "PT";
    proxy.ticket.from_new_login = false;
    proxy.ticket.proxies = vec![
        "https://a.univ.example/cb?x=\"1\"".into(),
        "https://b.univ.example/é".into(),
    ];
    registry.issue(std::slice::from_ref(&proxy)).unwrap();

    let mut another = kept.connect();
    let found = take(&mut *another, &proxy);

    assert_eq!(found.session, Some(session(1)));
    let Consumption::Fresh(ConsumedTicket {
        session: of,
        kind,
        service_key,
        service,
        from_new_login,
        proxies,
        issued_at,
        expires_at,
    }) = found.consumption
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (of, kind.as_str(), service_key.as_str()),
        (digest(1), "PT", "mail")
    );
    assert_eq!(
        (service, from_new_login, proxies),
        (proxy.ticket.service.clone(), false, proxy.ticket.proxies.clone())
    );
    assert_eq!((issued_at, expires_at), (at(1), at(11)));
    assert_eq!(word(&take(&mut *registry, &proxy)), "spent");
    assert_eq!(word(&take(&mut *another, &proxy)), "spent");
}

fn t3_what_was_never_issued_is_unknown(kept: &Kept) {
    let mut registry = kept.connect();

    assert_eq!(word(&take(&mut *registry, &ticket(1, &session(1)))), "unknown");
    assert!(registry.take(&[]).unwrap().is_empty());
}

fn whatever_sign_ons_ask_at_one_moment_each_is_told_what_it_asked(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.open(&session(2), &cookie(2)).unwrap();
    let (first, second) = (ticket(1, &session(1)), ticket(2, &session(2)));
    let never = ticket(3, &session(1));

    let told = registry
        .answer(Asked {
            issues: &[first.clone(), second.clone()],
            presented: &[presented(&never), presented(&second), presented(&first)],
            cookies: &[cookie(2), cookie(9), cookie(1)],
        })
        .unwrap();

    let found = told
        .found
        .iter()
        .map(|found| (word(found), found.session.as_ref().map(|session| session.digest)));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            ("unknown", None),
            ("fresh", Some(digest(2))),
            ("fresh", Some(digest(1)))
        ]
    );
    let sessions = told.sessions.iter().map(|found| Some(found.as_ref()?.digest));
    assert_eq!(
        sessions.collect::<Vec<_>>(),
        [Some(digest(2)), None, Some(digest(1))]
    );
}

fn many_are_issued_and_taken_at_a_time_and_each_hears_of_its_own(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.open(&session(2), &cookie(2)).unwrap();
    let issues: Vec<Issue> = (0..200)
        .map(|number| ticket(number, &session(1 + number % 2)))
        .collect();
    registry.issue(&issues).unwrap();

    let mut asked: Vec<_> = issues.iter().map(presented).collect();
    asked.insert(7, presented(&ticket(900, &session(1))));
    let found = registry.take(&asked).unwrap();

    assert_eq!(word(&found[7]), "unknown");
    let fresh = found.iter().enumerate().filter(|(place, _)| *place != 7);
    for ((_, found), issue) in fresh.zip(&issues) {
        let Consumption::Fresh(ticket) = &found.consumption else {
            panic!("{found:?}")
        };
        assert_eq!(ticket.service, issue.ticket.service);
        let session = found.session.as_ref().map(|session| session.digest);
        assert_eq!(session, Some(issue.ticket.session));
    }
}

fn t3_one_that_is_presented_twice_at_once_is_fresh_once(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issue = ticket(1, &session(1));
    registry.issue(std::slice::from_ref(&issue)).unwrap();

    let found = registry
        .take(&[presented(&issue), presented(&issue), presented(&issue)])
        .unwrap();

    let mut words: Vec<_> = found.iter().map(word).collect();
    words.sort_unstable();
    assert_eq!(words, ["fresh", "spent", "spent"]);
}

fn a_service_is_told_of_the_end_only_where_its_ticket_is_presented_for_it(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issues: Vec<Issue> = (0..3).map(|number| ticket(number, &session(1))).collect();
    registry.issue(&issues).unwrap();
    let [its_own, otherwise, another] = [0, 1, 2].map(|number| presented(&issues[number]));
    let otherwise = Presented {
        service: "https://MAIL.univ.example:443/?n=1".into(),
        ..otherwise
    };
    let another = Presented {
        service: "https://thief.example/".into(),
        ..another
    };

    let found = registry
        .take(&[its_own.clone(), otherwise.clone(), another])
        .unwrap();

    assert!(found.iter().all(|found| word(found) == "fresh"));
    let told = registry.close(&digest(1), at(60)).unwrap().expect("it was open");
    let mut told = handles(&told);
    told.sort_unstable();
    assert_eq!(told, [&*its_own.handle, &*otherwise.handle]);
}

fn t6_a_ticket_is_worth_nothing_once_its_session_has_ended(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issue = ticket(1, &session(1));
    let later = ticket(2, &session(1));
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    registry.close(&digest(1), at(2)).unwrap().expect("it was open");
    registry.issue(std::slice::from_ref(&later)).unwrap();

    let found = take(&mut *registry, &issue);

    assert_eq!(word(&found), "fresh, without a session");
    registry.forget(&[digest(1)]).unwrap();
    assert_eq!(word(&take(&mut *registry, &later)), "fresh, without a session");
    assert_eq!(registry.by_digests(&[digest(1)]).unwrap(), [None]);
}

fn a_refused_ticket_is_told_nothing_until_the_refusal_is_taken_back(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let (first, second) = (ticket(1, &session(1)), ticket(2, &session(1)));
    registry.issue(&[first.clone(), second.clone()]).unwrap();
    let mut later = presented(&second);
    later.at = at(9);
    registry.take(&[presented(&first), later]).unwrap();

    registry
        .refuse(&first.ticket.digest, "callback_failed", None)
        .unwrap();
    let told = registry.validated(&digest(1)).unwrap();
    assert_eq!(handles(&told), [&*presented(&second).handle]);
    registry
        .accept(&first.ticket.digest, &presented(&first).handle)
        .unwrap();

    let told = registry.validated(&digest(1)).unwrap();
    let (first_handle, second_handle) = (presented(&first).handle, presented(&second).handle);
    let both = [&*first_handle, &*second_handle];
    assert_eq!(handles(&told), both);
    assert_eq!(
        (told[0].at, told[0].service_key.as_str(), told[0].service.as_str()),
        (at(2), "mail", first.ticket.service.as_str())
    );
    let closed = registry.close(&digest(1), at(20)).unwrap().expect("it was open");
    assert_eq!(handles(&closed), both);
}

fn t6_a_refusal_is_not_taken_back_once_the_session_has_ended(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issue = ticket(1, &session(1));
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    take(&mut *registry, &issue);
    registry
        .refuse(&issue.ticket.digest, "callback_failed", None)
        .unwrap();
    registry.close(&digest(1), at(20)).unwrap().expect("it was open");

    let accepted = registry.accept(&issue.ticket.digest, &presented(&issue).handle);

    assert!(matches!(accepted, Err(StoreError::Refused(_))), "{accepted:?}");
    let unknown = registry.accept(&digest(77), "ST-1");
    assert!(matches!(unknown, Err(StoreError::Refused(_))), "{unknown:?}");
}

fn t6_a_ticket_can_be_presented_in_its_time_until_it_was(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issue = ticket(1, &session(1));
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    let mut asked = |seconds| registry.unspent(&issue.ticket.digest, at(seconds)).unwrap();

    assert_eq!(asked(0), None);
    assert_eq!(asked(1), Some(digest(1)));
    assert_eq!(asked(10), Some(digest(1)), "asking spends nothing");
    assert_eq!(asked(11), None);
    assert_eq!(registry.unspent(&digest(8), at(1)).unwrap(), None);
    take(&mut *registry, &issue);
    assert_eq!(registry.unspent(&issue.ticket.digest, at(5)).unwrap(), None);
}

fn t8_a_ticket_restarts_the_idle_clock_if_it_says_so(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.open(&session(2), &cookie(2)).unwrap();
    let mut of_a_browser = ticket(1, &session(1));
    of_a_browser.touches = true;

    registry.issue(&[of_a_browser, ticket(2, &session(2))]).unwrap();

    let found = registry.by_digests(&[digest(1), digest(2)]).unwrap();
    let used: Vec<_> = found.into_iter().flatten().map(|found| found.used_at).collect();
    assert_eq!(used, [at(1), at(0)]);
}

fn the_last_tickets_for_a_service_are_listed_newest_first(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    registry.open(&session(2), &cookie(2)).unwrap();
    let given = |number, seconds| {
        let mut issue = ticket(number, &session(1));
        issue.ticket.issued_at = at(seconds);
        issue
    };
    // Nodes do not write in the order in which they looked at their clocks.
    let all = [
        given(1, 10),
        given(2, 12),
        given(3, 11),
        given(4, 14),
        given(5, 13),
    ];
    registry.issue(&all).unwrap();
    let mut elsewhere = given(6, 15);
    elsewhere.ticket.service_key = "library".into();
    registry.issue(&[elsewhere]).unwrap();
    let mut third = presented(&all[3]);
    third.at = at(15);
    registry.take(&[third]).unwrap();
    registry
        .refuse(&all[3].ticket.digest, "wrong_service", None)
        .unwrap();

    let watched = |since, limit| Watched {
        service_key: "mail".into(),
        since: at(since),
        limit,
    };
    let nobody = (digest(2), watched(0, 3));
    let found = registry
        .recent(&[nobody, (digest(1), watched(11, 3)), (digest(1), watched(0, 5))])
        .unwrap();

    let as_told = |issue: &Issue| Recent {
        digest: issue.ticket.digest.to_vec(),
        service: issue.ticket.service.clone(),
        issued_at: issue.ticket.issued_at,
        presented_at: (issue.ticket.issued_at == at(14)).then_some(at(15)),
        refused: (issue.ticket.issued_at == at(14)).then(|| "wrong_service".to_owned()),
    };
    let [fourth, fifth, second] = [3, 4, 1].map(|place: usize| as_told(&all[place]));
    assert_eq!(found[0], []);
    assert_eq!(found[1], [fourth.clone(), fifth.clone(), second.clone()]);
    let all = [fourth, fifth, second, as_told(&all[2]), as_told(&all[0])];
    assert_eq!(found[2], all);
    let since = registry.recent(&[(digest(1), watched(13, 3))]).unwrap();
    assert!(matches!(since[0].len(), 0 | 2), "too few for a loop: {since:?}");
}

/// The ticket whose digest begins with `trace`.
fn traced(trace: [u8; 7], last: u8) -> Issue {
    let mut issue = ticket(1, &session(1));
    issue.ticket.digest = [last; 32];
    issue.ticket.digest[..7].copy_from_slice(&trace);
    issue
}

fn trace_of(digest: Digest) -> Trace {
    TicketDigest::from_bytes(digest).trace()
}

fn the_stories_under_a_trace_are_told_whole(kept: &Kept) {
    let trace = [0x01, 0x9a, 0xb3, 0xc2, 0xd4, 0xe5, 0x3b];
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let (one, mut two) = (traced(trace, 0x11), traced(trace, 0x22));
    two.ticket.session = digest(404);
    two.ticket.asked_from = None;
    let mut next = trace;
    next[6] += 1;
    let other = traced(next, 0x33);
    registry.issue(&[one.clone(), two.clone(), other]).unwrap();
    registry.take(&[presented(&one)]).unwrap();
    registry
        .refuse(
            &one.ticket.digest,
            "wrong_service",
            Some("https://other.univ.example/"),
        )
        .unwrap();
    registry
        .replayed(&one.ticket.digest, Some("203.0.113.1"), at(5))
        .unwrap();
    registry.replayed(&one.ticket.digest, None, at(6)).unwrap();
    registry.replayed(&digest(99), None, at(6)).unwrap();

    let mut told = registry.by_trace(trace_of(one.ticket.digest)).unwrap();

    told.sort_by_key(|(story, _)| std::cmp::Reverse(story.replays));
    let spent = Story {
        session: digest(1).to_vec(),
        kind: "ST".into(),
        service_key: "mail".into(),
        service: one.ticket.service.clone(),
        from_new_login: true,
        issued_at: at(1).timestamp_micros(),
        expires_at: at(11).timestamp_micros(),
        consumed_at: Some(at(2).timestamp_micros()),
        asked_from: Some("192.0.2.1".into()),
        presented_from: Some("198.51.100.7".into()),
        presented_as: Some("https://other.univ.example/".into()),
        refused: Some("wrong_service".into()),
        replays: 2,
        replayed_at: Some(at(6).timestamp_micros()),
        replayed_from: None,
    };
    let unused = Story {
        session: digest(404).to_vec(),
        consumed_at: None,
        asked_from: None,
        presented_from: None,
        presented_as: None,
        refused: None,
        replays: 0,
        replayed_at: None,
        ..spent.clone()
    };
    assert_eq!(told, [(spent, true), (unused, false)]);
    let unknown = registry.by_trace(trace_of(digest(9))).unwrap();
    assert!(unknown.is_empty(), "{unknown:?}");
    registry.close(&digest(1), at(7)).unwrap();
    let told = registry.by_trace(trace_of(one.ticket.digest)).unwrap();
    assert!(told.iter().all(|(_, live)| !live), "{told:?}");
}

fn t7_a_ticket_brings_one_proxy_granting_ticket_while_its_session_lives(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let issue = ticket(1, &session(1));
    registry.issue(&[issue.clone(), ticket(2, &session(1))]).unwrap();
    let grant = |number, ticket: u16| NewGrant {
        digest: digest(number),
        session: digest(1),
        ticket: digest(2000 + ticket),
        service_key: "portal".into(),
        proxies: vec!["https://portal.univ.example/cb".into(), "https://b/".into()],
        issued_at: at(3),
    };
    registry.grant(&grant(501, 1)).unwrap();

    let second = registry.grant(&grant(502, 1));
    assert!(matches!(second, Err(StoreError::Conflict(_))), "{second:?}");
    let mut another = kept.connect();
    let kept_grant = Grant {
        session: digest(1),
        service_key: "portal".into(),
        proxies: grant(501, 1).proxies,
    };
    assert_eq!(another.granted(&digest(501)).unwrap(), Some(kept_grant));
    assert_eq!(another.granted(&digest(502)).unwrap(), None);
    another.close(&digest(1), at(9)).unwrap().expect("it was open");
    another.forget(&[digest(1)]).unwrap();
    let late = another.grant(&grant(503, 2));
    assert!(matches!(late, Err(StoreError::Refused(_))), "{late:?}");
    assert_eq!(another.granted(&digest(503)).unwrap(), None);
}

fn times_out_of_order_are_kept_as_they_were_given(kept: &Kept) {
    let mut registry = kept.connect();
    registry.open(&session(1), &cookie(1)).unwrap();
    let mut issue = ticket(1, &session(1));
    issue.ticket.issued_at = at(-500_000);
    issue.ticket.expires_at = at(-600_000);
    issue.touches = true;
    registry.issue(std::slice::from_ref(&issue)).unwrap();
    let mut early = presented(&issue);
    early.at = at(-700_000);

    let found = registry.take(&[early]).unwrap().remove(0);

    let Consumption::Fresh(ticket) = &found.consumption else {
        panic!("{found:?}")
    };
    assert_eq!(
        (ticket.issued_at, ticket.expires_at),
        (at(-500_000), at(-600_000))
    );
    let session = found.session.expect("it is open");
    assert_eq!(session.used_at, at(-500_000));
    assert_eq!(registry.validated(&digest(1)).unwrap()[0].at, at(-700_000));
}

on_every_place! {
    a_service_is_told_of_the_end_only_where_its_ticket_is_presented_for_it
    t3_a_ticket_is_fresh_once_and_comes_back_as_it_was_issued
    t3_what_was_never_issued_is_unknown
    whatever_sign_ons_ask_at_one_moment_each_is_told_what_it_asked
    many_are_issued_and_taken_at_a_time_and_each_hears_of_its_own
    t3_one_that_is_presented_twice_at_once_is_fresh_once
    t6_a_ticket_is_worth_nothing_once_its_session_has_ended
    a_refused_ticket_is_told_nothing_until_the_refusal_is_taken_back
    t6_a_ticket_can_be_presented_in_its_time_until_it_was
    t8_a_ticket_restarts_the_idle_clock_if_it_says_so
    the_last_tickets_for_a_service_are_listed_newest_first
    the_stories_under_a_trace_are_told_whole
    t7_a_ticket_brings_one_proxy_granting_ticket_while_its_session_lives
    times_out_of_order_are_kept_as_they_were_given
}

beside_the_tables! {
    t6_a_refusal_is_not_taken_back_once_the_session_has_ended
}
