//! Who may use a service: taken when a list of affiliations says the same, else the service is closed.

use serde_json::Value;

use super::remark::Remarks;
use super::value::{self, Object};
use crate::cas::catalogue::Service;

/// The one attribute that a definition here can ask for.
const AFFILIATION: &str = "eduPersonAffiliation";

/// Reads who may use the service, and when.
pub(super) fn restrict(object: &Object, service: &mut Service, remarks: &mut Remarks) {
    // Before version 4.1 they stood in the definition itself.
    switches(object, service, remarks);
    if let Some(strategy) = object.get("accessStrategy") {
        match strategy.as_object() {
            Some(strategy) => access(strategy, service, remarks),
            None => remarks.closed("accessStrategy: it is no object"),
        }
    }
    let expiry = object
        .get("expirationPolicy")
        .and_then(|policy| policy.get("expirationDate"));
    if let Some(date) = expiry.filter(|date| value::sets_something(date)) {
        remarks.closed(format!(
            "expirationPolicy: it ends by itself on {date}, and here nothing does"
        ));
    }
    let participation = object.get("singleSignOnParticipationPolicy");
    if participation.is_some_and(|policy| !policy.is_null()) {
        service.sso = false;
        remarks.narrowed("singleSignOnParticipationPolicy: the password is asked for every time");
    }
}

/// `enabled` and `ssoEnabled`.
fn switches(object: &Object, service: &mut Service, remarks: &mut Remarks) {
    for (name, switch) in [
        ("enabled", &mut service.enabled),
        ("ssoEnabled", &mut service.sso),
    ] {
        match object.get(name).map(value::truth) {
            None | Some(Some(true)) => {}
            Some(Some(false)) => *switch = false,
            Some(None) => remarks.closed(format!("{name}: neither true nor false")),
        }
    }
}

fn access(strategy: &Object, service: &mut Service, remarks: &mut Remarks) {
    match value::class(strategy) {
        None | Some("DefaultRegisteredServiceAccessStrategy") => {}
        Some(other) => remarks.closed(format!(
            "accessStrategy {other}: who may use it cannot be told here"
        )),
    }
    switches(strategy, service, remarks);
    for (name, setting) in value::settings(strategy) {
        match name {
            "enabled" | "ssoEnabled" | "order" | "requireAllAttributes" | "caseInsensitive" => {}
            "requiredAttributes" => service.affiliations = required(setting, remarks),
            "unauthorizedRedirectUrl" => {
                remarks.narrowed("unauthorizedRedirectUrl: those refused see a page of this server");
            }
            "delegatedAuthenticationPolicy" => delegation(setting, remarks),
            _ => remarks.closed(format!(
                "accessStrategy.{name}: a condition that this server cannot keep"
            )),
        }
    }
}

/// Only the affiliation can be asked for, and only word by word: the original takes values for regular expressions.
fn required(setting: &Value, remarks: &mut Remarks) -> Vec<String> {
    let is_word =
        |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let mut asked = setting.as_object().into_iter().flat_map(value::settings);
    let words = match (asked.next(), asked.next()) {
        (Some((AFFILIATION, values)), None) => value::texts(values),
        _ => None,
    };
    if let Some(words) = words.filter(|words| words.iter().all(is_word)) {
        return words;
    }
    let names = setting.as_object().map(|object| {
        let names = value::settings(object).map(|(name, _)| name);
        names.collect::<Vec<_>>().join(", ")
    });
    remarks.closed(format!(
        "accessStrategy.requiredAttributes ({}): here a service can ask for {AFFILIATION} alone, in whole words",
        names.unwrap_or_default()
    ));
    Vec::new()
}

/// Nobody signs in elsewhere here, so that a list of other places is lost; to accept nothing else is a condition.
fn delegation(setting: &Value, remarks: &mut Remarks) {
    let exclusive = setting.get("exclusive").and_then(value::truth) == Some(true);
    let providers = setting.get("allowedProviders").is_some_and(value::sets_something);
    if exclusive {
        remarks.closed("delegatedAuthenticationPolicy: only those who signed in elsewhere may use it");
    } else if providers {
        remarks.narrowed("delegatedAuthenticationPolicy: nobody signs in elsewhere");
    }
}
