//! From the pattern of a `serviceId` to rules that cover nothing the pattern does not match.
//!
//! The original server matches the whole identifier and ignores case, so a pattern is taken as anchored at both ends.
//! A rule compares the parts of an address: another spelling of the same one is covered as well (an encoded letter,
//! the scheme's own port, an empty path for `/`, a letter of the host in upper case).

use super::pattern::{self, Alternative, Atom, Set};
use super::remark::{Narrowing, Why};
use crate::cas::catalogue::Rule;
use crate::cas::service::ServiceUrl;

/// Stands where any label may.
const LABEL: &str = "any-label-at-all";

/// The rules of a pattern, and what of it they leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// As the catalogue reads them; at least one.
    pub texts: Vec<String>,
    /// What is left out.
    pub narrowed: Vec<Narrowing>,
}

/// The rules that a regular expression comes to.
///
/// # Errors
/// When no part of it can be a rule: why the first part cannot.
pub fn from_pattern(pattern: &str) -> Result<Rules, Why> {
    let (alternatives, narrowed) = pattern::alternatives(pattern)?;
    collected(&alternatives, narrowed)
}

/// The rules for an address that is compared as it stands.
///
/// # Errors
/// When it is no address.
pub fn from_literal(text: &str) -> Result<Rules, Why> {
    let atoms = text.chars().map(Atom::Char).collect();
    collected(&[Alternative(atoms)], Vec::new())
}

/// An address that falls under a rule, and under few others.
pub(super) fn example(rule: &str) -> Option<ServiceUrl> {
    let text = rule.strip_suffix('$').unwrap_or(rule);
    let text = text.strip_suffix('*').unwrap_or(text);
    ServiceUrl::parse_any(&text.replacen("://*.", &format!("://{LABEL}."), 1)).ok()
}

fn collected(alternatives: &[Alternative], mut narrowed: Vec<Narrowing>) -> Result<Rules, Why> {
    let mut texts: Vec<String> = Vec::new();
    let mut refused = Vec::new();
    for alternative in alternatives {
        match converted(alternative) {
            Ok((rules, notes)) => {
                texts.extend(rules);
                narrowed.extend(notes);
            }
            Err(why) => refused.push((alternative.to_string(), why)),
        }
    }
    if texts.is_empty() {
        return Err(refused.first().map_or(Why::Nothing, |(_, why)| *why));
    }
    narrowed.extend(
        refused
            .into_iter()
            .map(|(what, why)| Narrowing::Alternative { what, why }),
    );
    let mut once = Vec::new();
    for note in narrowed {
        if !once.contains(&note) {
            once.push(note);
        }
    }
    Ok(Rules {
        texts: without_covered(&texts),
        narrowed: once,
    })
}

/// Without the rules that another one contains.
fn without_covered(texts: &[String]) -> Vec<String> {
    let rules: Vec<(&String, Rule)> = texts
        .iter()
        .filter_map(|text| Rule::parse(text).ok().map(|rule| (text, rule)))
        .collect();
    let is_exact = |text: &str| text.ends_with('$') || text.ends_with("?*");
    let mut kept = Vec::new();
    for (index, (text, rule)) in rules.iter().enumerate() {
        let inside = rules.iter().enumerate().any(|(other_index, (other, wider))| {
            if wider.claims_the_same(rule) {
                return other_index < index;
            }
            !is_exact(other) && example(text).is_some_and(|example| wider.covers(&example))
        });
        if !inside {
            kept.push((*text).clone());
        }
    }
    kept
}

/// The rules of one alternative.
fn converted(alternative: &Alternative) -> Result<(Vec<String>, Vec<Narrowing>), Why> {
    let mut atoms = &alternative.0[..];
    while let [Atom::Start, rest @ ..] = atoms {
        atoms = rest;
    }
    while let [rest @ .., Atom::End] = atoms {
        atoms = rest;
    }
    if atoms.iter().any(|atom| matches!(atom, Atom::Start | Atom::End)) {
        return Err(Why::Anchor);
    }
    let mut notes = Vec::new();
    let (scheme, rest) = scheme(atoms)?;
    let at = rest
        .iter()
        .position(|atom| matches!(atom, Atom::Char('/' | '?' | '#')))
        .unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(at);
    let (authority, path) = match authority {
        // `https://app.univ.example.*`: the part that begins a path.
        [named @ .., Atom::Many { of, least: 0 | 1 }]
            if !named.is_empty() && of.is_any() && rest.is_empty() =>
        {
            notes.push(Narrowing::HostEnds);
            (named, "/".to_owned())
        }
        _ => (authority, path(rest, &mut notes)?),
    };
    let open_end = notes.contains(&Narrowing::HostEnds);
    let hosts = hosts(authority, &mut notes)?;
    // `https://mail.*` meant hosts that begin so, and a host called `mail` is nobody's.
    if open_end
        && hosts
            .iter()
            .any(|host| !host.contains('.') && !host.starts_with("localhost"))
    {
        return Err(Why::HostWildcard);
    }
    let texts: Vec<String> = hosts
        .into_iter()
        .map(|host| format!("{scheme}://{host}{path}"))
        .collect();
    for text in &texts {
        Rule::parse(text)?;
    }
    Ok((texts, notes))
}

fn scheme(atoms: &[Atom]) -> Result<(String, &[Atom]), Why> {
    let mut scheme = String::new();
    for (index, atom) in atoms.iter().enumerate() {
        match atom {
            Atom::Char(':') => {
                return match &atoms[index + 1..] {
                    [Atom::Char('/'), Atom::Char('/'), rest @ ..] => Ok((scheme, rest)),
                    _ => Err(Why::AnyHost),
                };
            }
            Atom::Char(c) => scheme.push(*c),
            _ if scheme.is_empty() => return Err(Why::AnyScheme),
            _ => return Err(Why::AnyHost),
        }
    }
    Err(Why::AnyScheme)
}

/// The host with its port, or two of them: `.*univ.example` is that host and those one label below it.
fn hosts(atoms: &[Atom], notes: &mut Vec<Narrowing>) -> Result<Vec<String>, Why> {
    let colon = atoms.iter().position(|atom| *atom == Atom::Char(':'));
    let (host, port) = atoms.split_at(colon.unwrap_or(atoms.len()));
    let port: String = port
        .iter()
        .map(|atom| match atom {
            Atom::Char(c) => Ok(*c),
            _ => Err(Why::Port),
        })
        .collect::<Result<_, _>>()?;
    let Some((Atom::Many { of, least }, parent)) = host.split_first() else {
        return Ok(vec![literal(host, Why::HostWildcard, notes)? + &port]);
    };
    if parent.is_empty() {
        return Err(Why::AnyHost);
    }
    let parent = literal(parent, Why::HostWildcard, notes)?;
    let hosts = first_label(of, *least, &parent)?;
    if !(of.stays_in_label() && parent.starts_with('.')) {
        notes.push(Narrowing::OneLabel);
    }
    Ok(hosts.into_iter().map(|host| host + &port).collect())
}

/// The hosts of `<many><parent>`.
fn first_label(of: &Set, least: u32, parent: &str) -> Result<Vec<String>, Why> {
    let any_label = least <= 1 && of.covers_labels();
    if parent.starts_with('.') {
        return if any_label {
            Ok(vec![format!("*{parent}")])
        } else {
            Err(Why::Label)
        };
    }
    let below = (any_label && of.has('.')).then(|| format!("*.{parent}"));
    let itself = (least == 0).then(|| parent.to_owned());
    let hosts: Vec<String> = itself.into_iter().chain(below).collect();
    if hosts.is_empty() {
        return Err(Why::Label);
    }
    Ok(hosts)
}

/// Characters, with a dot for any one of them.
fn literal(atoms: &[Atom], otherwise: Why, notes: &mut Vec<Narrowing>) -> Result<String, Why> {
    let mut text = String::new();
    for atom in atoms {
        match atom {
            Atom::Char(c) => text.push(*c),
            Atom::Dot => {
                notes.push(Narrowing::Dot);
                text.push('.');
            }
            _ => return Err(otherwise),
        }
    }
    Ok(text)
}

/// What follows the host.
fn path(atoms: &[Atom], notes: &mut Vec<Narrowing>) -> Result<String, Why> {
    let at = atoms
        .iter()
        .position(|atom| matches!(atom, Atom::Many { .. } | Atom::One(_) | Atom::Char('?' | '#')))
        .unwrap_or(atoms.len());
    let (path, rest) = atoms.split_at(at);
    // `$` and `*` mean something else in a rule.
    let path = literal(path, Why::PathWildcard, notes)?
        .replace('$', "%24")
        .replace('*', "%2A");
    match rest {
        [] => Ok(path + "$"),
        [Atom::Char('?'), Atom::Many { of, least: 0 }] if of.is_any() => Ok(path + "?*"),
        [Atom::Char('?'), ..] => Err(Why::Query),
        [Atom::Char('#'), ..] => Err(Why::Fragment),
        [Atom::Many { of, least }] if of.is_any() => match (least, path.ends_with('/')) {
            (0, true) => Ok(path),
            (0, false) => {
                notes.push(Narrowing::Segment);
                Ok(path)
            }
            (1, false) => {
                notes.push(Narrowing::Segment);
                Ok(path + "/")
            }
            _ => Err(Why::AtLeastOne),
        },
        [Atom::Many { of, .. }, _, ..] if of.is_any() => Err(Why::AfterAny),
        _ => Err(Why::PathWildcard),
    }
}

#[cfg(test)]
mod tests;
