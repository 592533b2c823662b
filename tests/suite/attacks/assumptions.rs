//! What an attacker may count on. Where nothing certain is known, what suits the attacker.

use std::fs;

/// Accounts of the university.
pub const ACCOUNTS: u32 = 60_000;

/// Of these, new in autumn: their numbers follow one another and their accounts wait for them.
pub const NEWCOMERS: u32 = 15_000;

/// Addresses of a rented network of other people's machines.
pub const MANY: u32 = 1_000;

/// Newcomers born in each of the three years that most are born in, the likeliest first; the rest are older.
const BORN: [f64; 3] = [0.65, 0.2, 0.1];

/// Days of a year.
const DAYS: usize = 365;

/// Random symbols of a printed code, of an alphabet of 31: 44.6 bits.
pub const CODES: f64 = 26_439_622_160_671.0;

/// The chance that the next likeliest birth date is right, after so many wrong ones on the same number. All days of a
/// year count alike.
pub fn date_is_right(before: usize) -> f64 {
    BORN.get(before / DAYS).map_or(0.0, |share| share / 365.0)
}

/// The words of the built-in list of passwords, the most frequent first.
pub fn listed() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/people/password/common.txt");
    let text = fs::read_to_string(path).expect("the list is there");
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
        .map(str::to_owned)
        .collect()
}

/// The share of accounts that `guesses` at each of them open.
///
/// The r likeliest of the 32 million `RockYou` passwords were those of 0.0374·r^0.1872 of its people (the fit of Wang and
/// others, *Zipf's Law in Passwords*, 2017). Nobody here has one of the list's; everybody is taken to have one of the rest,
/// as likely as there, and the attacker to know their order. Twelve characters and the other rules make real ones rarer.
pub fn passwords_open(guesses: f64, listed: f64) -> f64 {
    let share = |rank: f64| 0.0374 * rank.powf(0.1872);
    (share(listed + guesses) - share(listed)) / (1.0 - share(listed))
}
