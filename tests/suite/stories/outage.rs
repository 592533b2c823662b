//! The database cannot be written for a while: nobody is told that something was done, and it passes by itself.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use futures_util::future::join3;

use crate::support::TestServer;
use crate::support::people::{CAMILLE, EMILE, MAIL_URL, PASSWORD};

#[tokio::test]
async fn while_somebody_else_holds_the_database_people_are_told_to_come_back_and_services_get_a_failure() {
    let server = TestServer::with_rest().start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let (browser, service) = (server.browser(), server.browser());
    let form = browser.get("/login").await;
    let mut other =
        SqliteConnection::establish(server.database().to_str().expect("a path")).expect("a connection");
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");

    let fields = [("username", EMILE), ("password", PASSWORD)];
    let program = server.program();
    let (page, verdict, refused) = join3(
        browser.submit(&form, "/login", &fields),
        service.validate(MAIL_URL, &ticket),
        program.present("/v1/tickets", EMILE, PASSWORD),
    )
    .await;

    page.assert_status(503);
    assert_eq!(page.header("retry-after"), "5");
    assert!(page.cookies("TGC").is_empty());
    verdict.assert_failure("INTERNAL_ERROR");
    refused.assert_status(503);
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(
        (refused.location(), &*refused.body),
        ("", "the server cannot answer just now")
    );
    browser.get("/login").await.assert_status(200);

    other.batch_execute("ROLLBACK").expect("the lock is given back");
    // The ticket was not spent by what could not be written.
    let verdict = service.validate(MAIL_URL, &ticket).await;
    verdict.assert_user(CAMILLE);
    browser.submit(&form, "/login", &fields).await.assert_status(302);
}
