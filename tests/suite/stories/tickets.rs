//! "My ticket is refused": what the service is told, and what the operator finds out.

use chrono::Duration;
use vestibule::cas::ticket::Trace;
use vestibule::flow::explain::explain;

use crate::support::TestServer;
use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL};
use crate::support::service::Verdict;

/// The trace number at the end of a refusal.
fn trace(refused: &Verdict) -> Trace {
    let (_, number) = refused.0.split_once("(trace ").expect("a trace number");
    let (number, _) = number.split_once(')').expect("its end");
    Trace::parse(number).expect("fourteen digits")
}

/// What the operator reads under the trace of a refusal.
async fn told(server: &TestServer, refused: &Verdict) -> String {
    let stories = explain(&server.app, trace(refused))
        .await
        .expect("the story is read");
    assert_eq!(stories.len(), 1);
    stories[0].tell()
}

#[tokio::test]
async fn a_refusal_for_another_address_is_explained_by_the_first_difference() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    let elsewhere = MAIL_URL.replacen("https", "http", 1);
    let refused = browser.validate(&elsewhere, &ticket).await;

    refused.assert_failure("INVALID_SERVICE");
    let story = told(&server, &refused).await;
    assert!(story.contains("compared   scheme https ≠ http"), "{story}");
    assert!(story.contains("by 127.0.0.1, after a password"), "{story}");
    assert!(!story.contains(&ticket[3..]), "the ticket is not in its story");
}

#[tokio::test]
async fn a_ticket_that_came_late_is_told_its_age_and_the_limit() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    server.wait(Duration::seconds(41));

    let refused = browser.validate(MAIL_URL, &ticket).await;

    refused.assert_failure("INVALID_TICKET");
    let story = told(&server, &refused).await;
    assert!(story.contains("presented after 41 s, limit 30 s"), "{story}");
}

#[tokio::test]
async fn a_replay_is_explained_by_who_was_first() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let accepted = browser.validate(MAIL_URL, &ticket).await;
    server.wait(Duration::milliseconds(1_200));

    let refused = browser.validate(MAIL_URL, &ticket).await;

    accepted.assert_user(CAMILLE);
    assert!(!accepted.0.contains("trace"), "no success carries a trace number");
    let story = told(&server, &refused).await;
    assert!(
        story.contains("already used 1.2 s earlier by 127.0.0.1"),
        "{story}"
    );
    assert!(
        story.contains("answered   success"),
        "the first time it was good: {story}"
    );
}

#[tokio::test]
async fn t4_the_trace_number_does_not_tell_a_spent_ticket_from_one_that_never_was() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    browser.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);

    let spent = browser.validate(MAIL_URL, &ticket).await;
    let invented = browser.validate(MAIL_URL, "ST-never").await;
    let no_ticket = browser.validate(MAIL_URL, "whatever").await;

    let shape = |verdict: &Verdict| verdict.0.replace(&trace(verdict).to_string(), "");
    assert_eq!(shape(&spent), shape(&invented));
    assert_eq!(shape(&invented), shape(&no_ticket));
    assert_eq!(
        explain(&server.app, trace(&invented))
            .await
            .expect("the database answers"),
        []
    );
}

#[tokio::test]
async fn a_refusal_after_sign_out_says_that_the_session_had_ended() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, COURSES_URL).await;
    browser.get("/logout").await.assert_status(200);

    let refused = browser.validate(COURSES_URL, &ticket).await;

    refused.assert_failure("INVALID_TICKET");
    let story = told(&server, &refused).await;
    assert!(story.contains("its session had ended"), "{story}");
}

#[tokio::test]
async fn where_stories_are_off_nothing_is_noted_and_no_trace_is_given() {
    let server = TestServer::with().set("retention.tickets", "off").start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    let refused = browser.validate(COURSES_URL, &ticket).await;
    let again = browser.validate(MAIL_URL, &ticket).await;

    refused.assert_failure("INVALID_SERVICE");
    again.assert_failure("INVALID_TICKET");
    assert!(!refused.0.contains("trace") && !again.0.contains("trace"));
    let noted = "SELECT coalesce(asked_from, presented_from, presented_as, replayed_from, 'nothing') AS line \
                 FROM service_tickets";
    assert_eq!(server.lines(noted).await, ["nothing"]);
}

/// Signs two people in, each to two services in turn, and one of them out again; then looks at the tickets one by one.
pub async fn old_tickets_are_looked_at_once(server: &TestServer) {
    let (stays, leaves) = (server.browser(), server.browser());
    stays.sign_in_to(CAMILLE, MAIL_URL).await;
    leaves.sign_in_to(CAMILLE, MAIL_URL).await;
    stays.visit(COURSES_URL).await;
    leaves.visit(COURSES_URL).await;
    leaves.get("/logout").await;
    let before = server.now() + Duration::days(1);

    let (mut reached, mut looked) = (Vec::new(), 0);
    while let Some(last) = server
        .app
        .db
        .write(move |conn| vestibule::store::tickets::sweep(conn, &reached, before, 1))
        .await
        .expect("a ticket is looked at")
    {
        reached = last;
        looked += 1;
    }

    assert_eq!(looked, 4, "one that is kept must not be looked at again");
    let left = server
        .lines("SELECT service AS line FROM service_tickets ORDER BY issued_at")
        .await;
    assert_eq!(left, [MAIL_URL, COURSES_URL]);
}

#[tokio::test]
async fn old_tickets_of_a_session_that_goes_on_are_kept_and_looked_at_once() {
    old_tickets_are_looked_at_once(&TestServer::start().await).await;
}
