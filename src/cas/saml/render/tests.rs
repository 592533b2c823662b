//! Tests of `cas::saml::render`.

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use super::*;
use crate::cas::failure::{Cause, EVERY_CAUSE};

const SERVICE: &str = "https://app.example.edu/?a=1&b=2";

fn assertion() -> Assertion {
    Assertion {
        user: "jdupont".to_owned(),
        attributes: vec![(
            "memberOf".to_owned(),
            vec!["staff".to_owned(), "exam-board".to_owned()],
        )],
        authentication_date: "2026-01-05T09:30:10.5Z".parse().unwrap(),
        long_term: false,
        from_new_login: true,
        proxies: Vec::new(),
        proxy_granting_ticket_iou: None,
    }
}

fn frame(entropy: &Entropy) -> Frame<'_> {
    Frame {
        request_id: Some("_r.1"),
        now: "2026-01-05T09:31:00.007Z".parse().unwrap(),
        entropy,
    }
}

fn answered(assertion: &Assertion) -> String {
    success(&frame(&Entropy::seeded(1)), "localhost", SERVICE, assertion)
}

fn refused(cause: Cause) -> String {
    failure(&frame(&Entropy::seeded(1)), &cause.into())
}

/// Every identifier becomes the same, so that bytes can be compared.
fn nameless(document: &str) -> String {
    let mut out = String::new();
    let mut rest = document;
    while let Some((before, after)) = rest.split_once("ID=\"_") {
        let (id, after) = after.split_once('"').unwrap();
        assert!(
            id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            "{id}"
        );
        out = out + before + "ID=\"_\"";
        rest = after;
    }
    out + rest
}

/// The namespaces and local names of every element, in order, read by somebody else's parser.
fn elements(document: &str) -> Vec<(String, String)> {
    let mut reader = NsReader::from_str(document);
    let mut found = Vec::new();
    loop {
        match reader.read_resolved_event().unwrap() {
            (ResolveResult::Bound(namespace), Event::Start(start) | Event::Empty(start)) => {
                found.push((namespace.0.to_owned(), start.local_name().as_ref().to_owned()));
            }
            (_, Event::Eof) => return found,
            (_, Event::Start(start)) => panic!("{start:?} is in no namespace"),
            _ => {}
        }
    }
}

#[test]
fn m1_m2_m3_m4_m5_m6_a_success_has_exactly_these_bytes() {
    let subject = "<saml1:Subject><saml1:NameIdentifier>jdupont</saml1:NameIdentifier><saml1:SubjectConfirmation>\
        <saml1:ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:artifact</saml1:ConfirmationMethod>\
        </saml1:SubjectConfirmation></saml1:Subject>";
    let attribute = |name: &str, values: &[&str]| {
        let values: Vec<String> = values
            .iter()
            .map(|value| format!("<saml1:AttributeValue>{value}</saml1:AttributeValue>"))
            .collect();
        let values = values.concat();
        format!(
            "<saml1:Attribute AttributeName=\"{name}\" AttributeNamespace=\"http://www.ja-sig.org/products/cas/\">\
             {values}</saml1:Attribute>"
        )
    };
    let expected = [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body>",
        "<saml1p:Response xmlns:saml1p=\"urn:oasis:names:tc:SAML:1.0:protocol\" InResponseTo=\"_r.1\" \
         IssueInstant=\"2026-01-05T09:30:30.007Z\" MajorVersion=\"1\" MinorVersion=\"1\" ResponseID=\"_\">",
        "<saml1p:Status><saml1p:StatusCode Value=\"saml1p:Success\"/></saml1p:Status>",
        "<saml1:Assertion xmlns:saml1=\"urn:oasis:names:tc:SAML:1.0:assertion\" AssertionID=\"_\" \
         IssueInstant=\"2026-01-05T09:30:30.007Z\" Issuer=\"localhost\" MajorVersion=\"1\" MinorVersion=\"1\">",
        "<saml1:Conditions NotBefore=\"2026-01-05T09:30:30.007Z\" NotOnOrAfter=\"2026-01-05T09:31:30.007Z\">\
         <saml1:AudienceRestrictionCondition><saml1:Audience>https://app.example.edu/?a=1&amp;b=2</saml1:Audience>\
         </saml1:AudienceRestrictionCondition></saml1:Conditions>",
        "<saml1:AuthenticationStatement AuthenticationInstant=\"2026-01-05T09:30:10.500Z\" \
         AuthenticationMethod=\"urn:oasis:names:tc:SAML:1.0:am:password\">",
        subject,
        "</saml1:AuthenticationStatement><saml1:AttributeStatement>",
        subject,
        &attribute("authenticationDate", &["2026-01-05T09:30:10Z"]),
        &attribute("longTermAuthenticationRequestTokenUsed", &["false"]),
        &attribute("isFromNewLogin", &["true"]),
        &attribute("memberOf", &["staff", "exam-board"]),
        "</saml1:AttributeStatement></saml1:Assertion></saml1p:Response></SOAP-ENV:Body></SOAP-ENV:Envelope>",
    ]
    .concat();

    assert_eq!(nameless(&answered(&assertion())), expected);
}

#[test]
fn m7_m8_a_failure_has_exactly_these_bytes() {
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
        <SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body>\
        <saml1p:Response xmlns:saml1p=\"urn:oasis:names:tc:SAML:1.0:protocol\" InResponseTo=\"_r.1\" \
        IssueInstant=\"2026-01-05T09:30:30.007Z\" MajorVersion=\"1\" MinorVersion=\"1\" ResponseID=\"_\">\
        <saml1p:Status><saml1p:StatusCode Value=\"saml1p:RequestDenied\"/>\
        <saml1p:StatusMessage>the ticket is not recognized</saml1p:StatusMessage></saml1p:Status>\
        </saml1p:Response></SOAP-ENV:Body></SOAP-ENV:Envelope>";

    assert_eq!(nameless(&refused(Cause::TicketSpent)), expected);
}

#[test]
fn m7_m8_every_failure_has_a_message_and_nothing_that_looks_like_a_success() {
    for cause in EVERY_CAUSE {
        let document = refused(cause);
        let (_, message) = document.split_once("<saml1p:StatusMessage>").unwrap();
        assert!(!message.split('<').next().unwrap().trim().is_empty());
        for word in ["NameIdentifier", "Assertion>", "Assertion ", "Success"] {
            assert!(!document.contains(word), "{document}");
        }
    }
}

#[test]
fn m2_a_person_of_whom_nothing_is_released_has_three_attributes() {
    let bare = Assertion {
        attributes: vec![("empty".to_owned(), Vec::new())],
        long_term: true,
        from_new_login: false,
        ..assertion()
    };

    let document = answered(&bare);

    assert_eq!(document.matches("<saml1:Attribute ").count(), 3);
    assert!(!document.contains("\"empty\""), "{document}");
    assert!(document.contains("=\"longTermAuthenticationRequestTokenUsed\" AttributeNamespace"));
    assert!(document.contains("<saml1:AttributeValue>true</saml1:AttributeValue>"));
}

#[test]
fn m4_nothing_a_person_or_a_client_brings_along_becomes_markup() {
    let odd = "\"'><x y=\"z\"/>&\0\n";
    let entropy = Entropy::seeded(1);
    let frame = Frame {
        request_id: Some(odd),
        ..frame(&entropy)
    };
    let nasty = Assertion {
        user: odd.to_owned(),
        attributes: vec![(odd.to_owned(), vec![odd.to_owned()])],
        ..assertion()
    };
    let plain = Assertion {
        attributes: vec![("o".to_owned(), vec!["x".to_owned()])],
        ..assertion()
    };

    let document = success(&frame, odd, odd, &nasty);

    assert_eq!(elements(&document), elements(&answered(&plain)));
    assert!(
        document.contains("InResponseTo=\"&quot;'&gt;&lt;x y=&quot;z&quot;/&gt;&amp; \""),
        "{document}"
    );
    assert!(!failure(&frame, &Cause::TicketUnknown.into()).contains("<x"));
}

#[test]
fn a_request_without_an_id_is_answered_without_a_reference_to_it() {
    let entropy = Entropy::seeded(1);
    let frame = Frame {
        request_id: None,
        ..frame(&entropy)
    };

    for document in [
        success(&frame, "localhost", SERVICE, &assertion()),
        failure(&frame, &Cause::Undecodable.into()),
    ] {
        assert!(!document.contains("InResponseTo"), "{document}");
        assert!(document.contains("protocol\" IssueInstant="), "{document}");
    }
}

#[test]
fn s57_no_two_answers_have_an_identifier_in_common() {
    let entropy = Entropy::seeded(1);
    let ids: Vec<String> = (0..50)
        .flat_map(|_| {
            let document = success(&frame(&entropy), "localhost", SERVICE, &assertion());
            let ids = document.split("ID=\"_").skip(1).map(|rest| rest[..32].to_owned());
            ids.collect::<Vec<_>>()
        })
        .collect();

    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len()), (100, 100));
}
