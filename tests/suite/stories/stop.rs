//! The end of a server.

use crate::support::TestServer;
use crate::support::people::CAMILLE;

#[tokio::test]
async fn a_server_that_stops_says_that_it_is_not_ready_and_then_answers_nobody() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    browser.get("/health/ready").await.assert_status(200);

    server.app.drain();
    browser.get("/health/ready").await.assert_status(503);
    assert!(browser.is_in().await, "whoever still comes is served");
    let address = server.base.replace("http://", "").replace("/cas", "");
    server.stop().await;

    assert!(std::net::TcpStream::connect(address).is_err());
}
