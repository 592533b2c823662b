//! Tests of `cas::render::json`.

use serde_json::Value;

use super::*;
use crate::cas::failure::{Cause, EVERY_CAUSE};

fn assertion() -> Assertion {
    Assertion {
        user: "jdupont".to_owned(),
        attributes: vec![(
            "member of".to_owned(),
            vec!["staff".to_owned(), "a \"b\"\n\0".to_owned()],
        )],
        authentication_date: "2026-01-05T09:30:10Z".parse().unwrap(),
        long_term: false,
        from_new_login: true,
        proxies: vec!["https://a/".to_owned()],
        proxy_granting_ticket_iou: Some("PGTIOU-1".to_owned()),
    }
}

#[test]
fn v12_v13_a_full_success_has_exactly_these_bytes() {
    assert_eq!(
        success(&assertion()),
        concat!(
            r#"{"serviceResponse":{"authenticationSuccess":{"user":"jdupont","proxyGrantingTicket":"PGTIOU-1","#,
            r#""proxies":["https://a/"],"attributes":{"authenticationDate":["2026-01-05T09:30:10Z"],"#,
            r#""isFromNewLogin":[true],"longTermAuthenticationRequestTokenUsed":[false],"#,
            r#""member of":["staff","a \"b\"\n\u0000"]}}}}"#,
        )
    );
}

#[test]
fn v12_absent_members_are_left_out_rather_than_null() {
    let bare = Assertion {
        attributes: Vec::new(),
        proxies: Vec::new(),
        proxy_granting_ticket_iou: None,
        ..assertion()
    };

    let read: Value = serde_json::from_str(&success(&bare)).unwrap();

    let success = read["serviceResponse"]["authenticationSuccess"]
        .as_object()
        .unwrap();
    assert_eq!(success.len(), 2);
    assert_eq!(success["user"], "jdupont");
    assert_eq!(success["attributes"].as_object().unwrap().len(), 3);
    assert_eq!(read["serviceResponse"].as_object().unwrap().len(), 1);
}

#[test]
fn v12_a_failure_has_exactly_these_bytes() {
    assert_eq!(
        failure(&Cause::TicketUnknown.into()),
        r#"{"serviceResponse":{"authenticationFailure":{"code":"INVALID_TICKET","description":"the ticket is not recognized"}}}"#
    );
    for cause in EVERY_CAUSE {
        assert!(!failure(&cause.into()).contains("yes"));
    }
}
