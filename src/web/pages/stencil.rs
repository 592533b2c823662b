//! Stencils: a page that is the same for everybody but for a few values is filled from its template once, cut where
//! these values stand, and from then on pieced together.

use std::sync::{Arc, PoisonError, RwLock};

use super::engine::Frame;
use super::{Page, PagesError};

/// A page that can be pieced together.
pub(super) trait Stencilled: Page + PartialEq {
    /// The same page with [marks](mark) in place of the values that only this reader sees, and these values: the one at
    /// `mark(0)` first. `None` when this one is to be filled anew.
    fn marked(&self) -> Option<(Self, Vec<&str>)>
    where
        Self: Sized;
}

/// Begins and ends a mark; no template, message or address holds one (private use area of Unicode), and HTML does not
/// escape it.
const EDGE: char = '\u{E000}';

/// What the address of the page in the other language is marked with.
const SWITCH: usize = usize::MAX;

/// The most stencils kept. There is one for each language and each combination of what a request may ask for; those of
/// yesterday's announcements make room for today's.
const MOST: usize = 64;

/// What stands in place of value number `number`.
pub(super) fn mark(number: usize) -> String {
    format!("{EDGE}{number}{EDGE}")
}

/// The stencils of one kind of page.
pub(super) struct Stencils<P>(RwLock<Vec<Kept<P>>>);

struct Kept<P> {
    page: P,
    frame: Frame,
    way: Way,
}

/// How a page is made.
#[derive(Clone)]
enum Way {
    PiecedTogether(Arc<Stencil>),
    /// Piecing together would not give the same bytes: a value of the site looks like a mark.
    Filled,
}

impl<P> Default for Stencils<P> {
    fn default() -> Self {
        Self(RwLock::new(Vec::new()))
    }
}

impl<P: Stencilled> Stencils<P> {
    /// The HTML of `page`, byte for byte what `fill` makes of it.
    pub(super) fn html(
        &self,
        page: &P,
        frame: &Frame,
        fill: impl Fn(&P, &Frame) -> Result<String, PagesError>,
    ) -> Result<String, PagesError> {
        let Some((marked, values)) = page.marked() else {
            return fill(page, frame);
        };
        let around = Frame {
            language_switch: mark(SWITCH),
            ..*frame
        };
        match self.find(&marked, &around) {
            Some(Way::PiecedTogether(stencil)) => Ok(stencil.spliced(&values, &frame.language_switch)),
            Some(Way::Filled) => fill(page, frame),
            None => {
                let whole = fill(page, frame)?;
                let stencil = Stencil::cut(&fill(&marked, &around)?);
                let way = if stencil.spliced(&values, &frame.language_switch) == whole {
                    Way::PiecedTogether(Arc::new(stencil))
                } else {
                    Way::Filled
                };
                self.keep(Kept {
                    page: marked,
                    frame: around,
                    way,
                });
                Ok(whole)
            }
        }
    }

    fn find(&self, page: &P, frame: &Frame) -> Option<Way> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|kept| kept.frame == *frame && kept.page == *page)
            .map(|kept| kept.way.clone())
    }

    /// How many pages can be pieced together at the moment.
    #[cfg(test)]
    pub(super) fn pieced_together(&self) -> usize {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .filter(|kept| matches!(kept.way, Way::PiecedTogether(_)))
            .count()
    }

    fn keep(&self, new: Kept<P>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_there = |kept: &Kept<P>| kept.frame == new.frame && kept.page == new.page;
        // Several may have come for the first time at once.
        if kept.iter().any(is_there) {
            return;
        }
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(new);
    }
}

/// The pieces of a page, and which value follows each.
struct Stencil {
    pieces: Vec<(String, usize)>,
    rest: String,
}

impl Stencil {
    fn cut(html: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = html;
        while let Some((piece, number, after)) = next_mark(rest) {
            pieces.push((piece.to_owned(), number));
            rest = after;
        }
        Self {
            pieces,
            rest: rest.to_owned(),
        }
    }

    fn spliced(&self, values: &[&str], switch: &str) -> String {
        let pieces: usize = self.pieces.iter().map(|(piece, _)| piece.len()).sum();
        let values_at_most = 2 * (values.iter().map(|value| value.len()).sum::<usize>() + switch.len());
        let mut html = String::with_capacity(pieces + self.rest.len() + values_at_most);
        for (piece, number) in &self.pieces {
            html.push_str(piece);
            let value = match *number {
                SWITCH => switch,
                number => values.get(number).copied().unwrap_or_default(),
            };
            push_escaped(&mut html, value);
        }
        html.push_str(&self.rest);
        html
    }
}

/// What is before the first mark of `html`, its number, and what is behind it.
fn next_mark(html: &str) -> Option<(&str, usize, &str)> {
    let (piece, behind) = html.split_once(EDGE)?;
    let (number, after) = behind.split_once(EDGE)?;
    Some((piece, number.parse().ok()?, after))
}

/// Appends `value` as the template engine would.
fn push_escaped(html: &mut String, value: &str) {
    let mut escaped = Vec::with_capacity(value.len() + 16);
    tera::escape_html(value, &mut escaped).expect("writing to memory does not fail");
    html.push_str(std::str::from_utf8(&escaped).expect("escaped text is still text"));
}
