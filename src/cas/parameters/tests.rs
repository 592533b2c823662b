//! Tests of `cas::parameters`.

use proptest::prelude::*;

use super::*;

fn query(text: &str) -> Parameters {
    Parameters::parse(text.as_bytes(), None).unwrap()
}

fn posted(query: &str, body: &str) -> Parameters {
    Parameters::parse(query.as_bytes(), Some(body.as_bytes())).unwrap()
}

#[test]
fn p1_names_are_case_sensitive() {
    let parameters = query("Service=https%3A%2F%2Fa&TICKET=ST-1");

    assert_eq!(parameters.one("service"), Ok(None));
    assert_eq!(parameters.one("ticket"), Ok(None));
}

#[test]
fn p2_values_are_decoded_exactly_once() {
    for (text, expected) in [
        ("service=https%3a%2f%2fa%2Fx", "https://a/x"),
        ("service=https://a/x?y=1=2", "https://a/x?y=1=2"),
        ("service=imap://host", "imap://host"),
        ("service=https://a/?next=%252F", "https://a/?next=%2F"),
        ("service=https://a/a+b%20c%2Bd", "https://a/a b c+d"),
        ("service=https://a/%C3%A9", "https://a/é"),
        ("service=https://a/;x", "https://a/;x"),
        ("%73ervice=x", "x"),
    ] {
        assert_eq!(query(text).one("service"), Ok(Some(expected)), "{text}");
    }
}

#[test]
fn p3_order_is_arbitrary_and_empty_items_are_nothing() {
    let parameters = query("&&ticket=ST-1&x&service=a&");

    assert_eq!(parameters.one("service"), Ok(Some("a")));
    assert_eq!(parameters.one("ticket"), Ok(Some("ST-1")));
    assert_eq!(parameters.one("x"), Ok(None));
}

#[test]
fn p4_the_body_wins_and_a_body_without_service_takes_that_of_the_query() {
    assert_eq!(
        posted("service=a&method=GET", "username=u").one("service"),
        Ok(Some("a"))
    );
    assert_eq!(posted("service=a", "service=").one("service"), Ok(Some("a")));
    assert_eq!(posted("service=a", "service=a").one("service"), Ok(Some("a")));
    assert_eq!(
        posted("method=GET", "method=POST").one("method"),
        Ok(Some("POST"))
    );
}

#[test]
fn p4_two_addresses_that_contradict_each_other_are_refused() {
    for name in ["service", "targetService", "TARGET"] {
        let parameters = posted(&format!("{name}=a"), &format!("{name}=b"));
        assert_eq!(parameters.one(name), Err(Duplicate { name }));
    }
}

#[test]
fn p5_a_parameter_given_twice_is_refused_even_with_one_value_and_even_unread() {
    for name in PROTOCOL {
        for text in [
            format!("{name}=a&{name}=a"),
            format!("{name}=&{name}=a"),
            format!("{name}&x&{name}=b"),
        ] {
            assert_eq!(query(&text).one(name), Err(Duplicate { name }), "{text}");
            assert_eq!(query(&text).refuse_repeats(), Err(Duplicate { name }), "{text}");
        }
    }
    assert_eq!(
        posted("", "username=a&username=b").one("username"),
        Err(Duplicate { name: "username" })
    );
    assert_eq!(query("locale=fr&locale=en").refuse_repeats(), Ok(()));
}

#[test]
fn p6_credentials_in_the_address_line_do_not_exist() {
    let parameters = posted("username=u&password=p", "x=1");
    assert_eq!(parameters.one("username"), Ok(None));
    assert_eq!(parameters.one("password"), Ok(None));

    let parameters = posted("password=wrong", "password=+p%2B+");
    assert_eq!(parameters.one("password"), Ok(Some(" p+ ")));
}

#[test]
fn p7_blank_equals_absent() {
    for text in [
        "",
        "ticket",
        "ticket=",
        "ticket=+",
        "ticket=%20%09",
        "ticket=%C2%A0",
    ] {
        assert_eq!(query(text).one("ticket"), Ok(None), "{text}");
    }
}

#[test]
fn d11_a_flag_is_set_unless_it_says_false() {
    for text in [
        "renew=true",
        "renew=True",
        "renew=1",
        "renew=on",
        "renew=no",
        "renew=0",
    ] {
        assert_eq!(query(text).flag("renew"), Ok(true), "{text}");
    }
    for text in [
        "",
        "renew",
        "renew=",
        "renew=+",
        "renew=false",
        "renew=FALSE",
        "renew=+False",
    ] {
        assert_eq!(query(text).flag("renew"), Ok(false), "{text}");
    }
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    use MalformedParameters::*;
    for (text, why) in [
        (&b"a=%"[..], Escape),
        (b"a=%2", Escape),
        (b"a=%zz", Escape),
        (b"%=1", Escape),
        (b"a=%00", Nul),
        (b"a\0=1", Nul),
        (b"a=%ff", Encoding),
        (b"a=%c3", Encoding),
        (b"a=\xc3\x28", Encoding),
        (b"a=%ed%a0%80", Encoding),
        (b"a=%c0%af", Encoding),
    ] {
        assert_eq!(Parameters::parse(text, None).err(), Some(why), "{text:?}");
        assert_eq!(Parameters::parse(b"", Some(text)).err(), Some(why), "{text:?}");
    }
}

#[test]
fn a_request_has_at_most_one_hundred_parameters() {
    let hundred = "a&".repeat(100);
    assert!(Parameters::parse(hundred.as_bytes(), None).is_ok());
    assert_eq!(
        Parameters::parse(hundred.as_bytes(), Some(b"a")).err(),
        Some(MalformedParameters::TooMany)
    );
    assert_eq!(
        Parameters::parse("a&".repeat(101).as_bytes(), None).err(),
        Some(MalformedParameters::TooMany)
    );
}

#[test]
fn parameters_print_names_and_never_values() {
    assert_eq!(
        format!("{:?}", posted("ticket=ST-1", "password=secret")),
        r#"["ticket", "password"]"#
    );
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in any::<Vec<u8>>()) {
        let _ = Parameters::parse(&bytes, Some(&bytes));
    }

    #[test]
    fn any_value_arrives_as_it_was_sent(value in "[^\0]{0,40}", before in "[a-z]{0,3}=[a-z]{0,3}") {
        let mut text = format!("{before}&service=");
        percent::push_form_encoded(&mut text, &value);

        let parameters = query(&text);

        let expected = Some(value.as_str()).filter(|value| !value.trim().is_empty());
        prop_assert_eq!(parameters.one("service"), Ok(expected));
    }
}

#[test]
fn an_object_is_read_like_a_form() {
    let parameters =
        Parameters::from_json(r#"{"username":"zoé","renew":false,"other":[{"a":1}]}"#.as_bytes()).unwrap();

    assert_eq!(parameters.one("username"), Ok(Some("zoé")));
    assert_eq!(parameters.flag("renew"), Ok(false));
    assert_eq!(parameters.one("other"), Ok(None));
}

#[test]
fn a_key_given_twice_is_refused_in_an_object_too() {
    let parameters = Parameters::from_json(br#"{"service":"a","service":"a"}"#).unwrap();

    assert_eq!(parameters.one("service"), Err(Duplicate { name: "service" }));
}

#[test]
fn what_is_no_object_of_texts_is_refused() {
    let deep = format!("{{\"service\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    for text in [
        "",
        "null",
        "[]",
        "\"a\"",
        "{",
        "{\"username\":\"a\"} x",
        "{\"username\":1}",
        "{\"username\":[\"a\"]}",
        "{\"password\":{\"a\":\"b\"}}",
        "{\"renew\":1.5}",
        "{\"username\":\"\\ud800\"}",
        deep.as_str(),
    ] {
        let refused = Parameters::from_json(text.as_bytes()).map(|_| ());
        let start: String = text.chars().take(40).collect();
        assert_eq!(refused, Err(MalformedParameters::Json), "{start}");
    }
    assert!(matches!(
        Parameters::from_json(b"{\"username\":\"\xff\"}"),
        Err(MalformedParameters::Json)
    ));
    assert!(matches!(
        Parameters::from_json(br#"{"username":"a\u0000b"}"#),
        Err(MalformedParameters::Nul)
    ));
    let many: Vec<String> = (0..101).map(|n| format!("\"k{n}\":\"\"")).collect();
    assert!(Parameters::from_json(format!("{{{}}}", many.join(",")).as_bytes()).is_err());
}
