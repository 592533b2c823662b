//! Too many tries: who waits, how long, and who does not.

use chrono::Duration;

use crate::support::people::{CAMILLE, EMILE};
use crate::support::{Browser, Reply, TestServer};

/// A server behind a proxy that tells where people are.
async fn behind_a_proxy() -> TestServer {
    TestServer::with()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .start()
        .await
}

fn at(server: &TestServer, address: &str) -> Browser {
    server.browser().with("x-forwarded-for", address)
}

fn seconds(reply: &Reply) -> i64 {
    reply.header("retry-after").parse().expect("a number of seconds")
}

#[tokio::test]
async fn s41_four_wrong_passwords_are_free_and_then_the_wait_grows_to_half_an_hour() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for _ in 0..4 {
        browser.fail(CAMILLE).await.assert_status(401);
    }

    for minutes in [1, 2, 4, 8, 15, 30, 30, 30] {
        let early = browser.try_in(CAMILLE).await;
        early
            .assert_status(423)
            .assert_says(&format!("dans {minutes} min"));
        assert_eq!(seconds(&early), minutes * 60);
        assert_eq!(early.count("form"), 0, "no form to try again with");
        assert_eq!(early.count("a[href$='/account/recover']"), 1);
        server.wait(Duration::minutes(minutes) - Duration::seconds(1));
        browser.try_in(CAMILLE).await.assert_status(423);
        server.wait(Duration::seconds(1));
        browser.fail(CAMILLE).await.assert_status(401);
    }
}

#[tokio::test]
async fn s41_after_twenty_five_wrong_passwords_the_day_is_over_and_the_next_begins() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let begun = server.now();
    for _ in 0..25 {
        browser.fail(CAMILLE).await.assert_status(401);
        server.wait(Duration::minutes(30));
    }

    let over = browser.try_in(CAMILLE).await;
    over.assert_status(423).assert_says("Réessayez demain");
    assert_eq!(
        server.now() + Duration::seconds(seconds(&over)),
        begun + Duration::hours(24)
    );
    server.wait(Duration::seconds(seconds(&over)));

    browser.try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn s42_a_right_password_gives_the_tries_back() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for _ in 0..3 {
        browser.fail(CAMILLE).await.assert_status(401);
    }
    browser.try_in(CAMILLE).await.assert_status(302);
    browser.forget();

    for _ in 0..4 {
        browser.fail(CAMILLE).await.assert_status(401);
    }

    browser.fail(CAMILLE).await.assert_status(423);
}

#[tokio::test]
async fn a_success_does_not_forgive_the_guesses_made_from_elsewhere() {
    let server = behind_a_proxy().await;
    for _ in 0..4 {
        at(&server, "198.51.100.9").fail(CAMILLE).await.assert_status(401);
    }
    server.wait(Duration::minutes(1));

    at(&server, "203.0.113.7")
        .try_in(CAMILLE)
        .await
        .assert_status(302);

    at(&server, "198.51.100.9").fail(CAMILLE).await.assert_status(401);
    let waiting = at(&server, "198.51.100.9").fail(CAMILLE).await;
    waiting.assert_status(423);
    assert_eq!(seconds(&waiting), 120, "the fifth failure, not the first");
}

#[tokio::test]
async fn s44_a_stranger_does_not_lock_the_owner_out_of_a_browser_they_know() {
    let server = behind_a_proxy().await;
    let own = at(&server, "203.0.113.7");
    own.sign_in(CAMILLE).await;
    let stranger = at(&server, "198.51.100.9");
    for _ in 0..4 {
        stranger.fail(CAMILLE).await.assert_status(401);
    }
    stranger.fail(CAMILLE).await.assert_status(423);

    let page = own.get("/login?renew=true").await;
    let reply = own
        .submit(
            &page,
            "/login",
            &[
                ("username", CAMILLE),
                ("password", crate::support::people::PASSWORD),
            ],
        )
        .await;

    reply.assert_status(302);
    at(&server, "203.0.113.8")
        .try_in(CAMILLE)
        .await
        .assert_status(423);
}

#[tokio::test]
async fn s44_a_known_browser_has_ten_tries_a_day_of_its_own_and_for_its_owner_only() {
    let server = TestServer::start().await;
    let own = server.browser();
    own.sign_in(CAMILLE).await;
    let device = own.cookie("CASDEVICE").unwrap();
    let guesser = server.browser();
    guesser.plant("CASDEVICE", &device);

    for _ in 0..10 {
        guesser.fail(CAMILLE).await.assert_status(401);
    }
    guesser.fail(CAMILLE).await.assert_status(423);

    for _ in 0..4 {
        guesser.fail(EMILE).await.assert_status(401);
    }
    guesser.fail(EMILE).await.assert_status(423);
}

#[tokio::test]
async fn s44_a_device_cookie_with_another_signature_is_nobodys() {
    let server = TestServer::start().await;
    let own = server.browser();
    own.sign_in(CAMILLE).await;
    let device = own.cookie("CASDEVICE").unwrap();
    let guesser = server.browser();
    guesser.plant("CASDEVICE", &device.replace('.', ".1"));

    for _ in 0..4 {
        guesser.fail(CAMILLE).await.assert_status(401);
    }

    guesser.fail(CAMILLE).await.assert_status(423);
}

#[tokio::test]
async fn s41_thirty_failures_from_one_address_stop_it_and_no_other() {
    let server = behind_a_proxy().await;
    let mut logins = (0..10).map(|number| format!("login{number}")).cycle();
    for _ in 0..30 {
        at(&server, "198.51.100.9")
            .fail(&logins.next().unwrap())
            .await
            .assert_status(401);
    }

    let stopped = at(&server, "198.51.100.9").try_in(CAMILLE).await;

    stopped.assert_status(429);
    assert_eq!(seconds(&stopped), 300);
    at(&server, "198.51.100.10")
        .try_in(CAMILLE)
        .await
        .assert_status(302);
    server.wait(Duration::minutes(5));
    at(&server, "198.51.100.9")
        .try_in(CAMILLE)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn s41_one_students_mistakes_do_not_stop_their_neighbours() {
    let server = behind_a_proxy().await;
    for _ in 0..8 {
        at(&server, "198.51.100.9").fail(CAMILLE).await;
    }

    at(&server, "198.51.100.9").try_in(EMILE).await.assert_status(302);
}

#[tokio::test]
async fn s41_one_guess_on_each_of_fifteen_logins_blocks_the_address_for_a_quarter_of_an_hour() {
    let server = behind_a_proxy().await;
    for number in 0..15 {
        at(&server, "198.51.100.9")
            .fail(&format!("login{number}"))
            .await
            .assert_status(401);
    }
    server.wait(Duration::seconds(3));

    let stopped = at(&server, "198.51.100.9").try_in(CAMILLE).await;

    stopped.assert_status(429);
    assert_eq!(seconds(&stopped), 15 * 60 - 3);
    server.wait(Duration::seconds(15 * 60 - 3));
    at(&server, "198.51.100.9")
        .try_in(CAMILLE)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn a_campus_network_may_fail_ten_times_as_often() {
    let server = TestServer::with()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .set("throttle.campus_networks", "198.51.100.0/24")
        .start()
        .await;
    for number in 0..40 {
        at(&server, "198.51.100.9")
            .fail(&format!("login{number}"))
            .await
            .assert_status(401);
    }
    server.wait(Duration::seconds(3));

    at(&server, "198.51.100.9")
        .try_in(CAMILLE)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn s45_an_ipv6_subscriber_has_one_budget_for_all_their_addresses() {
    let server = behind_a_proxy().await;
    let mut logins = (0..10).map(|number| format!("login{number}")).cycle();
    for number in 0..30 {
        let address = format!("2001:db8:1:2::{number:x}");
        at(&server, &address)
            .fail(&logins.next().unwrap())
            .await
            .assert_status(401);
    }

    at(&server, "2001:db8:1:2:ffff::1")
        .try_in(CAMILLE)
        .await
        .assert_status(429);
    at(&server, "2001:db8:1:3::1")
        .try_in(CAMILLE)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn s45_a_forwarded_address_counts_only_from_a_trusted_proxy() {
    let server = TestServer::start().await;
    let mut logins = (0..10).map(|number| format!("login{number}")).cycle();
    for number in 0..30 {
        let pretended = format!("198.51.100.{number}");
        at(&server, &pretended)
            .fail(&logins.next().unwrap())
            .await
            .assert_status(401);
    }

    at(&server, "203.0.113.99")
        .try_in(CAMILLE)
        .await
        .assert_status(429);
}

#[tokio::test]
async fn s84_a_clock_set_back_locks_nobody_out_for_longer_than_the_wait() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for _ in 0..4 {
        browser.fail(CAMILLE).await.assert_status(401);
    }

    server.wait(Duration::hours(-6));

    let waiting = browser.fail(CAMILLE).await;
    waiting.assert_status(423);
    assert!(seconds(&waiting) <= 60, "{}", seconds(&waiting));
}

#[tokio::test]
async fn a_throttled_try_is_in_the_audit_and_no_password_was_looked_at() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for _ in 0..4 {
        browser.fail(CAMILLE).await;
    }

    browser.try_in(CAMILLE).await.assert_status(423);

    assert_eq!(server.events().await[0], "throttled");
}
