//! The words that guessers try first: a public list of leaked passwords (see `NOTICE.md` beside it) and one of our own.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::people::folding;

/// Some 20,000 entries, folded on first use in a few milliseconds.
static LISTED: LazyLock<HashSet<Cow<'static, str>>> = LazyLock::new(|| {
    [include_str!("common.txt"), include_str!("context.txt")]
        .iter()
        .flat_map(|list| list.lines())
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
        .map(folded)
        .collect()
});

/// What is shorter is no word.
const SHORTEST: usize = 3;

/// Returns `text` without case, accents and the usual substitutions of letters by digits and signs.
pub(super) fn fold(text: &str) -> String {
    folding::fold(text).chars().map(unmask).collect()
}

/// [`fold`], borrowed when the entry is folded already, as most are.
fn folded(entry: &'static str) -> Cow<'static, str> {
    if entry.bytes().all(|c| c.is_ascii_lowercase()) {
        Cow::Borrowed(entry)
    } else {
        Cow::Owned(fold(entry))
    }
}

/// The letter that a digit or a sign stands for in `p4$$w0rd`.
pub(super) fn unmask(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether the built-in list holds `word`, folded.
pub(super) fn contains(word: &str) -> bool {
    LISTED.contains(word)
}

/// Whether `password` is a word that `listed` knows, or one such word repeated, with or without digits and
/// punctuation before and after it (`marseille2026!`, `doudoudoudou1`).
pub(super) fn is_made_of_one_word(password: &str, listed: impl Fn(&str) -> bool) -> bool {
    let plain = folding::fold(password);
    let decoration = |c: char| !c.is_alphabetic();
    // The ends are cut before signs are read as letters, or `marseille1` would end in an i; each end is also left
    // alone, or `$esame2026` would lose its first letter.
    let cuts = [
        plain.as_str(),
        plain.trim_start_matches(decoration),
        plain.trim_end_matches(decoration),
        plain.trim_matches(decoration),
    ];
    cuts.iter().any(|rest| {
        let letters: Vec<char> = rest.chars().map(unmask).collect();
        let whole: String = letters.iter().collect();
        // The public list goes down to single letters; among digits, one is no word.
        (letters.len() >= SHORTEST && listed(&whole))
            || (2..=letters.len() / 2)
                .filter(|length| letters.chunks(*length).all(|chunk| letters.starts_with(chunk)))
                .any(|length| listed(&letters[..length].iter().collect::<String>()))
    })
}
