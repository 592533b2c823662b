//! How many tries are left: one ledger of failures per key, judged by a budget. A try is written down as failed
//! before it is judged and given back when it was right, so that parallel tries cannot slip past (`[S-42]`).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// A reservation younger than that (seconds) may still be under judgement: it is no sign of spraying yet, or sixty
/// people who sign in at eight o'clock behind one address would look like an attack.
const UNDER_JUDGEMENT: u32 = 3;

/// At most `tries` failures in any `seconds` in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    tries: usize,
    seconds: u32,
}

/// Growing delays: the first `free` failures of a day cost nothing, each further one the next of `minutes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Delays {
    free: usize,
    minutes: &'static [u32],
}

/// Failures under `tags` different names within `seconds`: nobody behind the address goes on for `block` seconds.
/// `block` is no shorter than `seconds`, so that a block does not cause the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spray {
    tags: usize,
    seconds: u32,
    block: u32,
}

/// What one kind of key may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    windows: [Option<Window>; 2],
    delays: Option<Delays>,
    spray: Option<Spray>,
}

/// Wrong identities on one number since its last success from which on the date alone is no longer enough.
pub const FAILURES_BEFORE_DOUBT: u16 = 10;

/// Wrong tries on one code after which it is revoked.
pub const FAILURES_BEFORE_REVOCATION: u16 = 15;

impl Budget {
    const fn of(tries: usize, seconds: u32) -> Self {
        Self {
            windows: [Some(Window { tries, seconds }), None],
            delays: None,
            spray: None,
        }
    }

    const fn and(mut self, tries: usize, seconds: u32) -> Self {
        self.windows[1] = Some(Window { tries, seconds });
        self
    }

    const fn spray(mut self, tags: usize, seconds: u32, block: u32) -> Self {
        self.spray = Some(Spray { tags, seconds, block });
        self
    }

    /// Sign-in (and the current password of a change), per person, `per_day` failures at most (25 by default): four
    /// are free, then one waits 1, 2, 4, 8, 15, then 30 minutes. Tag: address or device.
    pub const fn login_person(per_day: usize) -> Self {
        let delays = Some(Delays {
            free: 4,
            minutes: &[1, 2, 4, 8, 15, 30],
        });
        Self {
            delays,
            ..Self::of(per_day, DAY)
        }
    }

    /// Sign-in from a browser that signed in before: its own ten a day, which no stranger can spend (`[S-44]`).
    pub const LOGIN_DEVICE: Self = Self::of(10, DAY);

    /// Sign-in, per address. Tag: login.
    pub const LOGIN_ADDRESS: Self =
        Self::of(30, 5 * MINUTE)
            .and(100, HOUR)
            .spray(15, 10 * MINUTE, 15 * MINUTE);

    /// Identity step of the activation, per file number, whoever asks (`[S-46]`).
    pub const ACTIVATION_PERSON: Self = Self::of(5, DAY);

    /// Identity step of the activation, per address. Tag: file number.
    pub const ACTIVATION_ADDRESS: Self = Self::of(8, HOUR).and(20, DAY).spray(6, HOUR, HOUR);

    /// Code step of the recovery, per file number.
    pub const RECOVERY_PERSON: Self = Self::of(5, DAY);

    /// Code step of the recovery, per address. Tag: file number.
    pub const RECOVERY_ADDRESS: Self = Self::of(8, HOUR).and(20, DAY);

    /// Tries on one code: never refused here, only counted; see [`FAILURES_BEFORE_REVOCATION`].
    pub const CODE: Self = Self {
        windows: [None, None],
        delays: None,
        spray: None,
    };

    /// Successful recoveries per person: reserved at the success and never given back.
    pub const RECOVERIES_PERSON: Self = Self::of(3, 30 * DAY);

    /// Successful recoveries per address: reserved at the success and never given back.
    pub const RECOVERIES_ADDRESS: Self = Self::of(10, HOUR);

    /// All forms sent from one address: reserved at each and never given back.
    pub const POST_ADDRESS: Self = Self::of(120, MINUTE);

    /// The same budget `factor` times as large, for an address that many people share (10 for a campus network,
    /// 4 for an IPv6 /48).
    pub fn times(self, factor: usize) -> Self {
        let grow = |count: usize| count.saturating_mul(factor.max(1));
        Self {
            windows: self.windows.map(|window| {
                window.map(|w| Window {
                    tries: grow(w.tries),
                    ..w
                })
            }),
            delays: self.delays.map(|delays| Delays {
                free: grow(delays.free),
                ..delays
            }),
            spray: self.spray.map(|spray| Spray {
                tags: grow(spray.tags),
                ..spray
            }),
        }
    }

    fn windows(&self) -> impl Iterator<Item = &Window> {
        self.windows.iter().flatten()
    }

    /// How long a failure matters, in seconds.
    fn memory(&self) -> u32 {
        let windows = self.windows().map(|window| window.seconds);
        let spray = self
            .spray
            .iter()
            .map(|spray| spray.seconds.saturating_add(spray.block));
        let delays = self.delays.iter().map(|_| DAY);
        windows.chain(spray).chain(delays).max().unwrap_or(0)
    }
}

/// The budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no try is left until {until}")]
pub struct Wait {
    /// When the next try is possible.
    pub until: DateTime<Utc>,
    /// Whether the budget of a whole day (or longer) is spent, which has a page of its own.
    pub daily: bool,
}

/// The failures on one key. Refused tries are not written down, so a ledger is never longer than its budget.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Second (since 1970) and tag of each failure, oldest first.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    failures: Vec<(u32, u32)>,
    /// Failures since the last success, however long ago.
    #[serde(rename = "n", default)]
    total: u16,
}

impl Ledger {
    /// Reserves a try at `now`: it counts as failed from here on. `tag` stands for what varies under this key
    /// (the address for a person, the login for an address). An error leaves the ledger as it was, but for pruning.
    pub fn reserve(&mut self, budget: &Budget, now: DateTime<Utc>, tag: u32) -> Result<(), Wait> {
        let second = seconds(now);
        self.prune(budget, second);
        if let Some(refusal) = self.refusal(budget, second) {
            return Err(refusal);
        }
        if budget.memory() > 0 {
            self.failures.push((second, tag));
        }
        self.total = self.total.saturating_add(1);
        Ok(())
    }

    /// The wait that [`Ledger::reserve`] would answer, without reserving.
    pub fn wait(&self, budget: &Budget, now: DateTime<Utc>) -> Option<Wait> {
        let mut copy = self.clone();
        copy.prune(budget, seconds(now));
        copy.refusal(budget, seconds(now))
    }

    /// Forgets the failures under `tag`, the reservation among them: it was the right person. Failures under other
    /// tags stay, so that somebody else's guesses do not start again at every success of the owner.
    pub fn give_back(&mut self, tag: u32) {
        self.failures.retain(|(_, failed)| *failed != tag);
        self.total = 0;
    }

    /// Takes the newest reservation under `tag` back and nothing else: the try was neither right nor wrong, so it
    /// must not wash away the failures before it.
    pub fn withdraw(&mut self, tag: u32) {
        if let Some(newest) = self.failures.iter().rposition(|(_, failed)| *failed == tag) {
            self.failures.remove(newest);
        }
        self.total = self.total.saturating_sub(1);
    }

    /// Failures since the last success, reservations included.
    pub fn total(&self) -> u16 {
        self.total
    }

    /// Whether nothing is left that `budget` would remember: the ledger may be deleted.
    pub fn is_idle(&self, budget: &Budget, now: DateTime<Utc>) -> bool {
        let second = seconds(now);
        self.total == 0
            || self
                .failures
                .iter()
                .all(|(at, _)| second.saturating_sub(*at) >= budget.memory())
    }

    /// Drops what the budget has forgotten. A failure from the future means that the clock was set back: it counts
    /// as of now, or the wait would be as long as the step (`[S-84]`).
    fn prune(&mut self, budget: &Budget, now: u32) {
        let memory = budget.memory();
        self.failures.retain(|(at, _)| now.saturating_sub(*at) < memory);
        for (at, _) in &mut self.failures {
            *at = (*at).min(now);
        }
    }

    fn refusal(&self, budget: &Budget, now: u32) -> Option<Wait> {
        let windows = budget.windows().filter_map(|window| {
            let free_at = self.window_frees(*window, now)?;
            Some((free_at, window.seconds >= DAY))
        });
        let delay = budget.delays.and_then(|delays| self.delay_ends(delays, now));
        let block = budget.spray.and_then(|spray| self.block_ends(spray, now));
        windows
            .chain(delay.map(|end| (end, false)))
            .chain(block.map(|end| (end, false)))
            .filter(|(end, _)| *end > now)
            .max()
            .map(|(end, daily)| Wait {
                until: moment(end),
                daily,
            })
    }

    /// When enough failures have left a full window.
    fn window_frees(&self, window: Window, now: u32) -> Option<u32> {
        let recent = self.failures.iter().filter(|(at, _)| now - at < window.seconds);
        let excess = recent.clone().count().checked_sub(window.tries)?;
        recent
            .map(|(at, _)| at.saturating_add(window.seconds))
            .nth(excess)
    }

    fn delay_ends(&self, delays: Delays, now: u32) -> Option<u32> {
        let recent = self.failures.iter().filter(|(at, _)| now - at < DAY);
        let charged = recent.count().checked_sub(delays.free)?;
        let minutes = delays.minutes.get(charged).or(delays.minutes.last())?;
        let (last, _) = self.failures.last()?;
        Some(last.saturating_add(minutes * MINUTE))
    }

    /// When the block ends that the newest failure completed. Nothing is stored for it: during a block no try is
    /// written down, so the newest failure stays the one that caused it.
    fn block_ends(&self, spray: Spray, now: u32) -> Option<u32> {
        let judged = || self.failures.iter().filter(|(at, _)| now - at >= UNDER_JUDGEMENT);
        let (newest, _) = judged().next_back()?;
        let mut tags: Vec<u32> = judged()
            .filter(|(at, _)| newest - at < spray.seconds)
            .map(|(_, tag)| *tag)
            .collect();
        tags.sort_unstable();
        tags.dedup();
        (tags.len() >= spray.tags).then(|| newest.saturating_add(spray.block))
    }
}

/// Whole seconds since 1970, until 2106.
fn seconds(now: DateTime<Utc>) -> u32 {
    u32::try_from(now.timestamp()).unwrap_or(if now.timestamp() < 0 { 0 } else { u32::MAX })
}

fn moment(second: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::from(second), 0).unwrap_or(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
