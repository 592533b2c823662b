//! The threads that hash, and the memory they hash in: kept while people sign in, given back to the machine when nobody
//! does.

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::Cost;
use crate::people::dated_hash::DatedHash;

/// How long a thread without work keeps its memory. To have it again costs a thread 3 ms; not to have it on every
/// hash spares a sign-in a sixth of its time.
const IDLE: Duration = Duration::from_secs(2);

/// What a thread is asked for.
pub(super) struct Job {
    pub(super) cost: Cost,
    pub(super) input: Zeroizing<[u8; 32]>,
    pub(super) salt: [u8; 16],
    pub(super) dated: Option<Dated>,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// A hash that another directory made, and what it is compared with.
pub(super) struct Dated {
    pub(super) hash: DatedHash,
    pub(super) password: SecretString,
}

/// What a thread found.
pub(super) struct Answer {
    pub(super) hash: [u8; 32],
    /// Whether the other directory's hash was of the password; `false` when there was none.
    pub(super) fits: bool,
    /// How long the hash took, waiting in the queue left out.
    pub(super) took: Duration,
}

/// How far hashing stands back, of 19: whoever waits for a ticket waits for a thousandth of what somebody does who
/// signs in, and a thread that has slept must not wait for one that never does.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Hashes until nobody can ask any more.
pub(super) fn work(waiting: &Receiver<Job>) {
    stand_back();
    let mut memory = Memory::default();
    loop {
        let next = match memory {
            Memory::None => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Memory::Held(_) | Memory::Freed => waiting.recv_timeout(IDLE),
        };
        match next {
            // Whoever has stopped waiting needs no hash.
            Ok(job) if job.answer.is_closed() => {}
            // One that panics costs its own asker an answer, and nobody else the thread.
            Ok(job) => {
                if catch_unwind(AssertUnwindSafe(|| answer(job, &mut memory))).is_err() {
                    memory = Memory::default();
                }
            }
            Err(RecvTimeoutError::Timeout) => memory = memory.less(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// On Linux niceness is a thread's own. Elsewhere it would be the whole process's.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "a hashing thread could not stand back");
    }
}

fn answer(job: Job, memory: &mut Memory) {
    let begun = Instant::now();
    let hash = memory.argon2id(job.cost, job.input.as_ref(), &job.salt);
    let took = begun.elapsed();
    let fits = job
        .dated
        .is_some_and(|dated| dated.hash.is_of(dated.password.expose_secret()));
    let _ = job.answer.send(Answer { hash, fits, took });
}

/// What Argon2 fills.
#[derive(Default)]
pub(super) enum Memory {
    /// Nothing is held.
    #[default]
    None,
    /// As much as the dearest hash so far needed.
    Held(Vec<Block>),
    /// Nothing is held, but the allocator has it still.
    Freed,
}

impl Memory {
    /// Argon2id at `cost`.
    pub(super) fn argon2id(&mut self, cost: Cost, input: &[u8], salt: &[u8]) -> [u8; 32] {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).unwrap_or_default();
        let used = params.block_count();
        let blocks = self.blocks(used);
        let mut hash = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(input, salt, &mut hash, blocks)
            .expect("32 bytes of input, 16 of salt and 32 of output are within Argon2's limits");
        hash
    }

    fn blocks(&mut self, wanted: usize) -> &mut [Block] {
        if !matches!(self, Self::Held(_)) {
            *self = Self::Held(Vec::new());
        }
        match self {
            Self::Held(blocks) => {
                if blocks.len() < wanted {
                    blocks.resize(wanted, Block::new());
                }
                &mut blocks[..wanted]
            }
            Self::None | Self::Freed => &mut [],
        }
    }

    /// One step towards nothing.
    fn less(self) -> Self {
        match self {
            Self::Held(blocks) => {
                drop(blocks);
                Self::Freed
            }
            Self::None | Self::Freed => {
                // mimalloc keeps what is freed for another second, and looks what is due whenever a large block is
                // freed: an idle server frees none. This one is never touched, so it costs no memory.
                drop(black_box(Vec::<u8>::with_capacity(8 << 20)));
                tracing::debug!("the memory of a hashing thread was given back");
                Self::None
            }
        }
    }
}
