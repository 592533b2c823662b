//! The same store and the same stories on PostgreSQL.

use crate::races;
use crate::store::refuses_changes_to_the_audit;
use crate::support::database::{Bare, columns, declared, execute, indexes};
use crate::support::{Postgres, TestServer};
use vestibule::store::{Database, StoreError, Target, migrate};

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let (here, there) = (Bare::sqlite(), Bare::postgres());

    let columns_there = there.db.read(columns).await.unwrap();
    assert_eq!(columns_there, here.db.read(columns).await.unwrap());
    assert_eq!(columns_there, declared());
    assert_eq!(
        there.db.read(indexes).await.unwrap(),
        here.db.read(indexes).await.unwrap()
    );
}

#[tokio::test]
async fn the_migrations_go_up_and_down_and_up_again_on_postgres() {
    let bare = Bare::postgres();
    let before = bare
        .db
        .read(|conn| Ok((columns(conn)?, indexes(conn)?)))
        .await
        .unwrap();

    bare.db.write(migrate::take_down).await.unwrap();
    let between = bare.db.read(columns).await.unwrap();
    bare.db.write(migrate::bring_up_to_date).await.unwrap();

    assert_eq!(between, Vec::<String>::new());
    let after = bare
        .db
        .read(|conn| Ok((columns(conn)?, indexes(conn)?)))
        .await
        .unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn s81_the_audit_is_added_to_and_never_changed_on_postgres() {
    refuses_changes_to_the_audit(&Bare::postgres()).await;
}

#[tokio::test]
async fn s81_the_audit_is_never_emptied_on_postgres() {
    let bare = Bare::postgres();

    let refused = bare.db.write(|conn| execute(conn, "TRUNCATE audit")).await;

    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}

#[test]
fn a_postgres_server_that_is_away_is_refused_in_one_line_without_its_password() {
    let target: Target = "postgres://cas:s3cret@%2Fnowhere/vestibule?sslmode=disable"
        .parse()
        .unwrap();

    let line = Database::open(target, 1).err().unwrap().to_string();

    assert!(
        line.starts_with("the database vestibule on PostgreSQL cannot be opened: "),
        "{line}"
    );
    assert!(!line.contains("s3cret") && !line.contains('\n'), "{line}");
}

async fn server() -> TestServer {
    TestServer::with()
        .on_postgres(&Postgres::running())
        .set("server.workers", "4")
        .set("database.readers", "4")
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_of_sixteen_that_present_a_ticket_one_is_let_in_on_postgres() {
    races::one_ticket_opens_once(&server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s22_of_sixteen_that_send_one_form_one_is_signed_in_on_postgres() {
    races::one_form_signs_in_once(&server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s42_of_sixteen_guesses_at_once_no_more_are_judged_than_one_after_another_on_postgres() {
    races::no_more_guesses_than_one_after_another(&server().await).await;
}
