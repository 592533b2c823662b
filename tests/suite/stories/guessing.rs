//! Guessing birth dates: what one number, one address and the whole university may see of it.

use chrono::Duration;

use crate::support::journeys::{ACTIVATE, Card, PROPOSED};
use crate::support::people::{CODE, PENDING};
use crate::support::{Browser, Reply, TestServer};

const NO_MATCH: &str = "ne correspondent à aucun compte";
const CODE_ASKED: &str = "saisissez aussi le code";
const OTHER_CODE: &str = "22222-22222";

async fn behind_a_proxy() -> TestServer {
    TestServer::with()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .start()
        .await
}

fn at(server: &TestServer, place: usize) -> Browser {
    let address = format!("198.51.{}.{}", 100 + place / 200, place % 200);
    server.browser().with("x-forwarded-for", &address)
}

fn hours(reply: &Reply) -> i64 {
    let seconds: i64 = reply.header("retry-after").parse().expect("a number of seconds");
    seconds / 3_600
}

const WRONG: Card = (PENDING.0, ["1", "1", "2007"]);
const NOBODY: Card = ("29999999", ["1", "1", "2007"]);

#[tokio::test]
async fn s46_five_wrong_dates_a_day_close_a_number_from_everywhere_whether_or_not_it_exists() {
    let server = behind_a_proxy().await;
    let mut pages = Vec::new();

    for card in [WRONG, NOBODY] {
        for place in 0..5 {
            at(&server, place)
                .identify(ACTIVATE, card)
                .await
                .assert_identity_again(NO_MATCH);
        }
        let closed = at(&server, 9).identify(ACTIVATE, card).await;
        closed
            .assert_status(423)
            .assert_says("Trop d’essais")
            .assert_says("dans 24 h");
        assert_eq!(hours(&closed), 24);
        pages.push(closed.without_tokens(&[card.0]));
    }

    assert_eq!(pages[0], pages[1]);
    at(&server, 10)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(423);
    server.wait(Duration::hours(24));
    at(&server, 10)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn ten_wrong_dates_on_one_number_ask_for_its_code_however_long_ago_they_were() {
    let server = behind_a_proxy().await;
    for day in 0..2 {
        for place in 0..5 {
            at(&server, 10 * day + place)
                .identify(ACTIVATE, WRONG)
                .await
                .assert_identity_again(NO_MATCH);
        }
        server.wait(Duration::hours(25));
    }

    // Being asked forgives nothing, however often one asks.
    for place in 0..7 {
        at(&server, place)
            .identify(ACTIVATE, PENDING)
            .await
            .assert_identity_again(CODE_ASKED);
    }

    at(&server, 30)
        .identify_with(PENDING, CODE)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn being_asked_for_the_code_gives_no_wrong_code_back() {
    let server = TestServer::with()
        .set("activation.code", "adaptive")
        .start()
        .await;
    let partial = ("22601235", ["00", "00", "2004"]);
    let browser = server.browser();

    for _ in 0..4 {
        browser
            .identify(ACTIVATE, partial)
            .await
            .assert_identity_again(CODE_ASKED);
        browser
            .identify_with(partial, OTHER_CODE)
            .await
            .assert_identity_again(NO_MATCH);
    }
    browser
        .identify_with(partial, OTHER_CODE)
        .await
        .assert_identity_again(NO_MATCH);

    browser
        .identify(ACTIVATE, partial)
        .await
        .assert_identity_again(CODE_ASKED);
    browser.identify_with(partial, CODE).await.assert_status(423);
}

#[tokio::test]
async fn s47_eight_wrong_dates_an_hour_stop_an_address() {
    let server = behind_a_proxy().await;
    for number in 0..8 {
        let card = (
            ["22601234", "29999998", "29999997"][number % 3],
            ["1", "1", "2007"],
        );
        at(&server, 1)
            .identify(ACTIVATE, card)
            .await
            .assert_identity_again(NO_MATCH);
    }

    let stopped = at(&server, 1).identify(ACTIVATE, PENDING).await;

    stopped.assert_status(429);
    assert_eq!(hours(&stopped), 1);
    at(&server, 2)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
    server.wait(Duration::hours(1));
    at(&server, 1)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
}

const NUMBERS: [&str; 10] = [
    "29999990", "29999991", "29999992", "29999993", "29999994", "29999995", "29999996", "29999997",
    "29999998", "29999999",
];

#[tokio::test]
async fn s47_one_date_on_each_of_six_numbers_stops_an_address_for_an_hour() {
    let server = behind_a_proxy().await;
    for number in &NUMBERS[..6] {
        at(&server, 1)
            .identify(ACTIVATE, (number, ["1", "1", "2007"]))
            .await
            .assert_identity_again(NO_MATCH);
    }
    server.wait(Duration::seconds(3));

    at(&server, 1)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(429);
    at(&server, 2)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
}

/// One wrong date on each of many numbers, each from another place.
async fn guess(server: &TestServer, times: usize) {
    for place in 0..times {
        let card = (NUMBERS[place % 10], ["1", "1", "2007"]);
        at(server, place)
            .identify_with(card, OTHER_CODE)
            .await
            .assert_identity_again(NO_MATCH);
        if place % 40 == 39 {
            // Five a day and a number: the next ones are of the next day, but of the same tide.
            server
                .execute("DELETE FROM throttles WHERE ledger LIKE '{\"f\"%'")
                .await;
        }
    }
}

#[tokio::test]
async fn s47_a_tide_of_wrong_dates_asks_everybody_for_the_code_for_a_day() {
    let server = behind_a_proxy().await;
    guess(&server, 19).await;
    at(&server, 190)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);

    guess(&server, 4).await;

    assert_eq!(server.browser().get(ACTIVATE).await.count("input[name=code]"), 1);
    let asked = at(&server, 191).identify(ACTIVATE, PENDING).await;
    asked.assert_identity_again("Saisissez le code");
    at(&server, 191)
        .identify_with(PENDING, CODE)
        .await
        .assert_status(302);
    let alarms = server
        .lines("SELECT detail AS line FROM audit WHERE event = 'activation_tide'")
        .await;
    assert_eq!(alarms, ["{\"level\":\"code_required\"}"]);

    server.wait(Duration::hours(24));
    assert_eq!(server.browser().get(ACTIVATE).await.count("input[name=code]"), 0);
    at(&server, 192)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn s47_one_card_shown_again_and_again_hides_no_wrong_dates() {
    let server = behind_a_proxy().await;
    for _ in 0..100 {
        at(&server, 190)
            .identify(ACTIVATE, PENDING)
            .await
            .assert_status(302);
    }

    guess(&server, 20).await;

    assert_eq!(server.browser().get(ACTIVATE).await.count("input[name=code]"), 1);
}

#[tokio::test]
async fn an_account_that_was_opened_is_a_try_that_was_right() {
    let server = behind_a_proxy().await;
    guess(&server, 2).await;

    at(&server, 190).activate(PENDING, &PROPOSED).await;

    let tides = server
        .lines("SELECT ledger AS line FROM throttles WHERE ledger LIKE '{\"b\"%'")
        .await;
    assert_eq!(tides.len(), 1, "{tides:?}");
    assert!(tides[0].contains("\"t\":3,\"f\":2"), "{tides:?}");
}

#[tokio::test]
async fn s46_a_made_up_code_buys_no_more_dates() {
    let server = behind_a_proxy().await;

    at(&server, 1)
        .identify_with(PENDING, OTHER_CODE)
        .await
        .assert_identity_again(NO_MATCH);

    at(&server, 1)
        .identify_with(PENDING, CODE)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn s47_three_times_as_many_close_the_way_without_a_code_for_good() {
    let server = behind_a_proxy().await;

    guess(&server, 60).await;
    server.wait(Duration::days(30));

    at(&server, 191)
        .identify(ACTIVATE, PENDING)
        .await
        .assert_identity_again("Saisissez le code");
    at(&server, 191)
        .identify_with(PENDING, CODE)
        .await
        .assert_status(302);
    let alarms = server
        .lines("SELECT detail AS line FROM audit WHERE event = 'activation_tide' ORDER BY rowid")
        .await;
    assert_eq!(
        alarms,
        ["{\"level\":\"code_required\"}", "{\"level\":\"closed\"}"]
    );
}
