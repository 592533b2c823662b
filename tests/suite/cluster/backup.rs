//! A dump of the database and the key file are all that a node needs.

use crate::support::people::{CAMILLE, MAIL_URL};
use crate::support::{Postgres, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_that_was_made_while_people_work_is_a_database_that_a_node_can_use() {
    let postgres = Postgres::running();
    let address = postgres.database();
    let server = TestServer::with().set("database.url", &address).start().await;
    let (browser, stranger) = (server.browser(), server.browser());
    let spent = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    stranger.validate(MAIL_URL, &spent).await.assert_user(CAMILLE);

    let restored = postgres.restored(address.rsplit('/').next().unwrap());

    let node = TestServer::with().joining(&restored).start().await;
    let moved = browser.at(&node.base);
    assert!(moved.is_in().await, "the session is in the dump");
    let again = node.browser().validate(MAIL_URL, &spent).await;
    again.assert_failure("INVALID_TICKET");
    node.execute("DELETE FROM sessions").await;
    assert!(!moved.is_in().await, "the guide says how to end it");
    let ticket = node.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    node.browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
}
