//! The database answers, but has no room for another connection, or takes its time.

use futures_util::future::join_all;

use super::away::{nobody_is_served, until};
use crate::support::people::{CAMILLE, MAIL_URL};
use crate::support::{Postgres, TestServer};

/// Visits at once.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_at_its_connection_limit_serves_nobody_until_there_is_room() {
    let postgres = Postgres::alone("-c listen_addresses=");
    let address = postgres.database();
    let name = address.rsplit('/').next().expect("a name");
    postgres.sql(
        name,
        &format!("CREATE ROLE app LOGIN; ALTER DATABASE {name} OWNER TO app"),
    );
    let address = address.replace("//postgres@", "//app@");
    let server = TestServer::with().set("database.url", &address).start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    until(&server, 200, "ready").await;

    // As if others had taken what there is: no administrator is kept out.
    postgres.sql(name, "ALTER ROLE app CONNECTION LIMIT 0");
    postgres.sql(
        name,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    );
    until(&server, 503, "the database does not answer").await;
    nobody_is_served(&server, &ticket).await;
    postgres.sql(name, "ALTER ROLE app CONNECTION LIMIT -1");
    until(&server, 200, "ready").await;

    let service = server.browser();
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_database_makes_people_wait_and_nobody_is_refused_or_let_in_twice() {
    let server = TestServer::with().on_postgres(&Postgres::running()).start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    server
        .execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN PERFORM pg_sleep_for(''400 ms''); RETURN NULL; END';
             CREATE TRIGGER slow AFTER INSERT OR UPDATE ON service_tickets
                 FOR EACH STATEMENT EXECUTE FUNCTION slow()",
        )
        .await;

    let visits = (0..AT_ONCE).map(|_| async {
        let ticket = browser.visit(MAIL_URL).await;
        let services = [server.browser(), server.browser()];
        join_all(services.iter().map(|service| service.validate(MAIL_URL, &ticket))).await
    });
    let verdicts = join_all(visits).await;

    for of_one in verdicts {
        let let_in = of_one.iter().filter(|verdict| verdict.is_success()).count();
        assert_eq!(let_in, 1, "{of_one:?}");
    }
    until(&server, 200, "ready").await;
}
