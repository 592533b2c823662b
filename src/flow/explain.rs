//! An operator asks why a ticket was refused.

use super::Fault;
use crate::app::App;
use crate::cas::failure::Cause;
use crate::cas::story::{Presentation, Replays, Story};
use crate::cas::ticket::{TicketKind, Trace};
use crate::kernel::clock::from_micros;
use crate::store;
use crate::store::stories::Story as Row;

/// The stories under a trace number, as a refusal gave it; more than one only when two tickets happen to share it.
///
/// # Errors
/// When the database does not answer.
pub async fn explain(app: &App, trace: Trace) -> Result<Vec<Story>, Fault> {
    let rows = app
        .db
        .read(move |conn| store::stories::by_trace(conn, trace))
        .await?;
    Ok(rows.into_iter().map(|(row, live)| story(row, live)).collect())
}

fn story(row: Row, session_open: bool) -> Story {
    let presented = row.consumed_at.map(|at| Presentation {
        at: from_micros(at),
        from: row.presented_from,
        presented_as: row.presented_as,
        // A word that this version does not know was written by a newer one: refused all the same.
        refused: row
            .refused
            .map(|word| Cause::parse(&word).unwrap_or(Cause::Internal)),
    });
    let replays = row.replayed_at.map(|at| Replays {
        count: row.replays.unsigned_abs(),
        last_at: from_micros(at),
        last_from: row.replayed_from,
    });
    Story {
        kind: if row.kind == "PT" {
            TicketKind::Proxy
        } else {
            TicketKind::Service
        },
        service_key: row.service_key,
        issued_for: row.service,
        from_new_login: row.from_new_login,
        asked_from: row.asked_from,
        issued_at: from_micros(row.issued_at),
        expires_at: from_micros(row.expires_at),
        session_open,
        presented,
        replays,
    }
}
