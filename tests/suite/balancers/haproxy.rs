//! HAProxy in front of two nodes, which it asks whether they are ready.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::house::House;
use super::{data, stories};
use crate::rolling::campus::{login, password};
use crate::rolling::chain::Visitor;
use crate::support::process::{Process, needs};

const PROGRAM: &str = "/usr/sbin/haproxy";

fn start(folder: &Path, file: &str) -> Process {
    needs(PROGRAM, "haproxy");
    let path = folder.join("haproxy.cfg");
    fs::write(&path, data("haproxy.cfg") + file).expect("the folder can be written");
    let mut command = Command::new(PROGRAM);
    // Its master says when the worker has taken hold of the port.
    command.args(["-W", "-db", "-f"]).arg(path);
    Process::start(command, "Loading success")
}

fn house() -> House {
    House::with("haproxy.cfg", start)
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_haproxy_both_nodes_take_part() {
    stories::both_nodes_take_part(&house()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_behind_haproxy_its_word_counts_for_who_comes_and_no_clients() {
    stories::the_balancer_says_who_comes(&house()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_haproxy_one_node_is_enough() {
    stories::one_node_is_enough(house()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_haproxy_a_node_leaves_and_nobody_notices() {
    stories::a_node_leaves(house()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_sends_nobody_to_a_node_that_leaves_once_it_has_noticed() {
    let mut house = house();
    house.campus.signal(0, "TERM");
    house.balancer.printed("Server vestibule/one is DOWN");

    house.somebody_works("127.0.0.9", 10).await;

    house.campus.printed(1, "127.0.0.9");
    let came = |line: &String| line.contains("127.0.0.9");
    house.campus.signal(0, "TERM");
    let lines = house.campus.last_lines(0);
    assert!(!lines.iter().any(came), "{lines:#?}");
    house.campus.up(0);
    house.balancer.printed("Server vestibule/one is UP");
    house.somebody_works("127.0.0.8", 10).await;
    house.campus.printed(0, "127.0.0.8");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_people_hear_it_from_a_node_and_not_from_haproxy() {
    let house = house();
    let (client, front) = (house.client("127.0.0.1"), house.front("127.0.0.1"));
    let signing_in = Visitor::sign_in(&front, &login(0), password()).await;
    let (somebody, _) = signing_in.expect("a session");
    let get = async |path: &str| {
        let asking = client.get(format!("{}{path}", house.origin()));
        let asked = asking.header("cookie", &somebody.cookies).send().await;
        asked.expect("an answer")
    };
    house.campus.postgres.down();
    house
        .balancer
        .printed("backend 'vestibule' has no server available");

    let page = get("/cas/login").await;
    assert_eq!(page.status(), 503);
    assert_eq!(page.headers()["retry-after"], "5");
    assert!(page.text().await.expect("text").contains("<html lang"));
    let verdict = get("/cas/p3/serviceValidate?service=https%3A%2F%2Fmail.univ.example%2F&ticket=ST-1").await;
    assert!(verdict.text().await.expect("text").contains("INTERNAL_ERROR"));

    house.campus.postgres.up();
    house.balancer.printed("Server vestibule/two is UP");
    somebody.visit(&front).await.expect("a visit");
}
