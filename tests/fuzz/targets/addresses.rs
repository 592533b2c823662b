//! Addresses of services: whatever is let in, a browser goes to that host and to no other.

use std::sync::LazyLock;

use reqwest::Url;
use vestibule::cas::catalogue::{Catalogue, Rule};
use vestibule::cas::service::{ServiceUrl, TicketParameter, first_difference, same_identifier};

const DEFINITIONS: [&str; 3] = [
    "key = 'mail'\nname = { fr = 'Courriel', en = 'Mail' }\nurl = 'https://mail.univ.example/'\n",
    "key = 'apps'\nname = { fr = 'Applis', en = 'Apps' }\nurl = 'https://*.apps.univ.example/x'\n",
    "key = 'port'\nname = { fr = 'Port', en = 'Port' }\nurl = 'http://port.univ.example:8080/a/b/'\n",
];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let services = DEFINITIONS.map(|text| toml::from_str(text).expect("a definition"));
    Catalogue::new(services.into()).expect("a catalogue")
});

/// One address: as a browser reads it (WHATWG), it is the host that was judged, with and without a ticket.
pub fn service(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(url) = ServiceUrl::parse_any(text) else {
        assert!(ServiceUrl::parse(text).is_err());
        return;
    };
    assert_eq!(url.original(), text);
    assert!(url.same_service(&url));
    assert!(same_identifier(text, text));
    let _ = (url.registry_key(), url.path_key(), url.path_segments().count());
    let _ = CATALOGUE.explain(text);
    if !url.is_web() {
        assert!(CATALOGUE.admit(&url).is_none_or(|service| service.key.is_empty()));
        return;
    }
    let Some(bare) = goes_to(&url, &url.location()) else {
        return;
    };
    for parameter in [TicketParameter::Ticket, TicketParameter::SamlArt] {
        let there = goes_to(&url, &url.with_ticket(parameter, "ST-1-a")).expect("the same host");
        let (name, value) = there.query_pairs().last().expect("a query");
        assert_eq!(
            (name.as_ref(), value.as_ref()),
            (parameter.as_str(), "ST-1-a"),
            "{text}"
        );
        assert_eq!(there.path(), bare.path());
        assert_eq!(there.fragment(), bare.fragment());
    }
    if let Some(service) = CATALOGUE.admit(&url) {
        let host = bare.host_str().unwrap_or_default();
        let is_its_own = match service.key.as_str() {
            "mail" => bare.scheme() == "https" && host == "mail.univ.example" && bare.port().is_none(),
            "apps" => {
                let first = host.strip_suffix(".apps.univ.example");
                first.is_some_and(|first| !first.is_empty() && !first.contains('.'))
                    && (bare.path() == "/x"
                        || bare.path().starts_with("/x/")
                        || bare.path().starts_with("/x;"))
            }
            _ => host == "port.univ.example" && bare.port() == Some(8080) && bare.path().starts_with("/a/b"),
        };
        // A letter of the path may be written as an escape, which a browser leaves as it is.
        assert!(
            is_its_own || text.contains('%'),
            "{text} is let in as {}",
            service.key
        );
    }
}

/// Where a browser goes that is sent to `location`: where the address says, or nowhere.
fn goes_to(url: &ServiceUrl, location: &str) -> Option<Url> {
    assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location}");
    // Some names that begin with `xn--` are nobody's.
    let there = match Url::parse(location) {
        Ok(there) => there,
        Err(error) => {
            assert!(url.host().contains("xn--"), "{error}: {location}");
            return None;
        }
    };
    assert_eq!(there.scheme(), url.scheme());
    assert_eq!(there.host_str(), Some(url.host()), "{location}");
    assert_eq!(there.port_or_known_default(), url.port());
    assert!(
        there.username().is_empty() && there.password().is_none(),
        "{location}"
    );
    // No segment is dropped or made by dots, slashes or their disguises.
    let path = url.original()[url.original().find("://").expect("absolute") + 3..]
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let slashes = path.matches('/').count().max(1);
    assert_eq!(there.path().matches('/').count(), slashes, "{location}");
    Some(there)
}

/// A rule and an address, or two addresses: what matches is of the same host, whichever of the two is asked.
pub fn matcher(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (left, right) = super::halves(text);
    let Ok(there) = ServiceUrl::parse_any(right) else {
        let _ = (Rule::parse(left), Rule::parse_callback(left));
        return;
    };
    assert_eq!(same_identifier(left, right), same_identifier(right, left));
    if let Ok(here) = ServiceUrl::parse_any(left) {
        assert_eq!(here.same_service(&there), there.same_service(&here));
        assert_eq!(
            here.same_service(&there),
            first_difference(&here, &there).is_none()
        );
        assert!(!here.same_service(&there) || (here.host(), here.port()) == (there.host(), there.port()));
    }
    if let Ok(rule) = Rule::parse(left) {
        assert_eq!(rule.text(), left);
        assert_eq!(rule.covers(&there), rule.difference(&there).is_none());
        let plain = left
            .trim_end_matches(['$', '*', '?'])
            .replacen("://*.", "://any.", 1);
        let own = ServiceUrl::parse_any(&plain).expect("a rule is an address");
        if rule.covers(&there) {
            assert_eq!(own.scheme(), there.scheme());
            assert_eq!(own.port(), there.port());
            match own.host().strip_prefix("any.").filter(|_| left.contains("://*.")) {
                None => assert_eq!(own.host(), there.host()),
                Some(parent) => {
                    let first = there.host().strip_suffix(parent).expect("a host below it");
                    assert_eq!(first.matches('.').count(), 1, "{first}");
                }
            }
        }
    }
    let _ = Rule::parse_callback(left);
}
