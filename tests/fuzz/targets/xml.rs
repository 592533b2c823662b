//! XML in, and XML out: a validation by SOAP, and the answers that carry what people are called.

use chrono::{DateTime, Utc};
use vestibule::cas::assertion::Assertion;
use vestibule::cas::catalogue::LogoutDialect;
use vestibule::cas::logout::LogoutMessage;
use vestibule::cas::render::{json, v2, xml};
use vestibule::cas::saml::render;
use vestibule::cas::saml::request::SamlRequest;
use vestibule::cas::service::ServiceUrl;
use vestibule::demo::services::answer::{Answer, read_answer, read_logout};
use vestibule::kernel::entropy::Entropy;

/// A ticket is read from an envelope, or nothing is; what was read and is written again reads the same.
pub fn soap(input: &[u8]) {
    let Ok(request) = SamlRequest::parse(input) else {
        return;
    };
    assert_eq!(request.artifact.trim_ascii(), &*request.artifact);
    assert!(!request.artifact.is_empty());
    assert!(request.artifact.chars().all(xml::is_char));

    let read = SamlRequest::parse(envelope(&request).as_bytes()).expect("it is written well");
    assert_eq!(&*read.artifact, &*request.artifact);
    let on_one_line = |id: &String| id.replace(['\t', '\n', '\r'], " ");
    let id = request.id.as_ref().map(on_one_line);
    assert_eq!(read.id, id.filter(|id| !id.trim().is_empty()));
}

fn envelope(request: &SamlRequest) -> String {
    let mut out = String::from(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><Request xmlns='urn:oasis:names:tc:SAML:1.0:protocol'",
    );
    if let Some(id) = &request.id {
        out.push_str(" RequestID=\"");
        xml::push_attribute(&mut out, id);
        out.push('"');
    }
    out.push_str("><AssertionArtifact>");
    xml::push_text(&mut out, &request.artifact);
    out.push_str("</AssertionArtifact></Request></e:Body></e:Envelope>");
    out
}

/// Whatever somebody is called, every answer reads as what was meant, and as nothing more.
pub fn answers(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (user, rest) = super::halves(&text);
    let (name, value) = super::halves(rest);
    let assertion = Assertion {
        user: user.to_owned(),
        attributes: vec![(name.to_owned(), vec![value.to_owned(), user.to_owned()])],
        authentication_date: DateTime::UNIX_EPOCH,
        long_term: false,
        from_new_login: true,
        proxies: vec![value.to_owned()],
        proxy_granting_ticket_iou: None,
    };
    plain(&assertion, name, value);
    let document = json::success(&assertion);
    let read: serde_json::Value = serde_json::from_str(&document).expect("it is JSON");
    assert_eq!(read["serviceResponse"]["authenticationSuccess"]["user"], user);
    saml(&assertion, name);
    logout(user);
}

fn plain(assertion: &Assertion, name: &str, value: &str) {
    let document = v2::success(assertion);
    match read_answer(&document) {
        Ok(Answer::Success { user, attributes }) => {
            assert_eq!(user, allowed(&assertion.user));
            // Three of the protocol's own come first.
            let element = xml::element_name(name).into_owned();
            let expected: Vec<(String, String)> = [value, &assertion.user]
                .iter()
                .map(|value| (element.clone(), allowed(value)))
                .collect();
            assert_eq!(attributes[3..], expected, "{document}");
        }
        Ok(Answer::Failure { .. }) => panic!("a success reads as a failure: {document}"),
        Err(_) => assert!(allowed(&assertion.user).is_empty(), "{document}"),
    }
}

fn saml(assertion: &Assertion, service: &str) {
    let entropy = Entropy::seeded(1);
    let frame = render::Frame {
        request_id: Some(service),
        now: DateTime::UNIX_EPOCH,
        entropy: &entropy,
    };
    let document = render::success(&frame, service, service, assertion);
    let texts = texts_of(&document, "NameIdentifier");
    let user = allowed(&assertion.user);
    assert!(
        texts.len() == 2 && texts.iter().all(|text| *text == user),
        "{document}"
    );
    assert_eq!(texts_of(&document, "Audience"), [allowed(service)]);
}

fn logout(user: &str) {
    let message = LogoutMessage {
        id: "LR-1".to_owned(),
        issue_instant: DateTime::<Utc>::UNIX_EPOCH,
        name_id: user.to_owned(),
        session_index: "ST-1".to_owned(),
    };
    let document = message.to_xml();
    assert_eq!(read_logout(&document).as_deref(), Ok("ST-1"), "{document}");
    assert_eq!(texts_of(&document, "NameID"), [allowed(user)]);
    assert!(message.to_form_body().len() < 1_024);
    let address = ServiceUrl::parse("https://mail.univ.example/").expect("an address");
    let call = message.front_channel_url(&address, LogoutDialect::Standard);
    assert!(call.bytes().all(|byte| byte.is_ascii_graphic()), "{call}");
}

/// What of a text XML can hold, with the ends of lines as a reader makes them (XML 1.0 section 2.11).
fn allowed(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|character| xml::is_char(*character))
        .collect();
    one_end(&kept)
}

fn one_end(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The texts of the elements with this local name, of a document that is well-formed.
fn texts_of(document: &str, wanted: &str) -> Vec<String> {
    use quick_xml::escape::resolve_predefined_entity;
    use quick_xml::events::Event;

    let mut reader = quick_xml::Reader::from_str(document);
    let mut open = Vec::new();
    let mut found = Vec::new();
    loop {
        let event = reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {document}"));
        let inside = open.last().is_some_and(|name: &String| name == wanted);
        let text = match &event {
            Event::Start(start) => {
                for attribute in start.attributes() {
                    attribute.unwrap_or_else(|error| panic!("{error}: {document}"));
                }
                open.push(start.local_name().as_ref().to_owned());
                if open.last().is_some_and(|name| name == wanted) {
                    found.push(String::new());
                }
                continue;
            }
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Text(text) => text.to_string(),
            Event::GeneralRef(name) => {
                let text = resolve_predefined_entity(name);
                text.unwrap_or_else(|| panic!("a reference: {document}"))
                    .to_owned()
            }
            Event::Eof => {
                assert!(open.is_empty(), "{document}");
                return found;
            }
            _ => continue,
        };
        if inside {
            found.last_mut().expect("it is open").push_str(&one_end(&text));
        }
    }
}
