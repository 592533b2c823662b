//! Tests of `cas::apereo`.

use serde_json::json;

use super::*;
use crate::cas::catalogue::{Catalogue, LogoutKind, Release};
use crate::cas::request::Method;

const ATTRIBUTES: [&str; 9] = [
    "uid",
    "sn",
    "givenName",
    "displayName",
    "mail",
    "eduPersonPrimaryAffiliation",
    "eduPersonAffiliation",
    "supannEtuId",
    "supannCodeINE",
];

fn file(name: &str, text: &str) -> File {
    File {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

/// A definition of the pattern of one host, with more members.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so that json! can stand in the call"
)]
fn definition(more: serde_json::Value) -> serde_json::Value {
    let mut definition = json!({
        "@class": "org.apereo.cas.services.CasRegisteredService",
        "serviceId": r"^https://app\.univ\.example/.*",
        "name": "Application",
        "id": 7,
    });
    let more = more.as_object().unwrap().clone();
    definition.as_object_mut().unwrap().extend(more);
    definition
}

fn imported(definitions: &[serde_json::Value]) -> Imported {
    let files: Vec<File> = definitions
        .iter()
        .enumerate()
        .map(|(number, definition)| file(&format!("{number}.json"), &definition.to_string()))
        .collect();
    import(&files, &ATTRIBUTES)
}

fn one(more: serde_json::Value) -> Entry {
    imported(&[definition(more)]).entries.remove(0)
}

fn service(more: serde_json::Value) -> Service {
    one(more).outcome.unwrap()
}

fn words(entry: &Entry) -> Vec<&str> {
    entry.remarks.iter().map(|remark| remark.words.as_str()).collect()
}

#[test]
fn a_plain_definition_is_taken_as_it_is() {
    let entry = one(json!({
        "description": "It does",
        "evaluationOrder": 3,
        "theme": "univ",
        "contacts": ["java.util.ArrayList", [{ "@class": "x.Contact", "name": "N" }]],
        "responseType": "POST",
        "serviceTicketExpirationPolicy": { "@class": "x.T", "numberOfUses": 1, "timeToLive": "10" },
        "logoutType": "FRONT_CHANNEL",
        "logoutUrl": "https://app.univ.example/out, https://b.univ.example/,https://app.univ.example/out",
        "proxyPolicy": { "@class": "org.apereo.cas.services.RefuseRegisteredServiceProxyPolicy" },
        "multifactorPolicy": { "@class": "org.apereo.cas.services.DefaultRegisteredServiceMultifactorPolicy",
                               "multifactorAuthenticationProviders": ["java.util.LinkedHashSet", []],
                               "failureMode": "UNDEFINED" },
        "accessStrategy": { "@class": "org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy",
                            "enabled": true, "ssoEnabled": false },
        "attributeReleasePolicy": { "@class": "org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy",
                                    "allowedAttributes": ["java.util.ArrayList", ["mail", "sn"]] },
        "usernameAttributeProvider": {
            "@class": "org.apereo.cas.services.PrincipalAttributeRegisteredServiceUsernameProvider",
            "usernameAttribute": "supannEtuId", "canonicalizationMode": "NONE" },
    }));

    assert_eq!(entry.effect(), Effect::Ignored);
    assert_eq!(words(&entry), ["contacts", "theme"]);
    let service = entry.outcome.unwrap();
    assert_eq!(
        (service.key.as_str(), service.url.as_str()),
        ("application", "https://app.univ.example/")
    );
    assert_eq!(service.description.unwrap().fr, "It does");
    assert_eq!(
        service.release.iter().map(Release::name).collect::<Vec<_>>(),
        ["mail", "sn"]
    );
    assert_eq!(service.username_attribute.as_deref(), Some("supannEtuId"));
    assert_eq!(service.response, Some(Method::Post));
    assert_eq!(service.ticket_seconds, Some(10));
    assert_eq!(service.logout.kind, LogoutKind::FrontChannel);
    assert_eq!(
        service.logout.addresses().collect::<Vec<_>>(),
        ["https://app.univ.example/out", "https://b.univ.example/"]
    );
    assert!(service.enabled && !service.sso && service.proxy.callbacks.is_empty());
}

#[test]
fn every_class_of_a_cas_service_is_read_and_no_other() {
    for class in [
        "org.jasig.cas.services.RegexRegisteredService",
        "org.apereo.cas.services.RegexRegisteredService",
        "org.apereo.cas.services.CasRegisteredService",
    ] {
        assert!(one(json!({ "@class": class })).outcome.is_ok(), "{class}");
    }
    for (class, why) in [
        (
            "org.jasig.cas.services.RegisteredServiceImpl",
            "its address is an Ant pattern, which is not read",
        ),
        (
            "org.apereo.cas.services.OidcRegisteredService",
            "it is a OidcRegisteredService, and this server speaks CAS",
        ),
    ] {
        assert_eq!(one(json!({ "@class": class })).outcome.unwrap_err(), why);
    }
}

#[test]
fn a_condition_that_cannot_be_kept_closes_the_service() {
    for condition in [
        json!({ "multifactorPolicy": { "@class": "x.M", "multifactorAuthenticationProviders": ["mfa-duo"] } }),
        json!({ "requiredHandlers": ["java.util.HashSet", ["ldap"]] }),
        json!({ "environments": ["prod"] }),
        json!({ "somethingNewer": { "guard": "on" } }),
        json!({ "expirationPolicy": { "@class": "x.E", "expirationDate": "2027-01-01" } }),
        json!({ "accessStrategy": { "@class": "x.TimeBasedRegisteredServiceAccessStrategy" } }),
        json!({ "accessStrategy": { "requiredAttributes": { "memberOf": ["staff"] } } }),
        json!({ "accessStrategy": { "requiredAttributes": { "eduPersonAffiliation": ["staff.*"] } } }),
        json!({ "accessStrategy": { "requiredAttributes": { "eduPersonAffiliation": ["staff"], "x": ["y"] } } }),
        json!({ "accessStrategy": { "requiredAttributes": "x" } }),
        json!({ "accessStrategy": { "rejectedAttributes": { "x": ["y"] } } }),
        json!({ "accessStrategy": { "delegatedAuthenticationPolicy": { "exclusive": true } } }),
        json!({ "accessStrategy": { "enabled": "perhaps" } }),
        json!({ "accessStrategy": ["x"] }),
        json!({ "usernameAttributeProvider": { "@class": "x.DefaultRegisteredServiceUsernameProvider",
                                               "canonicalizationMode": "UPPER" } }),
    ] {
        let entry = one(condition.clone());
        assert_eq!(entry.effect(), Effect::Closed, "{condition}");
        assert!(!entry.outcome.unwrap().enabled, "{condition}");
    }
}

#[test]
fn affiliations_and_switches_are_taken() {
    let asked = service(json!({ "accessStrategy": {
        "@class": "org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy",
        "requireAllAttributes": true,
        "requiredAttributes": { "@class": "java.util.HashMap",
                                "eduPersonAffiliation": ["java.util.HashSet", ["staff", "faculty"]] } } }));
    assert_eq!(asked.affiliations, ["staff", "faculty"]);
    assert!(asked.enabled);

    assert!(!service(json!({ "accessStrategy": { "enabled": false } })).enabled);
    assert!(!service(json!({ "enabled": "false" })).enabled);
    assert!(!service(json!({ "ssoEnabled": false })).sso);
    assert!(!service(json!({ "singleSignOnParticipationPolicy": { "@class": "x.S" } })).sso);
}

#[test]
fn never_more_is_told_than_before() {
    let told = |policy: serde_json::Value| {
        let entry = one(json!({ "attributeReleasePolicy": policy }));
        let names = |service: &Service| {
            let pairs = service
                .release
                .iter()
                .map(|r| format!("{}={}", r.source(), r.name()));
            pairs.collect::<Vec<_>>().join(" ")
        };
        (names(entry.outcome.as_ref().unwrap()), entry.effect())
    };
    let class = |name: &str| format!("org.apereo.cas.services.{name}AttributeReleasePolicy");

    for (policy, names, effect) in [
        (json!({ "@class": class("DenyAll") }), "", Effect::Ignored),
        (
            json!({ "@class": class("ReturnAllowed"), "allowedAttributes": ["mail", "unknown", "mail"] }),
            "mail=mail",
            Effect::Narrowed,
        ),
        (
            json!({ "@class": class("ReturnMapped"), "allowedAttributes": { "@class": "java.util.TreeMap",
                    "mail": "courriel", "sn": ["java.util.ArrayList", ["nom", "sn"]] } }),
            "mail=courriel sn=nom sn=sn",
            Effect::Ignored,
        ),
        (
            json!({ "@class": class("ReturnMapped"), "allowedAttributes": { "mail": "groovy { return 1 }", "sn": 3,
                    "uid": "user" } }),
            "",
            Effect::Narrowed,
        ),
        (
            json!({ "@class": class("ReturnAll"), "excludedAttributes": ["mail", "sn", "givenName"] }),
            "displayName=displayName eduPersonPrimaryAffiliation=eduPersonPrimaryAffiliation \
             eduPersonAffiliation=eduPersonAffiliation",
            Effect::Narrowed,
        ),
        (
            json!({ "@class": class("ReturnAllowed"), "allowedAttributes": ["mail"],
                    "attributeFilter": { "@class": "x.RegexFilter", "pattern": "^a" } }),
            "",
            Effect::Narrowed,
        ),
        (
            json!({ "@class": class("GroovyScript"), "groovyScript": "file:/x" }),
            "",
            Effect::Narrowed,
        ),
        (json!("x"), "", Effect::Narrowed),
    ] {
        assert_eq!(told(policy.clone()), (names.to_owned(), effect), "{policy}");
    }
}

#[test]
fn a_name_that_is_not_known_here_is_no_name_for_the_user() {
    for (provider, why) in [
        (
            json!({ "@class": "x.PrincipalAttributeRegisteredServiceUsernameProvider", "usernameAttribute": "cn" }),
            "it takes cn for the user's name, which is no attribute here",
        ),
        (
            json!({ "@class": "x.AnonymousRegisteredServiceUsernameProvider" }),
            "its users are anonymous: names that hide the person are not made here",
        ),
        (
            json!({ "@class": "x.GroovyRegisteredServiceUsernameProvider" }),
            "usernameAttributeProvider GroovyRegisteredServiceUsernameProvider is not known",
        ),
    ] {
        assert_eq!(
            one(json!({ "usernameAttributeProvider": provider }))
                .outcome
                .unwrap_err(),
            why
        );
    }
    let own = json!({ "@class": "x.PrincipalAttributeRegisteredServiceUsernameProvider", "usernameAttribute": "uid" });
    assert_eq!(
        service(json!({ "usernameAttributeProvider": own })).username_attribute,
        None
    );
}

#[test]
fn a_callback_is_listed_or_the_service_is_no_proxy() {
    let policy = |pattern: &str, more: serde_json::Value| {
        let mut policy =
            json!({ "@class": "x.RegexMatchingRegisteredServiceProxyPolicy", "pattern": pattern });
        policy
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let entry = one(json!({ "proxyPolicy": policy }));
        let effect = entry.effect();
        (entry.outcome.unwrap().proxy.callbacks, effect)
    };

    for (pattern, more, callbacks, effect) in [
        (
            r"^https://app\.univ\.example/cb(\?.*)?$",
            json!({}),
            vec!["https://app.univ.example/cb$", "https://app.univ.example/cb?*"],
            Effect::Ignored,
        ),
        (
            r"^https?://app\.univ\.example/.*",
            json!({}),
            vec!["https://app.univ.example/"],
            Effect::Narrowed,
        ),
        ("^https?://.*", json!({}), vec![], Effect::Narrowed),
        (
            "https://app.univ.example/cb",
            json!({ "exactMatch": true }),
            vec!["https://app.univ.example/cb$"],
            Effect::Ignored,
        ),
        (
            "",
            json!({ "useServiceId": true }),
            vec!["https://app.univ.example/"],
            Effect::Ignored,
        ),
    ] {
        let expected: Vec<String> = callbacks.into_iter().map(str::to_owned).collect();
        let (mut found, found_effect) = policy(pattern, more);
        found.sort();
        assert_eq!((found, found_effect), (expected, effect), "{pattern}");
    }
    assert!(
        service(json!({ "allowedToProxy": true }))
            .proxy
            .callbacks
            .is_empty()
    );
    let mail = service(json!({ "serviceId": r"^imaps?://mail\.univ\.example$" }));
    assert!(mail.proxy.accepts_proxy_tickets);
}

#[test]
fn a_matching_strategy_is_never_wider() {
    let rules = |class: &str, id: &str| {
        let strategy = json!({ "@class": format!("org.apereo.cas.services.{class}") });
        let entry = one(json!({ "matchingStrategy": strategy, "serviceId": id }));
        (entry.effect(), entry.outcome.map(|service| service.url))
    };

    let url = "https://a.univ.example/x";
    assert_eq!(
        rules("LiteralRegisteredServiceMatchingStrategy", url),
        (Effect::Ignored, Ok(format!("{url}$")))
    );
    assert_eq!(
        rules(
            "PartialRegexRegisteredServiceMatchingStrategy",
            r"https://a\.univ\.example/x"
        ),
        (Effect::Narrowed, Ok(format!("{url}$")))
    );
    assert!(rules("GroovyRegisteredServiceMatchingStrategy", url).1.is_err());
}

#[test]
fn keys_come_from_names_and_the_smallest_id_keeps_its_own() {
    let named = |id: i64, name: &str, host: &str| {
        definition(
            json!({ "id": id, "name": name, "serviceId": format!(r"https://{host}\.univ\.example/.*") }),
        )
    };
    let keys = |definitions: &[serde_json::Value]| -> Vec<String> {
        let services = imported(definitions).entries.into_iter();
        services.map(|entry| entry.outcome.unwrap().key).collect()
    };
    let first = named(20, "Messagerie (étudiants)", "a");
    let second = named(30, "messagerie ÉTUDIANTS", "b");
    let long = named(40, &"Application ".repeat(9), "c");

    assert_eq!(
        keys(&[second.clone(), first.clone(), long, named(50, "学生", "d")]),
        [
            "messagerie-etudiants-30",
            "messagerie-etudiants",
            "application-application-application-appl",
            "service"
        ]
    );
    assert_eq!(keys(&[first]), ["messagerie-etudiants"]);
}

#[test]
fn what_the_order_of_evaluation_decided_is_told() {
    let ordered = |order: i64, name: &str, id: &str| {
        definition(json!({ "evaluationOrder": order, "name": name, "serviceId": id, "id": order }))
    };
    let all = imported(&[
        ordered(3, "Twin", r"https://a\.univ\.example/.*"),
        ordered(1, "Wide", r"https://[^.:/?#]+\.univ\.example/.*"),
        ordered(2, "One", r"https://a\.univ\.example/.*"),
        ordered(4, "Both", r"https://(a|b)\.univ\.example/.*"),
    ]);

    let outcomes: Vec<_> = all.entries.iter().map(|entry| entry.outcome.clone()).collect();
    assert_eq!(
        outcomes[0].as_ref().unwrap_err(),
        "all its addresses belong to definitions that came first"
    );
    assert_eq!(outcomes[3].as_ref().unwrap().url, "https://b.univ.example/");
    assert_eq!(
        words(&all.entries[3]),
        ["https://a.univ.example/ is left to One, which came first"]
    );
    assert_eq!(
        all.warnings,
        [
            "https://a.univ.example/ was decided by wide (evaluationOrder 1) and is by one now (2): the most specific \
             rule wins",
            "https://b.univ.example/ was decided by wide (evaluationOrder 1) and is by both now (4): the most specific \
             rule wins",
        ]
    );
    assert!(Catalogue::new(outcomes.into_iter().flatten().collect()).is_ok());
}

#[test]
fn a_guard_that_is_not_taken_is_named_with_those_behind_it() {
    let all = imported(&[
        definition(
            json!({ "evaluationOrder": 1, "serviceId": r"https://secret-.*\.univ\.example/.*",
                           "accessStrategy": { "enabled": false } }),
        ),
        definition(json!({ "evaluationOrder": 9, "serviceId": r"https://.*\.univ\.example/.*" })),
    ]);

    assert_eq!(
        all.warnings,
        [
            "0.json kept people out and is not taken in full: see that none of its addresses is let in by application"
        ]
    );
}

#[test]
fn what_is_no_definition_is_refused_in_one_line() {
    let long = " ".repeat(2 << 20);
    for (name, text, why) in [
        ("a.json", "{", "line 1, column 2: expected a name in quotes"),
        ("a.json", "[]", "it holds no object: is it a service definition?"),
        ("a.json", "{}", "it has no @class: is it a service definition?"),
        ("a.yaml", "a: [", "line 2, column 1: "),
        ("a.txt", "{}", "it is neither JSON nor YAML"),
        ("a.json", &long, "it is longer than 1 MiB"),
        (
            "a.json",
            r#"{"@class": "RegexRegisteredService"}"#,
            "it has no serviceId",
        ),
        (
            "a.json",
            r#"{"@class": "RegexRegisteredService", "serviceId": 3}"#,
            "its serviceId is no text",
        ),
        (
            "a.json",
            r#"{"@class": "RegexRegisteredService", "serviceId": "x", "id": []}"#,
            "its id is no number",
        ),
        (
            "a.json",
            "{\"@class\": \"RegexRegisteredService\", \"serviceId\": \"\\u001b[2J\\n.*\"}",
            "serviceId  [2J .*: the pattern is no regular expression",
        ),
    ] {
        let entry = import(&[file(name, text)], &ATTRIBUTES).entries.remove(0);
        let said = entry.outcome.unwrap_err();
        assert!(said.starts_with(why), "{said}");
        assert!(!said.contains(char::is_control), "{said:?}");
    }
}
