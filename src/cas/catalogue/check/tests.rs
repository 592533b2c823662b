//! Tests of `cas::catalogue::check`.

use super::*;
use crate::cas::catalogue::tests::service;
use crate::cas::catalogue::{LogoutKind, Release, RenamedAttribute, Tile};
use crate::cas::request::Method;

fn plain(name: &str) -> Release {
    Release::Plain(name.to_owned())
}

#[test]
fn a_callback_is_https_or_loopback_and_must_be_listed() {
    let mut portal = service("portal", &["https://portal.univ.example/"]);
    portal.proxy.callbacks = vec![
        "https://portal.univ.example/cb".to_owned(),
        "http://localhost:8080/".to_owned(),
    ];
    assert!(portal.check().is_ok());

    let allows = |text: &str| portal.allows_callback(&ServiceUrl::parse(text).unwrap());
    assert!(allows("https://portal.univ.example/cb?proxyResponse=true"));
    assert!(allows("http://localhost:8080/x"));
    assert!(!allows("https://portal.univ.example/other"));
    assert!(!allows("http://portal.univ.example/cb"));

    for text in [
        "http://portal.univ.example/cb",
        "imap://a.example",
        "http://localhost.evil.example/",
    ] {
        portal.proxy.callbacks = vec![text.to_owned()];
        let problem = ServiceProblem::Callback {
            text: text.to_owned(),
            problem: RuleProblem::NotHttps,
        };
        assert_eq!(portal.check(), Err(vec![problem]));
    }
}

#[test]
fn a6_names_of_the_protocol_are_never_released() {
    for name in [
        "user",
        "proxy",
        "proxies",
        "proxyGrantingTicket",
        "proxyTicket",
        "attributes",
        "attribute",
        "userAttributes",
        "serviceResponse",
        "authenticationSuccess",
        "authenticationFailure",
        "proxySuccess",
        "proxyFailure",
        "authenticationDate",
        "longTermAuthenticationRequestTokenUsed",
        "isFromNewLogin",
    ] {
        let mut odd = service("a", &["https://a.example/"]);
        odd.release = vec![Release::Renamed(RenamedAttribute {
            from: "uid".to_owned(),
            to: name.to_owned(),
        })];
        assert_eq!(
            odd.check(),
            Err(vec![ServiceProblem::ForbiddenAttribute(name.to_owned())])
        );
        odd.release = vec![plain(name)];
        assert_eq!(
            odd.check(),
            Err(vec![ServiceProblem::ForbiddenAttribute(name.to_owned())])
        );
    }
}

#[test]
fn every_fault_of_a_definition_is_told_at_once() {
    let mut odd = service("Not A Key", &["https://a.example/", "https://A.example"]);
    odd.name.en = " ".to_owned();
    odd.description = Some(Localized {
        fr: String::new(),
        en: "x".to_owned(),
    });
    odd.release = vec![plain("mail"), plain("mail"), plain("a:b")];
    odd.username_attribute = Some("1".to_owned());
    odd.logout.url = Some("imap://a".to_owned());
    odd.tile = Some(Tile {
        url: "/x".to_owned(),
        order: 0,
    });
    odd.affiliations = vec!["student".to_owned(), "a b".to_owned()];

    let mut said: Vec<String> = odd.check().unwrap_err().iter().map(ToString::to_string).collect();
    said.sort();

    assert_eq!(
        said,
        [
            "\"1\" cannot be the name of an attribute",
            "\"a b\" is not an affiliation",
            "\"a:b\" cannot be the name of an attribute",
            "attribute mail is released twice",
            "logout url imap://a: the address is neither http nor https",
            "rule https://A.example is given twice",
            "the description is blank in one language",
            "the key is not 1 to 40 lower-case letters, digits and hyphens",
            "the name is blank in one language",
            "tile url: the address is not absolute",
        ]
    );
}

#[test]
fn a_definition_is_read_from_toml_and_survives_json() {
    let text = r#"
        key = "mail"
        name = { fr = "Messagerie", en = "Mail" }
        url = "https://mail.univ.example/"
        aliases = ["https://*.mail.univ.example/"]
        release = ["mail", { from = "supannEtuId", as = "numero" }]
        logout = { kind = "front_channel", url = "https://mail.univ.example/out" }
        proxy = { callbacks = ["https://mail.univ.example/cb"], accepts_proxy_tickets = true }
        response = "post"
        tile = { url = "https://mail.univ.example/", order = 10 }
        affiliations = ["student"]
    "#;

    let read: Service = toml::from_str(text).unwrap();

    assert!(read.check().is_ok());
    assert!(read.enabled && read.sso && read.proxy.accepts_proxy_tickets);
    assert_eq!(read.response, Some(Method::Post));
    assert_eq!(read.logout.kind, LogoutKind::FrontChannel);
    assert_eq!(
        (read.release[1].source(), read.release[1].name()),
        ("supannEtuId", "numero")
    );
    let json = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Service>(&json).unwrap(), read);
    let back = toml::to_string(&read).unwrap();
    assert_eq!(toml::from_str::<Service>(&back).unwrap(), read);
}

#[test]
fn logout_addresses_are_checked_each_and_told_once() {
    let policy = |logout: &str| {
        let text = format!(
            "key = 'a'\nurl = 'https://a.example/'\nname = {{ fr = 'a', en = 'a' }}\nlogout = {logout}"
        );
        toml::from_str::<Service>(&text)
            .unwrap()
            .check()
            .map(|_| ())
            .map_err(|problems| {
                let words: Vec<_> = problems.iter().map(ToString::to_string).collect();
                words.join("; ")
            })
    };

    assert_eq!(
        policy(
            "{ url = 'https://a.example/1', urls = ['http://b.example/2'], scope = 'all', dialect = 'raw' }"
        ),
        Ok(())
    );
    for (logout, problem) in [
        (
            "{ url = 'ldap://a.example/' }",
            "logout url ldap://a.example/: the address is neither http nor https",
        ),
        (
            "{ urls = ['https://a.example/', 'x'] }",
            "logout url x: the address is not absolute",
        ),
        (
            "{ urls = ['https://u@a.example/'] }",
            "logout url https://u@a.example/: the address names a user before the host",
        ),
        (
            "{ url = 'https://a.example/', urls = ['https://a.example/'] }",
            "logout url https://a.example/ is given twice",
        ),
        (
            "{ kind = 'front_channel', dialect = 'raw' }",
            "the logout dialect raw is for the back channel",
        ),
    ] {
        assert_eq!(policy(logout), Err(problem.to_owned()), "{logout}");
    }
}

#[test]
fn a_misspelt_field_is_not_overlooked() {
    let least = "key = 'a'\nurl = 'https://a.example/'\nname = { fr = 'a', en = 'a' }\n";
    let read: Service = toml::from_str(least).unwrap();
    assert_eq!(read.logout.kind, LogoutKind::BackChannel);

    for line in [
        "enable = false",
        "proxy = { callback = [] }",
        "logout = { type = 'none' }",
        "logout = { dialect = 'apereo' }",
        "release = [{ from = 'a', to = 'b' }]",
        "release = [{ from = 'a', as = 'b', x = 1 }]",
        "tile = { url = 'https://a.example/', rank = 1 }",
        "response = 'redirect'",
    ] {
        assert!(
            toml::from_str::<Service>(&format!("{least}{line}")).is_err(),
            "{line}"
        );
    }
}

#[test]
fn one_of_the_affiliations_is_enough_and_none_means_everybody() {
    let mut limited = service("a", &["https://a.example/"]);
    assert!(limited.permits(&[]));

    limited.affiliations = vec!["staff".to_owned(), "faculty".to_owned()];
    assert!(limited.permits(&["member".to_owned(), "faculty".to_owned()]));
    assert!(!limited.permits(&["student".to_owned()]));
    assert!(!limited.permits(&[]));
}

#[test]
fn french_is_the_language_of_those_who_ask_for_neither() {
    let name = Localized {
        fr: "Messagerie".to_owned(),
        en: "Mail".to_owned(),
    };
    assert_eq!(
        ["fr", "en", "EN-gb", "en_US", "de", "eng", ""].map(|tag| name.for_language(tag)),
        [
            "Messagerie",
            "Mail",
            "Mail",
            "Mail",
            "Messagerie",
            "Messagerie",
            "Messagerie"
        ]
    );
}
