//! The last seconds of a server.

use crate::support::TestServer;
use crate::support::people::CAMILLE;

#[tokio::test]
async fn a_server_about_to_stop_says_that_it_is_not_ready_and_serves_whoever_still_comes() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    browser.get("/health/ready").await.assert_status(200);

    server.app.drain();
    browser.get("/health/ready").await.assert_status(503);
    assert!(browser.is_in().await);
}
