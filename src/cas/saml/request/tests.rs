//! Tests of `cas::saml::request`.

use proptest::prelude::*;

use super::*;

const TICKET: &str = "ST-1-abc";

fn parse(body: &str) -> Result<SamlRequest, Malformed> {
    SamlRequest::parse(body.as_bytes())
}

/// A request in the shape that most clients send, with this inside its body.
fn envelope(body: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"{SOAP}\"><e:Header/><e:Body xmlns:p=\"{PROTOCOL}\">{body}</e:Body></e:Envelope>"
    )
}

/// The same with this inside its request.
fn request(content: &str) -> String {
    envelope(&format!("<p:Request RequestID=\"r\">{content}</p:Request>"))
}

fn artifact(content: &str) -> String {
    request(&format!("<p:AssertionArtifact>{content}</p:AssertionArtifact>"))
}

#[test]
fn m9_item_50_the_request_of_every_client_in_the_field_is_read() {
    let requests = [
        // phpCAS, in one line.
        (
            "_192.168.16.51.1024506224022",
            r#"<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/><SOAP-ENV:Body><samlp:Request xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol"  MajorVersion="1" MinorVersion="1" RequestID="_192.168.16.51.1024506224022" IssueInstant="2002-06-19T17:03:44.022Z"><samlp:AssertionArtifact>ST-1-abc</samlp:AssertionArtifact></samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>"#,
        ),
        // The Java client: the protocol is the default namespace, under a prefix of its own for the envelope.
        (
            "_f6a1",
            r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header/><soap:Body><Request xmlns="urn:oasis:names:tc:SAML:1.0:protocol" IssueInstant="2026-01-05T09:30:10Z" MajorVersion="1" MinorVersion="1" RequestID="_f6a1"><AssertionArtifact>ST-1-abc</AssertionArtifact></Request></soap:Body></soap:Envelope>"#,
        ),
        // mod_auth_cas: a declaration, and no IssueInstant.
        (
            "0123456789abcdef",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\">\n<SOAP-ENV:Header />\n<SOAP-ENV:Body>\n<samlp:Request xmlns:samlp=\"urn:oasis:names:tc:SAML:1.0:protocol\" MajorVersion=\"1\" MinorVersion=\"1\" RequestID=\"0123456789abcdef\">\n<samlp:AssertionArtifact>ST-1-abc</samlp:AssertionArtifact>\n</samlp:Request>\n</SOAP-ENV:Body>\n</SOAP-ENV:Envelope>\n",
        ),
        // python-cas: a bare UUID that begins with a digit, a local time, attributes on lines of their own.
        (
            "7b6e8f0e-0d3c-4a58-9e3c-2d4b5f0a6c11",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\">\n<SOAP-ENV:Header/>\n<SOAP-ENV:Body>\n<samlp:Request xmlns:samlp=\"urn:oasis:names:tc:SAML:1.0:protocol\"\nMajorVersion=\"1\"\nMinorVersion=\"1\"\nRequestID=\"7b6e8f0e-0d3c-4a58-9e3c-2d4b5f0a6c11\"\nIssueInstant=\"2026-01-05T10:30:10.123456\">\n<samlp:AssertionArtifact>ST-1-abc</samlp:AssertionArtifact></samlp:Request>\n</SOAP-ENV:Body>\n</SOAP-ENV:Envelope>",
        ),
        // dotnet-cas-client and the Node clients: the artifact on three lines.
        (
            "1024506224022",
            "\u{feff}<SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'>\r\n  <SOAP-ENV:Header/>\r\n  <SOAP-ENV:Body>\r\n    <samlp:Request xmlns:samlp='urn:oasis:names:tc:SAML:1.0:protocol' MajorVersion='1' MinorVersion='1' RequestID='1024506224022' IssueInstant='yesterday'>\r\n      <samlp:AssertionArtifact>\r\n        ST-1-abc\r\n      </samlp:AssertionArtifact>\r\n    </samlp:Request>\r\n  </SOAP-ENV:Body>\r\n</SOAP-ENV:Envelope>",
        ),
    ];

    for (id, body) in requests {
        let expected = SamlRequest {
            id: Some(id.to_owned()),
            artifact: TICKET.into(),
        };
        assert_eq!(parse(body), Ok(expected), "{body}");
    }
}

#[test]
fn what_has_nothing_to_do_with_the_ticket_is_passed_over() {
    let artifact = "<p:AssertionArtifact a='b' xmlns:q='urn:q'>ST-1-abc</p:AssertionArtifact>";
    for body in [
        envelope(&format!("<!-- hello --><p:Request>{artifact}</p:Request>")),
        request(&format!(
            "<p:RespondWith>saml:<b/>x</p:RespondWith>{artifact}<ds:S xmlns:ds='urn:ds'>&amp;</ds:S>"
        )),
        format!(
            "<Envelope xmlns='{SOAP}'><Header><a xmlns='urn:a'>text<Body/><b c='&lt;'/></a></Header><Body>\
             <Request xmlns='{PROTOCOL}'><AssertionArtifact>ST-1-abc</AssertionArtifact></Request></Body></Envelope>\
             \n<!-- the end -->\n"
        ),
    ] {
        assert_eq!(
            parse(&body).map(|asked| asked.artifact).as_deref(),
            Ok(TICKET),
            "{body}"
        );
    }
}

#[test]
fn a_request_id_is_any_text_of_256_characters_at_most() {
    let with = |id: &str| {
        let request = format!(
            "<p:Request RequestID=\"{id}\"><p:AssertionArtifact>ST-1-abc</p:AssertionArtifact></p:Request>"
        );
        parse(&envelope(&request)).map(|asked| asked.id)
    };

    assert_eq!(with("1 &amp; &quot;é&quot;"), Ok(Some("1 & \"é\"".to_owned())));
    assert_eq!(with(&"é".repeat(256)), Ok(Some("é".repeat(256))));
    assert_eq!(with(&"e".repeat(257)), Err(Malformed::LongId));
    assert_eq!(with("  "), Ok(None));
    assert_eq!(with("a&#10;b"), Err(Malformed::Reference));
    assert_eq!(with("a&b;"), Err(Malformed::Reference));
    assert_eq!(with("a<b"), Err(Malformed::NotXml));
}

#[test]
fn s56_an_artifact_is_text_and_nothing_but_text() {
    assert_eq!(&*parse(&artifact("ST&amp;1")).unwrap().artifact, "ST&1");
    for (content, refusal) in [
        ("", Malformed::NoArtifact),
        (" \n ", Malformed::NoArtifact),
        ("ST-<!-- -->1", Malformed::Markup),
        ("<!-- -->ST-1", Malformed::Markup),
        ("ST-<b/>1", Malformed::Misplaced),
        (
            "<p:AssertionArtifact>ST-1</p:AssertionArtifact>",
            Malformed::Misplaced,
        ),
        ("<![CDATA[ST-1]]>", Malformed::Markup),
        ("ST-<?x y?>1", Malformed::Markup),
        ("ST&#45;1", Malformed::Reference),
        ("ST&#x2d;1", Malformed::Reference),
        ("ST&dash;1", Malformed::Reference),
        ("ST&1", Malformed::NotXml),
    ] {
        assert_eq!(parse(&artifact(content)), Err(refusal), "{content}");
    }
}

#[test]
fn s56_an_envelope_holds_one_of_everything_in_its_namespace() {
    let good = "<p:Request><p:AssertionArtifact>ST-1</p:AssertionArtifact></p:Request>";
    let foreign = |from: &str, to: &str| envelope(good).replace(from, to);
    for (body, refusal) in [
        (request(""), Malformed::NoArtifact),
        (envelope(""), Malformed::NoArtifact),
        (format!("<e:Envelope xmlns:e='{SOAP}'/>"), Malformed::NoArtifact),
        (String::new(), Malformed::NoArtifact),
        (envelope(&format!("{good}{good}")), Malformed::Misplaced),
        (envelope(&format!("{good}<p:Other/>")), Malformed::Misplaced),
        (envelope(&format!("x{good}")), Malformed::Misplaced),
        (envelope(good).repeat(2), Malformed::Misplaced),
        (format!("{}x", envelope(good)), Malformed::Misplaced),
        (
            request(
                "<p:AssertionArtifact>a</p:AssertionArtifact><p:AssertionArtifact>b</p:AssertionArtifact>",
            ),
            Malformed::Misplaced,
        ),
        (
            good.replace("<p:Request>", &format!("<p:Request xmlns:p='{PROTOCOL}'>")),
            Malformed::Misplaced,
        ),
        (
            foreign(SOAP, "http://www.w3.org/2003/05/soap-envelope"),
            Malformed::Misplaced,
        ),
        (
            foreign(PROTOCOL, "urn:oasis:names:tc:SAML:2.0:protocol"),
            Malformed::Misplaced,
        ),
        (foreign("xmlns:p=", "xmlns:q="), Malformed::NotXml),
        (
            foreign("p:AssertionArtifact", "AssertionArtifact"),
            Malformed::NoArtifact,
        ),
        (
            request("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>"),
            Malformed::NoArtifact,
        ),
        (
            artifact("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>"),
            Malformed::Misplaced,
        ),
        (envelope(good).replace("</e:Envelope>", ""), Malformed::NotXml),
        (
            envelope(good).replace("</e:Body>", "</e:Bodi>"),
            Malformed::NotXml,
        ),
        (envelope("<p:Request a='1' a='2'/>"), Malformed::NotXml),
        (
            format!(
                "<?xml version='1.0'?>{}",
                envelope(good).replace("<e:Header/>", "<?xml version='1.0'?>")
            ),
            Malformed::NotXml,
        ),
        (format!("<?php exit; ?>{}", envelope(good)), Malformed::Markup),
    ] {
        assert_eq!(parse(&body), Err(refusal), "{body}");
    }
}

#[test]
fn s56_item_53_a_doctype_is_refused_whatever_it_declares() {
    let laughs: Vec<String> = (1..10)
        .map(|level| {
            format!(
                "<!ENTITY l{level} \"{}\">",
                format!("&l{};", level - 1).repeat(10)
            )
        })
        .collect();
    let laughs = laughs.concat();
    for doctype in [
        "<!DOCTYPE e:Envelope>".to_owned(),
        "<!DOCTYPE e:Envelope [<!ENTITY t \"ST-1\">]>".to_owned(),
        "<!DOCTYPE e:Envelope [<!ENTITY t SYSTEM \"file:///etc/passwd\">]>".to_owned(),
        "<!DOCTYPE e:Envelope SYSTEM \"http://127.0.0.1/e.dtd\">".to_owned(),
        "<!DOCTYPE e:Envelope [<!ENTITY % p SYSTEM \"http://127.0.0.1/e.dtd\"> %p;]>".to_owned(),
        format!("<!DOCTYPE e:Envelope [<!ENTITY l0 \"ha\">{laughs}]>"),
    ] {
        assert_eq!(
            parse(&(doctype.clone() + &artifact("&t;"))),
            Err(Malformed::Markup),
            "{doctype}"
        );
        let inside = artifact("ST-1").replace("<e:Header/>", &doctype);
        assert!(parse(&inside).is_err(), "{doctype}");
    }
}

#[test]
fn s56_what_is_no_utf_8_or_not_allowed_in_xml_is_refused() {
    let good = artifact("ST-1");
    let utf_16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe], utf_16.as_slice()].concat();
    let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{good}");
    for body in [
        utf_16.as_slice(),
        &marked,
        latin.as_bytes(),
        good.replace("ST-1", "ST-\0").as_bytes(),
        good.replace("ST-1", "ST-\u{1}").as_bytes(),
        &[good.as_bytes(), b"\xe9"].concat(),
    ] {
        assert_eq!(SamlRequest::parse(body), Err(Malformed::NotText));
    }
    assert_eq!(
        SamlRequest::parse(&[0x1f, 0x8b, 8, 0]),
        Err(Malformed::NotText),
        "gzip"
    );
}

#[test]
fn s56_depth_attributes_and_length_have_an_end() {
    let nested = |depth: usize| {
        let header = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        artifact(TICKET).replace("<e:Header/>", &format!("<e:Header>{header}</e:Header>"))
    };
    assert!(parse(&nested(30)).is_ok());
    assert_eq!(parse(&nested(31)), Err(Malformed::TooMuch));
    assert_eq!(parse(&nested(9_000)), Err(Malformed::TooMuch));
    assert_eq!(parse(&"<a>".repeat(10_000)), Err(Malformed::Misplaced));
    assert_eq!(
        parse(&format!(
            "<e:Envelope xmlns:e='{SOAP}'>{}",
            "<e:Header>".repeat(6_000)
        )),
        Err(Malformed::TooMuch)
    );

    let dressed = |count: usize| {
        let attributes: Vec<String> = (0..count).map(|number| format!(" a{number}=''")).collect();
        let attributes = attributes.concat();
        artifact(TICKET).replace("<e:Header/>", &format!("<e:Header{attributes}/>"))
    };
    assert!(parse(&dressed(32)).is_ok());
    assert_eq!(parse(&dressed(33)), Err(Malformed::TooMuch));
    let bindings: Vec<String> = (0..3_000).map(|number| format!(" xmlns:a{number}='u'")).collect();
    let bindings = bindings.concat();
    assert!(parse(&artifact(TICKET).replace("<e:Header/>", &format!("<e:Header{bindings}/>"))).is_err());

    let long = artifact(&format!("{}{TICKET}", " ".repeat(LARGEST)));
    assert_eq!(parse(&long), Err(Malformed::TooLong));
    let exact = artifact(TICKET);
    let padded = exact.clone() + &" ".repeat(LARGEST - exact.len());
    assert!(parse(&padded).is_ok());
    assert_eq!(parse(&(padded + " ")), Err(Malformed::TooLong));
}

#[test]
fn a_refusal_says_whether_the_artifact_or_the_rest_was_missing() {
    assert_eq!(
        Failure::from(Malformed::NoArtifact).cause(),
        Cause::ArtifactMissing
    );
    assert_eq!(Failure::from(Malformed::Markup).cause(), Cause::Undecodable);
}

proptest! {
    #[test]
    fn s56_any_bytes_are_a_request_or_a_refusal(body in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = SamlRequest::parse(&body);
    }

    #[test]
    fn s56_any_mixture_of_markup_is_a_request_with_a_ticket_or_a_refusal(
        parts in proptest::collection::vec(prop::sample::select(vec![
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">", "</e:Envelope>", "<e:Header/>",
            "<e:Body>", "</e:Body>", "<p:Request xmlns:p=\"urn:oasis:names:tc:SAML:1.0:protocol\" RequestID='1'>",
            "</p:Request>", "<p:AssertionArtifact>", "</p:AssertionArtifact>", "ST-1", " ", "&amp;", "&#1;", "<!--",
            "-->", "<![CDATA[", "]]>", "<?xml version='1.0'?>", "<!DOCTYPE a>", "<a b='", "'/>", "\0", "é",
        ]), 0..24),
    ) {
        if let Ok(asked) = SamlRequest::parse(parts.concat().as_bytes()) {
            prop_assert!(!asked.artifact.trim().is_empty());
            prop_assert!(!asked.artifact.contains('<'));
        }
    }

    #[test]
    fn a_ticket_comes_out_as_it_went_in(
        text in "[ -~é]{1,80}".prop_filter("not blank", |text| !text.trim().is_empty()),
    ) {
        let mut escaped = String::new();
        xml::push_text(&mut escaped, &text);

        let read = parse(&artifact(&format!("\n\t{escaped}\r\n"))).unwrap();

        prop_assert_eq!(&*read.artifact, text.trim_ascii());
    }
}
