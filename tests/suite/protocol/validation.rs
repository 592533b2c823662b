//! Validation: section 9 of the protocol.

use crate::support::TestServer;
use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL};

#[tokio::test]
async fn t3_a_ticket_opens_one_door_once() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    let service = server.browser();
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
    service
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");

    assert_eq!(
        server.events().await.first().map(String::as_str),
        Some("ticket_replayed")
    );
}

#[tokio::test]
async fn v1_a_ticket_for_another_service_is_refused_and_spent() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    let service = server.browser();
    service
        .validate(COURSES_URL, &ticket)
        .await
        .assert_failure("INVALID_SERVICE");
    service
        .validate(MAIL_URL, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
}
