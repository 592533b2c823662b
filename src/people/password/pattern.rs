//! Passwords that are a movement of the hand rather than a word: repetitions, alphabets, rows of keys.

use crate::people::folding::fold;

/// Keys as they lie, read as one line: a row that is too short alone still counts with its neighbour.
const ROWS: [&str; 5] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    // The unshifted row of digits of a French keyboard, without accents.
    "&e\"'(-e_ca)=",
];
const LONGEST_BLOCK: usize = 4;
const RUN: usize = 8;

/// Whether `password` is a block of at most four characters repeated, or contains eight characters in a row of an
/// alphabet, of digits, of a keyboard or of the same sign, forwards or backwards.
pub(super) fn is_pattern(password: &str) -> bool {
    let plain = fold(password);
    let all: Vec<char> = plain.chars().collect();
    let core: Vec<char> = plain.trim_matches(|c: char| !c.is_alphabetic()).chars().collect();
    is_repeated(&all) || is_repeated(&core) || has_run(&all)
}

fn is_repeated(letters: &[char]) -> bool {
    letters.len() >= RUN
        && (1..=LONGEST_BLOCK).any(|period| {
            letters[period..]
                .iter()
                .zip(letters)
                .all(|(later, earlier)| later == earlier)
        })
}

fn has_run(letters: &[char]) -> bool {
    letters.windows(RUN).any(|window| {
        let forwards: String = window.iter().collect();
        let backwards: String = window.iter().rev().collect();
        window.iter().all(|letter| *letter == window[0])
            || ROWS
                .iter()
                .any(|row| row.contains(&forwards) || row.contains(&backwards))
    })
}
