//! Everything the servers of this process log, kept for those who look for what must not be in it.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::EnvFilter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: OnceLock<()> = OnceLock::new();

/// Starts to keep what is logged, by all servers of this process and in every detail.
pub fn keep() {
    STARTED.get_or_init(|| {
        let kept = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("vestibule=trace,info"))
            .with_ansi(false)
            .with_writer(|| Kept)
            .finish();
        tracing::subscriber::set_global_default(kept).expect("nobody else listens");
    });
}

/// What was logged so far.
pub fn so_far() -> String {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&lines).into_owned()
}

struct Kept;

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
