//! Where a service may receive proxy-granting tickets.

use super::remark::Remarks;
use super::rules::{self, Rules};
use super::value::{self, Object};
use crate::cas::catalogue::{ProxyPolicy, Rule};

/// Reads the proxy policy: no policy is no proxy, here as there.
pub(super) fn policy(object: &Object, service_id: &str, remarks: &mut Remarks) -> ProxyPolicy {
    let flat = object.get("allowedToProxy").and_then(value::truth) == Some(true);
    if flat {
        remarks.narrowed("allowedToProxy: write the addresses of its callbacks, until then it is no proxy");
    }
    let callbacks = match object.get("proxyPolicy") {
        None | Some(serde_json::Value::Null) => Vec::new(),
        Some(policy) => match policy
            .as_object()
            .and_then(|policy| Some((value::class(policy)?, policy)))
        {
            Some(("RefuseRegisteredServiceProxyPolicy", _)) => Vec::new(),
            Some(("RegexMatchingRegisteredServiceProxyPolicy", policy)) => {
                callbacks(policy, service_id, remarks)
            }
            Some((other, _)) => {
                remarks.narrowed(format!("proxyPolicy {other} is not known: it is no proxy"));
                Vec::new()
            }
            None => {
                remarks.narrowed("proxyPolicy: without a class, it is no proxy");
                Vec::new()
            }
        },
    };
    ProxyPolicy {
        callbacks,
        accepts_proxy_tickets: false,
    }
}

fn callbacks(policy: &Object, service_id: &str, remarks: &mut Remarks) -> Vec<String> {
    let is = |name: &str| policy.get(name).and_then(value::truth) == Some(true);
    let pattern = if is("useServiceId") {
        service_id
    } else {
        policy
            .get("pattern")
            .and_then(|pattern| pattern.as_str())
            .unwrap_or_default()
    };
    let found = if is("exactMatch") {
        rules::from_literal(pattern)
    } else {
        rules::from_pattern(pattern)
    };
    let Rules { texts, narrowed } = match found {
        Ok(rules) => rules,
        Err(why) => {
            remarks.narrowed(format!(
                "proxyPolicy {pattern}: {why}; it is no proxy until its callbacks are written"
            ));
            return Vec::new();
        }
    };
    for narrowing in narrowed {
        remarks.narrowed(format!("proxyPolicy: {narrowing}"));
    }
    texts
        .into_iter()
        .filter(|text| match Rule::parse_callback(text) {
            Ok(_) => true,
            Err(why) => {
                remarks.narrowed(format!("proxyPolicy: {text} is left out: {why}"));
                false
            }
        })
        .collect()
}
