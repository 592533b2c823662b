//! Whether two addresses are the same place, part by part, and where they first part ways.

use std::fmt;

use super::ServiceUrl;
use crate::cas::percent;

/// A part of an address, in the order in which parts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// `https`
    Scheme,
    /// `mail.univ.example`
    Host,
    /// 443 when nothing else is said.
    Port,
    /// `/inbox/`
    Path,
    /// What follows the `?`.
    Query,
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "scheme",
            Self::Host => "host",
            Self::Port => "port",
            Self::Path => "path",
            Self::Query => "query",
        })
    }
}

/// The first part in which two addresses differ, for the person who has to find out why a ticket was refused.
/// Values of query parameters are left out: they may be somebody's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part that differs.
    pub component: Component,
    /// What the first address has there.
    pub left: String,
    /// What the second address has there.
    pub right: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ≠ {}", self.component, self.left, self.right)
    }
}

/// Whether a ticket issued for `left` may be validated with `right`: structural equality, or equality of bytes
/// when either is no absolute address.
pub fn same_identifier(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    match (ServiceUrl::parse_any(left), ServiceUrl::parse_any(right)) {
        (Ok(left), Ok(right)) => left.same_service(&right),
        _ => false,
    }
}

/// The first part in which two addresses differ; `None` when they are the same place.
pub fn first_difference(left: &ServiceUrl, right: &ServiceUrl) -> Option<Difference> {
    let component = differing(left, right)?;
    let (left, right) = match component {
        Component::Scheme => (left.scheme.clone(), right.scheme.clone()),
        Component::Host => (left.host.clone(), right.host.clone()),
        Component::Port => (port_text(left.port), port_text(right.port)),
        Component::Path => (left.path().to_owned(), right.path().to_owned()),
        Component::Query => query_texts(left.raw_query(), right.raw_query()),
    };
    Some(Difference {
        component,
        left,
        right,
    })
}

pub(super) fn differing(left: &ServiceUrl, right: &ServiceUrl) -> Option<Component> {
    if left.scheme != right.scheme {
        Some(Component::Scheme)
    } else if left.host != right.host {
        Some(Component::Host)
    } else if left.port != right.port {
        Some(Component::Port)
    } else if !same_path(left, right) {
        Some(Component::Path)
    } else if !same_query(left.raw_query(), right.raw_query()) {
        Some(Component::Query)
    } else {
        None
    }
}

fn same_path(left: &ServiceUrl, right: &ServiceUrl) -> bool {
    // Split before decoding: an encoded slash is no boundary.
    left.raw_segments().count() == right.raw_segments().count()
        && left
            .path_segments()
            .zip(right.path_segments())
            .all(|(left, right)| left.eq(right))
}

fn same_query(left: Option<&str>, right: Option<&str>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => {
            left.split('&').count() == right.split('&').count()
                && left
                    .split('&')
                    .zip(right.split('&'))
                    .all(|(left, right)| same_item(left, right))
        }
        _ => false,
    }
}

fn same_item(left: &str, right: &str) -> bool {
    let same_text = |left: &str, right: &str| {
        percent::form_decoded(left.as_bytes()).eq(percent::form_decoded(right.as_bytes()))
    };
    match (left.split_once('='), right.split_once('=')) {
        (None, None) => same_text(left, right),
        (Some((left, left_value)), Some((right, right_value))) => {
            same_text(left, right) && same_text(left_value, right_value)
        }
        // `?u` and `?u=` are two places.
        _ => false,
    }
}

pub(crate) fn port_text(port: Option<u16>) -> String {
    port.map_or_else(|| "none".to_owned(), |port| port.to_string())
}

fn query_texts(left: Option<&str>, right: Option<&str>) -> (String, String) {
    let (Some(left), Some(right)) = (left, right) else {
        let word = |query: Option<&str>| if query.is_some() { "present" } else { "absent" }.to_owned();
        return (word(left), word(right));
    };
    let (mut left, mut right) = (left.split('&'), right.split('&'));
    for position in 1.. {
        match (left.next(), right.next()) {
            (Some(left), Some(right)) if same_item(left, right) => {}
            (None, None) => break,
            (left, right) => return (item_text(position, left), item_text(position, right)),
        }
    }
    (String::new(), String::new())
}

fn item_text(position: usize, item: Option<&str>) -> String {
    match item.map(|item| item.split_once('=')) {
        None => format!("without parameter {position}"),
        // A value without a name, or a name alone: nobody can tell which.
        Some(None) => format!("parameter {position} …"),
        Some(Some((name, _))) => format!("parameter {position} {name}=…"),
    }
}
