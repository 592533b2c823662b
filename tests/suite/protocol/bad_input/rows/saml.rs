//! `/samlValidate`: the address in the query, the ticket in a SOAP envelope.

use super::spelling::{Fault, join, repeated, spellings, undecodable};
use super::{Row, SERVICE, Wants, get, send, utf_16};

const DOORS: [&str; 2] = ["/samlValidate", "/p3/samlValidate"];

const UNREADABLE: &str = "the request could not be decoded";
const NO_ARTIFACT: &str = "the request holds no assertion artifact";
const UNKNOWN: &str = "the ticket is not recognized";

/// The request of the Java client, with `inside` where the ticket belongs.
fn envelope(inside: &str) -> String {
    format!(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header/><soap:Body><Request \
         xmlns=\"urn:oasis:names:tc:SAML:1.0:protocol\" MajorVersion=\"1\" MinorVersion=\"1\" RequestID=\"1a\">\
         <AssertionArtifact>{inside}</AssertionArtifact></Request></soap:Body></soap:Envelope>"
    )
}

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for door in DOORS {
        addresses(&mut rows, door);
        let path = format!("{door}?TARGET={SERVICE}");
        for (body, text) in artifacts().into_iter().chain(documents()) {
            for media in ["text/xml", "application/x-www-form-urlencoded"] {
                let row = send(&path, body.clone()).header(format!("Content-Type: {media}"));
                rows.push(row.wants(Wants::Saml(text)));
            }
            let pieces = send(&path, body.clone()).chunked();
            rows.push(pieces.wants(Wants::Saml(text)));
        }
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            rows.push(get(door, "").method(method).wants(Wants::Method("POST")));
        }
    }
    rows
}

fn addresses(rows: &mut Vec<Row>, door: &str) {
    let good = envelope("{ticket}");
    let ask = |query: &str| send(&format!("{door}?{query}"), good.as_str());
    for (fault, pairs) in spellings("TARGET", SERVICE) {
        let text = match fault {
            Fault::Missing => "the TARGET parameter is required",
            Fault::Repeated => "a parameter was given more than once",
            Fault::Undecodable => UNREADABLE,
        };
        rows.push(ask(&pairs).wants(Wants::Saml(text)));
        rows.push(ask(&join(&["service=x&ticket={ticket}", &pairs])).wants(Wants::Saml(text)));
    }
    let target = format!("TARGET={SERVICE}");
    for name in [
        "service", "ticket", "SAMLart", "renew", "pgtUrl", "method", "gateway",
    ] {
        for pairs in repeated(name, "{ticket}") {
            let row = ask(&join(&[&target, &pairs]));
            rows.push(row.wants(Wants::Saml("a parameter was given more than once")));
        }
        for pairs in undecodable(name, "{ticket}") {
            rows.push(ask(&join(&[&pairs, &target])).wants(Wants::Saml(UNREADABLE)));
        }
    }
    rows.push(ask(&format!("{target}{}", "&a=1".repeat(100))).wants(Wants::Saml(UNREADABLE)));
}

/// What stands where the ticket belongs.
fn artifacts() -> Vec<(Vec<u8>, &'static str)> {
    let long = format!("ST-{}", "a".repeat(8_000));
    let just_too_long = format!("ST-{}", "a".repeat(62));
    let mut all: Vec<(Vec<u8>, &'static str)> = Vec::new();
    for inside in [
        "ST-other",
        "{ticket}x",
        "{ticket} {ticket}",
        "%53T-1",
        "PT-1",
        "AAHhVGhp",
        "ST-&amp;",
        "ST-&#x9;".split('&').next().unwrap_or_default(),
        "st-1",
        &long,
        &just_too_long,
    ] {
        all.push((envelope(inside).into_bytes(), UNKNOWN));
    }
    for inside in ["", " \n\t "] {
        all.push((envelope(inside).into_bytes(), NO_ARTIFACT));
    }
    for inside in [
        "{ticket}<b/>",
        "{ticket}<!-- -->",
        "<![CDATA[{ticket}]]>",
        "<?x y?>{ticket}",
        "{ticket}&#48;",
        "{ticket}&#0;",
        "{ticket}&t;",
        "{ticket}&",
        "{ticket}\u{1}",
        "{ticket}\u{fffe}",
        "</AssertionArtifact><AssertionArtifact>{ticket}",
    ] {
        all.push((envelope(inside).into_bytes(), UNREADABLE));
    }
    all
}

/// Whole bodies.
fn documents() -> Vec<(Vec<u8>, &'static str)> {
    let good = envelope("{ticket}");
    let header =
        |inside: &str| good.replace("<soap:Header/>", &format!("<soap:Header>{inside}</soap:Header>"));
    let doctype = |declared: &str, inside: &str| format!("<!DOCTYPE a [{declared}]>{}", envelope(inside));
    let tenfold: Vec<String> = "abcdefghi"
        .chars()
        .zip('b'..='j')
        .map(|(before, name)| format!("<!ENTITY {name} \"{}\">", format!("&{before};").repeat(10)))
        .collect();
    let laughs = tenfold.concat();
    let quadratic = format!("<!ENTITY a \"{}\">", "a".repeat(30_000));
    let many = |each: &dyn Fn(usize) -> String, count: usize| (0..count).map(each).collect::<String>();
    let texts = vec![
        "{}".to_owned(),
        "SAMLart={ticket}".to_owned(),
        "{\"ticket\":\"{ticket}\"}".to_owned(),
        "<".to_owned(),
        "<a/>".to_owned(),
        "<".repeat(60_000),
        good[..good.len() - 1].to_owned(),
        good.repeat(2),
        format!("{good}x"),
        good.replace("<Request", "<Request a=\"1\" a=\"2\""),
        good.replace("<Request", "<request")
            .replace("</Request", "</request"),
        good.replace(":soap=", ":wrong="),
        good.replace("org/soap", "org/sloap"),
        good.replace("SAML:1.0", "SAML:2.0"),
        good.replace("\"1a\"", &format!("\"{}\"", "1".repeat(257))),
        format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{good}"),
        format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADw-{}", &good[1..]),
        format!("<?xml-stylesheet href=\"http://evil.example/\"?>{good}"),
        // Ten to the ninth, and thirty thousand by a thousand.
        doctype(&format!("<!ENTITY a \"a\">{laughs}"), "&j;"),
        doctype(&quadratic, &"&a;".repeat(1_000)),
        doctype("<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">", "&a;"),
        doctype("<!ENTITY a SYSTEM \"file:///etc/passwd\">", "&a;"),
        doctype("<!ENTITY a SYSTEM \"http://127.0.0.1:1/\">", "&a;"),
        doctype(
            "<!ENTITY % a SYSTEM \"http://127.0.0.1:1/a.dtd\"> %a;",
            "{ticket}",
        ),
        doctype("<!ENTITY a PUBLIC \"x\" \"file:///dev/zero\">", "&a;"),
        format!("<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\">{good}"),
        format!("<!DOCTYPE soap:Envelope>{good}"),
        "<!DOCTYPE a [".to_owned() + &"<!ENTITY a \"a\">".repeat(3_000),
        // Ten thousand deep: closed, left open, and each with a name space of its own.
        header(&("<a>".repeat(7_000) + &"</a>".repeat(7_000))),
        header(&"<a>".repeat(10_000)),
        "<a>".repeat(10_000),
        "<a>".repeat(4_600) + &"</a>".repeat(4_600),
        many(&|at| format!("<a xmlns=\"u:{at}\">"), 3_000),
        // Wide: attributes, name spaces, and one of each too long.
        good.replace(
            "<Request",
            &format!("<Request{}", many(&|at| format!(" a{at}=\"\""), 5_000)),
        ),
        good.replace(
            "<Request",
            &format!("<Request{}", many(&|at| format!(" xmlns:a{at}=\"u\""), 2_500)),
        ),
        good.replace("RequestID", &"R".repeat(60_000))
            .replace("\"1a\"", "&"),
        header(&format!("<a b=\"{}&c;\"/>", "b".repeat(60_000))),
        format!("{good}{}", " ".repeat(64 * 1024)),
        good.replace("{ticket}", &format!("{{ticket}}<!--{}-->", "-".repeat(3))),
    ];
    let mut all: Vec<(Vec<u8>, &'static str)> = texts
        .into_iter()
        .map(|text| (text.into_bytes(), UNREADABLE))
        .collect();
    all.push((Vec::new(), NO_ARTIFACT));
    all.push((b" \n".to_vec(), NO_ARTIFACT));
    for little in [false, true] {
        all.push((utf_16(&good, little), UNREADABLE));
    }
    for bytes in [b"\xff".as_slice(), b"\xc0\xaf", b"\xed\xa0\x80", b"\0"] {
        all.push(([good.as_bytes(), bytes].concat(), UNREADABLE));
    }
    all.push((vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0], UNREADABLE));
    all
}
