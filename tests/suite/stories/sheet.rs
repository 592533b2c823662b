//! The credentials sheet: who may see it again, and for how long.

use chrono::Duration;

use crate::support::journeys::{ACTIVATE, PROPOSED, RECOVER};
use crate::support::people::{CODE, LOST, PENDING};
use crate::support::{Reply, TestServer};

/// Checks that a page shows nothing of the sheet.
fn assert_gone(page: &Reply) {
    assert_eq!(page.noted(), None);
    assert!(!page.body.contains("creds-password"), "{}", page.text());
}

#[tokio::test]
async fn s48_the_sheet_is_shown_again_for_ten_minutes_to_the_same_browser_only() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let noted = browser.activate(PENDING, &PROPOSED).await;

    server.wait(Duration::minutes(10) - Duration::seconds(1));
    assert_eq!(browser.get(ACTIVATE).await.noted(), Some(noted));
    assert_gone(&server.browser().get(ACTIVATE).await);
    assert_gone(&browser.get(RECOVER).await);

    server.wait(Duration::seconds(1));
    assert_gone(&browser.get(ACTIVATE).await);
}

#[tokio::test]
async fn s48_another_browser_with_another_cookie_sees_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.activate(PENDING, &PROPOSED).await;
    let thief = server.browser();

    for cookie in ["", "x", &"a".repeat(43)] {
        thief.plant("CASFLOW", cookie);
        assert_gone(&thief.get(ACTIVATE).await);
    }
}

#[tokio::test]
async fn s48_the_sheet_is_gone_once_it_was_noted() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let noted = browser.activate(PENDING, &PROPOSED).await;

    let hasty = browser.fill(ACTIVATE, &[]).await;
    hasty.assert_form_again(200, "puis cochez la case");
    assert_eq!(hasty.noted(), Some(noted), "the sheet is still there");
    let flow = browser.cookie("CASFLOW").unwrap();
    let done = browser.fill(ACTIVATE, &[("answer", "yes")]).await;

    done.assert_status(302);
    assert_eq!(done.location(), "/cas/login");
    assert_eq!(browser.cookie("CASFLOW"), None);
    browser.plant("CASFLOW", &flow);
    assert_gone(&browser.get(ACTIVATE).await);
}

#[tokio::test]
async fn s48_the_sheet_is_kept_by_no_cache_and_named_by_no_title() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.claim(PENDING).await;

    let sheet = browser.fill(ACTIVATE, &PROPOSED).await;

    let noted = sheet.noted().unwrap();
    assert!(sheet.header("cache-control").contains("no-store"));
    assert_eq!(sheet.header("referrer-policy"), "no-referrer");
    let title = sheet.texts("title").concat();
    for secret in [noted.login, noted.password.unwrap(), noted.code] {
        assert!(!title.contains(&secret), "{title}");
    }
}

#[tokio::test]
async fn s48_the_sheet_of_a_recovery_is_shown_again_as_well() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let noted = browser.recover(LOST, CODE, &PROPOSED).await;

    assert_eq!(browser.get(RECOVER).await.noted(), Some(noted));

    browser
        .fill(RECOVER, &[("answer", "yes")])
        .await
        .assert_status(302);
    assert_gone(&browser.get(RECOVER).await);
}

#[tokio::test]
async fn a_public_computer_is_warned_about_the_printer() {
    let server = TestServer::with()
        .set("throttle.public_computers", "127.0.0.0/8")
        .start()
        .await;
    let browser = server.browser();
    browser.claim(PENDING).await;

    browser
        .fill(ACTIVATE, &PROPOSED)
        .await
        .assert_says("reprenez la feuille à l’imprimante");
}
