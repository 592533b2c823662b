//! Tests of `cas::service`.

use proptest::prelude::*;

use super::*;

fn url(text: &str) -> ServiceUrl {
    ServiceUrl::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn refused(text: &str) -> Option<ServiceRefused> {
    ServiceUrl::parse(text).err()
}

#[test]
fn equality_table_accepts_what_clients_do_to_their_own_address() {
    for (issued, validated) in [
        ("https://a/x;jsessionid=9?b=1", "https://a/x?b=1"),
        ("https://a/x?b=1", "https://a/x;jsessionid=9?b=1"),
        ("https://a/#/home", "https://a/"),
        ("https://a/?u=x%2fy", "https://a/?u=x/y"),
        ("https://a/?u=x%2fy", "https://a/?u=x%2Fy"),
        ("https://a/?q=a+b", "https://a/?q=a%20b"),
        ("https://A:443", "https://a/"),
        ("HTTP://a:80/", "http://a"),
        ("https://a/my docs/", "https://a/my%20docs/"),
        ("https://a/é", "https://a/%c3%A9"),
        ("imap://mail.univ.example", "IMAP://mail.univ.example/"),
    ] {
        assert!(same_identifier(issued, validated), "{issued} {validated}");
    }
}

#[test]
fn equality_table_refuses_every_other_place() {
    for (issued, validated) in [
        ("http://a/", "https://a/"),
        ("https://a/x", "https://a/x/"),
        ("https://a/x", "https://a/X"),
        ("https://a/?p=1&q=2", "https://a/?q=2&p=1"),
        ("https://a/?p=1&q=2", "https://a/?p=1"),
        ("https://a/?u", "https://a/?u="),
        ("https://a/?", "https://a/"),
        ("https://a/?p=1", "https://a/"),
        ("https://a/?p=1&", "https://a/?p=1"),
        ("https://a/?p=1%26q=2", "https://a/?p=1&q=2"),
        ("https://a/?p%3D1", "https://a/?p=1"),
        ("https://a/a+b", "https://a/a b"),
        ("https://a/?next=%252F", "https://a/?next=%2F"),
        ("https://a/", "https://b/"),
        ("https://a/", "https://a.b/"),
        ("https://a/", "https://a:444/"),
        ("https://a/x", "https://a/x/y"),
        ("https://a/", "https://a/../"),
        ("imap://a", "imap://a:143"),
        ("mailbox a", "mailbox  a"),
        ("https://a/x", "https:///x"),
    ] {
        assert!(!same_identifier(issued, validated), "{issued} {validated}");
        assert!(!same_identifier(validated, issued), "{validated} {issued}");
    }
}

#[test]
fn what_is_no_absolute_address_is_compared_byte_for_byte() {
    assert!(same_identifier("mail", "mail"));
    assert!(!same_identifier("mail", "Mail"));
}

#[test]
fn the_first_difference_names_the_part_and_both_sides_but_no_values() {
    let between =
        |left: &str, right: &str| first_difference(&url(left), &url(right)).map(|it| it.to_string());

    assert_eq!(between("https://a/x?y#z", "https://A:443/x?y"), None);
    assert_eq!(between("http://a/", "https://b/").unwrap(), "scheme http ≠ https");
    assert_eq!(between("https://a/", "https://b:1/").unwrap(), "host a ≠ b");
    assert_eq!(between("https://a/", "https://a:1/x").unwrap(), "port 443 ≠ 1");
    assert_eq!(between("https://a/x?q", "https://a/x/").unwrap(), "path /x ≠ /x/");
    assert_eq!(
        between("https://a/?q", "https://a/").unwrap(),
        "query present ≠ absent"
    );
    assert_eq!(
        between("https://a/?p=1&key=secret", "https://a/?p=1&q").unwrap(),
        "query parameter 2 key=… ≠ parameter 2 …"
    );
    assert_eq!(
        between("https://a/?p=1", "https://a/?p=1&q=2").unwrap(),
        "query without parameter 2 ≠ parameter 2 q=…"
    );
}

#[test]
fn s5_s6_the_ticket_is_appended_last_before_the_fragment() {
    for (original, expected) in [
        ("https://a/", "https://a/?ticket=ST-1"),
        ("https://a", "https://a?ticket=ST-1"),
        ("https://a/?x=1", "https://a/?x=1&ticket=ST-1"),
        ("https://a/?url", "https://a/?url&ticket=ST-1"),
        ("https://a/?", "https://a/?&ticket=ST-1"),
        ("https://a?x", "https://a?x&ticket=ST-1"),
        ("https://a/#/home", "https://a/?ticket=ST-1#/home"),
        ("https://a/x?b=1#f", "https://a/x?b=1&ticket=ST-1#f"),
        ("https://a/#/home?x", "https://a/?ticket=ST-1#/home?x"),
        (
            "https://a/x;jsessionid=9?y=2",
            "https://a/x;jsessionid=9?y=2&ticket=ST-1",
        ),
        ("https://a/my docs/é", "https://a/my%20docs/%C3%A9?ticket=ST-1"),
        (
            "https://a/?next=%2f%252F+z",
            "https://a/?next=%2f%252F+z&ticket=ST-1",
        ),
        ("HTTPS://A:443/x", "HTTPS://A:443/x?ticket=ST-1"),
    ] {
        assert_eq!(
            url(original).with_ticket(TicketParameter::Ticket, "ST-1"),
            expected
        );
    }
}

#[test]
fn p8_an_address_from_target_gets_its_ticket_as_samlart() {
    assert_eq!(
        url("https://a/").with_ticket(TicketParameter::SamlArt, "ST-1"),
        "https://a/?SAMLart=ST-1"
    );
    assert_eq!(TicketParameter::SamlArt.service_field(), "TARGET");
    assert_eq!(TicketParameter::default().service_field(), "service");
}

#[test]
fn s7_a_ticket_parameter_of_the_services_own_stays_where_it_is() {
    assert_eq!(
        url("https://a/?ticket=42&x").with_ticket(TicketParameter::Ticket, "ST-1"),
        "https://a/?ticket=42&x&ticket=ST-1"
    );
    assert_eq!(refused("https://a/?theticket=ST-1"), None);
    assert_eq!(refused("https://a/#ticket=ST-1"), None);
    for text in [
        "https://a/?ticket=ST-1",
        "https://a/?x&ticket=PT-1#f",
        "https://a/?%74icket=%53T-1",
        "https://a/?ticket=1&ticket=ST-1",
    ] {
        assert_eq!(refused(text), Some(ServiceRefused::CarriesTicket), "{text}");
    }
}

#[test]
fn l1_the_redirect_without_ticket_adds_nothing() {
    for text in [
        "https://a",
        "https://a/?",
        "https://a/?url#x",
        "https://a/%2f".strip_suffix("%2f").unwrap_or(""),
    ] {
        assert_eq!(url(text).location(), text);
    }
    assert_eq!(url("https://a/a b?é").location(), "https://a/a%20b?%C3%A9");
}

#[test]
fn s1_the_original_survives_byte_for_byte() {
    for text in [
        "https://h?x",
        "https://h/?url",
        "HTTPS://H:443/%7e%7E?b=2&a=1&&#",
        "http://h/a b/é?q=a+b",
    ] {
        assert_eq!(url(text).original(), text);
    }
}

#[test]
fn s3_spaces_and_letters_of_all_alphabets_are_legal() {
    for text in [
        "https://a/my docs/",
        "https://a/été?q=naïve",
        "https://a/x?<>\"{}|^`",
        "https://a/100%",
    ] {
        assert_eq!(refused(text), None, "{text}");
    }
}

#[test]
fn s3_what_leads_elsewhere_is_refused() {
    use ServiceRefused::*;
    for (text, why) in [
        ("https://a/\r\nSet-Cookie: x", Control),
        ("https://a/\0", Control),
        ("https://a/\t", Control),
        ("https://a/\u{7f}", Control),
        ("https://a\\@b/", Backslash),
        ("https://a/?x=\\", Backslash),
        ("", NotAbsolute),
        ("   ", NotAbsolute),
        ("/x", NotAbsolute),
        ("//host/x", NotAbsolute),
        ("https:/a/", NotAbsolute),
        ("https:a", NotAbsolute),
        ("javascript:alert(1)", NotAbsolute),
        (" https://a/", NotAbsolute),
        ("://a/", NotAbsolute),
        ("1https://a/", NotAbsolute),
        ("/x?https://a/", NotAbsolute),
        ("javascript://a/x=alert(1)", Scheme),
        ("ftp://a/", Scheme),
        ("imap://mail.univ.example", Scheme),
        ("https://user@a/", UserInfo),
        ("https://good.example:pw@evil.example/", UserInfo),
        ("https://@a/", UserInfo),
        ("https:///x", Host),
        ("https://", Host),
        ("https://?x", Host),
        ("https://a./", Host),
        ("https://.a/", Host),
        ("https://a..b/", Host),
        ("https://-a/", Host),
        ("https://a-/", Host),
        ("https://a_b/", Host),
        ("https://a b/", Host),
        ("https://ünî.example/", Host),
        ("https://a%2eb/", Host),
        ("https://a;x/", Host),
        ("https://a:/", Port),
        ("https://a:0/", Port),
        ("https://a:0443/", Port),
        ("https://a:+443/", Port),
        ("https://a:65536/", Port),
        ("https://a:4 43/", Port),
        ("https://[2001:db8::1]/", Host),
        ("https://[2001:db8::1]:8443/", Host),
        ("https://[::ffff:127.0.0.1]/", Host),
        ("https://2001:db8::1/", Port),
    ] {
        assert_eq!(refused(text), Some(why), "{text:?}");
    }
}

#[test]
fn s01_a_host_that_browsers_read_as_a_number_is_refused_unless_it_is_written_as_one() {
    for host in [
        "127.0.0.1",
        "10.0.0.255",
        "1.a",
        "a.1b",
        "0x7f.example",
        "1.2.3.4.example",
    ] {
        assert_eq!(refused(&format!("http://{host}/")), None, "{host}");
    }
    for host in [
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.01",
        "127.0.0.256",
        "1.2.3.4.5",
        "mail.univ.example.0x",
        "a.0.0.1",
    ] {
        let refusal = refused(&format!("http://{host}:8080/x"));
        assert_eq!(refusal, Some(ServiceRefused::Host), "{host}");
    }
}

#[test]
fn s1_s3_dot_segments_and_hidden_slashes_are_refused_in_any_spelling() {
    for path in [
        ".",
        "..",
        "x/..",
        "../x",
        "x/../y",
        "%2e",
        "%2E%2e",
        ".%2e/x",
        "x/%2e./",
        "..;x=1/y",
        "..;",
        ".;x",
        "%2e%2e%3bx",
        "x;jsessionid=1/../admin",
        "x;jsessionid=1/%2e%2e/admin",
    ] {
        assert_eq!(
            refused(&format!("https://a/{path}")),
            Some(ServiceRefused::DotSegment),
            "{path}"
        );
    }
    for path in [
        "x%2fy",
        "x%2F..%2Fy",
        "%5cx",
        "x%00",
        "x%0d%0ay",
        "x;jsessionid=%2f",
    ] {
        assert_eq!(
            refused(&format!("https://a/{path}")),
            Some(ServiceRefused::HiddenDelimiter),
            "{path}"
        );
    }
    for text in [
        "https://a/...",
        "https://a/.well-known/x",
        "https://a/x..",
        "https://a/?x=../..%2f",
        "https://a/#../",
    ] {
        assert_eq!(refused(text), None, "{text}");
    }
}

#[test]
fn an_address_has_at_most_2048_bytes() {
    let longest = format!("https://a/{}", "x".repeat(2_038));
    assert_eq!(refused(&longest), None);
    assert_eq!(refused(&format!("{longest}x")), Some(ServiceRefused::TooLong));
}

#[test]
fn s3_other_schemes_are_names_for_proxy_targets_only() {
    let name = ServiceUrl::parse_any("imap://Mail.univ.example").unwrap();

    assert_eq!(
        (name.scheme(), name.host(), name.port()),
        ("imap", "mail.univ.example", None)
    );
    assert!(!name.is_web());
    assert!(ServiceUrl::parse_any("ldap://a@b").is_err());
    assert!(ServiceUrl::parse_any("mailto:a").is_err());
}

#[test]
fn the_registry_key_leaves_the_jsessionid_out() {
    for (original, key) in [
        ("https://a/x;jsessionid=1F?y=2", "https://a/x?y=2"),
        ("https://a/x;jsessionid=1F", "https://a/x"),
        ("https://a/x;JSESSIONID=1F", "https://a/x;JSESSIONID=1F"),
        ("https://a/x;v=1?y", "https://a/x;v=1?y"),
    ] {
        assert_eq!(url(original).registry_key(), key);
    }
}

#[test]
fn o4_the_path_key_ends_at_the_first_mark() {
    for (original, key) in [
        ("https://a/x?y;z#f", "https://a/x"),
        ("https://a/x;v=1/y?z", "https://a/x"),
        ("https://a/x#y?z", "https://a/x"),
        ("https://a/x", "https://a/x"),
    ] {
        assert_eq!(url(original).path_key(), key);
    }
}

#[test]
fn the_parts_are_lower_case_decoded_once_and_complete() {
    let address = url("HTTPS://Mail.Univ.Example/a%20b/%2542/;jsessionid=1?q");

    let segments: Vec<Vec<u8>> = address.path_segments().map(Iterator::collect).collect();
    assert_eq!(segments, [b"a b".to_vec(), b"%42".to_vec(), Vec::new()]);
    assert_eq!(
        (address.scheme(), address.host(), address.port()),
        ("https", "mail.univ.example", Some(443))
    );
    assert_eq!(address.path(), "/a%20b/%2542/");
    assert_eq!(address.origin(), "https://mail.univ.example");
    assert_eq!(url("http://a:8080/x").origin(), "http://a:8080");
    assert_eq!(url("http://a:443/x").origin(), "http://a:443");
}

fn address() -> impl Strategy<Value = String> {
    "(https?|imap)://[a-bA-B]{1,2}(\\.[a-b]{1,2})?(:[1-9][0-9]{0,2})?(/[a-b%;.é ]{0,4}){0,3}(\\?[a-b=&%+;]{0,8})?(#[a-b?#]{0,4})?"
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fail_or_change_it(text in any::<String>()) {
        for text in [text.clone(), format!("https://{text}"), format!("https://a/{text}"), format!("https://a/?{text}")] {
            if let Ok(url) = ServiceUrl::parse_any(&text) {
                prop_assert_eq!(url.original(), &text);
                prop_assert!(!text.contains(char::is_control));
            }
        }
    }

    #[test]
    fn an_accepted_address_equals_itself_and_redirects_to_itself(text in address()) {
        if let Ok(url) = ServiceUrl::parse(&text) {
            let location = url.location();
            prop_assert!(url.same_service(&url));
            prop_assert!(location.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
            prop_assert!(same_identifier(&text, &location), "{} {}", text, location);

            let handed = url.with_ticket(TicketParameter::Ticket, "ST-1");
            let (before, fragment) = handed.split_once('#').map_or((handed.as_str(), None), |(b, f)| (b, Some(f)));
            let bare = before.strip_suffix("ticket=ST-1").expect("the ticket is last");
            let restored = format!("{}{}", &bare[..bare.len() - 1], fragment.map(|f| format!("#{f}")).unwrap_or_default());
            prop_assert_eq!(restored, location);
        }
    }

    #[test]
    fn equality_is_symmetric_and_keeps_scheme_host_and_port(left in address(), right in address()) {
        prop_assert_eq!(same_identifier(&left, &right), same_identifier(&right, &left));
        if let (Ok(left), Ok(right)) = (ServiceUrl::parse_any(&left), ServiceUrl::parse_any(&right)) {
            prop_assert_eq!(first_difference(&left, &right).is_none(), left.same_service(&right));
            if left.same_service(&right) {
                prop_assert_eq!(left.origin(), right.origin());
            }
        }
    }
}
