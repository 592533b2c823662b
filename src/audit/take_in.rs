//! Rows of the audit that are in no chain are taken in when a server starts, and that they were is written down.

use std::sync::Arc;

use super::{Event, Scene};
use crate::kernel::clock::Clock;
use crate::kernel::entropy::Entropy;
use crate::store::audit::{append, has_loose, take_in};
use crate::store::{Database, StoreError};

/// Rows taken in by one transaction: half a second of the writing lane at most.
const PAGE: i64 = 5_000;

/// Takes in all there are.
///
/// # Errors
/// When the database does not answer.
pub async fn take_in_all(
    db: &Database,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<Entropy>,
) -> Result<(), StoreError> {
    // Read first: a command that only looks does not wait for its turn to write.
    if !db.read(has_loose).await? {
        return Ok(());
    }
    tracing::info!("rows of the audit are taken into its chain");
    loop {
        let (now, entropy) = (clock.now(), Arc::clone(entropy));
        let page = db.write(move |conn| {
            let Some(taken) = take_in(conn, PAGE)? else {
                return Ok(false);
            };
            let event = Event::AuditTakenIn {
                first: taken.first,
                last: taken.last,
            };
            append(conn, &event.record(&Scene::server(), &entropy, now))?;
            Ok(true)
        });
        if !page.await? {
            return Ok(());
        }
    }
}
