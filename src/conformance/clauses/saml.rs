//! Validation by SAML 1.1.

use chrono::{DateTime, Duration};
use reqwest::Method;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::encode;
use crate::conformance::finding::{Found, Stop, ensure};
use crate::conformance::reply::Reply;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "saml.success",
        "[M-5]",
        "a ticket got with `service` is redeemed with `TARGET`",
        success
    ),
    clause!(
        "saml.requests",
        "[M-9]",
        "requests without prefix, without `IssueInstant` and of odd types are understood",
        requests
    ),
    clause!(
        "saml.window",
        "[M-1]",
        "the assertion is good now: dates with `Z`, a window around the present",
        window
    ),
    clause!(
        "saml.subject",
        "[M-4]",
        "both statements name the subject, bare",
        subject
    ),
    clause!(
        "saml.attributes",
        "[M-2] [M-3]",
        "there is an attribute statement, its names before the namespaces, nothing empty",
        attributes
    ),
    clause!(
        "saml.failure",
        "[M-7] [M-8]",
        "a failure is a 200 with a message and without `NameIdentifier` and assertion",
        failure
    ),
    clause!(
        "saml.once",
        "[M-9]",
        "tickets are spent as elsewhere, and the service must be the same",
        once
    ),
    clause!("saml.doctype", "[M-9]", "a document type is refused", doctype),
    clause!("saml.get", "[H-5]", "GET is a 405", get),
];

const REQUEST: &str = "urn:oasis:names:tc:SAML:1.0:protocol";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// What a widespread library sends.
fn prefixed(ticket: &str) -> String {
    format!(
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"{SOAP}\"><SOAP-ENV:Header/><SOAP-ENV:Body><samlp:Request \
         xmlns:samlp=\"{REQUEST}\" MajorVersion=\"1\" MinorVersion=\"1\" RequestID=\"_conformance\" \
         IssueInstant=\"2026-01-05T09:30:10.123Z\"><samlp:AssertionArtifact>{ticket}</samlp:AssertionArtifact>\
         </samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
}

/// Another: no prefix, no date, line breaks around the ticket.
fn bare(ticket: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body><Request \
         xmlns=\"{REQUEST}\" MajorVersion=\"1\" MinorVersion=\"1\" RequestID=\"5c1e9b7a\"><AssertionArtifact>\n\
         {ticket}\n</AssertionArtifact></Request></soap:Body></soap:Envelope>"
    )
}

async fn redeem(bench: &Bench, service: &str, kind: &str, body: String) -> Result<Reply, Stop> {
    let headers = [
        ("content-type", kind),
        ("soapaction", "http://www.oasis-open.org/committees/security"),
    ];
    let path = format!("/samlValidate?TARGET={}", encode(service));
    let reply = bench.request(Method::POST, &path, &headers, Some(body)).await?;
    let page = reply.header("content-type").starts_with("text/html");
    if page || matches!(reply.status, 404 | 405 | 501) {
        let what = if page { " with a page" } else { "" };
        return Err(Stop::not_offered(format!(
            "POST /samlValidate is answered {}{what}",
            reply.status
        )));
    }
    ensure(reply.status == 200, "200", &reply)?;
    Ok(reply)
}

fn has_assertion(body: &str) -> bool {
    body.contains(":Assertion ") || body.contains("<Assertion ")
}

fn succeeded(bench: &Bench, reply: &Reply) -> Found {
    let body = &reply.body;
    let good = body.contains("p:Success\"")
        && has_assertion(body)
        && body.contains(&format!("NameIdentifier>{}</", bench.options.user));
    ensure(good, "StatusCode ...p:Success and the NameIdentifier", reply)
}

async fn accepted(bench: &Bench) -> Result<Reply, Stop> {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let reply = redeem(bench, service, "text/xml", prefixed(&ticket)).await?;
    succeeded(bench, &reply)?;
    Ok(reply)
}

async fn success(bench: &Bench) -> Found {
    accepted(bench).await.map(|_| ())
}

async fn requests(bench: &Bench) -> Found {
    let service = &bench.options.service;
    for kind in [
        "text/xml; charset=utf-8",
        "application/soap+xml",
        "application/x-www-form-urlencoded",
    ] {
        let ticket = bench.ticket(service).await?;
        let reply = redeem(bench, service, kind, bare(&ticket)).await?;
        succeeded(bench, &reply)?;
    }
    Ok(())
}

/// The first value of an attribute of XML.
fn value<'a>(text: &'a str, name: &str) -> &'a str {
    text.split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("", |(value, _)| value)
}

async fn window(bench: &Bench) -> Found {
    let reply = accepted(bench).await?;
    let date = |name: &str| {
        let text = value(&reply.body, name);
        DateTime::parse_from_rfc3339(text)
            .ok()
            .filter(|_| text.ends_with('Z'))
    };
    let now = bench.options.time.now();
    let slack = Duration::seconds(1);
    let good = match (date("NotBefore"), date("NotOnOrAfter"), date("IssueInstant")) {
        (Some(from), Some(until), Some(_)) => from <= now + slack && until > now - slack,
        _ => false,
    };
    ensure(
        good,
        "NotBefore, NotOnOrAfter and IssueInstant with Z, around now",
        &reply,
    )
}

async fn subject(bench: &Bench) -> Found {
    let reply = accepted(bench).await?;
    let name = format!("NameIdentifier>{}</", bench.options.user);
    let twice = reply.body.matches(&name).count() >= 2;
    ensure(
        twice,
        "the NameIdentifier in AuthenticationStatement and AttributeStatement",
        &reply,
    )
}

async fn attributes(bench: &Bench) -> Found {
    let reply = accepted(bench).await?;
    let body = &reply.body;
    let several = body.matches("AttributeName=").count() >= 2;
    let ordered = body
        .split("AttributeName=")
        .skip(1)
        .all(|rest| rest.contains("AttributeNamespace="));
    // What follows a `<` up to the next one: an opening tag and its text.
    let without_text = |part: &str| !part.starts_with('/') && part.ends_with("AttributeValue>");
    let empty = body.contains("AttributeValue/>") || body.split('<').any(without_text);
    ensure(
        several && ordered && !empty,
        "two attributes at least, AttributeName before AttributeNamespace, no empty value",
        &reply,
    )
}

fn refused(reply: &Reply) -> Found {
    let body = &reply.body;
    let message = body
        .split_once("StatusMessage>")
        .and_then(|(_, rest)| rest.split_once('<'))
        .map_or("", |(text, _)| text);
    let good = body.contains("StatusCode ")
        && !body.contains("Success\"")
        && !message.trim().is_empty()
        && !body.contains("NameIdentifier")
        && !has_assertion(body);
    ensure(
        good,
        "a StatusMessage, and neither NameIdentifier nor Assertion",
        reply,
    )
}

async fn failure(bench: &Bench) -> Found {
    let service = &bench.options.service;
    for body in [
        prefixed("ST-1-unknown"),
        "this is no XML".to_owned(),
        String::new(),
    ] {
        refused(&redeem(bench, service, "text/xml", body).await?)?;
    }
    Ok(())
}

async fn once(bench: &Bench) -> Found {
    let (service, other) = (bench.at("conformance/saml"), bench.at("conformance/other"));
    for first in [&service, &other] {
        let ticket = bench.ticket(&service).await?;
        redeem(bench, first, "text/xml", prefixed(&ticket)).await?;
        refused(&redeem(bench, &service, "text/xml", prefixed(&ticket)).await?)?;
    }
    Ok(())
}

async fn doctype(bench: &Bench) -> Found {
    accepted(bench).await?;
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let body = format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", prefixed(&ticket));
    refused(&redeem(bench, service, "text/xml", body).await?)
}

async fn get(bench: &Bench) -> Found {
    accepted(bench).await?;
    let reply = bench.ask("/samlValidate?TARGET=x").await?;
    ensure(reply.status == 405, "405", &reply)
}
