//! What a service is told of a person: never more than before.

use serde_json::Value;

use super::remark::Remarks;
use super::value::{self, Object};
use crate::cas::catalogue::{Release, RenamedAttribute, is_forbidden_attribute};
use crate::cas::render::xml::is_nc_name;

/// What a service is told that was told everything.
const INSTEAD_OF_ALL: [&str; 6] = [
    "displayName",
    "givenName",
    "sn",
    "mail",
    "eduPersonPrimaryAffiliation",
    "eduPersonAffiliation",
];

/// Settings of a release policy that change nothing here.
const WITHOUT_EFFECT: [&str; 6] = [
    "allowedAttributes",
    "excludedAttributes",
    "excludeDefaultAttributes",
    "principalAttributesRepository",
    "authorizedToReleaseAuthenticationAttributes",
    "order",
];

/// The attribute that is taken for the user's name; `None` is the login.
///
/// # Errors
/// When the service would be told of somebody under a name that this server does not know.
pub(super) fn username(
    object: &Object,
    known: &[&str],
    remarks: &mut Remarks,
) -> Result<Option<String>, String> {
    if object.get("anonymousAccess").and_then(value::truth) == Some(true) {
        return Err("anonymousAccess: names that hide the person are not made here".to_owned());
    }
    let provider = match object.get("usernameAttributeProvider") {
        None | Some(Value::Null) => return Ok(None),
        Some(provider) => provider
            .as_object()
            .ok_or("its usernameAttributeProvider is no object")?,
    };
    let attribute = match value::class(provider) {
        Some("DefaultRegisteredServiceUsernameProvider") => None,
        Some("PrincipalAttributeRegisteredServiceUsernameProvider") => Some("usernameAttribute"),
        Some("AnonymousRegisteredServiceUsernameProvider") => {
            return Err("its users are anonymous: names that hide the person are not made here".to_owned());
        }
        other => {
            let class = other.unwrap_or("without a class");
            return Err(format!("usernameAttributeProvider {class} is not known"));
        }
    };
    for (name, setting) in value::settings(provider) {
        match name {
            "usernameAttribute" => {}
            // Logins are in lower case.
            "canonicalizationMode" if setting == "LOWER" && attribute.is_none() => {}
            _ => remarks.closed(format!(
                "usernameAttributeProvider.{name}: the user's name would be another"
            )),
        }
    }
    let Some(key) = attribute else { return Ok(None) };
    match provider.get(key).and_then(Value::as_str) {
        Some("uid") => Ok(None),
        Some(name) if known.contains(&name) => Ok(Some(name.to_owned())),
        name => Err(format!(
            "it takes {} for the user's name, which is no attribute here",
            name.unwrap_or("nothing")
        )),
    }
}

/// The attributes it is told.
pub(super) fn attributes(object: &Object, known: &[&str], remarks: &mut Remarks) -> Vec<Release> {
    let everything = object.get("ignoreAttributes").and_then(value::truth) == Some(true);
    let asked = match object.get("attributeReleasePolicy") {
        Some(Value::Object(policy)) => of_policy(policy, remarks),
        Some(Value::Null) | None if everything => all(&Object::new(), remarks),
        // Before version 4.1 they stood in the definition itself.
        Some(Value::Null) | None => allowed(object, remarks),
        Some(_) => {
            remarks.narrowed("attributeReleasePolicy: it is no object, nothing is told");
            Vec::new()
        }
    };
    let mut told: Vec<Release> = Vec::new();
    for release in asked {
        let (source, name) = (release.source(), release.name());
        let problem = if !known.contains(&source) {
            "is no attribute here"
        } else if !is_nc_name(name) {
            "cannot be the name of an attribute"
        } else if is_forbidden_attribute(name) {
            "is a name of the protocol"
        } else if told.iter().any(|other| other.name() == name) {
            "is told already"
        } else {
            told.push(release);
            continue;
        };
        let word = if problem.starts_with("is no") {
            source
        } else {
            name
        };
        remarks.narrowed(format!("attributeReleasePolicy: {word} {problem}: left out"));
    }
    told
}

fn of_policy(policy: &Object, remarks: &mut Remarks) -> Vec<Release> {
    // A filter on values, a criterion, a script: without it more would be told than before.
    let mut filtered = false;
    for (name, _) in value::settings(policy) {
        match name {
            _ if WITHOUT_EFFECT.contains(&name) => {}
            "authorizedToReleaseCredentialPassword" => {
                remarks.narrowed("attributeReleasePolicy: passwords are told to nobody");
            }
            "authorizedToReleaseProxyGrantingTicket" => {
                remarks.narrowed("attributeReleasePolicy: proxy-granting tickets go to callbacks alone");
            }
            "consentPolicy" => {
                remarks.narrowed("attributeReleasePolicy: people are not asked for their consent");
            }
            _ => {
                filtered = true;
                remarks.narrowed(format!(
                    "attributeReleasePolicy.{name}: it cannot be kept, so nothing is told"
                ));
            }
        }
    }
    if filtered {
        return Vec::new();
    }
    match value::class(policy) {
        Some("ReturnAllowedAttributeReleasePolicy") => allowed(policy, remarks),
        Some("ReturnMappedAttributeReleasePolicy") => mapped(policy, remarks),
        Some("ReturnAllAttributeReleasePolicy") => all(policy, remarks),
        Some("DenyAllAttributeReleasePolicy") => Vec::new(),
        other => {
            let class = other.unwrap_or("without a class");
            remarks.narrowed(format!(
                "attributeReleasePolicy {class} is not known: nothing is told"
            ));
            Vec::new()
        }
    }
}

fn allowed(policy: &Object, remarks: &mut Remarks) -> Vec<Release> {
    let Some(value) = policy
        .get("allowedAttributes")
        .filter(|value| value::sets_something(value))
    else {
        return Vec::new();
    };
    let Some(names) = value::texts(value) else {
        remarks.narrowed("attributeReleasePolicy: allowedAttributes is no list of names, nothing is told");
        return Vec::new();
    };
    names.into_iter().map(Release::Plain).collect()
}

fn mapped(policy: &Object, remarks: &mut Remarks) -> Vec<Release> {
    let mut told = Vec::new();
    let pairs = policy.get("allowedAttributes").and_then(Value::as_object);
    for (from, names) in pairs.into_iter().flat_map(value::settings) {
        let Some(names) = value::texts(names) else {
            remarks.narrowed(format!(
                "attributeReleasePolicy: {from} has no plain name: left out"
            ));
            continue;
        };
        for to in names {
            told.push(if to == from {
                Release::Plain(to)
            } else {
                let from = from.to_owned();
                Release::Renamed(RenamedAttribute { from, to })
            });
        }
    }
    told
}

fn all(policy: &Object, remarks: &mut Remarks) -> Vec<Release> {
    let excluded = policy
        .get("excludedAttributes")
        .and_then(value::texts)
        .unwrap_or_default();
    let told: Vec<&str> = INSTEAD_OF_ALL
        .into_iter()
        .filter(|name| !excluded.iter().any(|other| other == name))
        .collect();
    remarks.narrowed(format!(
        "attributeReleasePolicy: not every attribute, but {}",
        told.join(", ")
    ));
    told.into_iter()
        .map(|name| Release::Plain(name.to_owned()))
        .collect()
}
