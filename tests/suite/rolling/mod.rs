//! Nodes that come and go while people work, in short: so many restarts, and so many chains between two of them. The long
//! form, by the clock, is `cargo bench --bench rolling`.

pub mod campus;
pub mod chain;
pub mod front;
pub mod tally;

use std::sync::Arc;
use std::time::Instant;

use campus::{Campus, login, password};
use chain::{Visitor, come_and_go};
use front::Front;
use tally::{Counts, Tally};
use tokio_util::sync::CancellationToken;

/// People who work at once.
const PEOPLE: usize = 4;

/// Chains between two events.
const BETWEEN: usize = 40;

/// One person's work, until it is over: visits with one session, and now and then a sign-in, a visit and a sign-out.
async fn work(front: Arc<Front>, number: usize, tally: Tally, over: CancellationToken) {
    let login = login(number);
    let (here, _) = Visitor::sign_in(&front, &login, password())
        .await
        .expect("a session");
    let mut turn = number;
    while !over.is_cancelled() {
        let begun = Instant::now();
        let outcome = match turn % 10 {
            0 => come_and_go(&front, &login, password()).await,
            _ => here.visit(&front).await,
        };
        tally.count(number, outcome, begun.elapsed());
        turn += 1;
    }
}

/// Two nodes, and a front that asks them whether they are ready.
async fn watched(leave: &str) -> (Campus, Arc<Front>) {
    let campus = Campus::start(&[None, None], &[("server.leave", leave)], PEOPLE);
    let front = Front::new(&campus.ports());
    tokio::spawn(Arc::clone(&front).watch());
    for node in [0, 1] {
        front.until(node, true).await;
    }
    (campus, front)
}

/// Lets people work while `events` happen; answers what was counted.
async fn people_work(
    (mut campus, front): (Campus, Arc<Front>),
    events: impl AsyncFn(&mut Campus, &Front, &Tally),
) -> Counts {
    let (tally, over) = (Tally::default(), CancellationToken::new());
    let working: Vec<_> = (0..PEOPLE)
        .map(|number| tokio::spawn(work(Arc::clone(&front), number, tally.clone(), over.clone())))
        .collect();
    tally.more(BETWEEN).await;

    events(&mut campus, &front, &tally).await;

    over.cancel();
    for person in working {
        person.await.expect("a person works");
    }
    Counts {
        again: front.again(),
        ..tally.counts()
    }
}

/// Waits until nobody is still at the chain of this moment.
async fn one_each(tally: &Tally) {
    let before = tally.counts().of_each;
    let goes_on = |person| tally.counts().of_each.get(&person) == before.get(&person);
    while (0..PEOPLE).any(goes_on) {
        tally.more(1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_that_nodes_are_restarted_one_after_the_other() {
    let counts = people_work(watched("1m").await, async |campus, front, tally| {
        for node in [0, 1, 0, 1] {
            campus.signal(node, "TERM");
            front.until(node, false).await;
            tally.more(BETWEEN).await;
            // The front has noticed; nobody has a minute.
            campus.signal(node, "TERM");
            assert!(campus.ended(node));
            tally.more(BETWEEN).await;
            campus.up(node);
            front.until(node, true).await;
            tally.more(BETWEEN).await;
        }
    })
    .await;

    assert!(counts.failed.is_empty(), "{counts}");
    assert_eq!((counts.redirects, counts.forms), (0, 0), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_costs_nobody_more_than_a_redirect_or_a_form() {
    let counts = people_work(watched("0s").await, async |campus, front, tally| {
        for node in [0, 1, 0, 1] {
            campus.signal(node, "KILL");
            campus.ended(node);
            tally.more(BETWEEN).await;
            campus.up(node);
            front.until(node, true).await;
            tally.more(BETWEEN).await;
            // Whoever fills in a form while one node dies has gone on before the other does.
            one_each(tally).await;
        }
    })
    .await;

    assert!(counts.failed.is_empty(), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_moved_to_another_node_at_once_and_goes_on_there() {
    let campus = Campus::start(&[None, None], &[], PEOPLE);
    let front = Front::new(&campus.ports());
    front.move_to(0);

    let counts = people_work((campus, front), async |campus, front, tally| {
        front.move_to(1);
        tally.more(BETWEEN).await;
        campus.signal(0, "TERM");
        assert!(campus.ended(0));
        tally.more(BETWEEN).await;
    })
    .await;

    assert!(counts.failed.is_empty(), "{counts}");
    assert_eq!(
        (counts.again, counts.redirects, counts.forms),
        (0, 0, 0),
        "{counts}"
    );
}
