use proptest::prelude::*;

use super::*;

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_789_000_000_000 + millis).unwrap()
}

fn issued() -> Story {
    Story {
        kind: TicketKind::Service,
        service_key: "mail".into(),
        issued_for: "https://mail.univ.example/login?next=secret".into(),
        from_new_login: false,
        asked_from: Some("10.1.2.3".into()),
        issued_at: at(0),
        expires_at: at(30_000),
        session_open: true,
        presented: None,
        replays: None,
    }
}

fn refused(after: i64, presented_as: Option<&str>, cause: Cause) -> Story {
    Story {
        presented: Some(Presentation {
            at: at(after),
            from: Some("10.0.3.4".into()),
            presented_as: presented_as.map(str::to_owned),
            refused: Some(cause),
        }),
        ..issued()
    }
}

/// The marked line, without the mark.
fn marked(story: &Story) -> String {
    let text = story.tell();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with(MARK)).collect();
    assert_eq!(lines.len(), 1, "{text}");
    lines[0]
        .trim_start_matches(MARK)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_first_difference_between_two_addresses_is_marked() {
    let cases = [
        (
            "http://mail.univ.example/login?next=x",
            "compared scheme https ≠ http",
        ),
        (
            "https://mail.univ.example/login/?next=secret",
            "compared path /login ≠ /login/",
        ),
        (
            "https://mail.univ.example:8443/login?next=secret",
            "compared port 443 ≠ 8443",
        ),
        (
            "https://courses.univ.example/login",
            "compared host mail.univ.example ≠ courses.univ.example",
        ),
        (
            "https://mail.univ.example/login",
            "compared query present ≠ absent",
        ),
        (
            "https://mail.univ.example/login?next=other",
            "compared query parameter 1 next=… ≠ parameter 1 next=…",
        ),
        (
            "https://mail.univ.example/login?secret",
            "compared query parameter 1 next=… ≠ parameter 1 …",
        ),
    ];
    for (presented_as, expected) in cases {
        let story = refused(400, Some(presented_as), Cause::ServiceMismatch);
        assert_eq!(marked(&story), expected);
    }
}

#[test]
fn a_late_ticket_is_told_its_age_and_its_limit() {
    let story = refused(41_000, None, Cause::TicketExpired);

    assert_eq!(marked(&story), "compared presented after 41 s, limit 30 s");
}

#[test]
fn a_replay_is_told_who_was_first_and_how_long_before() {
    let story = Story {
        presented: Some(Presentation {
            at: at(300),
            from: Some("10.0.3.4".into()),
            presented_as: None,
            refused: None,
        }),
        replays: Some(Replays {
            count: 2,
            last_at: at(1_500),
            last_from: Some("10.9.9.9".into()),
        }),
        ..issued()
    };

    assert_eq!(marked(&story), "compared already used 1.2 s earlier by 10.0.3.4");
    assert!(
        story.tell().contains("2 times, the last time by 10.9.9.9"),
        "{}",
        story.tell()
    );
}

#[test]
fn a_ticket_that_nobody_presented_says_so() {
    assert!(marked(&issued()).starts_with("presented never: the service did not take it"));
}

#[test]
fn every_cause_has_a_reason_of_its_own() {
    // A presentation that finds no unspent ticket is never the first one.
    let first = |cause: &Cause| !matches!(cause, Cause::TicketUnknown | Cause::TicketSpent);
    let mut seen = std::collections::HashSet::new();
    for cause in crate::cas::failure::EVERY_CAUSE.into_iter().filter(first) {
        let story = refused(400, Some("https://other.univ.example/"), cause);
        assert!(seen.insert(marked(&story)), "{cause:?}");
    }
}

#[test]
fn an_address_is_told_without_what_may_be_secret_in_it() {
    let story = Story {
        issued_for: "https://a.example/x;jsessionid=TOP?token=SECRET&KEY&#FRAGMENT".into(),
        ..issued()
    };

    let text = story.tell();

    assert!(
        text.contains("https://a.example/x;jsessionid=…?token=…&…&\n"),
        "{text}"
    );
}

proptest! {
    #[test]
    fn no_story_breaks_a_line_or_panics(issued_for in ".{0,60}", presented_as in ".{0,60}", after in -100_000i64..100_000) {
        let story = Story { issued_for, ..refused(after, Some(&presented_as), Cause::ServiceMismatch) };
        prop_assert_eq!(story.tell().lines().count(), 5);
    }
}
