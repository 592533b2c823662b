//! Where chance comes from: the operating system, or a seed so that a test repeats itself.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};
use uuid::{Builder, Uuid};

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of unpredictable bytes.
///
/// The system's source is asked afresh each time: there is no state to copy at a fork or to forget to reseed.
pub struct Entropy(Source);

enum Source {
    System,
    Seeded(Mutex<Box<StdRng>>),
}

impl Entropy {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A generator that gives the same values for the same seed. For tests and the demo roster only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Mutex::new(Box::new(StdRng::seed_from_u64(seed)))))
    }

    /// Fills `buffer`.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: a server that went on would hand out
    /// guessable tickets.
    pub fn fill(&self, buffer: &mut [u8]) {
        match &self.0 {
            Source::System => {
                SysRng
                    .try_fill_bytes(buffer)
                    .expect("the operating system gives randomness");
            }
            Source::Seeded(generator) => {
                generator
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .fill_bytes(buffer);
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A number in `0..bound`, each equally likely. `bound` 0 gives 0.
    pub fn below(&self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        // Lemire's multiplication with rejection: no modulo bias.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(u32::from_le_bytes(self.bytes())) * u64::from(bound);
            #[expect(clippy::cast_possible_truncation, reason = "the low half is what is compared")]
            if product as u32 >= threshold {
                return u32::try_from(product >> 32).unwrap_or(0);
            }
        }
    }

    /// One of `choices`, each equally likely; `None` when there are none.
    pub fn pick<'a, T>(&self, choices: &'a [T]) -> Option<&'a T> {
        let count = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        choices.get(self.below(count) as usize)
    }

    /// `length` letters and digits, 5.95 bits each: 32 of them are 190 bits.
    pub fn alphanumeric(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        let mut pool = [0_u8; 48];
        while text.len() < length {
            self.fill(&mut pool);
            // 248 is the largest multiple of 62 that a byte can hold: higher bytes are thrown away.
            let letters = pool
                .iter()
                .filter(|byte| **byte < 248)
                .map(|byte| ALPHANUMERIC[usize::from(*byte) % 62]);
            text.extend(letters.take(length - text.len()).map(char::from));
        }
        text
    }

    /// A version 7 identifier (RFC 9562): in order of `now`, then random.
    pub fn uuid(&self, now: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_story() {
        assert_eq!(
            Entropy::seeded(7).alphanumeric(40),
            Entropy::seeded(7).alphanumeric(40)
        );
        assert_ne!(
            Entropy::seeded(7).alphanumeric(40),
            Entropy::seeded(8).alphanumeric(40)
        );
    }

    #[test]
    fn every_number_below_the_bound_comes_up_and_none_above() {
        let entropy = Entropy::seeded(1);
        let mut seen = [0; 21];
        for _ in 0..4_200 {
            seen[entropy.below(21) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (120..280).contains(count)), "{seen:?}");
    }

    #[test]
    fn text_has_the_length_asked_for() {
        for length in [0, 1, 32, 200] {
            let text = Entropy::system().alphanumeric(length);
            assert_eq!(text.len(), length);
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
    }
}
