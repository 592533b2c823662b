//! One definition: what it says, key by key, and what becomes of it here.
//!
//! A key that is not known is taken for a condition: a service is rather closed than opened to people it was not for.

use serde_json::Value;

use super::remark::Remarks;
use super::rules::{self, Rules};
use super::value::{self, Object};
use super::{access, proxy, release};
use crate::cas::catalogue::{Localized, LogoutKind, LogoutPolicy, Service};
use crate::cas::request::Method;
use crate::cas::service::ServiceUrl;

/// About looks and people to write to.
const COSMETIC: [&str; 11] = [
    "theme",
    "logo",
    "contacts",
    "informationUrl",
    "privacyUrl",
    "locale",
    "templateName",
    "friendlyName",
    "tags",
    "validateExpiredCertificate",
    "_id",
];

/// Features that are lost; nobody gets in by it.
const LOST: [&str; 10] = [
    "publicKey",
    "properties",
    "redirectUrl",
    "proxyTicketExpirationPolicy",
    "proxyGrantingTicketExpirationPolicy",
    "ticketGrantingTicketExpirationPolicy",
    "acceptableUsagePolicy",
    "webflowInterruptPolicy",
    "supportedProtocols",
    "authenticationRequestParameters",
];

/// Keys that are read by name, here and in the modules beside.
const READ: [&str; 23] = [
    "@class",
    "serviceId",
    "name",
    "description",
    "id",
    "evaluationOrder",
    "attributeReleasePolicy",
    "usernameAttributeProvider",
    "logoutType",
    "logoutUrl",
    "proxyPolicy",
    "accessStrategy",
    "matchingStrategy",
    "responseType",
    "expirationPolicy",
    "serviceTicketExpirationPolicy",
    "singleSignOnParticipationPolicy",
    "enabled",
    "ssoEnabled",
    "allowedToProxy",
    "anonymousAccess",
    "ignoreAttributes",
    "allowedAttributes",
];

/// A definition that could be taken.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: i64,
    pub(super) order: i64,
    pub(super) pattern: String,
    /// Its key is still missing.
    pub(super) service: Service,
    pub(super) remarks: Remarks,
}

/// What an imported definition says of where it stands, also when it is refused.
pub(super) fn order(object: &Object) -> i64 {
    object.get("evaluationOrder").and_then(value::number).unwrap_or(0)
}

/// Reads a definition; `attributes` are the names known here.
pub(super) fn read(object: &Object, attributes: &[&str]) -> Result<Taken, String> {
    check_class(object)?;
    let mut remarks = Remarks::default();
    let pattern = text(object, "serviceId")?
        .ok_or("it has no serviceId")?
        .to_owned();
    let id = object
        .get("id")
        .map_or(Some(0), value::number)
        .ok_or("its id is no number")?;
    let rules = address_rules(object, &pattern, &mut remarks)?;
    let name = text(object, "name")?.unwrap_or("service").trim().to_owned();
    let description = text(object, "description")?
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let both = |text: &str| Localized {
        fr: text.to_owned(),
        en: text.to_owned(),
    };
    let mut texts = rules.texts.into_iter();
    let mut service = Service {
        key: String::new(),
        name: both(&name),
        description: description.map(both),
        url: texts.next().unwrap_or_default(),
        aliases: texts.collect(),
        enabled: true,
        sso: true,
        username_attribute: release::username(object, attributes, &mut remarks)?,
        release: release::attributes(object, attributes, &mut remarks),
        logout: logout(object, &mut remarks)?,
        proxy: proxy::policy(object, &pattern, &mut remarks),
        response: response(object, &mut remarks)?,
        ticket_seconds: ticket_seconds(object, &mut remarks),
        tile: None,
        affiliations: Vec::new(),
    };
    let is_name = |rule: &str| !rule.starts_with("http://") && !rule.starts_with("https://");
    let named = service.rule_texts().any(is_name);
    service.proxy.accepts_proxy_tickets = named;
    access::restrict(object, &mut service, &mut remarks);
    other_keys(object, &mut remarks);
    if remarks
        .0
        .iter()
        .any(|remark| remark.effect == super::Effect::Closed)
    {
        service.enabled = false;
    }
    Ok(Taken {
        id,
        order: order(object),
        pattern,
        service,
        remarks,
    })
}

fn check_class(object: &Object) -> Result<(), String> {
    match value::class(object) {
        Some("RegexRegisteredService" | "CasRegisteredService") => Ok(()),
        Some("RegisteredServiceImpl") => Err("its address is an Ant pattern, which is not read".to_owned()),
        Some(other) => Err(format!("it is a {other}, and this server speaks CAS")),
        None => Err("it has no @class: is it a service definition?".to_owned()),
    }
}

fn address_rules(object: &Object, pattern: &str, remarks: &mut Remarks) -> Result<Rules, String> {
    let strategy = object.get("matchingStrategy").and_then(Value::as_object);
    let rules = match strategy.and_then(value::class) {
        None | Some("FullRegexRegisteredServiceMatchingStrategy") => rules::from_pattern(pattern),
        Some("LiteralRegisteredServiceMatchingStrategy") => rules::from_literal(pattern),
        Some("PartialRegexRegisteredServiceMatchingStrategy") => {
            remarks.narrowed("matchingStrategy: the pattern must fit the whole address, not a part of it");
            rules::from_pattern(pattern)
        }
        Some(other) => return Err(format!("matchingStrategy {other} is not known")),
    };
    let rules = rules.map_err(|why| format!("serviceId {pattern}: {why}"))?;
    for narrowing in &rules.narrowed {
        remarks.narrowed(format!("serviceId: {narrowing}"));
    }
    Ok(rules)
}

fn logout(object: &Object, remarks: &mut Remarks) -> Result<LogoutPolicy, String> {
    let kind = match text(object, "logoutType")? {
        None | Some("" | "BACK_CHANNEL") => LogoutKind::BackChannel,
        Some("FRONT_CHANNEL") => LogoutKind::FrontChannel,
        Some("NONE") => LogoutKind::None,
        Some(other) => {
            remarks.narrowed(format!("logoutType {other} is not known: it is told nothing"));
            LogoutKind::None
        }
    };
    let mut urls: Vec<String> = Vec::new();
    let told = text(object, "logoutUrl")?
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    for url in told.filter(|url| !url.is_empty()) {
        match ServiceUrl::parse(url) {
            Ok(_) if urls.iter().any(|other| other == url) => {}
            Ok(_) => urls.push(url.to_owned()),
            Err(why) => remarks.narrowed(format!("logoutUrl {url} is not taken: {why}")),
        }
    }
    let mut urls = urls.into_iter();
    Ok(LogoutPolicy {
        kind,
        url: urls.next(),
        urls: urls.collect(),
        ..LogoutPolicy::default()
    })
}

fn response(object: &Object, remarks: &mut Remarks) -> Result<Option<Method>, String> {
    Ok(match text(object, "responseType")? {
        None | Some("" | "REDIRECT") => None,
        Some("POST") => Some(Method::Post),
        Some("HEADER") => Some(Method::Header),
        Some(other) => {
            remarks.narrowed(format!("responseType {other} is not known: it is a redirect"));
            None
        }
    })
}

/// How long it has to present a ticket; one that works more than once is not made here.
fn ticket_seconds(object: &Object, remarks: &mut Remarks) -> Option<u16> {
    let policy = object.get("serviceTicketExpirationPolicy")?.as_object()?;
    if policy
        .get("numberOfUses")
        .and_then(value::number)
        .is_some_and(|uses| uses > 1)
    {
        remarks.narrowed("serviceTicketExpirationPolicy: a ticket works once");
    }
    let told = policy
        .get("timeToLive")
        .filter(|time| value::sets_something(time))?;
    let seconds = value::number(told).and_then(|seconds| u16::try_from(seconds).ok());
    let taken = seconds.filter(|seconds| (5..=300).contains(seconds));
    if taken.is_none() {
        remarks.narrowed(
            "serviceTicketExpirationPolicy: timeToLive is no number of seconds from 5 to 300: not taken",
        );
    }
    taken
}

fn other_keys(object: &Object, remarks: &mut Remarks) {
    for (name, _) in value::settings(object) {
        if READ.contains(&name) {
            continue;
        }
        if COSMETIC.contains(&name) {
            remarks.ignored(name);
        } else if LOST.contains(&name) {
            remarks.narrowed(format!("{name}: not taken"));
        } else {
            remarks.closed(format!("{name}: a condition that this server cannot keep"));
        }
    }
}

/// A text, if it is there.
fn text<'a>(object: &'a Object, name: &str) -> Result<Option<&'a str>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("its {name} is no text")),
    }
}
