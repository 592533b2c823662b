//! Tests of `cas::catalogue`.

use super::*;
use crate::cas::service::ServiceRefused;

pub(super) fn service(key: &str, rules: &[&str]) -> Service {
    Service {
        key: key.to_owned(),
        name: Localized {
            fr: "Messagerie".to_owned(),
            en: "Mail".to_owned(),
        },
        description: None,
        url: rules[0].to_owned(),
        aliases: rules[1..].iter().map(|&rule| rule.to_owned()).collect(),
        enabled: true,
        sso: true,
        username_attribute: None,
        release: Vec::new(),
        logout: LogoutPolicy::default(),
        proxy: ProxyPolicy::default(),
        response: None,
        ticket_seconds: None,
        tile: None,
        affiliations: Vec::new(),
    }
}

fn catalogue(services: &[(&str, &[&str])]) -> Catalogue {
    Catalogue::new(services.iter().map(|(key, rules)| service(key, rules)).collect()).unwrap()
}

fn catalogue_of(key: &str, rule: &str) -> Catalogue {
    catalogue(&[(key, &[rule])])
}

fn found<'a>(catalogue: &'a Catalogue, text: &str) -> Option<&'a str> {
    let url = ServiceUrl::parse_any(text).unwrap();
    catalogue.find(&url).map(|service| service.key.as_str())
}

#[test]
fn s2_a_ticket_lives_between_five_seconds_and_five_minutes() {
    let with = |seconds| Service {
        ticket_seconds: Some(seconds),
        ..service("mail", &["https://mail.univ.example/"])
    };
    for seconds in [5, 30, 300] {
        assert!(with(seconds).check().is_ok(), "{seconds}");
    }
    for seconds in [0, 4, 301, u16::MAX] {
        assert_eq!(
            with(seconds).check(),
            Err(vec![ServiceProblem::TicketSeconds(seconds)])
        );
    }
}

#[test]
fn s2_a_rule_covers_its_scheme_host_port_and_path_and_any_query() {
    let catalogue = catalogue(&[("mail", &["https://mail.univ.example/x/"])]);

    for text in [
        "https://mail.univ.example/x/",
        "https://mail.univ.example/x/y?z#f",
        "https://MAIL.univ.example:443/x/?a=http://b/",
        "https://mail.univ.example/%78/",
        "https://mail.univ.example/x/;jsessionid=1",
    ] {
        assert_eq!(found(&catalogue, text), Some("mail"), "{text}");
    }
    for text in [
        "http://mail.univ.example/x/",
        "https://mail.univ.example:8443/x/",
        "https://univ.example/x/",
        "https://a.mail.univ.example/x/",
        "https://mail.univ.example.evil.example/x/",
        "https://evilmail.univ.example/x/",
        "https://mail.univ.example/x",
        "https://mail.univ.example/xy/",
        "https://mail.univ.example/X/",
        "https://mail.univ.example//x/",
        "https://mail.univ.example/x;jsessionid=1/",
        "https://mail.univ.example/?/x/",
        "https://mail.univ.example/",
        "https://mail.univ.example",
    ] {
        assert_eq!(found(&catalogue, text), None, "{text}");
    }
}

#[test]
fn s2_a_path_without_final_slash_covers_itself_and_what_is_below() {
    let catalogue = catalogue(&[("x", &["https://a.example/x"])]);

    for text in [
        "https://a.example/x",
        "https://a.example/x/",
        "https://a.example/x/y",
        "https://a.example/x;jsessionid=1?y",
    ] {
        assert_eq!(found(&catalogue, text), Some("x"), "{text}");
    }
    assert_eq!(found(&catalogue, "https://a.example/xy"), None);
    assert_eq!(found(&catalogue, "https://a.example/x;v=1"), None);
}

#[test]
fn s2_an_empty_path_and_a_slash_cover_everything() {
    for rule in ["https://a.example", "https://a.example/"] {
        let catalogue = catalogue(&[("a", &[rule])]);
        for text in [
            "https://a.example",
            "https://a.example/",
            "https://a.example?x",
            "https://a.example/y/z",
        ] {
            assert_eq!(found(&catalogue, text), Some("a"), "{rule} {text}");
        }
    }
}

#[test]
fn s2_an_exact_rule_covers_one_path_and_nothing_below() {
    let catalogue = catalogue(&[
        ("alone", &["https://a.example/x$"]),
        ("queries", &["https://a.example/x?*", "https://*.b.example/?*"]),
        ("folder", &["https://a.example/x/$", "https://b.example$"]),
    ]);

    for (text, key) in [
        ("https://a.example/x", Some("alone")),
        ("https://a.example/%78", Some("alone")),
        ("https://a.example/x;jsessionid=1", Some("alone")),
        ("https://a.example/x#f", None),
        ("https://a.example/x?", Some("queries")),
        ("https://a.example/x?y=/z#f", Some("queries")),
        ("https://one.b.example?y", Some("queries")),
        ("https://one.b.example/", None),
        ("https://a.example/x/", Some("folder")),
        ("https://a.example/x/?", None),
        ("https://a.example/x/y", None),
        ("https://a.example/xy", None),
        ("https://a.example/", None),
        ("https://b.example", Some("folder")),
        ("https://b.example/", Some("folder")),
        ("https://b.example/y", None),
    ] {
        assert_eq!(found(&catalogue, text), key, "{text}");
    }
}

#[test]
fn s2_an_exact_rule_wins_over_a_prefix_of_the_same_path() {
    let catalogue = catalogue(&[
        ("prefix", &["https://a.example/x"]),
        ("below", &["https://a.example/x/"]),
        ("alone", &["https://a.example/x$"]),
        ("queries", &["https://a.example/x?*"]),
        ("folder", &["https://a.example/x/$"]),
    ]);

    for (text, key) in [
        ("https://a.example/x", "alone"),
        ("https://a.example/x?y", "queries"),
        ("https://a.example/x#y", "prefix"),
        ("https://a.example/x/", "folder"),
        ("https://a.example/x/?y", "below"),
    ] {
        assert_eq!(found(&catalogue, text), Some(key), "{text}");
    }
    assert_eq!(
        catalogue_of("a", "https://a.example/x$")
            .explain("https://a.example/x?y")
            .to_string(),
        "not registered; nearest is a, rule https://a.example/x$: query some ≠ none"
    );
}

#[test]
fn s2_a_star_stands_for_exactly_one_label() {
    let catalogue = catalogue(&[("apps", &["https://*.apps.univ.example/"])]);

    assert_eq!(found(&catalogue, "https://one.apps.univ.example/x"), Some("apps"));
    assert_eq!(found(&catalogue, "https://any.apps.univ.example/x"), Some("apps"));
    for text in [
        "https://apps.univ.example/",
        "https://a.b.apps.univ.example/",
        "https://oneapps.univ.example/",
        "https://one.apps.univ.example.evil.example/",
    ] {
        assert_eq!(found(&catalogue, text), None, "{text}");
    }
}

#[test]
fn s2_the_most_specific_rule_wins_whatever_the_order() {
    let rules: [(&str, &[&str]); 5] = [
        ("wild", &["https://*.univ.example/"]),
        ("wild-long", &["https://*.univ.example/x/y/"]),
        ("host", &["https://a.univ.example/"]),
        ("path", &["https://a.univ.example/x"]),
        ("below", &["https://a.univ.example/x/"]),
    ];
    let mut reversed = rules;
    reversed.reverse();

    for catalogue in [catalogue(&rules), catalogue(&reversed)] {
        assert_eq!(found(&catalogue, "https://b.univ.example/x/"), Some("wild"));
        assert_eq!(
            found(&catalogue, "https://b.univ.example/x/y/z"),
            Some("wild-long")
        );
        assert_eq!(found(&catalogue, "https://a.univ.example/y"), Some("host"));
        assert_eq!(found(&catalogue, "https://a.univ.example/x"), Some("path"));
        assert_eq!(found(&catalogue, "https://a.univ.example/x/y/z"), Some("below"));
    }
}

#[test]
fn an_exact_host_whose_path_does_not_fit_leaves_the_address_to_a_wildcard() {
    let catalogue = catalogue(&[
        ("wild", &["https://*.univ.example/"]),
        ("x", &["https://a.univ.example/x"]),
    ]);

    assert_eq!(found(&catalogue, "https://a.univ.example/y"), Some("wild"));
}

#[test]
fn an_international_host_is_compared_in_its_ascii_form_only() {
    let catalogue = catalogue(&[("a", &["https://xn--universit-g4a.example/"])]);

    assert_eq!(found(&catalogue, "https://XN--universit-g4a.example/"), Some("a"));
    assert_eq!(
        Rule::parse("https://université.example/"),
        Err(RuleProblem::Refused(ServiceRefused::Host))
    );
}

#[test]
fn s3_a_name_that_is_no_web_address_can_be_registered() {
    let catalogue = catalogue(&[("imap", &["imap://mail.univ.example"])]);

    assert_eq!(found(&catalogue, "imap://mail.univ.example"), Some("imap"));
    assert_eq!(found(&catalogue, "imap://mail.univ.example:143"), None);
    assert_eq!(found(&catalogue, "https://mail.univ.example"), None);
}

#[test]
fn s4_a_disabled_service_is_found_but_not_admitted() {
    let mut disabled = service("a", &["https://a.example/"]);
    disabled.enabled = false;
    let catalogue = Catalogue::new(vec![disabled]).unwrap();
    let url = ServiceUrl::parse("https://a.example/").unwrap();

    assert!(catalogue.find(&url).is_some());
    assert!(catalogue.admit(&url).is_none());
}

#[test]
fn ties_and_repeated_keys_are_refused() {
    let problems = Catalogue::new(vec![
        service("a", &["https://a.example/x/", "https://b.example/"]),
        service("b", &["https://A.example:443/%78/"]),
        service("a", &["https://c.example/"]),
    ])
    .unwrap_err();

    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "services a and b have the same rule https://A.example:443/%78/",
            "two services have the key a"
        ]
    );
}

#[test]
fn rules_that_would_surprise_are_refused() {
    use RuleProblem::*;
    for (text, why) in [
        ("https://a.example/?x", Query),
        ("https://a.example/#x", Query),
        ("https://a.example/x;y", PathParameter),
        ("https://a.example/x//y", EmptySegment),
        ("https://a.example//", EmptySegment),
        ("https://*/", Wildcard),
        ("https://*.example/", Wildcard),
        ("https://*.0.0.1/", Refused(ServiceRefused::Host)),
        ("https://a*.univ.example/", Wildcard),
        ("https://*.*.example/", Wildcard),
        ("https://a.*.example/", Wildcard),
        ("https://a.example/*", Wildcard),
        ("https://a.example/x/*.b", Wildcard),
        ("https://a.example/x?y=*", Wildcard),
        ("https://a.example/x?y$", Query),
        ("https://a.example/x??*", Query),
        ("https://a.example/x//$", EmptySegment),
        ("https://a.example//x$", EmptySegment),
        ("https://a.example/..", Refused(ServiceRefused::DotSegment)),
        ("a.example", Refused(ServiceRefused::NotAbsolute)),
        ("https://.*\\.univ\\.example/", Wildcard),
    ] {
        assert_eq!(Rule::parse(text), Err(why), "{text}");
    }
}

#[test]
fn an_explanation_names_the_rule_or_the_first_thing_that_differs_from_the_nearest() {
    let catalogue = catalogue(&[
        ("mail", &["https://mail.univ.example/x/"]),
        (
            "cours",
            &["https://cours.univ.example/", "https://*.cours.univ.example/"],
        ),
    ]);
    let explained = |text: &str| catalogue.explain(text).to_string();

    assert_eq!(
        explained("https://cours.univ.example/a?b"),
        "cours, by the rule https://cours.univ.example/"
    );
    for (text, difference) in [
        (
            "http://mail.univ.example/x/",
            "mail, rule https://mail.univ.example/x/: scheme http ≠ https",
        ),
        (
            "https://mail.univ.example:8443/x/",
            "mail, rule https://mail.univ.example/x/: port 8443 ≠ 443",
        ),
        (
            "https://mail.univ.example/y",
            "mail, rule https://mail.univ.example/x/: path /y ≠ /x/",
        ),
        (
            "https://a.b.cours.univ.example/",
            "cours, rule https://*.cours.univ.example/: host a.b.cours.univ.example ≠ *.cours.univ.example",
        ),
    ] {
        assert_eq!(
            explained(text),
            format!("not registered; nearest is {difference}")
        );
    }
    assert_eq!(
        explained("https://u@mail.univ.example/"),
        "refused: the address names a user before the host"
    );
    assert_eq!(Catalogue::default().explain("https://a/"), Explanation::Empty);
}

#[test]
fn an_explanation_says_that_a_service_is_disabled() {
    let mut disabled = service("a", &["https://a.example/"]);
    disabled.enabled = false;
    let catalogue = Catalogue::new(vec![disabled]).unwrap();

    assert_eq!(
        catalogue.explain("https://a.example/x").to_string(),
        "a, by the rule https://a.example/, but that service is disabled"
    );
    assert_eq!(catalogue.service("a").map(|service| service.enabled), Some(false));
    assert_eq!(catalogue.services().len(), 1);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_index_finds_what_a_walk_over_every_rule_finds(
            rules in proptest::collection::btree_set("https?://(\\*\\.)?[ab]\\.[ab](\\.a)?(/[xy]){0,2}/?(\\$|\\?\\*)?", 1..8),
            url in "https?://([ab]\\.){1,3}a(/[xy]){0,3}/?(\\?q)?",
        ) {
            let mut services = Vec::new();
            for (number, rule) in rules.iter().enumerate() {
                services.push(service(&format!("s{number}"), &[rule]));
                if Catalogue::new(services.clone()).is_err() {
                    services.pop();
                }
            }
            let catalogue = Catalogue::new(services.clone()).unwrap();
            let url = ServiceUrl::parse(&url).unwrap();

            let walked = services
                .iter()
                .map(|service| (Rule::parse(&service.url).unwrap(), service))
                .filter(|(rule, _)| rule.covers(&url))
                .max_by_key(|(rule, _)| (!rule.is_wildcard(), rule.specificity()))
                .map(|(_, service)| service.key.as_str());

            prop_assert_eq!(catalogue.find(&url).map(|service| service.key.as_str()), walked);
        }

        #[test]
        fn no_text_makes_a_rule_or_an_explanation_fail(text in any::<String>()) {
            let catalogue = catalogue(&[("a", &["https://a.example/"])]);
            for text in [text.clone(), format!("https://{text}"), format!("https://*.{text}")] {
                let _ = Rule::parse(&text);
                let _ = catalogue.explain(&text).to_string();
            }
        }
    }
}
