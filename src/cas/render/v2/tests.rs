//! Tests of `cas::render::v2`.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;
use crate::cas::failure::{Cause, EVERY_CAUSE};

fn assertion() -> Assertion {
    Assertion {
        user: "jdupont".to_owned(),
        attributes: vec![(
            "memberOf".to_owned(),
            vec!["staff".to_owned(), "exam-board".to_owned()],
        )],
        authentication_date: "2026-01-05T09:30:10.999999Z".parse().unwrap(),
        long_term: false,
        from_new_login: true,
        proxies: vec![
            "https://mail.example.edu/pgtCallback".to_owned(),
            "https://portal.example.edu/pgtCallback".to_owned(),
        ],
        proxy_granting_ticket_iou: Some("PGTIOU-3-x".to_owned()),
    }
}

/// Every leaf of a document as its path and its text, read by somebody else's parser.
fn leaves(document: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut opened_last = false;
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                text.clear();
                opened_last = true;
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(name) => text.push_str(match &*name {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                other => panic!("entity {other}"),
            }),
            Event::End(_) => {
                if opened_last {
                    found.push((path.join("/"), std::mem::take(&mut text)));
                }
                opened_last = false;
                path.pop();
            }
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(path.is_empty());
    found
}

#[test]
fn v4_v7_a_full_success_has_exactly_these_bytes() {
    let expected = "\
<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
    <cas:authenticationSuccess>
        <cas:user>jdupont</cas:user>
        <cas:proxyGrantingTicket>PGTIOU-3-x</cas:proxyGrantingTicket>
        <cas:proxies>
            <cas:proxy>https://mail.example.edu/pgtCallback</cas:proxy>
            <cas:proxy>https://portal.example.edu/pgtCallback</cas:proxy>
        </cas:proxies>
        <cas:attributes>
            <cas:authenticationDate>2026-01-05T09:30:10Z</cas:authenticationDate>
            <cas:longTermAuthenticationRequestTokenUsed>false</cas:longTermAuthenticationRequestTokenUsed>
            <cas:isFromNewLogin>true</cas:isFromNewLogin>
            <cas:memberOf>staff</cas:memberOf>
            <cas:memberOf>exam-board</cas:memberOf>
        </cas:attributes>
    </cas:authenticationSuccess>
</cas:serviceResponse>
";

    assert_eq!(success(&assertion()), expected);
}

#[test]
fn a1_v7_x7_a_bare_success_has_the_three_protocol_attributes_and_no_empty_wrapper() {
    let bare = Assertion {
        attributes: Vec::new(),
        proxies: Vec::new(),
        proxy_granting_ticket_iou: None,
        long_term: true,
        from_new_login: false,
        ..assertion()
    };

    let root = "cas:serviceResponse/cas:authenticationSuccess";
    let expected = [
        (format!("{root}/cas:user"), "jdupont".to_owned()),
        (
            format!("{root}/cas:attributes/cas:authenticationDate"),
            "2026-01-05T09:30:10Z".to_owned(),
        ),
        (
            format!("{root}/cas:attributes/cas:longTermAuthenticationRequestTokenUsed"),
            "true".to_owned(),
        ),
        (
            format!("{root}/cas:attributes/cas:isFromNewLogin"),
            "false".to_owned(),
        ),
    ];
    assert_eq!(leaves(&success(&bare)), expected);
}

#[test]
fn d16_v8_addresses_and_values_are_escaped() {
    let mut odd = assertion();
    odd.proxies = vec!["https://a//cb?x=1&y=<2>".to_owned()];
    odd.attributes = vec![("o".to_owned(), vec!["R&D <lab>\0".to_owned()])];

    let document = success(&odd);

    assert!(document.contains("<cas:proxy>https://a//cb?x=1&amp;y=&lt;2&gt;</cas:proxy>\n"));
    assert!(document.contains("<cas:o>R&amp;D &lt;lab&gt;</cas:o>\n"));
}

#[test]
fn v9_v10_a_failure_has_exactly_these_bytes() {
    let expected = "\
<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
    <cas:authenticationFailure code=\"INVALID_TICKET\">the ticket is not recognized</cas:authenticationFailure>
</cas:serviceResponse>
";

    assert_eq!(failure(&Cause::TicketUnknown.into()), expected);
}

#[test]
fn x4_v10_v11_every_failure_is_one_element_with_a_text() {
    for cause in EVERY_CAUSE {
        for (document, name) in [
            (failure(&cause.into()), "authenticationFailure"),
            (proxy_failure(&cause.into()), "proxyFailure"),
        ] {
            let expected = (
                format!("cas:serviceResponse/cas:{name}"),
                cause.sentence().to_owned(),
            );
            assert_eq!(leaves(&document), [expected]);
            assert!(document.contains(&format!("<cas:{name} code=\"{}\">", cause.code())));
            assert!(!document.contains("yes"));
        }
    }
}

#[test]
fn a_proxy_ticket_is_handed_out_in_one_element() {
    let expected = "\
<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
    <cas:proxySuccess>
        <cas:proxyTicket>PT-7-x</cas:proxyTicket>
    </cas:proxySuccess>
</cas:serviceResponse>
";

    assert_eq!(proxy_success("PT-7-x"), expected);
}

/// A text as it must come back: without the characters that XML forbids.
fn kept(text: &str) -> String {
    text.chars()
        .filter(|&character| xml::is_char(character))
        .collect()
}

proptest! {
    // A carriage return is legal but every parser turns it into a line feed.
    #[test]
    fn any_assertion_is_read_back_with_the_same_values(
        user in "[^\r]{0,20}",
        proxies in proptest::collection::vec("[^\r]{1,20}", 0..3),
        iou in proptest::option::of("PGTIOU-[A-Za-z0-9]{1,20}"),
        attributes in proptest::collection::vec((any::<String>(), proptest::collection::vec("[^\r]{1,12}", 1..3)), 0..4),
    ) {
        let assertion = Assertion { user, proxies, proxy_granting_ticket_iou: iou, attributes, ..assertion() };

        let found = leaves(&success(&assertion));

        let root = "cas:serviceResponse/cas:authenticationSuccess";
        let mut expected = vec![(format!("{root}/cas:user"), kept(&assertion.user))];
        expected.extend(assertion.proxy_granting_ticket_iou.iter().map(|iou| (format!("{root}/cas:proxyGrantingTicket"), iou.clone())));
        expected.extend(assertion.proxies.iter().map(|proxy| (format!("{root}/cas:proxies/cas:proxy"), kept(proxy))));
        for (name, value) in [
            ("authenticationDate", "2026-01-05T09:30:10Z"),
            ("longTermAuthenticationRequestTokenUsed", "false"),
            ("isFromNewLogin", "true"),
        ] {
            expected.push((format!("{root}/cas:attributes/cas:{name}"), value.to_owned()));
        }
        for (name, values) in &assertion.attributes {
            let name = xml::element_name(name);
            prop_assert!(xml::is_nc_name(&name));
            expected.extend(values.iter().map(|value| (format!("{root}/cas:attributes/cas:{name}"), kept(value))));
        }
        prop_assert_eq!(found, expected);
    }
}
