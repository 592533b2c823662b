//! A change to the registered services by another process.

use vestibule::store::{self, Database, Target};

use crate::support::TestServer;
use crate::support::browser::encode;
use crate::support::people::CAMILLE;

const LIBRARY: &str = "https://bu.univ.example/";

#[tokio::test]
async fn a_service_registered_by_another_process_is_known_at_the_next_look() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let path = format!("/login?service={}", encode(LIBRARY));
    browser.get(&path).await.assert_status(403);

    let other = Database::open(Target::Sqlite(server.database()), 1).unwrap();
    let now = server.now();
    let library =
        r#"{"key":"library","name":{"fr":"Bibliothèque","en":"Library"},"url":"https://bu.univ.example/"}"#;
    other
        .write(move |conn| store::services::put(conn, "library", library, now))
        .await
        .unwrap();
    server.app.refresh_catalogue().await.unwrap();

    let ticket = browser.visit(LIBRARY).await;
    server
        .browser()
        .validate(LIBRARY, &ticket)
        .await
        .assert_user(CAMILLE);

    other
        .write(|conn| store::services::remove(conn, "library"))
        .await
        .unwrap();
    server.app.refresh_catalogue().await.unwrap();
    browser.get(&path).await.assert_status(403);
}

#[tokio::test]
async fn a_definition_that_cannot_be_read_leaves_the_services_as_they_were() {
    let server = TestServer::start().await;
    let now = server.now();
    server
        .app
        .db
        .write(move |conn| store::services::put(conn, "mail", "{\"key\":\"mail\"", now))
        .await
        .unwrap();

    server.app.refresh_catalogue().await.unwrap();

    server
        .browser()
        .sign_in_to(CAMILLE, crate::support::people::MAIL_URL)
        .await;
}
