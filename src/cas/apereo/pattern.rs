//! A regular expression of a `serviceId`, unfolded into alternatives in which nothing is optional any more.
//!
//! Java and this parser must mean the same by a text, or it is refused: a misread pattern could open addresses that
//! the original kept shut.

use std::fmt;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

use super::remark::{Narrowing, Why};

const LONGEST: usize = 2_048;
const ALTERNATIVES: usize = 64;
/// A class of at most so many characters is unfolded into each of them.
const SMALL_CLASS: usize = 10;
const REPETITIONS: u32 = 8;
/// The longest label of a host: a repetition that reaches it is as good as an endless one.
const LABEL: u32 = 63;

/// One place of an alternative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Atom {
    /// This character.
    Char(char),
    /// Any one character: `.`.
    Dot,
    /// One character of a class.
    One(Set),
    /// So many characters of a class, or more.
    Many { of: Set, least: u32 },
    /// The start of the text.
    Start,
    /// Its end.
    End,
}

/// A class of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set(ClassUnicode);

impl Set {
    /// Whether it holds every character that an address may contain.
    pub(super) fn is_any(&self) -> bool {
        let mut missing = self.0.clone();
        missing.negate();
        let is_line_end = |c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        missing
            .iter()
            .all(|range| (range.start()..=range.end()).all(is_line_end))
    }

    /// Whether every label of a host is made of it. Upper and lower case are one: the original ignores case.
    pub(super) fn covers_labels(&self) -> bool {
        ('a'..='z').all(|letter| self.has(letter) || self.has(letter.to_ascii_uppercase()))
            && ('0'..='9').chain(['-']).all(|c| self.has(c))
    }

    /// Whether it holds nothing that could end a label.
    pub(super) fn stays_in_label(&self) -> bool {
        ['.', ':', '/', '?', '#'].into_iter().all(|c| !self.has(c))
    }

    pub(super) fn has(&self, c: char) -> bool {
        self.0
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&c))
    }

    fn chars(&self) -> Option<Vec<char>> {
        let chars = || self.0.iter().flat_map(|range| range.start()..=range.end());
        (chars().take(SMALL_CLASS + 1).count() <= SMALL_CLASS).then(|| chars().collect())
    }
}

/// A sequence of atoms, shown as the part of the pattern that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alternative(pub(super) Vec<Atom>);

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for atom in &self.0 {
            match atom {
                Atom::Char(c) => write!(f, "{}", c.escape_debug())?,
                Atom::Dot => f.write_str(".")?,
                Atom::One(_) => f.write_str("[…]")?,
                Atom::Many { of, least } => {
                    let class = if of.is_any() { "." } else { "[…]" };
                    let sign = if *least == 0 { "*" } else { "+" };
                    write!(f, "{class}{sign}")?;
                }
                Atom::Start | Atom::End => {}
            }
        }
        Ok(())
    }
}

/// The alternatives of `pattern`, and what was left out of them.
pub(super) fn alternatives(pattern: &str) -> Result<(Vec<Alternative>, Vec<Narrowing>), Why> {
    if pattern.len() > LONGEST {
        return Err(Why::TooLong);
    }
    // The original ignores case anyway.
    let pattern = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    same_in_both_dialects(pattern)?;
    let hir = ParserBuilder::new()
        .nest_limit(32)
        .build()
        .parse(pattern)
        .map_err(|_| Why::NotAnExpression)?;
    let mut unfolding = Unfolding::default();
    let alternatives = unfolding.unfold(&hir)?;
    let alternatives = alternatives.into_iter().map(joined).map(Alternative).collect();
    Ok((without_contained(alternatives), unfolding.narrowed))
}

#[derive(Default)]
struct Unfolding {
    narrowed: Vec<Narrowing>,
}

impl Unfolding {
    fn unfold(&mut self, hir: &Hir) -> Result<Vec<Vec<Atom>>, Why> {
        match hir.kind() {
            HirKind::Empty => Ok(vec![Vec::new()]),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).map_err(|_| Why::NotAnExpression)?;
                Ok(vec![text.chars().map(Atom::Char).collect()])
            }
            // The empty class: nothing fits.
            HirKind::Class(Class::Bytes(class)) if class.ranges().is_empty() => Ok(Vec::new()),
            HirKind::Class(class) => {
                let set = set(class)?;
                Ok(match set.chars() {
                    Some(chars) => chars.into_iter().map(|c| vec![Atom::Char(c)]).collect(),
                    None if set.is_any() => vec![vec![Atom::Dot]],
                    None => vec![vec![Atom::One(set)]],
                })
            }
            HirKind::Look(Look::Start) => Ok(vec![vec![Atom::Start]]),
            HirKind::Look(Look::End) => Ok(vec![vec![Atom::End]]),
            HirKind::Look(_) => Err(Why::Unsupported),
            HirKind::Repetition(repetition) => self.repeat(repetition),
            HirKind::Capture(capture) => self.unfold(&capture.sub),
            HirKind::Concat(parts) => {
                let mut all = vec![Vec::new()];
                for part in parts {
                    all = product(&all, &self.unfold(part)?)?;
                }
                Ok(all)
            }
            HirKind::Alternation(choices) => {
                let mut all = Vec::new();
                for choice in choices {
                    all.extend(self.unfold(choice)?);
                    if all.len() > ALTERNATIVES {
                        return Err(Why::TooManyAlternatives);
                    }
                }
                Ok(all)
            }
        }
    }

    fn repeat(&mut self, repetition: &Repetition) -> Result<Vec<Vec<Atom>>, Why> {
        let Repetition { min, max, .. } = *repetition;
        let endless = max.is_none_or(|max| max >= LABEL);
        if let (HirKind::Class(class), true) = (uncaptured(&repetition.sub).kind(), endless) {
            return Ok(vec![vec![Atom::Many {
                of: set(class)?,
                least: min,
            }]]);
        }
        if min > REPETITIONS {
            return Err(Why::TooManyAlternatives);
        }
        let most = max.filter(|max| *max <= min + 2).unwrap_or_else(|| {
            self.narrowed.push(Narrowing::Repetition);
            min + 1
        });
        let once = self.unfold(&repetition.sub)?;
        let mut times = vec![Vec::new()];
        let mut all = Vec::new();
        for count in 0..=most {
            if count >= min {
                all.extend(times.iter().cloned());
            }
            if count < most {
                times = product(&times, &once)?;
            }
        }
        if all.len() > ALTERNATIVES {
            return Err(Why::TooManyAlternatives);
        }
        Ok(all)
    }
}

fn uncaptured(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(capture) => uncaptured(&capture.sub),
        _ => hir,
    }
}

fn set(class: &Class) -> Result<Set, Why> {
    match class {
        Class::Unicode(class) => Ok(Set(class.clone())),
        Class::Bytes(_) => Err(Why::NotAnExpression),
    }
}

fn product(left: &[Vec<Atom>], right: &[Vec<Atom>]) -> Result<Vec<Vec<Atom>>, Why> {
    if left.len() * right.len() > ALTERNATIVES {
        return Err(Why::TooManyAlternatives);
    }
    let pairs = left.iter().flat_map(|before| {
        right
            .iter()
            .map(move |after| [before.as_slice(), after.as_slice()].concat())
    });
    Ok(pairs.collect())
}

/// `.*.*` is `.*`, and `.+.*` is `.+`.
fn joined(atoms: Vec<Atom>) -> Vec<Atom> {
    let mut joined: Vec<Atom> = Vec::new();
    for atom in atoms {
        match (joined.last_mut(), &atom) {
            (
                Some(Atom::Many { of, least }),
                Atom::Many {
                    of: other,
                    least: more,
                },
            ) if of == other => {
                *least += more;
            }
            _ => joined.push(atom),
        }
    }
    joined
}

/// Without the alternatives that another one, ending in `.*`, contains.
fn without_contained(alternatives: Vec<Alternative>) -> Vec<Alternative> {
    let plain = |alternative: &Alternative| -> Vec<Atom> {
        let anchors = [Atom::Start, Atom::End];
        let atoms = alternative.0.iter();
        atoms.filter(|atom| !anchors.contains(atom)).cloned().collect()
    };
    let open: Vec<Vec<Atom>> = alternatives
        .iter()
        .map(plain)
        .filter_map(|mut atoms| match atoms.pop() {
            Some(Atom::Many { of, least: 0 }) if of.is_any() => Some(atoms),
            _ => None,
        })
        .collect();
    let contained = |alternative: &Alternative| {
        let atoms = plain(alternative);
        open.iter().any(|prefix| {
            let itself = matches!(&atoms[..], [before @ .., Atom::Many { of, least: 0 }] if before == prefix && of.is_any());
            atoms.starts_with(prefix) && !itself
        })
    };
    let mut kept: Vec<Alternative> = Vec::new();
    for alternative in alternatives {
        if !contained(&alternative) && !kept.contains(&alternative) {
            kept.push(alternative);
        }
    }
    kept
}

/// Refuses what Java reads otherwise than this parser, or only one of the two can read.
fn same_in_both_dialects(pattern: &str) -> Result<(), Why> {
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c) if c.is_alphanumeric() && !"dDwWsSAz".contains(c) => return Err(Why::Unsupported),
                Some(_) => {}
                None => return Err(Why::NotAnExpression),
            },
            // A class in a class, an intersection, a difference.
            '[' if in_class => return Err(Why::Unsupported),
            '&' | '-' | '~' if in_class && chars.peek() == Some(&c) => return Err(Why::Unsupported),
            '[' => {
                in_class = true;
                let _ = chars.next_if_eq(&'^');
                if chars.peek() == Some(&']') {
                    return Err(Why::Unsupported);
                }
            }
            ']' => in_class = false,
            _ if in_class => {}
            '(' if chars.peek() == Some(&'?') => {
                chars.next();
                if chars.peek() != Some(&':') {
                    return Err(Why::Unsupported);
                }
            }
            // Possessive: Java never gives back what it has taken.
            '*' | '+' | '?' | '}' if chars.peek() == Some(&'+') => return Err(Why::Unsupported),
            '{' if chars.peek() == Some(&',') => return Err(Why::Unsupported),
            _ => {}
        }
    }
    Ok(())
}
