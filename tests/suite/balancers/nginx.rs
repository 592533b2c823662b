//! nginx in front of two nodes.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::house::House;
use super::{data, is_root, stories};
use crate::clients::world::fill;
use crate::support::process::{Process, needs};

const PROGRAM: &str = "/usr/sbin/nginx";

fn start(folder: &Path, file: &str) -> Process {
    needs(PROGRAM, "nginx-light");
    fs::write(folder.join("vestibule.conf"), file).expect("the folder can be written");
    let place = folder.display().to_string();
    // Started by root, its workers become somebody else.
    let user = if is_root() { "user www-data;" } else { "" };
    let whole = fill(&data("nginx.conf"), &[("FOLDER", &place), ("USER", user)]);
    let path = folder.join("nginx.conf");
    fs::write(&path, whole).expect("the folder can be written");
    let mut command = Command::new(PROGRAM);
    command
        .arg("-e")
        .arg("stderr")
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(path);
    Process::start(command, "start worker process")
}

fn house() -> House {
    House::with("nginx.conf", start)
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_both_nodes_take_part() {
    stories::both_nodes_take_part(&house()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h6_behind_nginx_its_word_counts_for_who_comes_and_no_clients() {
    stories::the_balancer_says_who_comes(&house()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_one_node_is_enough() {
    stories::one_node_is_enough(house()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_a_node_leaves_and_nobody_notices() {
    stories::a_node_leaves(house()).await;
}
