//! Tests of `cas::apereo::rules`.

use super::*;
use crate::cas::catalogue::RuleProblem;

fn texts(pattern: &str) -> Vec<String> {
    from_pattern(pattern).unwrap().texts
}

fn notes(pattern: &str) -> Vec<Narrowing> {
    from_pattern(pattern).unwrap().narrowed
}

#[test]
fn s2_what_a_rule_can_say_is_taken_as_it_is() {
    let cases: [(&str, &[&str]); 20] = [
        (
            r"^https://mail\.univ\.example/.*",
            &["https://mail.univ.example/"],
        ),
        (
            r"^https?://mail\.univ\.example/.*$",
            &["http://mail.univ.example/", "https://mail.univ.example/"],
        ),
        (
            r"(?i)^(https|imaps)://mail\.univ\.example(/.*)?$",
            &["https://mail.univ.example/", "imaps://mail.univ.example/"],
        ),
        (r"^imap://mail\.univ\.example$", &["imap://mail.univ.example$"]),
        (
            r"https://a\.univ\.example:8443/x/.*",
            &["https://a.univ.example:8443/x/"],
        ),
        (
            r"https://a\.univ\.example(:8443)?/.*",
            &["https://a.univ.example/", "https://a.univ.example:8443/"],
        ),
        (r"https://a\.univ\.example/x", &["https://a.univ.example/x$"]),
        (r"https://a\.univ\.example", &["https://a.univ.example$"]),
        (r"https://a\.univ\.example/?", &["https://a.univ.example$"]),
        (
            r"https://a\.univ\.example/x(\?.*)?",
            &["https://a.univ.example/x$", "https://a.univ.example/x?*"],
        ),
        (
            r"https://a\.univ\.example/x(/.*)?",
            &["https://a.univ.example/x$", "https://a.univ.example/x/"],
        ),
        (
            r"https://(a|b)\.univ\.example/(x|y)/.*",
            &[
                "https://a.univ.example/x/",
                "https://a.univ.example/y/",
                "https://b.univ.example/x/",
                "https://b.univ.example/y/",
            ],
        ),
        (
            r"https://[^./:?#]+\.univ\.example/.*",
            &["https://*.univ.example/"],
        ),
        (
            r"https://[a-zA-Z0-9-]+\.univ\.example/.*",
            &["https://*.univ.example/"],
        ),
        (
            r"https://([\w-]+)\.univ\.example/.*",
            &["https://*.univ.example/"],
        ),
        (
            r"^https://([a-z0-9\-]+\.)?univ\.example/.*",
            &["https://univ.example/", "https://*.univ.example/"],
        ),
        (
            r"https://a\.univ\.example/.*(\?.*)?",
            &["https://a.univ.example/"],
        ),
        (
            r"https://a\.univ\.example/x\$y\*",
            &["https://a.univ.example/x%24y%2A$"],
        ),
        (
            r"https://a[12]\.univ\.example/.*",
            &["https://a1.univ.example/", "https://a2.univ.example/"],
        ),
        (r"https://A\.univ\.example/É/.*?", &["https://A.univ.example/É/"]),
    ];
    for (pattern, rules) in cases {
        let mut found = from_pattern(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        found.texts.sort();
        let mut rules = rules.to_vec();
        rules.sort_unstable();
        assert_eq!(found.texts, rules, "{pattern}");
        assert_eq!(found.narrowed, [], "{pattern}");
    }
}

#[test]
fn s2_what_is_wider_than_a_rule_is_narrowed_and_told() {
    use Narrowing::*;
    for (pattern, rules, why) in [
        (
            r"https://mail.univ\.example/.*",
            vec!["https://mail.univ.example/"],
            Dot,
        ),
        (
            r"https://.*\.univ\.example/.*",
            vec!["https://*.univ.example/"],
            OneLabel,
        ),
        (
            r"https://[^/]+\.univ\.example/.*",
            vec!["https://*.univ.example/"],
            OneLabel,
        ),
        (
            r"https://.*univ\.example/.*",
            vec!["https://univ.example/", "https://*.univ.example/"],
            OneLabel,
        ),
        (
            r"https://.+univ\.example/.*",
            vec!["https://*.univ.example/"],
            OneLabel,
        ),
        (
            r"https://a\.univ\.example.*",
            vec!["https://a.univ.example/"],
            HostEnds,
        ),
        (
            r"https://a\.univ\.example/?.*",
            vec!["https://a.univ.example/"],
            HostEnds,
        ),
        (
            r"https://a\.univ\.example/x.*",
            vec!["https://a.univ.example/x"],
            Segment,
        ),
        (
            r"https://a\.univ\.example/x.+",
            vec!["https://a.univ.example/x/"],
            Segment,
        ),
        (
            r"https://([\w-]+\.)+univ\.example/.*",
            vec!["https://*.univ.example/"],
            Repetition,
        ),
    ] {
        assert_eq!(texts(pattern), rules, "{pattern}");
        assert!(notes(pattern).contains(&why), "{pattern}: {:?}", notes(pattern));
    }
}

#[test]
fn s2_an_alternative_that_no_rule_can_say_is_left_out_and_named() {
    let rules = from_pattern(r"^https://(a\.univ\.example|app-.*\.univ\.example)/.*").unwrap();

    assert_eq!(rules.texts, ["https://a.univ.example/"]);
    assert_eq!(
        rules.narrowed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "left out: https://app-.*.univ.example/.*: only the whole first label of a host can be a wildcard: list \
             the hosts"
        ]
    );
}

#[test]
fn s2_what_would_be_wider_than_the_original_is_refused() {
    for (pattern, why) in [
        (r"^(https|imaps)://.*", Why::AnyHost),
        (r"^https?://.*", Why::AnyHost),
        ("https://.*/.*", Why::AnyHost),
        ("https:.*", Why::AnyHost),
        (".*", Why::AnyScheme),
        ("", Why::AnyScheme),
        (r".*univ\.example.*", Why::AnyScheme),
        (r"^(?!https://evil).*", Why::Unsupported),
        (r"https://a\.univ\.example/(?<x>.*)", Why::Unsupported),
        (r"https://a\.univ\.example/x*+x", Why::Unsupported),
        (r"\Qhttps://a\E", Why::Unsupported),
        (r"https://[a-z&&[^x]]+\.univ\.example/", Why::Unsupported),
        (r"https://a\.univ\.example/[", Why::NotAnExpression),
        (r"https://a\.univ\.example/(", Why::NotAnExpression),
        (r"https://a\.univ\.example/\", Why::NotAnExpression),
        (r"https://[a-z]+\.univ\.example/.*", Why::Label),
        (r"https://.{2,}\.univ\.example/.*", Why::Label),
        (r"https://app-.*\.univ\.example/.*", Why::HostWildcard),
        (r"https://a\..*\.univ\.example/.*", Why::HostWildcard),
        (r"https://a\.univ\.example:\d+/.*", Why::Port),
        (r"https://a\.univ\.example/x/.+", Why::AtLeastOne),
        (r"https://a\.univ\.example/.*/login", Why::AfterAny),
        (r"https://a\.univ\.example/[^/]+/login", Why::PathWildcard),
        (r"https://a\.univ\.example/x\?idp=.*", Why::Query),
        (r"https://a\.univ\.example/#/x", Why::Fragment),
        (r"https://a\.univ\.example/^x", Why::Anchor),
        (r"https://.*\.example/.*", Why::Rule(RuleProblem::Wildcard)),
        (
            r"https://a\.univ\.example/x;y/.*",
            Why::Rule(RuleProblem::PathParameter),
        ),
        (r"https://mail.*", Why::HostWildcard),
        (
            r"https://(a|b|c|d|e|f|g|h|i)\.(a|b|c|d|e|f|g|h|i)\.example/",
            Why::TooManyAlternatives,
        ),
        (r"(((((((a{8}){8}){8}){8}){8}){8}){8}){8}", Why::AnyScheme),
        (r"https://[^\s\S]\.univ\.example/", Why::Nothing),
    ] {
        assert_eq!(from_pattern(pattern), Err(why), "{pattern}");
    }
    assert_eq!(from_pattern(&"x".repeat(3_000)), Err(Why::TooLong));
    let deep = format!("{}a{}", "(".repeat(900), ")".repeat(900));
    assert_eq!(from_pattern(&deep), Err(Why::NotAnExpression));
}

#[test]
fn s2_a_literal_is_that_address_and_no_other() {
    assert_eq!(
        from_literal("https://a.univ.example/x").unwrap().texts,
        ["https://a.univ.example/x$"]
    );
    assert_eq!(from_literal("https://.*/"), Err(Why::Rule(RuleProblem::Wildcard)));
}

mod never_wider {
    use proptest::prelude::*;
    use regex::bytes::{Regex, RegexBuilder};

    use super::*;

    /// The original's judgement: the whole identifier, case ignored, `\w` in ASCII.
    fn original(pattern: &str) -> Regex {
        RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
            .case_insensitive(true)
            .unicode(false)
            .build()
            .unwrap()
    }

    /// The two spellings of an address without a path.
    fn spellings(url: &str, parsed: &ServiceUrl) -> [String; 2] {
        let authority = url.find("://").unwrap() + 3;
        let end = authority
            + url[authority..]
                .find(['/', '?', '#'])
                .unwrap_or(url.len() - authority);
        let other = match parsed.path() {
            "" => format!("{}/{}", &url[..end], &url[end..]),
            "/" => format!("{}{}", &url[..end], &url[end + 1..]),
            _ => url.to_owned(),
        };
        [url.to_owned(), other]
    }

    fn urls() -> Vec<(String, ServiceUrl)> {
        let mut urls = Vec::new();
        for scheme in ["https", "imaps"] {
            for host in [
                "a.b.c",
                "b.c",
                "x.b.c",
                "a-1.b.c",
                "a.x.b.c",
                "axb.c",
                "evil.c",
                "a.b.c.evil.c",
                "a.b.cx",
            ] {
                for port in ["", ":8443"] {
                    for path in [
                        "", "/", "/x", "/x/", "/xy", "/x/y", "/y", "/y/x", "/x/x/y", "/x?q", "/x/?q", "/x?",
                        "/x#f", "?q", "/?q", "#f", "/X", "/x/.b.c",
                    ] {
                        let text = format!("{scheme}://{host}{port}{path}");
                        urls.extend(ServiceUrl::parse_any(&text).map(|url| (text, url)));
                    }
                }
            }
        }
        urls
    }

    /// Counts the addresses that the rules cover; none of them may be one that the original refuses.
    fn covered(pattern: &str, urls: &[(String, ServiceUrl)]) -> usize {
        let Ok(found) = from_pattern(pattern) else {
            return 0;
        };
        let original = original(pattern);
        let rules: Vec<Rule> = found
            .texts
            .iter()
            .map(|text| Rule::parse(text).unwrap())
            .collect();
        let mut count = 0;
        for (text, url) in urls {
            if rules.iter().any(|rule| rule.covers(url)) {
                assert!(
                    spellings(text, url)
                        .iter()
                        .any(|text| original.is_match(text.as_bytes())),
                    "{pattern} became {:?}, which lets in {text}",
                    found.texts
                );
                count += 1;
            }
        }
        count
    }

    #[test]
    fn s2_no_rule_lets_in_what_the_pattern_kept_out() {
        let schemes = ["https?", "(https|imaps)"];
        let hosts = [
            r"a\.b\.c",
            "a.b.c",
            r".*\.b\.c",
            r".*b\.c",
            r"[^/]+\.b\.c",
            r"[^.]+\.b\.c",
            r"(x|a)\.b\.c",
            r"([a-z0-9-]+\.)*b\.c",
            r"([\w-]+\.)+b\.c",
            r"(.+\.)?b\.c",
            r"[a-c]+\.b\.c",
            ".*",
            r"a\.b\.c(:8443)?",
            r"a\.b\.c(:\d+)?",
            r"a.*\.b\.c",
            r"[^.]*\.?b\.c",
            r".+.b.c",
            r"\w{1,63}\.b\.c",
        ];
        let tails = [
            "",
            "/",
            "/?",
            "/.*",
            ".*",
            ".+",
            "/x",
            "/x$",
            "/x.*",
            "/x/.*",
            "/x/.+",
            "/x.+",
            "(/.*)?",
            r"/x(\?.*)?",
            r"/x\?.*",
            r"/x\?.+",
            r"/x(/|\?|$).*",
            "/(x|y)/.*",
            "/[xy]$",
            "/.*/x",
            "/x(/.*)?$",
            "/x/[^/]*",
            "/.+",
            "(/x|/y)?",
            "/x{0,2}",
            "/(x/)*",
            "/?.*",
            "/?x?.*",
            ".*.*",
            "/.x.*",
        ];
        let urls = urls();
        let mut count = 0;

        for scheme in schemes {
            for host in hosts {
                for tail in tails {
                    count += covered(&format!("{scheme}://{host}{tail}"), &urls);
                }
            }
        }

        // Not because nothing was taken.
        assert!(count > 20_000, "{count}");
    }

    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "a", "b", "x", r"\.", ".", ".*", ".+", "/", "?", "*", "+", "(", ")", "|", "[a-z]", "[^/]", r"\?",
            "$", "^", "(:8443)?", "{0,2}", r"b\.c", r"\w", "://", "-", "#",
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

        #[test]
        fn s2_no_heap_of_signs_becomes_a_rule_wider_than_itself(pieces in prop::collection::vec(piece(), 0..14)) {
            let pattern = format!("https?://{}", pieces.concat());
            if Regex::new(&pattern).is_ok() {
                covered(&pattern, &urls());
            }
        }

        #[test]
        fn no_text_at_all_upsets_the_conversion(text in any::<String>()) {
            let _ = from_pattern(&text);
            let _ = from_literal(&text);
        }
    }
}
