//! Writes the answers of `/samlValidate`: an assertion or a status, in an envelope without a space between elements.

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use super::{ASSERTION, PROTOCOL, SOAP};
use crate::cas::assertion::Assertion;
use crate::cas::failure::Failure;
use crate::cas::render::{protocol_attributes, xml};
use crate::kernel::entropy::Entropy;

/// The content type of both answers.
pub const CONTENT_TYPE: &str = "text/xml;charset=UTF-8";

/// How far the clocks of server and client may be apart: the assertion is good this long before and after ([S-57]).
const SKEW: Duration = Duration::seconds(30);

/// The namespace of attributes, as every CAS server names it.
const ATTRIBUTES: &str = "http://www.ja-sig.org/products/cas/";

/// How people prove who they are here. A session begins with a password in every case.
const METHOD: &str = "urn:oasis:names:tc:SAML:1.0:am:password";

const CONFIRMATION: &str = "urn:oasis:names:tc:SAML:1.0:cm:artifact";

/// What both answers need besides their content.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The `RequestID` of the request, when it had one that could be read.
    pub request_id: Option<&'a str>,
    /// The time.
    pub now: DateTime<Utc>,
    /// Where the identifiers come from.
    pub entropy: &'a Entropy,
}

/// The answer to a good ticket for `service`, in the name of `issuer`.
pub fn success(frame: &Frame, issuer: &str, service: &str, assertion: &Assertion) -> String {
    let mut out = String::with_capacity(4_096);
    open(&mut out, frame, "Success");
    out.push_str("</saml1p:Status><saml1:Assertion");
    let start = time(frame.now - SKEW);
    for (name, value) in [
        ("xmlns:saml1", ASSERTION),
        ("AssertionID", &id(frame.entropy)),
        ("IssueInstant", &start),
        ("Issuer", issuer),
        ("MajorVersion", "1"),
        ("MinorVersion", "1"),
    ] {
        attribute(&mut out, name, value);
    }
    out.push_str("><saml1:Conditions");
    attribute(&mut out, "NotBefore", &start);
    attribute(&mut out, "NotOnOrAfter", &time(frame.now + SKEW));
    out.push_str("><saml1:AudienceRestrictionCondition>");
    element(&mut out, "Audience", service);
    out.push_str("</saml1:AudienceRestrictionCondition></saml1:Conditions><saml1:AuthenticationStatement");
    attribute(
        &mut out,
        "AuthenticationInstant",
        &time(assertion.authentication_date),
    );
    attribute(&mut out, "AuthenticationMethod", METHOD);
    out.push('>');
    subject(&mut out, &assertion.user);
    out.push_str("</saml1:AuthenticationStatement><saml1:AttributeStatement>");
    subject(&mut out, &assertion.user);
    for (name, value) in protocol_attributes(assertion) {
        values(&mut out, name, &[value]);
    }
    for (name, texts) in &assertion.attributes {
        values(&mut out, name, texts);
    }
    out.push_str("</saml1:AttributeStatement></saml1:Assertion>");
    close(&mut out);
    out
}

/// The answer to anything else. No `NameIdentifier` may stand in it: phpCAS looks for nothing but that ([M-8]).
pub fn failure(frame: &Frame, failure: &Failure) -> String {
    let mut out = String::with_capacity(768);
    open(&mut out, frame, "RequestDenied");
    out.push_str("<saml1p:StatusMessage>");
    xml::push_text(&mut out, &failure.text());
    out.push_str("</saml1p:StatusMessage></saml1p:Status>");
    close(&mut out);
    out
}

/// Everything up to the status code; the status is still open.
fn open(out: &mut String, frame: &Frame, status: &str) {
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope");
    attribute(out, "xmlns:SOAP-ENV", SOAP);
    out.push_str("><SOAP-ENV:Body><saml1p:Response");
    attribute(out, "xmlns:saml1p", PROTOCOL);
    if let Some(request) = frame.request_id {
        attribute(out, "InResponseTo", request);
    }
    for (name, value) in [
        ("IssueInstant", time(frame.now - SKEW).as_str()),
        ("MajorVersion", "1"),
        ("MinorVersion", "1"),
        ("ResponseID", &id(frame.entropy)),
    ] {
        attribute(out, name, value);
    }
    // A prefixed name: mod_auth_cas reads what follows the colon, rack-cas wants this very prefix ([M-5]).
    for part in [
        "><saml1p:Status><saml1p:StatusCode Value=\"saml1p:",
        status,
        "\"/>",
    ] {
        out.push_str(part);
    }
}

fn close(out: &mut String) {
    out.push_str("</saml1p:Response></SOAP-ENV:Body></SOAP-ENV:Envelope>");
}

fn subject(out: &mut String, user: &str) {
    out.push_str("<saml1:Subject>");
    element(out, "NameIdentifier", user);
    out.push_str("<saml1:SubjectConfirmation>");
    element(out, "ConfirmationMethod", CONFIRMATION);
    out.push_str("</saml1:SubjectConfirmation></saml1:Subject>");
}

/// One attribute; none at all without values, for an empty one makes python-cas raise ([M-3]).
fn values<T: AsRef<str>>(out: &mut String, name: &str, values: &[T]) {
    if values.is_empty() {
        return;
    }
    out.push_str("<saml1:Attribute");
    attribute(out, "AttributeName", name);
    attribute(out, "AttributeNamespace", ATTRIBUTES);
    out.push('>');
    for value in values {
        element(out, "AttributeValue", value.as_ref());
    }
    out.push_str("</saml1:Attribute>");
}

fn element(out: &mut String, name: &str, text: &str) {
    for part in ["<saml1:", name, ">"] {
        out.push_str(part);
    }
    xml::push_text(out, text);
    for part in ["</saml1:", name, ">"] {
        out.push_str(part);
    }
}

fn attribute(out: &mut String, name: &str, value: &str) {
    for part in [" ", name, "=\""] {
        out.push_str(part);
    }
    xml::push_attribute(out, value);
    out.push('"');
}

/// A name for something, unlike any other.
fn id(entropy: &Entropy) -> String {
    format!("_{}", hex::encode(entropy.bytes::<16>()))
}

/// A moment in milliseconds with a literal `Z`: what the Java client's format asks for ([M-1]).
fn time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests;
