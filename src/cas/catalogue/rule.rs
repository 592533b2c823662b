//! A rule for addresses: structural, never a regular expression ([S-2]).

use crate::cas::service::{Component, Difference, ServiceRefused, ServiceUrl, port_text};

/// Why a text is no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    /// Not an acceptable address to begin with.
    #[error(transparent)]
    Refused(#[from] ServiceRefused),
    /// A query or a fragment: a rule covers any.
    #[error("a rule has no query and no fragment")]
    Query,
    /// A path parameter.
    #[error("a rule has no `;` in its path")]
    PathParameter,
    /// `//` in the path.
    #[error("a rule has no empty segment in its path")]
    EmptySegment,
    /// A `*` that is not the whole first label of a host of three labels or more.
    #[error("`*` stands for the first label of a host of at least three, and for nothing else")]
    Wildcard,
    /// A callback that anybody on the way could read.
    #[error("a proxy callback is https, or http on a loopback host")]
    NotHttps,
    /// An address where a browser or this server is to go.
    #[error("the address is neither http nor https")]
    NotWeb,
}

/// Scheme, host, port and a path.
///
/// `/x` covers `/x` and all below it, `/x/` only what is below, `/` and an empty path cover everything, with any query.
/// `/x$` covers `/x` alone, without a query; `/x?*` covers `/x` with any query. A first host label `*` stands for
/// exactly one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    text: String,
    scheme: String,
    /// Without the `*.` of a wildcard.
    host: String,
    wildcard: bool,
    port: Option<u16>,
    segments: Vec<Vec<u8>>,
    reach: Reach,
}

/// What a rule covers beyond its own path; the narrower one is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// `/x`: all below it as well.
    Prefix,
    /// `/x/`: what is below, and not `/x` itself.
    Below,
    /// `/x?*`: that path alone, with a query.
    Queries,
    /// `/x$`: that path alone, with neither query nor fragment.
    Alone,
}

impl Rule {
    /// Reads a rule such as `https://*.apps.univ.example/x/`.
    pub fn parse(text: &str) -> Result<Self, RuleProblem> {
        let wildcard = text.contains("://*.");
        let (address, exact) = match (text.strip_suffix('$'), text.strip_suffix("?*")) {
            (Some(address), _) => (address, Some(Reach::Alone)),
            (_, Some(address)) => (address, Some(Reach::Queries)),
            _ => (text, None),
        };
        // A label takes the place of the star, so that the rest is read exactly as an address is.
        let stand_in = address.replacen("://*.", "://any.", 1);
        if stand_in.contains('*') {
            return Err(RuleProblem::Wildcard);
        }
        let url = ServiceUrl::parse_any(&stand_in)?;
        if stand_in.contains(['?', '#']) {
            return Err(RuleProblem::Query);
        }
        if stand_in.contains(';') {
            return Err(RuleProblem::PathParameter);
        }
        let host = match url.host().strip_prefix("any.").filter(|_| wildcard) {
            None => url.host(),
            Some(parent) if is_wide(parent) => return Err(RuleProblem::Wildcard),
            Some(parent) => parent,
        };
        let mut segments: Vec<Vec<u8>> = url.path_segments().map(Iterator::collect).collect();
        let reach = match exact {
            Some(reach) => reach,
            None if segments.pop_if(|last| last.is_empty()).is_some() => Reach::Below,
            None => Reach::Prefix,
        };
        // The last segment of an exact path may be empty: `/x/$`.
        let inner = segments.len().saturating_sub(usize::from(exact.is_some()));
        if segments[..inner].iter().any(Vec::is_empty) {
            return Err(RuleProblem::EmptySegment);
        }
        Ok(Self {
            text: text.to_owned(),
            scheme: url.scheme().to_owned(),
            host: host.to_owned(),
            wildcard,
            port: url.port(),
            segments,
            reach,
        })
    }

    /// Reads a rule for proxy callbacks: https, or http on a loopback host for development.
    pub fn parse_callback(text: &str) -> Result<Self, RuleProblem> {
        let rule = Self::parse(text)?;
        let is_loopback = matches!(rule.host.as_str(), "localhost" | "127.0.0.1") && !rule.wildcard;
        match rule.scheme.as_str() {
            "https" => Ok(rule),
            "http" if is_loopback => Ok(rule),
            _ => Err(RuleProblem::NotHttps),
        }
    }

    /// The rule as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether `url` falls under this rule.
    pub fn covers(&self, url: &ServiceUrl) -> bool {
        self.differing(url).is_none()
    }

    /// The first part in which `url` differs from this rule; `None` when it is covered.
    pub fn difference(&self, url: &ServiceUrl) -> Option<Difference> {
        let component = self.differing(url)?;
        let (left, right) = match component {
            Component::Scheme => (url.scheme().to_owned(), self.scheme.clone()),
            Component::Host => (url.host().to_owned(), self.host_text()),
            Component::Port => (port_text(url.port()), port_text(self.port)),
            Component::Path => (url.path().to_owned(), self.path_text()),
            Component::Query => {
                let words = |some| if some { "some" } else { "none" }.to_owned();
                (words(!url.ends_at_path()), words(self.reach == Reach::Queries))
            }
        };
        Some(Difference {
            component,
            left,
            right,
        })
    }

    /// How near `url` is to this rule, for finding the one that was probably meant.
    pub(super) fn nearness(&self, url: &ServiceUrl) -> impl Ord + use<> {
        let labels = self
            .host
            .rsplit('.')
            .zip(url.host().rsplit('.'))
            .take_while(|(left, right)| left == right);
        let segments = self.segments.iter().zip(url.path_segments());
        let shared = segments
            .take_while(|(left, right)| right.clone().eq(left.iter().copied()))
            .count();
        (
            self.covers_host(url),
            labels.count(),
            self.scheme == url.scheme(),
            self.port == url.port(),
            shared,
        )
    }

    pub(super) fn is_wildcard(&self) -> bool {
        self.wildcard
    }

    pub(super) fn host_key(&self) -> &str {
        &self.host
    }

    /// Grows with the length of the path; equal only for rules that cannot both cover one address, or are the same.
    pub(super) fn specificity(&self) -> impl Ord + use<> {
        (self.segments.len(), self.reach)
    }

    pub(in crate::cas) fn claims_the_same(&self, other: &Self) -> bool {
        Self {
            text: String::new(),
            ..self.clone()
        } == Self {
            text: String::new(),
            ..other.clone()
        }
    }

    fn differing(&self, url: &ServiceUrl) -> Option<Component> {
        if self.scheme != url.scheme() {
            Some(Component::Scheme)
        } else if !self.covers_host(url) {
            Some(Component::Host)
        } else if self.port != url.port() {
            Some(Component::Port)
        } else if !self.covers_path(url) {
            Some(Component::Path)
        } else if !self.covers_query(url) {
            Some(Component::Query)
        } else {
            None
        }
    }

    fn covers_host(&self, url: &ServiceUrl) -> bool {
        if self.wildcard {
            url.host()
                .split_once('.')
                .is_some_and(|(_, parent)| parent == self.host)
        } else {
            url.host() == self.host
        }
    }

    fn covers_path(&self, url: &ServiceUrl) -> bool {
        let mut segments = url.path_segments();
        let begins = self.segments.iter().all(|wanted| {
            segments
                .next()
                .is_some_and(|segment| segment.eq(wanted.iter().copied()))
        });
        begins
            && match self.reach {
                Reach::Prefix => true,
                Reach::Below => segments.next().is_some(),
                Reach::Queries | Reach::Alone => segments.next().is_none(),
            }
    }

    fn covers_query(&self, url: &ServiceUrl) -> bool {
        match self.reach {
            Reach::Prefix | Reach::Below => true,
            Reach::Queries => url.has_query(),
            Reach::Alone => url.ends_at_path(),
        }
    }

    fn host_text(&self) -> String {
        if self.wildcard {
            format!("*.{}", self.host)
        } else {
            self.host.clone()
        }
    }

    fn path_text(&self) -> String {
        let after_scheme = self.text.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme
            .find('/')
            .map_or("/", |at| &after_scheme[at..])
            .to_owned()
    }
}

/// Whether a `*` before this host would reach beyond one organisation, or stand in a numeric address.
fn is_wide(parent: &str) -> bool {
    let last = parent.rsplit('.').next().unwrap_or_default();
    !parent.contains('.') || last.bytes().all(|byte| byte.is_ascii_digit())
}
