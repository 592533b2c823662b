//! An application's address as CAS clients send it: read strictly, kept byte for byte, compared in parts.
//!
//! Three strings are kept apart: the *original* is what goes back to the browser, the *registry key* finds the
//! registered application, and the parts decide equality when a ticket is validated. Nothing here ever writes an
//! address out again from its parts ([S-1]).

mod compare;

use std::ops::Range;

pub(crate) use compare::port_text;
pub use compare::{Component, Difference, first_difference, same_identifier};

use super::percent::{self, Decoded};

const LONGEST: usize = 2_048;

/// Why an address is not accepted, whatever the catalogue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceRefused {
    /// More than 2,048 bytes.
    #[error("the address is longer than 2048 bytes")]
    TooLong,
    /// A control character: the way to a second header line.
    #[error("the address contains a control character")]
    Control,
    /// A backslash, which browsers read as a slash.
    #[error("the address contains a backslash")]
    Backslash,
    /// Not `scheme://host…`.
    #[error("the address is not absolute")]
    NotAbsolute,
    /// Neither http nor https where a browser will be sent.
    #[error("the address is neither http nor https")]
    Scheme,
    /// `user@`, which makes one host look like another.
    #[error("the address names a user before the host")]
    UserInfo,
    /// Not dot-separated labels of ASCII letters, digits and hyphens, or a number that browsers read as an address.
    #[error("the host is not made of plain ASCII labels")]
    Host,
    /// Not a number from 1 to 65535 without leading zero.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// `.` or `..` as a path segment, in any spelling.
    #[error("the path contains a dot segment")]
    DotSegment,
    /// An encoded slash, backslash or control character in the path.
    #[error("the path hides a slash, a backslash or a control character")]
    HiddenDelimiter,
    /// A `ticket` parameter that already holds a ticket: a loop, or somebody's ticket passed on.
    #[error("the address already carries a ticket")]
    CarriesTicket,
}

/// The name under which a ticket is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TicketParameter {
    /// `ticket`, for an address that came as `service` or `targetService`.
    #[default]
    Ticket,
    /// `SAMLart`, for an address that came as `TARGET` ([P-8]).
    SamlArt,
}

impl TicketParameter {
    /// The parameter's name on the way to the application.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::SamlArt => "SAMLart",
        }
    }

    /// The field that carries the address through the login form so that this choice survives it.
    pub fn service_field(self) -> &'static str {
        match self {
            Self::Ticket => "service",
            Self::SamlArt => "TARGET",
        }
    }
}

/// An absolute address of an application: `https://mail.univ.example/`, or a name such as `imap://mail.univ.example`.
#[derive(Debug, Clone)]
pub struct ServiceUrl {
    original: String,
    scheme: String,
    host: String,
    port: Option<u16>,
    path: Range<usize>,
    query: Option<Range<usize>>,
    fragment_at: usize,
}

impl ServiceUrl {
    /// Reads an address that a browser may be sent to: http or https only ([S-3]).
    pub fn parse(text: &str) -> Result<Self, ServiceRefused> {
        let url = Self::parse_any(text)?;
        if url.is_web() {
            Ok(url)
        } else {
            Err(ServiceRefused::Scheme)
        }
    }

    /// Reads an address that a proxy ticket may be asked for: any scheme ([S-3]).
    pub fn parse_any(text: &str) -> Result<Self, ServiceRefused> {
        if text.len() > LONGEST {
            return Err(ServiceRefused::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(ServiceRefused::Control);
        }
        if text.contains('\\') {
            return Err(ServiceRefused::Backslash);
        }
        let (scheme, rest) = text.split_once("://").ok_or(ServiceRefused::NotAbsolute)?;
        if !is_scheme(scheme) {
            return Err(ServiceRefused::NotAbsolute);
        }
        let scheme = scheme.to_ascii_lowercase();

        let authority_at = text.len() - rest.len();
        let path_at = authority_at + rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, port) = authority(&text[authority_at..path_at])?;
        let port = port.or(match scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        });

        let fragment_at = text[path_at..].find('#').map_or(text.len(), |at| path_at + at);
        let query_at = text[path_at..fragment_at].find('?').map(|at| path_at + at);
        let path = path_at..query_at.unwrap_or(fragment_at);
        let query = query_at.map(|at| at + 1..fragment_at);
        // The whole path, what the registry key leaves out included: a browser resolves
        // `/x;jsessionid=1/../admin` to `/admin`.
        text[path.clone()].split('/').try_for_each(plain_segment)?;
        if query.clone().is_some_and(|query| carries_ticket(&text[query])) {
            return Err(ServiceRefused::CarriesTicket);
        }

        Ok(Self {
            original: text.to_owned(),
            scheme,
            host,
            port,
            path,
            query,
            fragment_at,
        })
    }

    /// The address byte for byte as it was sent.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The original without its `;jsessionid=…` (the path parameter of Java containers).
    pub fn registry_key(&self) -> String {
        let Some(at) = self.original.find(";jsession") else {
            return self.original.clone();
        };
        let (before, cut) = self.original.split_at(at);
        let after = cut.find('?').map_or("", |query| &cut[query..]);
        format!("{before}{after}")
    }

    /// The original cut at its first `?`, `;` or `#`: one entry a path is what single logout keeps ([O-4]).
    pub fn path_key(&self) -> &str {
        path_key(&self.original)
    }

    /// The scheme in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 80 or 443 filled in; `None` only for another scheme than http and https.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether a browser or an HTTP client can go there.
    pub fn is_web(&self) -> bool {
        matches!(self.scheme.as_str(), "http" | "https")
    }

    /// The path's segments, decoded once, without `;jsessionid=…`. `/x/` has two, the second one empty; an empty
    /// path is `/`.
    pub fn path_segments(&self) -> impl Iterator<Item = Decoded<'_>> {
        self.raw_segments().map(percent::decoded)
    }

    /// Scheme, host and port unless it is the scheme's own, as a content security policy names them.
    pub fn origin(&self) -> String {
        match (self.scheme.as_str(), self.port) {
            ("https", Some(443)) | ("http", Some(80)) | (_, None) => {
                format!("{}://{}", self.scheme, self.host)
            }
            (_, Some(port)) => format!("{}://{}:{port}", self.scheme, self.host),
        }
    }

    /// The value of the `Location` header that goes back without a ticket ([L-1]).
    pub fn location(&self) -> String {
        percent::for_location(&self.original)
    }

    /// The value of the `Location` header that hands `ticket` over: appended last, before the fragment ([S-5]).
    pub fn with_ticket(&self, parameter: TicketParameter, ticket: &str) -> String {
        self.with_query(&format!("{}={ticket}", parameter.as_str()))
    }

    /// The address, as [`Self::location`] gives it, with `addition` at the end of its query, which is otherwise left
    /// alone. `addition` is encoded already.
    pub fn with_query(&self, addition: &str) -> String {
        let (before, fragment) = self.original.split_at(self.fragment_at);
        let mark = if before.contains('?') { '&' } else { '?' };
        percent::for_location(&format!("{before}{mark}{addition}{fragment}"))
    }

    /// Whether both name the same place for a ticket, structurally: never by prefix, never across hosts.
    pub fn same_service(&self, other: &Self) -> bool {
        compare::differing(self, other).is_none()
    }

    /// The path as it was sent, without `;jsessionid=…`.
    pub fn path(&self) -> &str {
        let path = &self.original[self.path.clone()];
        path.find(";jsession").map_or(path, |at| &path[..at])
    }

    /// Whether there is a query, an empty one included.
    pub fn has_query(&self) -> bool {
        self.query.is_some()
    }

    /// Whether there is neither a query nor a fragment.
    pub fn ends_at_path(&self) -> bool {
        self.path.end == self.original.len()
    }

    fn raw_segments(&self) -> impl Iterator<Item = &str> {
        let path = self.path();
        path.strip_prefix('/').unwrap_or(path).split('/')
    }

    fn raw_query(&self) -> Option<&str> {
        self.query.clone().map(|query| &self.original[query])
    }
}

/// The part of an address that single logout counts as one place ([O-4]).
pub fn path_key(original: &str) -> &str {
    original.split(['?', ';', '#']).next().unwrap_or(original)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn authority(text: &str) -> Result<(String, Option<u16>), ServiceRefused> {
    if text.contains('@') {
        return Err(ServiceRefused::UserInfo);
    }
    // An address in brackets is no name, whatever its colons look like.
    if text.starts_with('[') {
        return Err(ServiceRefused::Host);
    }
    let (host, port) = match text.split_once(':') {
        None => (text, None),
        Some((host, port)) => (host, Some(parse_port(port)?)),
    };
    if host.len() > 253 || !host.split('.').all(is_label) || is_disguised_number(host) {
        return Err(ServiceRefused::Host);
    }
    Ok((host.to_ascii_lowercase(), port))
}

fn parse_port(text: &str) -> Result<u16, ServiceRefused> {
    // `u16::from_str` alone would take a sign.
    if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ServiceRefused::Port);
    }
    text.parse().map_err(|_| ServiceRefused::Port)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a browser reads the host as another one: `2130706433`, `0x7f.1` and `0177.0.0.1` are all `127.0.0.1` to it
/// (WHATWG URL, section 3.5), and equal to nothing here.
fn is_disguised_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_usual = host.split('.').count() == 4
        && host
            .split('.')
            .all(|part| part == "0" || (!part.starts_with('0') && part.parse::<u8>().is_ok()));
    is_number && !is_usual
}

fn plain_segment(raw: &str) -> Result<(), ServiceRefused> {
    if percent::decoded(raw).any(|byte| matches!(byte, b'/' | b'\\') || byte.is_ascii_control()) {
        return Err(ServiceRefused::HiddenDelimiter);
    }
    // `..;x` too: containers drop the parameter before they resolve the dots.
    let mut name = percent::decoded(raw).take_while(|&byte| byte != b';');
    match (name.next(), name.next(), name.next()) {
        (Some(b'.'), None, _) | (Some(b'.'), Some(b'.'), None) => Err(ServiceRefused::DotSegment),
        _ => Ok(()),
    }
}

fn carries_ticket(query: &str) -> bool {
    query
        .split('&')
        .filter_map(|item| item.split_once('='))
        .any(|(name, value)| {
            let prefix: Vec<u8> = percent::form_decoded(value.as_bytes()).take(3).collect();
            percent::form_decoded(name.as_bytes()).eq(*b"ticket")
                && matches!(prefix.as_slice(), b"ST-" | b"PT-")
        })
}

#[cfg(test)]
mod tests;
