//! CAS 2.0 and 3.0: XML, one element a line, prefix `cas` declared once with single quotes ([V-4]).

use super::{protocol_attributes, xml};
use crate::cas::assertion::Assertion;
use crate::cas::failure::Failure;

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "application/xml;charset=UTF-8";

const OPEN: &str = "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n";
const CLOSE: &str = "</cas:serviceResponse>\n";

/// The answer to a good ticket.
pub fn success(assertion: &Assertion) -> String {
    let mut out = String::with_capacity(1_024);
    out.push_str(OPEN);
    out.push_str("    <cas:authenticationSuccess>\n");
    element(&mut out, 8, "user", &assertion.user);
    if let Some(iou) = &assertion.proxy_granting_ticket_iou {
        element(&mut out, 8, "proxyGrantingTicket", iou);
    }
    if !assertion.proxies.is_empty() {
        out.push_str("        <cas:proxies>\n");
        for proxy in &assertion.proxies {
            element(&mut out, 12, "proxy", proxy);
        }
        out.push_str("        </cas:proxies>\n");
    }
    out.push_str("        <cas:attributes>\n");
    attributes(&mut out, assertion);
    out.push_str("        </cas:attributes>\n    </cas:authenticationSuccess>\n");
    out.push_str(CLOSE);
    out
}

/// The answer to any other.
pub fn failure(failure: &Failure) -> String {
    refusal("authenticationFailure", failure)
}

/// The answer of `/proxy` when it hands out `ticket`.
pub fn proxy_success(ticket: &str) -> String {
    let mut out = String::with_capacity(256);
    out.push_str(OPEN);
    out.push_str("    <cas:proxySuccess>\n");
    element(&mut out, 8, "proxyTicket", ticket);
    out.push_str("    </cas:proxySuccess>\n");
    out.push_str(CLOSE);
    out
}

/// The answer of `/proxy` when it does not.
pub fn proxy_failure(failure: &Failure) -> String {
    refusal("proxyFailure", failure)
}

fn attributes(out: &mut String, assertion: &Assertion) {
    for (name, value) in protocol_attributes(assertion) {
        element(out, 12, name, &value);
    }
    for (name, values) in &assertion.attributes {
        let name = xml::element_name(name);
        for value in values {
            element(out, 12, &name, value);
        }
    }
}

fn refusal(name: &str, failure: &Failure) -> String {
    let mut out = String::with_capacity(256);
    out.push_str(OPEN);
    for part in ["    <cas:", name, " code=\"", failure.code().as_str(), "\">"] {
        out.push_str(part);
    }
    xml::push_text(&mut out, &failure.text());
    for part in ["</cas:", name, ">\n", CLOSE] {
        out.push_str(part);
    }
    out
}

fn element(out: &mut String, indent: usize, name: &str, text: &str) {
    out.extend(std::iter::repeat_n(' ', indent));
    for part in ["<cas:", name, ">"] {
        out.push_str(part);
    }
    xml::push_text(out, text);
    for part in ["</cas:", name, ">\n"] {
        out.push_str(part);
    }
}

#[cfg(test)]
mod tests;
