//! Password hashing: Argon2id on a few threads of its own, each with its own memory, behind a bounded queue.
//!
//! A flood of sign-ins can then take neither the machine's memory nor the time of the requests that validate tickets.

mod work;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use argon2::Params;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use crossbeam_channel::Sender;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::{Key, Keyring};
use crate::kernel::secret::same;
use crate::people::dated_hash::DatedHash;
use work::{Answer, Dated, Job, Memory, work};

/// How long a caller waits for a hash, queue included; then the person is told to come back.
const PATIENCE: Duration = Duration::from_secs(3);

/// The cost of one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// What a printed code is hashed with: 44.6 bits behind a keyed digest need less than a password does, and
    /// 60,000 codes must be hashed within an import (0.3 ms each).
    pub const CODE: Self = Self {
        memory_kib: 512,
        passes: 1,
        lanes: 1,
    };

    /// What a hash at `less` lacks of one at this cost: both together fill as many blocks. `None` when it lacks nothing.
    fn beyond(self, less: Self) -> Option<Self> {
        let lacking = self.blocks().checked_sub(less.blocks())?;
        let memory_kib = u32::try_from(lacking.checked_div(self.passes.into())?).ok()?;
        (memory_kib >= Params::MIN_M_COST * self.lanes).then_some(Self { memory_kib, ..self })
    }

    /// How many blocks of 1 KiB are filled.
    fn blocks(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}

/// Too many hashes wait already; the caller answers 503.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Overloaded;

/// A place among those whose secrets are hashed, or wait for it; somebody else has it when it is dropped.
pub struct Place {
    _held: OwnedSemaphorePermit,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The password is the one, hashed at today's cost with today's key.
    Right,
    /// The password is the one; its hash should be replaced by [`Hasher::hash`].
    RightButDated,
    /// It is not, or there is nothing to compare with.
    Wrong,
}

/// Hashes and checks secrets.
#[derive(Clone)]
pub struct Hasher {
    jobs: Sender<Job>,
    places: Arc<Semaphore>,
    cost: Cost,
    pepper: Keyring,
    entropy: Arc<Entropy>,
}

impl Hasher {
    /// Starts `threads` threads that hash at `cost`, with at most `queue` callers waiting.
    pub fn start(cost: Cost, threads: usize, queue: usize, pepper: Keyring, entropy: Arc<Entropy>) -> Self {
        let (threads, queue) = (threads.max(1), queue.max(1));
        let (jobs, waiting) = crossbeam_channel::bounded(queue);
        for number in 0..threads {
            let waiting = waiting.clone();
            let started = thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&waiting));
            if let Err(error) = started {
                tracing::error!(%error, "could not start a hashing thread");
            }
        }
        Self {
            jobs,
            places: Arc::new(Semaphore::new(threads + queue)),
            cost,
            pepper,
            entropy,
        }
    }

    /// A place for somebody who is about to write something down before a hash: whoever would be refused then is refused
    /// now, and costs the disk nothing.
    ///
    /// # Errors
    /// When there is none.
    pub fn place(&self) -> Result<Place, Overloaded> {
        let held = Arc::clone(&self.places).try_acquire_owned();
        held.map(|held| Place { _held: held }).map_err(|_| Overloaded)
    }

    /// Hashes a password for storage.
    ///
    /// # Errors
    /// When the queue is full or the wait too long.
    pub async fn hash(&self, password: &SecretString) -> Result<String, Overloaded> {
        let stored = Stored {
            key: self.pepper.newest().id(),
            cost: self.cost,
            salt: self.entropy.bytes(),
            hash: [0; 32],
        };
        let input = keyed(self.pepper.newest(), password);
        let hash = self.run(stored.cost, input, stored.salt, None).await?.hash;
        Ok(Stored { hash, ..stored }.to_string())
    }

    /// Checks a password against what is stored. One that is wrong costs one hash of today, whatever is stored: nothing,
    /// a hash, a cheaper one of former days and the rest of today's, or something unreadable. So time tells nobody
    /// whether an account exists ([S-40]). A hash dearer than today's shows, and one that another
    /// directory made comes on top: little for SSHA (below a microsecond), as much again for SHA-crypt and bcrypt, so
    /// that until the first sign-in time may tell that such an account exists.
    ///
    /// # Errors
    /// When the queue is full or the wait too long.
    pub async fn check(&self, password: &SecretString, stored: Option<&str>) -> Result<Checked, Overloaded> {
        self.compare(password, stored, self.cost).await
    }

    /// Checks a printed code against what is stored, at the price of one hash at [`Cost::CODE`] whatever is stored.
    ///
    /// # Errors
    /// When the queue is full or the wait too long.
    pub async fn check_code(&self, code: &SecretString, stored: Option<&str>) -> Result<Checked, Overloaded> {
        self.compare(code, stored, Cost::CODE).await
    }

    async fn compare(
        &self,
        secret: &SecretString,
        stored: Option<&str>,
        today: Cost,
    ) -> Result<Checked, Overloaded> {
        let newest = self.pepper.newest();
        let dated = stored
            .and_then(|text| DatedHash::parse(text).ok())
            .map(|hash| Dated {
                hash,
                password: secret.clone(),
            });
        let parsed = stored.and_then(Stored::parse);
        let key = parsed.as_ref().and_then(|stored| self.pepper.by_id(&stored.key));
        let (Some(stored), Some(key)) = (parsed, key) else {
            let decoy = [0x5a; 16];
            let answer = self.run(today, keyed(newest, secret), decoy, dated).await?;
            return Ok(if answer.fits {
                Checked::RightButDated
            } else {
                Checked::Wrong
            });
        };
        let hash = self
            .run(stored.cost, keyed(key, secret), stored.salt, None)
            .await?
            .hash;
        if !same(&hash, &stored.hash) {
            if let Some(rest) = today.beyond(stored.cost) {
                self.run(rest, keyed(newest, secret), stored.salt, None).await?;
            }
            return Ok(Checked::Wrong);
        }
        Ok(if stored.cost == today && stored.key == newest.id() {
            Checked::Right
        } else {
            Checked::RightButDated
        })
    }

    /// Hashes a printed code on the calling thread, at [`Cost::CODE`].
    pub fn hash_code(&self, code: &SecretString) -> String {
        let key = self.pepper.newest();
        let salt = self.entropy.bytes();
        let hash = Memory::default().argon2id(Cost::CODE, keyed(key, code).as_ref(), &salt);
        Stored {
            key: key.id(),
            cost: Cost::CODE,
            salt,
            hash,
        }
        .to_string()
    }

    /// Whether a printed code is the one stored, compared on the calling thread. For imports, where nobody waits on
    /// a page.
    pub fn is_code(&self, code: &SecretString, stored: &str) -> bool {
        let Some(stored) = Stored::parse(stored) else {
            return false;
        };
        let Some(key) = self.pepper.by_id(&stored.key) else {
            return false;
        };
        let hash = Memory::default().argon2id(stored.cost, keyed(key, code).as_ref(), &stored.salt);
        same(&hash, &stored.hash)
    }

    /// Hashes per second of one thread, measured with three hashes on those threads: their memory is taken anyhow, and
    /// given back when nobody signs in.
    ///
    /// # Errors
    /// When the queue is full or the wait too long.
    pub async fn measure(&self) -> Result<f64, Overloaded> {
        let mut took = Duration::ZERO;
        for _ in 0..3 {
            took += self
                .run(self.cost, Zeroizing::default(), [0; 16], None)
                .await?
                .took;
        }
        Ok(3.0 / took.as_secs_f64())
    }

    async fn run(
        &self,
        cost: Cost,
        input: Zeroizing<[u8; 32]>,
        salt: [u8; 16],
        dated: Option<Dated>,
    ) -> Result<Answer, Overloaded> {
        let (answer, heard) = oneshot::channel();
        self.jobs
            .try_send(Job {
                cost,
                input,
                salt,
                dated,
                answer,
            })
            .map_err(|_| Overloaded)?;
        tokio::time::timeout(PATIENCE, heard)
            .await
            .map_err(|_| Overloaded)?
            .map_err(|_| Overloaded)
    }
}

/// The keyed step before the slow one: a stolen table alone is then no use to a guesser.
fn keyed(key: &Key, secret: &SecretString) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(key.digest(&[secret.expose_secret().as_bytes()]))
}

/// The largest memory that a stored hash may ask for, in KiB: a damaged row must not take the machine down.
const MOST_MEMORY: u32 = 1 << 20;

/// A stored hash: `KEY$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`, the PHC string format behind the name of the key.
struct Stored {
    key: String,
    cost: Cost,
    salt: [u8; 16],
    hash: [u8; 32],
}

impl Stored {
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('$');
        let key = fields.next()?.to_owned();
        if fields.next()? != "argon2id" || fields.next()? != "v=19" {
            return None;
        }
        let mut costs = fields.next()?.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let cost = Cost {
            memory_kib: cost("m=")?,
            passes: cost("t=")?,
            lanes: cost("p=")?,
        };
        let salt = STANDARD_NO_PAD.decode(fields.next()?).ok()?.try_into().ok()?;
        let hash = STANDARD_NO_PAD.decode(fields.next()?).ok()?.try_into().ok()?;
        let sound = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).is_ok();
        (sound && cost.memory_kib <= MOST_MEMORY && fields.next().is_none()).then_some(Self {
            key,
            cost,
            salt,
            hash,
        })
    }
}

impl std::fmt::Display for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        let (salt, hash) = (
            STANDARD_NO_PAD.encode(self.salt),
            STANDARD_NO_PAD.encode(self.hash),
        );
        write!(
            f,
            "{}$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}",
            self.key
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    fn hasher(cost: Cost, keys: Keyring) -> Hasher {
        Hasher::start(cost, 1, 8, keys, Arc::new(Entropy::seeded(3)))
    }

    fn ring(byte: u8) -> Keyring {
        Keyring::new(Key::new([byte; 32]), [])
    }

    #[test]
    fn s40_a_cheaper_hash_and_what_it_lacks_cost_what_a_hash_costs_today() {
        let cost = |memory_kib, passes| Cost {
            memory_kib,
            passes,
            lanes: 1,
        };
        let today = cost(19_456, 2);

        for (former, rest) in [
            (cost(19_456, 1), Some(cost(9_728, 2))),
            (cost(9_728, 2), Some(cost(9_728, 2))),
            (cost(64, 1), Some(cost(19_424, 2))),
            (today, None),
            (cost(65_536, 3), None),
            (cost(19_455, 2), None),
        ] {
            assert_eq!(today.beyond(former), rest, "{former:?}");
        }
    }

    #[tokio::test]
    async fn the_right_password_is_right_and_another_is_wrong() {
        let hasher = hasher(CHEAP, ring(1));
        let stored = hasher.hash(&"correct horse".into()).await.unwrap();

        assert_eq!(
            hasher
                .check(&"correct horse".into(), Some(&stored))
                .await
                .unwrap(),
            Checked::Right
        );
        assert_eq!(
            hasher
                .check(&"correct house".into(), Some(&stored))
                .await
                .unwrap(),
            Checked::Wrong
        );
        assert_eq!(
            hasher.check(&"correct horse".into(), None).await.unwrap(),
            Checked::Wrong
        );
    }

    #[tokio::test]
    async fn a_hash_of_yesterdays_cost_or_key_is_right_but_dated() {
        let yesterday = hasher(CHEAP, ring(1))
            .hash(&"correct horse".into())
            .await
            .unwrap();

        let dearer = hasher(Cost { passes: 2, ..CHEAP }, ring(1));
        assert_eq!(
            dearer
                .check(&"correct horse".into(), Some(&yesterday))
                .await
                .unwrap(),
            Checked::RightButDated
        );

        let rotated = hasher(CHEAP, Keyring::new(Key::new([2; 32]), [Key::new([1; 32])]));
        assert_eq!(
            rotated
                .check(&"correct horse".into(), Some(&yesterday))
                .await
                .unwrap(),
            Checked::RightButDated
        );
    }

    #[tokio::test]
    async fn the_hash_of_another_directory_is_right_but_dated() {
        let hasher = hasher(CHEAP, ring(1));
        let elsewhere = "{CRYPT}$5$abcdefgh$ruMep1ijHnJPZbETDNiumskxcX3kN4lzZd5VlsqE7eB";

        for (password, checked) in [
            ("correct horse", Checked::RightButDated),
            ("correct house", Checked::Wrong),
        ] {
            let found = hasher.check(&password.into(), Some(elsewhere)).await.unwrap();
            assert_eq!(found, checked);
        }
    }

    #[tokio::test]
    async fn without_the_server_key_the_right_password_opens_nothing() {
        let stored = hasher(CHEAP, ring(1))
            .hash(&"correct horse".into())
            .await
            .unwrap();

        let thief = hasher(CHEAP, ring(9));

        assert_eq!(
            thief.check(&"correct horse".into(), Some(&stored)).await.unwrap(),
            Checked::Wrong
        );
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let slow = Hasher::start(
            Cost {
                memory_kib: 19_456,
                passes: 8,
                lanes: 1,
            },
            1,
            1,
            ring(1),
            Arc::new(Entropy::seeded(3)),
        );

        let secret: SecretString = "x".into();
        let many = (0..8).map(|_| slow.check(&secret, None));
        let refused = futures_util::future::join_all(many)
            .await
            .iter()
            .filter(|outcome| outcome.is_err())
            .count();

        assert!(refused >= 6, "{refused} of 8 refused");
    }

    #[tokio::test]
    async fn there_are_as_many_places_as_threads_and_waiting_people_and_each_is_given_back() {
        let hasher = Hasher::start(CHEAP, 2, 3, ring(1), Arc::new(Entropy::seeded(3)));

        let mut held: Vec<_> = (0..5).filter_map(|_| hasher.place().ok()).collect();

        assert_eq!(held.len(), 5);
        assert!(hasher.place().is_err());
        held.pop();
        assert!(hasher.place().is_ok());
    }

    #[test]
    fn a_stored_hash_that_asks_for_the_moon_is_not_one() {
        let salt = STANDARD_NO_PAD.encode([0; 16]);
        let hash = STANDARD_NO_PAD.encode([0; 32]);
        assert!(Stored::parse(&format!("k$argon2id$v=19$m=64,t=1,p=1${salt}${hash}")).is_some());
        assert!(Stored::parse(&format!("k$argon2id$v=19$m=4000000000,t=1,p=1${salt}${hash}")).is_none());
        assert!(Stored::parse("k$argon2id$v=19$m=64").is_none());
    }
}
