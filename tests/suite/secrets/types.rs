//! What the types of the program say of themselves when they are printed for a person who looks for a fault.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use regex::Regex;
use secrecy::SecretString;
use vestibule::cas::parameters::Parameters;
use vestibule::cas::request::{Dialect, ProxyRequest, ValidateRequest};
use vestibule::cas::rest::Asked;
use vestibule::cas::saml::request::SamlRequest;
use vestibule::cas::ticket::{ProxyGrantingTicketId, ServiceTicketId, TicketGrantingTicketId};
use vestibule::config::Config;
use vestibule::kernel::entropy::Entropy;
use vestibule::kernel::keyring::{Key, Keyring};
use vestibule::people::birth_date::{BirthDate, TypedDate};
use vestibule::people::code::CertificateCode;
use vestibule::people::dated_hash::DatedHash;
use vestibule::people::generated::GeneratedPassword;
use vestibule::web::pages::Shown;

/// Fields that are called like a secret and are none, or no longer one; each is text in a type that prints itself.
const NO_SECRETS: [(&str, &str, &str); 21] = [
    ("Answer", "code", "a code of the protocol, of a sample service"),
    (
        "Assertion",
        "proxy_granting_ticket_iou",
        "names a ticket, opens nothing",
    ),
    (
        "Existing",
        "source_hash",
        "tells one row of a roster from another",
    ),
    ("Facts", "password_kind", "chosen, generated or temporary"),
    ("Held", "password_kind", "chosen, generated or temporary"),
    ("DemoRow", "birth_date", "invented"),
    ("DemoRow", "birth_name", "invented, and a name"),
    ("DemoRow", "code", "invented"),
    ("Journey", "sheet", "sealed with a key that only the browser has"),
    ("Known", "source_hash", "tells one row of a roster from another"),
    ("LogoutMessage", "session_index", "a ticket that is spent"),
    ("Message", "session_index", "a ticket that is spent"),
    ("Names", "birth_name", "a name"),
    ("Refused", "code", "a code of the protocol, of a sample service"),
    ("Row", "cookie", "its digest"),
    ("Row", "device", "Firefox on Linux"),
    ("Session", "device", "Firefox on Linux"),
    ("Shown", "password", "chosen, generated or temporary"),
    ("Shown", "password_since", "a day"),
    ("ValidateRequest", "pgt_url", "an address"),
    ("Visit", "ticket", "a ticket that is spent, at a sample service"),
];

/// `src` without its tests: path and text.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs")
            && !name.ends_with("tests.rs")
            && !name.contains("/tests/")
        {
            let text = fs::read_to_string(&path).expect("a source");
            let program = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
            found.push((name, program.to_owned()));
        }
    }
}

#[test]
fn s80_no_type_that_prints_itself_holds_a_secret_as_plain_text() {
    let types =
        Regex::new(r"(?s)#\[derive\([^)]*\bDebug\b[^)]*\)\](?:\s*#\[[^\]]*\])*\s*(?:pub(?:\([a-z]+\))? )?(?:struct|enum) (\w+)[^{;(]*\{(.*?)\n\}")
            .expect("a pattern");
    let fields = Regex::new(r"(?m)^\s*(?:pub(?:\([a-z]+\))? )?(\w+): ([^=]*?),?$").expect("a pattern");
    let secret = Regex::new(
        r"password|secret|cookie|ticket|(^|_)code$|(^|_)pgt|token|pepper|_hash|birth|born|execution|artifact|session_index|receipt|device|nonce|sheet",
    )
    .expect("a pattern");
    let plain = Regex::new(r"\b(String|str|Zeroizing)\b|Vec<u8>|\[u8").expect("a pattern");
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    // The clauses ask other servers as well, with a password that is typed on the command line for that.
    all.retain(|(path, _)| !path.contains("/conformance"));

    let mut open = Vec::new();
    for (path, text) in &all {
        for declared in types.captures_iter(text) {
            for field in fields.captures_iter(&declared[2]) {
                if secret.is_match(&field[1]) && plain.is_match(&field[2]) {
                    open.push((path.clone(), declared[1].to_owned(), field[1].to_owned()));
                }
            }
        }
    }

    let is_known =
        |name: &str, field: &str| NO_SECRETS.iter().any(|known| (known.0, known.1) == (name, field));
    let unknown: Vec<_> = open
        .iter()
        .filter(|(_, name, field)| !is_known(name, field))
        .collect();
    assert!(
        unknown.is_empty(),
        "SecretString, Unshown or a Debug of one's own: {unknown:#?}"
    );
    for (name, field, _) in NO_SECRETS {
        let is_there = open
            .iter()
            .any(|found| (found.1.as_str(), found.2.as_str()) == (name, field));
        assert!(is_there, "{name}.{field} is not there any longer");
    }
}

/// That a value prints nothing of a secret that is in it.
fn hides(value: &impl Debug, secret: &str) {
    let shown = format!("{value:?} {value:#?}");
    assert!(
        !secret.is_empty() && !shown.contains(secret),
        "{secret} is in {shown}"
    );
}

#[test]
fn s80_whatever_holds_a_secret_prints_itself_without_it() {
    let entropy = Entropy::seeded(80);
    let at = chrono::DateTime::UNIX_EPOCH;
    let key = Key::new(*b"abcdefghijklmnopqrstuvwxyz012345");
    for bytes in ["abcdefgh", "97, 98, 99", "6162636465"] {
        hides(&key, bytes);
        hides(&Keyring::new(key.clone(), [key.clone()]), bytes);
    }
    let service = ServiceTicketId::mint(&entropy, at);
    hides(&service, service.expose());
    let session = TicketGrantingTicketId::mint(&entropy, at);
    hides(&session, session.expose());
    let grant = ProxyGrantingTicketId::mint(&entropy, at);
    hides(&grant, grant.expose());
    let code = CertificateCode::generate(&entropy);
    hides(&code, code.canonical());
    hides(&code, &code.display());
    let password = GeneratedPassword::generate(&entropy, 4);
    hides(&password, password.canonical());
    hides(&SecretString::from("le vélo de Camille"), "Camille");
    hides(&Shown::new("le vélo de Camille"), "Camille");
    hides(&BirthDate::new(2007, 3, 27), "2007");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 10, 5).expect("a day");
    hides(&TypedDate::parse("27", "3", "2007", today), "2007");
    let hash = DatedHash::parse("{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9hzYWx0").expect("a hash");
    hides(&hash, "W6ph5Mm5Pz8GgiULbPgzG37mj9hzYWx0");
}

#[test]
fn s80_what_was_sent_prints_itself_without_passwords_and_tickets() {
    let body = b"username=corsonneau&password=le+velo&ticket=ST-abc&pgt=PGT-abc&service=https://a/&targetService=https://a/";
    let sent = Parameters::parse(b"", Some(body)).expect("a form");
    hides(&sent, "le velo");
    hides(&sent, "ST-abc");
    hides(&Asked::parse(&sent).expect("a request"), "le velo");
    hides(&ValidateRequest::parse(&sent, Dialect::Cas2), "ST-abc");
    hides(&ProxyRequest::parse(&sent), "PGT-abc");
    let envelope = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><Request \
                    xmlns='urn:oasis:names:tc:SAML:1.0:protocol'><AssertionArtifact>ST-abc</AssertionArtifact>\
                    </Request></e:Body></e:Envelope>";
    let read = SamlRequest::parse(envelope.as_bytes());
    assert!(read.is_ok(), "{read:?}");
    hides(&read, "ST-abc");
}

#[test]
fn s80_a_configuration_prints_itself_without_the_passwords_of_its_addresses() {
    let variables = [
        (
            "VESTIBULE__DATABASE__URL",
            "postgres://vestibule:hidden-one@127.0.0.1/vestibule",
        ),
        ("VESTIBULE__TICKETS__REGISTRY", "redis://:hidden-two@127.0.0.1/0"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));

    let config = Config::load(None, variables.into_iter()).expect("a configuration");

    hides(&config, "hidden-one");
    hides(&config, "hidden-two");
}
