//! Tests of `cas::logout`.

use proptest::prelude::*;

use super::*;
use crate::cas::percent::form_decoded;

fn at(seconds: i64) -> DateTime<Utc> {
    "2026-01-05T09:30:10Z".parse::<DateTime<Utc>>().unwrap() + chrono::Duration::seconds(seconds)
}

fn message(name_id: &str) -> LogoutMessage {
    LogoutMessage {
        id: "LR-1-Xk3".to_owned(),
        issue_instant: at(0),
        name_id: name_id.to_owned(),
        session_index: "ST-12-abc".to_owned(),
    }
}

fn validated(original: &str, handle: &str, seconds: i64) -> ValidatedTicket {
    ValidatedTicket {
        original: original.to_owned(),
        handle: handle.to_owned(),
        validated_at: at(seconds),
    }
}

fn handles(entries: Vec<ValidatedTicket>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.handle).collect()
}

fn service(fields: &str) -> Service {
    let text = format!("key = 'a'\nurl = 'https://a.example/'\nname = {{ fr = 'a', en = 'a' }}\n{fields}");
    toml::from_str(&text).unwrap()
}

/// The message as the application's form parser sees it.
fn received(body: &str) -> String {
    let value = body
        .strip_prefix("logoutRequest=")
        .expect("the field's name comes first");
    String::from_utf8(form_decoded(value.as_bytes()).collect()).unwrap()
}

#[test]
fn o9_to_o14_the_document_has_exactly_these_bytes() {
    assert_eq!(
        message("jdupont").to_xml(),
        concat!(
            r#"<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" "#,
            r#"xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="LR-1-Xk3" Version="2.0" "#,
            r#"IssueInstant="2026-01-05T09:30:10Z"><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">"#,
            r#"jdupont</saml:NameID><samlp:SessionIndex>ST-12-abc</samlp:SessionIndex></samlp:LogoutRequest>"#,
        )
    );
}

#[test]
fn o8_the_body_is_one_field_named_logout_request() {
    let body = message("jdupont").to_form_body();

    assert!(body.starts_with("logoutRequest=%3Csamlp%3ALogoutRequest+xmlns%3Asamlp%3D%22urn"));
    assert!(!body.contains('&'));
    assert_eq!(received(&body), message("jdupont").to_xml());
}

#[test]
fn o9_o10_the_session_index_is_found_by_textual_matching() {
    let document = message("jdupont").to_xml();

    let (_, after) = document.split_once("<samlp:SessionIndex>").unwrap();
    assert_eq!(
        after.split_once("</samlp:SessionIndex>").unwrap(),
        ("ST-12-abc", "</samlp:LogoutRequest>")
    );
}

#[test]
fn o11_the_saml_prefix_is_declared_on_the_root_and_on_the_name() {
    let document = message("jdupont").to_xml();
    let (root, rest) = document.split_once('>').unwrap();

    assert!(root.contains(r#"xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion""#));
    assert!(rest.starts_with(
        r#"<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">jdupont</saml:NameID>"#
    ));
}

#[test]
fn o12_o13_nothing_precedes_the_root_and_the_identifier_starts_with_a_letter() {
    let fresh = LogoutMessage::new(
        &Entropy::seeded(1),
        at(0),
        "jdupont".to_owned(),
        "ST-12-abc".to_owned(),
    );
    let other = LogoutMessage::new(
        &Entropy::seeded(2),
        at(0),
        "jdupont".to_owned(),
        "ST-12-abc".to_owned(),
    );

    assert!(fresh.to_xml().starts_with("<samlp:LogoutRequest "));
    assert!(!fresh.to_xml().contains(['\n', '\r', '+']));
    assert!(fresh.id.starts_with("LR-"));
    assert_ne!(fresh.id, other.id);
}

#[test]
fn o14_the_name_is_escaped() {
    assert!(message("a<b&c").to_xml().contains(">a&lt;b&amp;c</saml:NameID>"));
}

#[test]
fn o15_a_name_that_would_not_fit_is_left_out() {
    let fits = message(&"x".repeat(300));
    let body = fits.to_form_body();
    assert!(body.len() < 1_024 && received(&body) == fits.to_xml());

    let mut long = message(&"é".repeat(300));
    long.session_index = format!("ST-{}", "a".repeat(61));
    let body = long.to_form_body();
    assert!(body.len() < 1_024);
    assert!(received(&body).contains(">@NOT_USED@</saml:NameID>"));
    assert!(received(&body).contains(&format!("<samlp:SessionIndex>{}<", long.session_index)));
}

#[test]
fn o4_the_most_recently_validated_ticket_of_each_path_is_told() {
    let entries = vec![
        validated("https://a/x?p=2", "ST-3", 30),
        validated("https://a/x?p=1", "ST-1", 10),
        validated("https://a/y", "ST-2", 20),
        validated("https://a/x;jsessionid=1", "ST-0", 0),
        validated("https://a/#f", "ST-4", 40),
    ];

    assert_eq!(
        handles(entries_to_notify(entries.clone(), LogoutScope::MostRecent)),
        ["ST-2", "ST-3", "ST-4"]
    );
    assert_eq!(
        handles(entries_to_notify(entries, LogoutScope::All)),
        ["ST-0", "ST-1", "ST-2", "ST-3", "ST-4"]
    );
    assert!(entries_to_notify(Vec::new(), LogoutScope::MostRecent).is_empty());
}

/// Where the messages for `original` go when `service` is the only one there is.
fn told(original: &str, fields: &str) -> Vec<Destination> {
    let service = service(fields);
    let catalogue = Catalogue::new(vec![service.clone()]).unwrap();
    destinations(original, &service, &catalogue)
}

#[test]
fn o6_a_proxy_ticket_and_a_service_ticket_at_one_address_are_two_sessions() {
    let entries = vec![
        validated("https://a/x", "ST-1", 0),
        validated("https://a/x", "PT-1", 10),
        validated("https://a/x", "PT-2", 20),
    ];

    assert_eq!(
        handles(entries_to_notify(entries, LogoutScope::MostRecent)),
        ["ST-1", "PT-2"]
    );
}

#[test]
fn o6_a_back_end_without_a_web_address_is_told_only_where_its_definition_says() {
    assert!(can_be_told("https://a.example/", &service("")));
    assert!(!can_be_told("imap://a.example", &service("")));
    assert!(can_be_told(
        "imap://a.example",
        &service("logout = { url = 'https://a.example/out' }")
    ));
}

#[test]
fn o5_the_message_goes_to_the_definitions_addresses_or_else_to_the_original() {
    let original = "https://a.example/x;jsessionid=1?y=2";

    assert_eq!(
        told(original, ""),
        [Destination::BackChannel(original.to_owned())]
    );
    assert_eq!(
        told(original, "logout = { url = 'https://b.example/out' }"),
        [Destination::BackChannel("https://b.example/out".to_owned())]
    );
    assert_eq!(
        told(
            original,
            "logout = { url = 'https://b.example/1', urls = ['https://b.example/2', 'https://c.example/'] }"
        ),
        ["https://b.example/1", "https://b.example/2", "https://c.example/"]
            .map(|address| Destination::BackChannel(address.to_owned()))
    );
    assert_eq!(
        told(original, "logout = { kind = 'front_channel' }"),
        [Destination::FrontChannel(original.to_owned())]
    );
}

#[test]
fn o5_o6_nobody_is_told_where_nobody_listens() {
    for fields in ["logout = { kind = 'none' }", "enabled = false"] {
        assert_eq!(
            told("https://a.example/", fields),
            [Destination::Nobody],
            "{fields}"
        );
    }
    assert_eq!(told("imap://a.example", ""), [Destination::Nobody]);
}

#[test]
fn o5_s60_an_address_that_is_the_services_no_more_is_not_called() {
    assert_eq!(told("https://elsewhere.example/", ""), [Destination::Nobody]);

    let whole = service("");
    let part: Service =
        toml::from_str("key = 'b'\nurl = 'https://a.example/part/'\nname = { fr = 'b', en = 'b' }").unwrap();
    let catalogue = Catalogue::new(vec![whole.clone(), part]).unwrap();
    assert_eq!(
        destinations("https://a.example/part/x", &whole, &catalogue),
        [Destination::Nobody]
    );
}

#[test]
fn o14_a_nameless_message_differs_in_the_name_alone() {
    let call = message("jdupont").call(LogoutDialect::Nameless);

    assert_eq!(call.media, "application/x-www-form-urlencoded");
    assert_eq!(
        received(&call.body),
        message("jdupont").to_xml().replace(">jdupont<", ">@NOT_USED@<")
    );
}

#[test]
fn o8_a_raw_message_is_the_document_and_nothing_else() {
    let call = message("jdupont").call(LogoutDialect::Raw);

    assert_eq!(call.media, "text/xml;charset=UTF-8");
    assert_eq!(call.body, message("jdupont").to_xml());
    assert!(
        call.body
            .contains("<samlp:SessionIndex>ST-12-abc</samlp:SessionIndex>")
    );
}

#[test]
fn the_usual_message_is_the_form() {
    let call = message("jdupont").call(LogoutDialect::Standard);

    assert_eq!(call.body, message("jdupont").to_form_body());
}

#[test]
fn the_front_channel_adds_its_field_before_the_fragment_and_keeps_the_query() {
    let address = ServiceUrl::parse("https://a.example/out?x=1#f").unwrap();

    let plain = message("jdupont").front_channel_url(&address, LogoutDialect::Standard);

    // eAEB: a zlib header and one stored block.
    assert!(plain.starts_with("https://a.example/out?x=1&logoutRequest=eAEB") && plain.ends_with("#f"));
    assert!(!plain.contains(['+', ' ', '\n']) && !plain.contains("callback"));
}

#[test]
fn the_front_channel_leaves_out_a_name_that_is_too_long_or_not_wanted() {
    let address = ServiceUrl::parse("https://a.example/out").unwrap();
    let nobody = message("@NOT_USED@").front_channel_url(&address, LogoutDialect::Standard);

    let long = message(&"x".repeat(1_000)).front_channel_url(&address, LogoutDialect::Standard);
    let nameless = message("jdupont").front_channel_url(&address, LogoutDialect::Nameless);

    assert_eq!(long, nobody);
    assert_eq!(nameless, nobody);
}

proptest! {
    #[test]
    fn o15_every_body_is_short_and_names_the_ticket(name in any::<String>(), ticket in "ST-[A-Za-z0-9-]{1,61}") {
        let mut message = message(&name);
        message.session_index = ticket.clone();

        let body = message.to_form_body();

        prop_assert!(body.len() < 1_024);
        let expected = format!("<samlp:SessionIndex>{ticket}</samlp:SessionIndex>");
        prop_assert!(received(&body).contains(&expected));
    }
}
