//! The tables of what each state of an account opens.

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_789_000_000, 0).unwrap()
}

fn leaving(days: i64) -> Standing {
    Standing::Leaving {
        until: now() + Duration::days(days),
    }
}

fn with(kind: PasswordKind, hours_old: i64) -> Password {
    Password {
        kind,
        since: now() - Duration::hours(hours_old),
        must_change: false,
    }
}

#[test]
fn the_login_column_of_the_table_holds() {
    let closing = leaving(9).until();
    for (standing, expected) in [
        (Standing::Pending, Admission::Unknown),
        (Standing::Active, Admission::Admitted { closing: None }),
        (leaving(9), Admission::Admitted { closing }),
        (leaving(0), Admission::Disabled),
        (Standing::Suspended, Admission::Disabled),
        (Standing::Closed, Admission::Disabled),
    ] {
        for kind in [PasswordKind::Chosen, PasswordKind::Generated] {
            assert_eq!(
                admission(standing, &with(kind, 99), now()),
                expected,
                "{standing:?}"
            );
        }
    }
}

#[test]
fn a_temporary_password_opens_only_its_own_change_and_for_three_days() {
    let temporary = |hours| with(PasswordKind::Temporary, hours);

    assert_eq!(
        admission(Standing::Active, &temporary(71), now()),
        Admission::MustChange
    );
    assert_eq!(
        admission(Standing::Active, &temporary(72), now()),
        Admission::Unknown
    );
    assert_eq!(
        admission(Standing::Suspended, &temporary(1), now()),
        Admission::Disabled
    );
}

#[test]
fn a_password_marked_as_known_to_others_must_change() {
    let marked = Password {
        must_change: true,
        ..with(PasswordKind::Chosen, 1)
    };

    assert_eq!(admission(leaving(3), &marked, now()), Admission::MustChange);
    assert_eq!(admission(Standing::Closed, &marked, now()), Admission::Disabled);
}

#[test]
fn the_activation_column_of_the_table_holds() {
    for (standing, expected) in [
        (Standing::Pending, Activation::Confirm),
        (Standing::Active, Activation::AlreadyActive),
        (leaving(9), Activation::AlreadyActive),
        (leaving(0), Activation::NoMatch),
        (Standing::Suspended, Activation::NoMatch),
        (Standing::Closed, Activation::NoMatch),
    ] {
        let account = Some((Kind::Student, standing));
        assert_eq!(activation(account, Match::Yes, now()), expected, "{standing:?}");
        assert_eq!(
            activation(account, Match::No, now()),
            Activation::NoMatch,
            "{standing:?}"
        );
    }
    assert_eq!(activation(None, Match::Yes, now()), Activation::NoMatch);
    assert_eq!(
        activation(Some((Kind::Guest, Standing::Pending)), Match::Yes, now()),
        Activation::NoMatch
    );
    assert_eq!(
        activation(Some((Kind::Staff, Standing::Pending)), Match::Yes, now()),
        Activation::Confirm
    );
}

#[test]
fn the_recovery_column_of_the_table_holds() {
    let none = Recovery::NoMatch;
    let all = [Recovery::Granted, Recovery::ExpiredCode, Recovery::UsedCode, none];
    for (account, expected) in [
        (None, [none; 4]),
        (Some(Standing::Pending), [Recovery::Inactive, none, none, none]),
        (Some(Standing::Active), all),
        (Some(leaving(9)), all),
        (Some(leaving(0)), [none; 4]),
        (Some(Standing::Suspended), [none; 4]),
        (Some(Standing::Closed), [none; 4]),
    ] {
        let proofs = [Proof::Right, Proof::ExpiredCode, Proof::UsedCode, Proof::Wrong];
        assert_eq!(
            proofs.map(|proof| recovery(account, proof, now())),
            expected,
            "{account:?}"
        );
    }
}

#[test]
fn a_date_is_not_enough_for_staff_nor_in_doubt() {
    use CodePolicy::{Adaptive, Always, Never};

    for policy in [Adaptive, Always, Never] {
        assert!(asks_code(policy, Kind::Staff, &[]));
        for doubt in [Doubt::PartialDate, Doubt::Reopened, Doubt::OverLimit] {
            assert!(asks_code(policy, Kind::Student, &[doubt]), "{policy:?} {doubt:?}");
        }
    }
    assert_eq!(
        [Adaptive, Always, Never].map(|policy| asks_code(policy, Kind::Student, &[])),
        [false, true, false]
    );
    assert_eq!(
        [Adaptive, Always, Never].map(|policy| asks_code(policy, Kind::Student, &[Doubt::Tide])),
        [true, true, false]
    );
}

#[test]
fn the_activation_window_opens_a_day_late_and_closes() {
    let at = |hours| {
        window(
            now(),
            Duration::hours(24),
            Duration::days(120),
            now() + Duration::hours(hours),
        )
    };

    assert_eq!(
        [at(0), at(23), at(24), at(24 * 121 - 1), at(24 * 121)],
        [
            Window::NotYet,
            Window::NotYet,
            Window::Open,
            Window::Open,
            Window::Closed
        ]
    );
}

#[test]
fn an_academic_year_begins_in_august() {
    let year = |month, day| academic_year(NaiveDate::from_ymd_opt(2026, month, day).unwrap());

    assert_eq!(
        [year(1, 1), year(7, 31), year(8, 1), year(12, 31)],
        [2025, 2025, 2026, 2026]
    );
}

#[test]
fn rights_that_have_ended_close_whatever_is_stored_but_a_suspension() {
    let words = ["pending", "active", "leaving", "suspended", "closed"];
    let read = |end: DateTime<Utc>| words.map(|word| Standing::read(word, Some(end), now()).unwrap());
    let closed = Standing::Closed;

    let suspended = Standing::Suspended;
    assert_eq!(read(now()), [closed, closed, closed, suspended, closed]);
    assert_eq!(
        read(now() + Duration::days(1)),
        [Standing::Pending, Standing::Active, leaving(1), suspended, closed]
    );
    assert_eq!(Standing::read("active", None, now()), Some(Standing::Active));
    assert_eq!(Standing::read("on_the_moon", None, now()), None);
}

#[test]
fn stored_words_are_read_again() {
    for standing in [
        Standing::Pending,
        Standing::Active,
        leaving(3),
        Standing::Suspended,
        Standing::Closed,
    ] {
        assert_eq!(
            Standing::parse(standing.as_str(), standing.until()),
            Some(standing)
        );
    }
    assert_eq!(Standing::parse("leaving", None), Some(Standing::Closed));
    assert_eq!(Standing::parse("Active", None), None);
    for kind in [Kind::Student, Kind::Staff, Kind::Guest] {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
    }
    for kind in [
        PasswordKind::Chosen,
        PasswordKind::Generated,
        PasswordKind::Temporary,
    ] {
        assert_eq!(PasswordKind::parse(kind.as_str()), Some(kind));
    }
}
