//! Nodes of two versions on one database, the newer of which has changed the tables.

use crate::support::people::{CAMILLE, EMILE, MAIL_URL};
use crate::support::{Postgres, TestServer};

use super::away::until;
use super::start::refused;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_runs_while_a_newer_version_changes_the_tables_goes_on_and_is_refused_at_its_next_start()
{
    let postgres = Postgres::running();
    let address = postgres.database();
    let server = TestServer::with().set("database.url", &address).start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;

    let name = address.rsplit('/').next().unwrap();
    let change = "ALTER TABLE sessions ADD COLUMN of_a_later_version BIGINT NOT NULL DEFAULT 0;
                  INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    postgres.sql(name, change);

    until(&server, 200, "ready").await;
    let (service, newcomer) = (server.browser(), server.browser());
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
    let ticket = newcomer.sign_in_to(EMILE, MAIL_URL).await;
    service.validate(MAIL_URL, &ticket).await.assert_user(EMILE);
    refused(
        &address,
        "was written by a newer version of Vestibule (schema 20991231000000)",
    );
}
