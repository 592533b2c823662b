//! The machine's clock is set, by an hour or a day, in either direction, while people work.

use chrono::Duration;

use crate::support::TestServer;
use crate::support::people::{CAMILLE, EMILE, MAIL_URL};

/// By how much it is set.
fn steps() -> [Duration; 4] {
    [
        Duration::hours(-1),
        Duration::days(-1),
        Duration::hours(1),
        Duration::days(1),
    ]
}

/// How far the clock has to go before it shows again what it showed before the step.
fn back_to_before(step: Duration) -> Duration {
    (-step).max(Duration::zero())
}

#[tokio::test]
async fn everybody_works_on_after_the_clock_was_set() {
    for step in steps() {
        let server = TestServer::start().await;
        let before = server.browser();
        before.sign_in_to(CAMILLE, MAIL_URL).await;
        let form = before.get("/login?renew=true").await;

        server.wait(step);

        server.browser().get("/health/ready").await.assert_status(200);
        let ticket = server.browser().sign_in_to(EMILE, MAIL_URL).await;
        server
            .browser()
            .validate(MAIL_URL, &ticket)
            .await
            .assert_user(EMILE);
        // A form from another time is shown again at worst.
        let again = before
            .submit(&form, "/login?renew=true", &[("username", CAMILLE)])
            .await;
        assert!(again.status < 500, "{step}: {}", again.text());
        server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    }
}

#[tokio::test]
async fn a_ticket_lives_no_longer_than_its_limit_and_the_step() {
    for step in steps() {
        let server = TestServer::start().await;
        let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

        server.wait(step);
        server.wait(back_to_before(step) + server.app.config.service_ticket + Duration::seconds(1));

        let refused = server.browser().validate(MAIL_URL, &ticket).await;
        refused.assert_failure("INVALID_TICKET");
    }
}

#[tokio::test]
async fn a_session_lives_no_longer_than_its_limits_and_the_step() {
    for step in steps() {
        let server = TestServer::start().await;
        let (idle, busy) = (server.browser(), server.browser());
        idle.sign_in(CAMILLE).await;
        busy.sign_in(EMILE).await;
        let rules = &server.app.config.sessions.private;

        server.wait(step);
        server.wait(back_to_before(step) + rules.idle + Duration::seconds(1));
        assert!(!idle.is_in().await, "{step}: idle for longer than allowed");
        busy.is_in().await;
        server.wait(rules.absolute - rules.idle);

        assert!(!busy.is_in().await, "{step}: longer than any session");
    }
}

#[tokio::test]
async fn whoever_has_to_wait_waits_as_long_again_when_the_clock_is_set_back() {
    for step in [Duration::hours(-1), Duration::days(-1)] {
        let server = TestServer::start().await;
        let browser = server.browser();
        for _ in 0..4 {
            browser.fail(CAMILLE).await.assert_status(401);
        }
        server.wait(Duration::seconds(50));

        server.wait(step);

        browser.try_in(CAMILLE).await.assert_status(423);
        server.wait(Duration::seconds(59));
        browser.try_in(CAMILLE).await.assert_status(423);
        server.wait(Duration::seconds(1));
        browser.try_in(CAMILLE).await.assert_status(302);
    }
}

#[tokio::test]
async fn wrong_passwords_still_count_when_the_clock_is_set_an_hour_forward() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for _ in 0..4 {
        browser.fail(CAMILLE).await.assert_status(401);
    }

    server.wait(Duration::hours(1));
    browser.fail(CAMILLE).await.assert_status(401);

    // The fifth in a row makes wait at once, where four were needed before.
    browser.try_in(CAMILLE).await.assert_status(423);
}
