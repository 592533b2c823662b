//! Whether a browser goes round in circles: a service that sends it back for a ticket as often as it is given one.

use chrono::{DateTime, Duration, Utc};

use super::failure::Cause;

/// How many tickets of one session for one service make a loop.
pub const TICKETS: usize = 5;

/// Within how long.
pub const WINDOW: Duration = Duration::seconds(10);

/// A ticket that a session was given for a service a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The service identifier.
    pub service: String,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was presented.
    pub presented_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    pub refused: Option<Cause>,
}

/// What most likely keeps a browser going round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likely {
    /// No ticket was presented: the service does not look for it, cuts it off, or cannot reach this server.
    NeverPresented,
    /// Every ticket was refused, for the same reason.
    Refused(Cause),
    /// Every ticket was accepted and the service asked again: it does not keep its own session.
    SessionNotKept,
    /// None of these alone.
    Unclear,
}

impl Likely {
    /// The cause in the operator's words.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NeverPresented => {
                "the service never presented the tickets: it does not look for them, cuts them off, or cannot reach \
                 this server"
            }
            Self::Refused(Cause::ServiceMismatch) => {
                "the service presents its tickets with another address than the one it signs in with"
            }
            Self::Refused(Cause::TicketExpired) => "the service presents its tickets too late",
            Self::Refused(Cause::NotFromNewLogin) => {
                "the service asks for renew at validation, but not when it sends people to sign in"
            }
            Self::Refused(_) => "every ticket was refused for the same reason",
            Self::SessionNotKept => {
                "the service accepts its tickets and keeps no session: its cookie is refused or lost (Secure over http, \
                 SameSite, a wrong path or domain), or its nodes share no sessions"
            }
            Self::Unclear => "no single cause",
        }
    }
}

/// Whether the browser that now asks for a ticket for `service` is in a loop, and why. `given` are the tickets of the
/// same session for the same registered service, newest first.
///
/// A service that keeps its session asks once. Five tabs that a browser opens again at once ask five times as well, but
/// for pages of their own, and none waits for another: each round of a loop begins after its ticket was presented, or
/// asks for the very same page.
pub fn looping(given: &[Given], service: &str, now: DateTime<Utc>) -> Option<Likely> {
    let rounds = given.get(..TICKETS)?;
    if rounds.iter().any(|round| round.issued_at + WINDOW <= now) {
        return None;
    }
    let mut next = (service, now);
    for round in rounds {
        let returned =
            round.presented_at.is_some_and(|presented| presented <= next.1) || round.service == next.0;
        if !returned {
            return None;
        }
        next = (&round.service, round.issued_at);
    }
    let first = &rounds[0];
    let alike = |same: fn(&Given, &Given) -> bool| rounds.iter().all(|round| same(round, first));
    Some(match (first.presented_at, first.refused) {
        _ if !alike(|a, b| {
            a.presented_at.is_some() == b.presented_at.is_some() && a.refused == b.refused
        }) =>
        {
            Likely::Unclear
        }
        (None, _) => Likely::NeverPresented,
        (Some(_), None) => Likely::SessionNotKept,
        (Some(_), Some(cause)) => Likely::Refused(cause),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_789_000_000_000 + millis).unwrap()
    }

    /// Five rounds of a second each, the newest first; the sixth begins at 5,000.
    fn rounds(change: impl Fn(usize, &mut Given)) -> Vec<Given> {
        (0..5)
            .rev()
            .map(|number| {
                let mut given = Given {
                    service: "https://mail.univ.example/".into(),
                    issued_at: at(i64::try_from(number).unwrap() * 1_000),
                    presented_at: Some(at(i64::try_from(number).unwrap() * 1_000 + 200)),
                    refused: None,
                };
                change(number, &mut given);
                given
            })
            .collect()
    }

    fn judged(given: &[Given]) -> Option<Likely> {
        looping(given, "https://mail.univ.example/", at(5_000))
    }

    #[test]
    fn five_rounds_in_ten_seconds_are_a_loop_and_four_are_not() {
        let given = rounds(|_, _| {});

        assert_eq!(judged(&given), Some(Likely::SessionNotKept));
        assert_eq!(judged(&given[..4]), None);
        assert_eq!(looping(&given, "https://mail.univ.example/", at(10_000)), None);
    }

    #[test]
    fn the_likely_cause_follows_from_what_became_of_the_tickets() {
        let unpresented = rounds(|_, given| given.presented_at = None);
        let mismatched = rounds(|_, given| given.refused = Some(Cause::ServiceMismatch));
        let mixed = rounds(|number, given| given.refused = (number == 2).then_some(Cause::TicketExpired));

        assert_eq!(judged(&unpresented), Some(Likely::NeverPresented));
        assert_eq!(judged(&mismatched), Some(Likely::Refused(Cause::ServiceMismatch)));
        assert_eq!(judged(&mixed), Some(Likely::Unclear));
    }

    #[test]
    fn tabs_that_open_together_are_no_loop() {
        let tabs = rounds(|number, given| {
            given.service = format!("https://mail.univ.example/folder/{number}");
            given.issued_at = at(4_900);
            given.presented_at = None;
        });

        assert_eq!(judged(&tabs), None);
    }

    #[test]
    fn a_service_that_marks_each_round_in_its_address_is_in_a_loop_all_the_same() {
        let marked =
            rounds(|number, given| given.service = format!("https://mail.univ.example/?try={number}"));

        assert_eq!(judged(&marked), Some(Likely::SessionNotKept));
    }
}
