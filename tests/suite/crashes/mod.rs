//! The program is killed at random instants while people work, and started again: what was acknowledged is there, what
//! can happen once happened once at most, and the audit says so. What was under way at the kill is unknown until it is
//! looked at. Here in short, a kill after so many acknowledged deeds; the long form, by the clock, is
//! `cargo bench --bench crashes`.

pub mod drill;

use drill::run::Run;
use drill::site::Site;

use crate::support::Postgres;

/// Kills in a test.
const KILLS: u64 = 6;

/// Deeds that are acknowledged before a kill: at least, and how many more by chance.
const DEEDS: (usize, usize) = (30, 60);

async fn whatever_was_acknowledged_is_there_after(site: Site) {
    let mut run = Run::new(site).await;

    for _ in 0..KILLS {
        let site = std::sync::Arc::clone(&run.site);
        let (least, more) = DEEDS;
        run.round(async { site.book.more(least + site.below(more)).await })
            .await;
    }

    let figures = run.site.book.figures();
    println!(
        "{KILLS} kills, slowest start {} ms\n{figures}",
        run.slowest.as_millis()
    );
    assert!(figures.wrong.is_empty(), "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_survives_a_kill() {
    whatever_was_acknowledged_is_there_after(Site::new(None, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_survives_a_kill_of_the_program_and_of_postgresql() {
    // A kill takes nothing from what the system was given to write: no need to wait for the disk here.
    let postgres = Postgres::alone("-c listen_addresses=");

    whatever_was_acknowledged_is_there_after(Site::new(Some(postgres), 1)).await;
}
