//! What was found: lines for people, JSON for tables. Tickets are cut and the password is struck out.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::Options;
use super::clauses::Clause;
use super::finding::{Found, Stop};

/// The most of an answer that is shown, in characters.
const SHOWN: usize = 800;

/// How many characters of a ticket are shown.
const TICKET: usize = 10;

/// The prefixes of tickets.
const PREFIXES: [&str; 6] = ["PGTIOU-", "PGT-", "TGT-", "ST-", "PT-", "TGC-"];

/// Everything that was found on one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The server's name.
    pub server: String,
    /// Clause by clause.
    pub findings: Vec<Finding>,
}

/// What was found about one clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The clause's name, `chapter.word`.
    pub clause: String,
    /// The labels or the section it comes from.
    pub source: String,
    /// What it says.
    pub says: String,
    /// How the server stands to it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a server stands to a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// It does as the clause says.
    Pass,
    /// It does not.
    Fail {
        /// What the clause wants.
        expected: String,
        /// What came.
        received: String,
    },
    /// It has no such thing, and need not.
    NotOffered {
        /// How one can tell.
        why: String,
    },
    /// It was not checked.
    NotTried {
        /// What was missing.
        why: String,
    },
}

impl Outcome {
    /// In two words at most.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail { .. } => "fail",
            Self::NotOffered { .. } => "not offered",
            Self::NotTried { .. } => "not tried",
        }
    }
}

/// How answers are shown.
pub struct Shown {
    secret: SecretString,
}

impl Shown {
    /// Hides the password of these options, unless everybody knows it because it is the login.
    pub fn new(options: &Options) -> Self {
        let password = options.password.expose_secret();
        let secret = if *password == options.user { "" } else { password };
        Self {
            secret: secret.into(),
        }
    }

    /// The text on one line, cut, without password and without whole tickets.
    pub fn text(&self, text: &str) -> String {
        let secret = self.secret.expose_secret();
        let text = if secret.is_empty() {
            text.to_owned()
        } else {
            text.replace(secret, "(the password)")
        };
        let text = cut_tickets(&text).escape_debug().to_string();
        // Quotes are no danger on a line, and every XML answer is full of them.
        let text = text.replace("\\'", "'").replace("\\\"", "\"");
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        }
    }
}

fn cut_tickets(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_ticket = PREFIXES.iter().any(|prefix| word.starts_with(prefix));
        if is_ticket && word.len() > TICKET + 4 {
            out.push_str(&word[..TICKET]);
            out.push_str("...");
        } else {
            out.push_str(word);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Finding {
    /// What was found about `clause`.
    pub fn of(clause: &Clause, found: Found, shown: &Shown) -> Self {
        let outcome = match found {
            Ok(()) => Outcome::Pass,
            Err(Stop::Failed { expected, received }) => Outcome::Fail {
                expected: shown.text(&expected),
                received: shown.text(&received),
            },
            Err(Stop::NotOffered(why)) => Outcome::NotOffered {
                why: shown.text(&why),
            },
            Err(Stop::NotTried(why)) => Outcome::NotTried {
                why: shown.text(&why),
            },
        };
        Self {
            clause: clause.id.to_owned(),
            source: clause.source.to_owned(),
            says: clause.says.to_owned(),
            outcome,
        }
    }

    /// The line for people; a failure takes two more.
    pub fn line(&self) -> String {
        let line = format!("{:<11} {:<28} {}", self.outcome.word(), self.clause, self.says);
        match &self.outcome {
            Outcome::Pass => line,
            Outcome::Fail { expected, received } => {
                format!("{line}\n            expected: {expected}\n            received: {received}")
            }
            Outcome::NotOffered { why } | Outcome::NotTried { why } => format!("{line} ({why})"),
        }
    }
}

impl Report {
    /// How many clauses ended with this word.
    pub fn count(&self, word: &str) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.outcome.word() == word)
            .count()
    }

    /// The last line.
    pub fn summary(&self) -> String {
        let count = |word| format!("{} {word}", self.count(word));
        let words = ["pass", "fail", "not offered", "not tried"].map(count);
        format!("{}: {}", self.server, words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(password: &str) -> Shown {
        Shown {
            secret: password.into(),
        }
    }

    #[test]
    fn a_shown_answer_holds_neither_password_nor_whole_ticket() {
        let text =
            shown("s3cret!").text("PGTIOU-12-abcdefghijkl <a>ST-1-abcdefghijklmnop</a>\n s3cret! it's");

        assert_eq!(text, "PGTIOU-12-... <a>ST-1-abcde...</a>\\n (the password) it's");
    }

    #[test]
    fn a_long_answer_is_cut() {
        assert_eq!(shown("").text(&"é".repeat(900)).chars().count(), SHOWN + 3);
    }
}
