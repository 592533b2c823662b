//! Tests of `cas::judge`.

use super::*;
use crate::cas::failure::FailureCode;
use crate::cas::request::Format;

fn now() -> DateTime<Utc> {
    "2026-01-05T09:30:10Z".parse().unwrap()
}

fn ticket() -> IssuedTicket {
    IssuedTicket {
        kind: TicketKind::Service,
        service: "https://a/x".to_owned(),
        from_new_login: true,
        issued_at: now() - Duration::seconds(5),
        expires_at: now() + Duration::seconds(25),
        proxies: Vec::new(),
        session_live: true,
    }
}

fn request(service: &str, renew: bool) -> ValidateRequest {
    ValidateRequest {
        service: service.to_owned(),
        ticket: "ST-1".into(),
        renew,
        pgt_url: None,
        format: Format::Xml,
    }
}

/// The verdict at an address, with everything else in order.
fn verdict(
    ticket: IssuedTicket,
    service: &str,
    permitted: bool,
    accepts: Accepts,
    renew: bool,
) -> Option<Cause> {
    judge(
        Taken::Fresh(ticket),
        &request(service, renew),
        accepts,
        |_| permitted,
        now(),
    )
    .err()
    .map(|failure| failure.cause())
}

#[test]
fn a_good_ticket_passes_as_it_was_issued() {
    let verdict = judge(
        Taken::Fresh(ticket()),
        &request("https://A:443/x", true),
        Accepts::ServiceTickets,
        |_| true,
        now(),
    );

    assert_eq!(verdict, Ok(ticket()));
}

#[test]
fn t3_t4_a_spent_or_unknown_ticket_is_invalid_and_asks_nothing_more() {
    for (taken, cause) in [
        (Taken::Spent, Cause::TicketSpent),
        (Taken::Unknown, Cause::TicketUnknown),
    ] {
        let verdict = judge(
            taken,
            &request("https://a/x", false),
            Accepts::ServiceAndProxyTickets,
            |_| panic!("there is no ticket to ask about"),
            now(),
        );
        assert_eq!(
            verdict.map_err(|failure| (failure.code(), failure.cause())),
            Err((FailureCode::InvalidTicket, cause))
        );
    }
}

#[test]
fn t4_a_ticket_is_good_until_its_expiry_and_not_at_it() {
    let at = |seconds| {
        let mut ticket = ticket();
        ticket.expires_at = now() + Duration::seconds(seconds);
        verdict(ticket, "https://a/x", true, Accepts::ServiceTickets, false)
    };

    assert_eq!(at(1), None);
    assert_eq!(at(0), Some(Cause::TicketExpired));
    assert_eq!(at(-1), Some(Cause::TicketExpired));
}

#[test]
fn a_clock_that_is_turned_back_revives_no_ticket() {
    let issued = |seconds| {
        let mut ticket = ticket();
        ticket.issued_at = now() + Duration::seconds(seconds);
        ticket.expires_at = ticket.issued_at + Duration::seconds(30);
        verdict(ticket, "https://a/x", true, Accepts::ServiceTickets, false)
    };

    assert_eq!(issued(10), None);
    assert_eq!(issued(11), Some(Cause::TicketExpired));
}

#[test]
fn t6_the_tickets_of_an_ended_session_are_dead() {
    let mut ticket = ticket();
    ticket.session_live = false;

    assert_eq!(
        verdict(ticket, "https://a/x", true, Accepts::ServiceTickets, false),
        Some(Cause::SessionEnded)
    );
}

#[test]
fn v1_of_several_faults_the_earliest_in_the_protocols_order_is_named() {
    let mut worst = ticket();
    worst.kind = TicketKind::Proxy;
    worst.from_new_login = false;
    worst.expires_at = now();
    let mut faults = Vec::new();

    // All at once, then one repaired after the other.
    faults.push(verdict(
        worst.clone(),
        "https://b/",
        false,
        Accepts::ServiceTickets,
        true,
    ));
    worst.expires_at = now() + Duration::seconds(1);
    faults.push(verdict(
        worst.clone(),
        "https://b/",
        false,
        Accepts::ServiceTickets,
        true,
    ));
    faults.push(verdict(
        worst.clone(),
        "https://a/x",
        false,
        Accepts::ServiceTickets,
        true,
    ));
    faults.push(verdict(
        worst.clone(),
        "https://a/x",
        true,
        Accepts::ServiceTickets,
        true,
    ));
    faults.push(verdict(
        worst.clone(),
        "https://a/x",
        true,
        Accepts::ServiceAndProxyTickets,
        true,
    ));
    faults.push(verdict(
        worst,
        "https://a/x",
        true,
        Accepts::ServiceAndProxyTickets,
        false,
    ));

    assert_eq!(
        faults,
        [
            Some(Cause::TicketExpired),
            Some(Cause::ServiceMismatch),
            Some(Cause::ServiceUnauthorized),
            Some(Cause::ProxyTicketRefused),
            Some(Cause::NotFromNewLogin),
            None,
        ]
    );
}

#[test]
fn the_application_is_asked_about_only_for_a_ticket_of_its_own() {
    let verdict = judge(
        Taken::Fresh(ticket()),
        &request("https://b/", false),
        Accepts::ServiceTickets,
        |_| panic!("the address is another's"),
        now(),
    );

    assert_eq!(
        verdict.map_err(|failure| failure.code()),
        Err(FailureCode::InvalidService)
    );
}

#[test]
fn d5_a_proxy_ticket_is_invalid_where_service_tickets_are_taken() {
    let mut ticket = ticket();
    ticket.kind = TicketKind::Proxy;

    let cause = verdict(ticket, "https://a/x", true, Accepts::ServiceTickets, false).unwrap();

    assert_eq!(
        (cause, cause.code()),
        (Cause::ProxyTicketRefused, FailureCode::InvalidTicket)
    );
}

#[test]
fn d6_d12_renew_wants_credentials_in_the_transaction_that_issued_the_ticket() {
    let mut from_session = ticket();
    from_session.from_new_login = false;

    assert_eq!(
        verdict(
            from_session.clone(),
            "https://a/x",
            true,
            Accepts::ServiceTickets,
            false
        ),
        None
    );
    let cause = verdict(from_session, "https://a/x", true, Accepts::ServiceTickets, true).unwrap();
    assert_eq!(
        (cause, cause.code()),
        (Cause::NotFromNewLogin, FailureCode::InvalidTicket)
    );
}

#[test]
fn x6_renew_is_never_met_by_a_proxy_ticket() {
    let mut ticket = ticket();
    ticket.kind = TicketKind::Proxy;

    assert_eq!(
        verdict(ticket, "https://a/x", true, Accepts::ServiceAndProxyTickets, true),
        Some(Cause::NotFromNewLogin)
    );
}
