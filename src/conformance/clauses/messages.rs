//! Back-channel single logout: what a listening service is told.

use std::time::{Duration, Instant};

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::Browser;
use crate::conformance::finding::{Found, Stop, same};
use crate::conformance::listener::{Answer, Heard};

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long sign-out may take while a service does not answer.
const PROMPT: Duration = Duration::from_secs(6);

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "message.sent",
        "[O-4] [O-7]",
        "a service that validated a ticket is told of the end of the session",
        sent
    ),
    clause!(
        "message.form",
        "[O-8]",
        "the message is a POST of one form field `logoutRequest` with its length",
        form
    ),
    clause!(
        "message.prefixes",
        "[O-9]",
        "the document uses the prefixes `samlp:` and `saml:`",
        prefixes
    ),
    clause!(
        "message.index",
        "[O-10]",
        "`SessionIndex` is a child of the root and holds exactly the ticket",
        index
    ),
    clause!(
        "message.namespaces",
        "[O-11]",
        "`xmlns:saml` stands on the root and on `NameID`",
        namespaces
    ),
    clause!(
        "message.declaration",
        "[O-12]",
        "the document begins with `<samlp:LogoutRequest`: no declaration",
        declaration
    ),
    clause!(
        "message.instant",
        "[O-13]",
        "`IssueInstant` is UTC with `Z`, and `ID` begins with a letter",
        instant
    ),
    clause!(
        "message.name",
        "[O-14]",
        "`NameID` is the login (or `@NOT_USED@`)",
        name
    ),
    clause!(
        "message.size",
        "[O-15]",
        "the whole body stays under 1,024 bytes",
        size
    ),
    clause!(
        "message.address",
        "[O-5]",
        "the message goes to the ticket's address with its query",
        address
    ),
    clause!(
        "message.two-services",
        "[O-4]",
        "two services are told, each with its own ticket",
        two_services
    ),
    clause!(
        "message.newest-validated",
        "[O-4]",
        "a newer ticket that was never validated does not hide the validated one",
        newest
    ),
    clause!(
        "message.redirect",
        "[O-16]",
        "a service that answers with a redirect is not followed",
        redirecting
    ),
    clause!(
        "message.slow",
        "[O-16]",
        "a service that does not answer keeps nobody waiting",
        slow
    ),
];

async fn sent(bench: &Bench) -> Found {
    bench.message().await.map(|_| ())
}

async fn form(bench: &Bench) -> Found {
    let (_, heard) = bench.message().await?;
    same("POST", &heard.method)?;
    same("application/x-www-form-urlencoded", heard.header("content-type"))?;
    same(&heard.body.len().to_string(), heard.header("content-length"))?;
    let alone = heard.body.starts_with("logoutRequest=") && !heard.body.contains('&');
    ensure(alone, "logoutRequest=... and no other field", &heard.body)
}

fn ensure(so: bool, expected: &str, received: &str) -> Found {
    if so {
        Ok(())
    } else {
        Err(Stop::failed(expected, received))
    }
}

/// The decoded document.
fn document(heard: &Heard) -> String {
    let fields = reqwest::Url::parse(&format!("http://a/?{}", heard.body));
    fields.map_or_else(
        |_| String::new(),
        |url| {
            let found = url.query_pairs().find(|(name, _)| name == "logoutRequest");
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        },
    )
}

async fn message(bench: &Bench) -> Result<(String, String), Stop> {
    let (ticket, heard) = bench.message().await?;
    Ok((ticket.clone(), document(heard)))
}

async fn prefixes(bench: &Bench) -> Found {
    let (_, document) = message(bench).await?;
    for part in ["<samlp:LogoutRequest", "<saml:NameID", "<samlp:SessionIndex>"] {
        ensure(document.contains(part), part, &document)?;
    }
    Ok(())
}

async fn index(bench: &Bench) -> Found {
    let (ticket, document) = message(bench).await?;
    let wanted = format!("<samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>");
    let rest: String = document.replace(['\n', ' '], "");
    ensure(
        rest.ends_with(&wanted) && document.contains(&format!(">{ticket}<")),
        &wanted,
        &document,
    )
}

const SAML: &str = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";

async fn namespaces(bench: &Bench) -> Found {
    let (_, document) = message(bench).await?;
    let root = document.split('>').next().unwrap_or_default();
    let samlp = root.contains("xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"");
    ensure(
        samlp && root.contains(SAML),
        "both namespaces on the root",
        &document,
    )?;
    let wanted = format!("<saml:NameID {SAML}>");
    ensure(document.contains(&wanted), &wanted, &document)
}

async fn declaration(bench: &Bench) -> Found {
    let (_, document) = message(bench).await?;
    let good = document.starts_with("<samlp:LogoutRequest");
    ensure(good, "<samlp:LogoutRequest at the beginning", &document)
}

fn attribute<'a>(document: &'a str, name: &str) -> &'a str {
    let root = document.split('>').next().unwrap_or_default();
    root.split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("", |(value, _)| value)
}

async fn instant(bench: &Bench) -> Found {
    let (_, document) = message(bench).await?;
    let at = attribute(&document, "IssueInstant");
    let plain = chrono::NaiveDateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%SZ").is_ok();
    ensure(plain, "IssueInstant=\"yyyy-mm-ddThh:mm:ssZ\"", &document)?;
    let id = attribute(&document, "ID");
    let letter = id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    ensure(letter, "an ID that begins with a letter", &document)?;
    same("2.0", attribute(&document, "Version"))
}

async fn name(bench: &Bench) -> Found {
    let (_, document) = message(bench).await?;
    let value = document
        .split_once("<saml:NameID")
        .and_then(|(_, rest)| rest.split_once('>'))
        .and_then(|(_, rest)| rest.split_once('<'))
        .map_or("", |(value, _)| value);
    let good = value == bench.options.user || value == "@NOT_USED@";
    ensure(good, &bench.options.user, &document)
}

async fn size(bench: &Bench) -> Found {
    let (_, heard) = bench.message().await?;
    let length = heard.body.len();
    ensure(length < 1024, "less than 1,024 bytes", &format!("{length} bytes"))
}

/// Signs in on the way to an address below the listening service and validates the ticket.
async fn visit(bench: &Bench, service: &str) -> Result<(Browser, String), Stop> {
    let (browser, ticket) = bench.fresh(service).await?;
    bench.accepted(service, &ticket).await?;
    Ok((browser, ticket))
}

fn tells(heard: &[Heard], ticket: &str) -> Found {
    let told = heard.iter().any(|heard| document(heard).contains(ticket));
    let received: Vec<String> = heard.iter().map(Heard::shown).collect();
    ensure(
        told,
        &format!("a message with {ticket}"),
        &format!("{} messages {}", heard.len(), received.join(" | ")),
    )
}

async fn address(bench: &Bench) -> Found {
    let (service, path, listener) = bench.listening("conformance/address?a=1&b=%2f")?;
    let (browser, _) = visit(bench, &service).await?;
    bench.sign_out(&browser).await?;
    let heard = listener.wait(&path, 1, PATIENCE).await;
    let target = heard.first().map_or("", |heard| heard.target.as_str());
    same(&format!("{path}?a=1&b=%2f"), target)
}

async fn two_services(bench: &Bench) -> Found {
    let (first, first_path, listener) = bench.listening("conformance/one")?;
    let (second, second_path, _) = bench.listening("conformance/two")?;
    let (browser, one) = visit(bench, &first).await?;
    let two = bench.ticket_of(&browser, &second).await?;
    bench.accepted(&second, &two).await?;
    bench.sign_out(&browser).await?;
    tells(&listener.wait(&first_path, 1, PATIENCE).await, &one)?;
    tells(&listener.wait(&second_path, 1, PATIENCE).await, &two)
}

async fn newest(bench: &Bench) -> Found {
    let (service, path, listener) = bench.listening("conformance/newest")?;
    let (browser, validated) = visit(bench, &service).await?;
    bench.ticket_of(&browser, &service).await?;
    bench.sign_out(&browser).await?;
    tells(&listener.wait(&path, 1, PATIENCE).await, &validated)
}

async fn redirecting(bench: &Bench) -> Found {
    let (service, path, listener) = bench.listening("conformance/redirecting")?;
    listener.answer(&path, Answer::Redirect);
    let (browser, ticket) = visit(bench, &service).await?;
    bench.sign_out(&browser).await?;
    tells(&listener.wait(&path, 1, PATIENCE).await, &ticket)?;
    let followed = listener.wait("/elsewhere", 1, Duration::from_millis(500)).await;
    ensure(followed.is_empty(), "no request to /elsewhere", "one")
}

async fn slow(bench: &Bench) -> Found {
    let (service, path, listener) = bench.listening("conformance/slow")?;
    listener.answer(&path, Answer::Silence);
    let (browser, ticket) = visit(bench, &service).await?;
    let start = Instant::now();
    bench.sign_out(&browser).await?;
    let took = start.elapsed();
    ensure(
        took < PROMPT,
        "an answer to the browser within 6 s",
        &format!("after {:.1} s", took.as_secs_f64()),
    )?;
    tells(&listener.wait(&path, 1, PATIENCE).await, &ticket)
}
