//! What was acknowledged, what is unknown, and what is wrong; and what the audit has to say of it.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use tokio::sync::watch;

/// What people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    SignIn,
    Ticket,
    Validation,
    Replay,
    SignOut,
    Activation,
    Recovery,
    Change,
    WrongPassword,
    Import,
}

/// The events of which the audit must have exactly one for each deed that was done.
const WATCHED: [&str; 9] = [
    "signed_in",
    "ticket_replayed",
    "signed_out",
    "activated",
    "code_issued",
    "recovered",
    "password_changed",
    "sign_in_refused",
    "roster_applied",
];

/// The book, shared by all who write in it.
#[derive(Default)]
pub struct Book(watch::Sender<Pages>);

#[derive(Default)]
struct Pages {
    counts: BTreeMap<Deed, Count>,
    /// How many records of an event about somebody there are, at least and at most.
    records: BTreeMap<(String, &'static str), Span>,
    wrong: Vec<String>,
    /// What is done at so many acknowledged deeds.
    then: Option<(usize, Box<dyn FnOnce() + Send + Sync>)>,
}

#[derive(Default, Clone, Copy)]
struct Count {
    acknowledged: usize,
    unknown: usize,
}

#[derive(Default, Clone, Copy)]
struct Span {
    least: usize,
    most: usize,
}

/// What was counted.
#[derive(Default)]
pub struct Figures {
    counts: BTreeMap<Deed, Count>,
    /// What is wrong, in words.
    pub wrong: Vec<String>,
}

impl Deed {
    fn events(self) -> &'static [&'static str] {
        match self {
            Self::SignIn => &["signed_in"],
            Self::Ticket | Self::Validation => &[],
            Self::Replay => &["ticket_replayed"],
            Self::SignOut => &["signed_out"],
            Self::Activation => &["activated", "code_issued"],
            Self::Recovery => &["recovered", "code_issued"],
            Self::Change => &["password_changed"],
            Self::WrongPassword => &["sign_in_refused"],
            Self::Import => &["roster_applied"],
        }
    }
}

impl Book {
    /// Somebody was told that it was done.
    pub fn done(&self, deed: Deed, who: &str) {
        self.write(|pages| {
            pages.counts.entry(deed).or_default().acknowledged += 1;
            pages.change(deed, who, |span| {
                span.least += 1;
                span.most += 1;
            });
            let acknowledged = pages.acknowledged();
            if let Some((_, act)) = pages.then.take_if(|(enough, _)| *enough <= acknowledged) {
                act();
            }
        });
    }

    /// It may have been done, and nobody was told.
    pub fn unknown(&self, deed: Deed, who: &str) {
        self.write(|pages| {
            pages.counts.entry(deed).or_default().unknown += 1;
            pages.change(deed, who, |span| span.most += 1);
        });
    }

    /// What was unknown has shown itself: the audit must agree.
    pub fn settled(&self, deed: Deed, who: &str, happened: bool) {
        self.write(|pages| {
            pages.change(deed, who, |span| {
                if happened {
                    span.least += 1;
                } else {
                    span.most -= 1;
                }
            });
        });
    }

    /// A promise is broken.
    pub fn wrong(&self, why: impl Into<String>) {
        self.write(|pages| pages.wrong.push(why.into()));
    }

    /// Waits until so many more deeds were acknowledged.
    pub async fn more(&self, deeds: usize) {
        let enough = self.0.borrow().acknowledged() + deeds;
        let mut pages = self.0.subscribe();
        let waited = pages.wait_for(|pages| pages.acknowledged() >= enough).await;
        drop(waited.expect("the book is still there"));
    }

    /// Does something the instant that so many more deeds have been acknowledged, and waits until it is done.
    pub async fn after(&self, deeds: usize, act: impl FnOnce() + Send + Sync + 'static) {
        let enough = self.0.borrow().acknowledged() + deeds;
        self.write(|pages| pages.then = Some((enough, Box::new(act))));
        let mut pages = self.0.subscribe();
        let waited = pages.wait_for(|pages| pages.then.is_none()).await;
        drop(waited.expect("the book is still there"));
    }

    /// Compares with the audit: lines of who, event and number, with bars between. What was unknown is known then.
    pub fn compare(&self, audit: &[String]) {
        self.write(|pages| {
            let mut found: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
            for line in audit {
                let mut parts = line.split('|');
                let (who, event) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                let count = parts.next().and_then(|count| count.parse().ok());
                if let Some(event) = WATCHED.iter().find(|watched| **watched == event) {
                    found.insert((who.to_owned(), event), count.expect("a number"));
                    pages.records.entry((who.to_owned(), event)).or_default();
                }
            }
            for ((who, event), span) in &mut pages.records {
                let count = *found.get(&(who.clone(), *event)).unwrap_or(&0);
                if !(span.least..=span.most).contains(&count) {
                    let Span { least, most } = span;
                    pages.wrong.push(format!(
                        "the audit has {count} times {event} about {who}, not {least} to {most}"
                    ));
                }
                *span = Span {
                    least: count,
                    most: count,
                };
            }
        });
    }

    /// What was counted so far.
    pub fn figures(&self) -> Figures {
        let pages = self.0.borrow();
        Figures {
            counts: pages.counts.clone(),
            wrong: pages.wrong.clone(),
        }
    }

    fn write(&self, change: impl FnOnce(&mut Pages)) {
        self.0.send_modify(change);
    }
}

impl Pages {
    fn acknowledged(&self) -> usize {
        self.counts.values().map(|count| count.acknowledged).sum()
    }

    fn change(&mut self, deed: Deed, who: &str, change: impl Fn(&mut Span)) {
        for event in deed.events() {
            change(self.records.entry((who.to_owned(), event)).or_default());
        }
    }
}

impl Figures {
    /// How many deeds were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.counts.values().map(|count| count.acknowledged).sum()
    }
}

impl Display for Figures {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:<16} {:>12} {:>8}", "deed", "acknowledged", "unknown")?;
        for (deed, count) in &self.counts {
            let (
                deed,
                Count {
                    acknowledged,
                    unknown,
                },
            ) = (format!("{deed:?}"), count);
            writeln!(out, "{deed:<16} {acknowledged:>12} {unknown:>8}")?;
        }
        writeln!(out, "{:<16} {:>12}", "all", self.acknowledged())?;
        self.wrong
            .iter()
            .try_for_each(|why| writeln!(out, "WRONG: {why}"))
    }
}
