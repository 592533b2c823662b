//! Makes what is kept of a version: see `tests/data/schemas/README.md`.

use std::fs;
use std::path::Path;

use crate::support::callback::Answer;
use crate::support::journeys::PROPOSED;
use crate::support::notices::registered;
use crate::support::people::{CAMILLE, EMILE, LOST, MAIL_URL, PENDING};
use crate::support::proxies::Proxies;
use crate::support::{Postgres, TestServer};

/// A service that never hears of a sign-out.
const DEAF: &str = "http://127.0.0.1:9/";

/// Makes the folder of this version: a database on each engine, with the cookie of a session and a spent ticket.
pub async fn keep(version: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/schemas")
        .join(version);
    fs::create_dir_all(&folder).expect("the folder is made");

    let deaf = registered("deaf", DEAF, "");
    let here = Proxies::on(TestServer::with().service(&deaf), &[Answer::Status(200)]).await;
    let words = live(&here).await;
    fs::write(folder.join("sqlite.words"), words).expect("a file");
    let file = folder.join("vestibule.db");
    let _ = fs::remove_file(&file);
    let mut beside: diesel::SqliteConnection =
        diesel::Connection::establish(&here.server.database().to_string_lossy()).expect("the database");
    diesel::connection::SimpleConnection::batch_execute(
        &mut beside,
        &format!("VACUUM INTO '{}'", file.display()),
    )
    .expect("a copy");

    let postgres = Postgres::running();
    let setup = TestServer::with().on_postgres(&postgres).service(&deaf);
    let there = Proxies::on(setup, &[Answer::Status(200)]).await;
    let words = live(&there).await;
    fs::write(folder.join("postgres.words"), words).expect("a file");
    let name = there.server.lines("SELECT current_database() AS line").await;
    fs::write(folder.join("postgres.sql"), postgres.dump(&name[0])).expect("a file");
}

/// Something happens in every table. Answers the cookie of somebody who stays, and a ticket that was presented.
async fn live(proxies: &Proxies) -> String {
    let server = &proxies.server;
    let stays = server.browser();
    let ticket = stays.sign_in_to(CAMILLE, MAIL_URL).await;
    server
        .browser()
        .validate(MAIL_URL, &ticket)
        .await
        .assert_user(CAMILLE);
    proxies.grant(&stays).await;
    let leaves = server.browser();
    leaves.sign_in(EMILE).await;
    let deaf = leaves.visit(DEAF).await;
    server.browser().validate(DEAF, &deaf).await.assert_user(EMILE);
    leaves.get("/logout").await;
    server.browser().fail(EMILE).await;
    server.browser().activate(PENDING, &PROPOSED).await;
    server.browser().identify("/account/recover", LOST).await;
    format!(
        "{}\n{ticket}\n",
        stays.cookie("TGC").expect("somebody is signed in")
    )
}
