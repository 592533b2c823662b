//! A single node is restarted while people work: nobody is left without an answer.

use std::net::TcpListener;
use std::sync::Arc;

use crate::crashes::drill::run::Run;
use crate::crashes::drill::site::Site;
use crate::support::process::Process;
use crate::support::program::Program;

/// Restarts in a test.
const RESTARTS: usize = 4;

/// Deeds that are acknowledged between two of them.
const DEEDS: usize = 40;

fn serve(program: &Program, door: Option<&TcpListener>) -> Process {
    match door {
        Some(door) => program.serve_at(door),
        None => program.serve(),
    }
}

/// Everybody works, signs in and out, activates and recovers, while the program is asked to stop and started again. Whoever
/// loses an answer, or finds that something was done twice, writes it in the book.
async fn nobody_notices_restarts(site: Site, mut door: Option<TcpListener>) {
    let server = serve(&site.program, door.as_ref());
    let mut run = Run::on(site, server).await;
    let site = Arc::clone(&run.site);
    run.set_to_work();

    for _ in 0..RESTARTS {
        run.until(site.book.more(DEEDS)).await;
        run.server.signal("TERM");
        tokio::task::block_in_place(|| {
            assert!(run.server.ended().success(), "{:#?}", run.server.lines());
            run.server = serve(&site.program, door.as_ref());
        });
    }
    run.until(site.book.more(DEEDS)).await;

    // Whoever waits at it would wait for somebody who does not come.
    door.take();
    run.check_after_a_start().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_that_a_single_node_is_restarted_who_asks_a_second_time() {
    let site = Site::new(None, 1).where_people_ask_twice();

    nobody_notices_restarts(site, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_to_ask_a_second_time_where_the_door_is_lent() {
    let site = Site::new(None, 1);
    let door = TcpListener::bind(("127.0.0.1", site.program.port)).expect("a free port");

    nobody_notices_restarts(site, Some(door)).await;
}
