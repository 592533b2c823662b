//! What people wait for fails while they work: nothing is acknowledged that is not there, everybody is told to come back,
//! and everything comes back by itself. Here the disk of the embedded database is full, refuses, or can only be read.

mod database;

use std::process::Command;
use std::time::Duration;

use tokio::time::{interval, timeout};

use crate::crashes::drill::client::{Client, Lost};
use crate::crashes::drill::run::Run;
use crate::crashes::drill::site::Site;
use crate::support::people::PASSWORD;
use crate::support::process::{Process, needs};

/// Deeds that are acknowledged before the fault, and after it.
const DEEDS: usize = 40;

/// Who has a ticket when it begins.
const GUEST: &str = "guest";

/// How long a test waits for everybody to be refused, and for the program to notice; it asks every half second.
const PATIENCE: Duration = Duration::from_secs(30);

/// People at work on the embedded database, by a server that a limit on its files does not end.
async fn people_at_work() -> Run {
    let site = Site::new(None, 1);
    site.program.user(GUEST, "Émile", "Vaubrunel");
    let server = site.program.serve_behind("trap '' XFSZ");
    let mut run = Run::on(site, server).await;
    run.set_to_work();
    let site = std::sync::Arc::clone(&run.site);
    run.until(site.book.more(DEEDS)).await;
    run
}

/// What people see while nothing can be written, and after; `begin` answers what has to end for it to be over.
async fn nothing_is_acknowledged_during<T>(
    mut run: Run,
    begin: impl FnOnce(&Process) -> T,
    end: impl FnOnce(&Process, T),
) {
    let site = std::sync::Arc::clone(&run.site);
    let mut guest = site.browser(GUEST);
    site.sign_in(&mut guest, GUEST, PASSWORD)
        .await
        .expect("a session");
    let ticket = guest.ticket().await.expect("an answer").expect("a ticket");

    site.falls(true);
    let fault = begin(&run.server);
    // Each of them, since each writes sooner or later.
    let stopped = timeout(PATIENCE, run.stopped()).await;
    stopped.expect("nobody is told that something was done");

    assert_eq!(guest.get("/login").await.expect("a page").status, 200);
    let refused = site.browser(GUEST).enter(GUEST, PASSWORD).await;
    assert_eq!(
        refused.expect_err("nothing is written").why,
        "the answer is a 503"
    );
    let verdict = guest.validate(&ticket).await.expect_err("nothing is written");
    assert!(verdict.why.starts_with("200 "), "{}", verdict.why);
    assert!(verdict.why.contains("code=\"INTERNAL_ERROR\""), "{}", verdict.why);
    until_ready(&mut guest, false).await;

    end(&run.server, fault);
    until_ready(&mut guest, true).await;
    site.falls(false);
    run.look().await;
    run.audit().await;
    run.set_to_work();
    run.until(site.book.more(DEEDS)).await;
    // What was refused must not come back to life with the next start either.
    run.check_after_a_start().await;
}

/// Asks until it says that it is ready, or that it is not.
async fn until_ready(browser: &mut Client, ready: bool) {
    let asking = async {
        let mut clock = interval(Duration::from_millis(50));
        loop {
            clock.tick().await;
            match browser.get("/health/ready").await {
                Ok(_) if ready => return,
                Err(Lost { why, .. }) if !ready && why == "the answer is a 503" => return,
                _ => {}
            }
        }
    };
    let noticed = timeout(PATIENCE, asking).await;
    noticed.unwrap_or_else(|_| panic!("it never says that ready is {ready}"));
}

/// Has the system refuse these calls of the program until what is answered is dropped.
fn refusing(server: &Process, calls: &str, error: &str) -> Process {
    needs("/usr/bin/strace", "strace");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:error={error}")])
        .args(["-p", &server.pid().to_string()]);
    Process::start(strace, "attached")
}

#[tokio::test(flavor = "multi_thread")]
async fn where_files_may_not_grow_nothing_is_acknowledged_until_they_may_again() {
    let full = |server: &Process| server.limit_files(Some(0));
    let space = |server: &Process, ()| server.limit_files(None);

    nothing_is_acknowledged_during(people_at_work().await, full, space).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_acknowledged_until_there_is_space() {
    let full = |server: &Process| refusing(server, "pwrite64,ftruncate,fallocate", "ENOSPC");

    nothing_is_acknowledged_during(people_at_work().await, full, |_, strace| drop(strace)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_disk_that_can_only_be_read_nothing_is_acknowledged_until_it_can_be_written() {
    let read_only = |server: &Process| refusing(server, "pwrite64,ftruncate,fallocate", "EROFS");

    nothing_is_acknowledged_during(people_at_work().await, read_only, |_, strace| drop(strace)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_disk_that_does_not_keep_what_it_is_given_nothing_is_acknowledged() {
    let broken = |server: &Process| refusing(server, "fdatasync,fsync", "EIO");

    nothing_is_acknowledged_during(people_at_work().await, broken, |_, strace| drop(strace)).await;
}
