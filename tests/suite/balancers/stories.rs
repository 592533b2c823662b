//! What has to be so behind any balancer.

use super::house::House;

/// Work is shared by the nodes: with two that take turns, one sends people on and the other validates their tickets.
pub async fn both_nodes_take_part(house: &House) {
    house.somebody_works("127.0.0.9", 10).await;

    for node in [0, 1] {
        house.campus.printed(node, "\"address\":\"127.0.0.9\"");
    }
}

/// A node knows the client's address from the balancer, and from nobody else.
pub async fn the_balancer_says_who_comes(house: &House) {
    let client = house.client("127.0.0.9");
    for _ in 0..4 {
        let asked = client
            .get(format!("{}/cas/login", house.origin()))
            .header("x-forwarded-for", "203.0.113.7")
            .send()
            .await;
        assert_eq!(asked.expect("an answer").status(), 200);
    }

    for node in [0, 1] {
        house.campus.printed(node, "\"address\":\"127.0.0.9\"");
        let lines = house.campus.lines(node).concat();
        assert!(!lines.contains("203.0.113.7"), "{lines}");
    }
}

/// A node is killed, is used again when it is back, and then the other is killed.
pub async fn one_node_is_enough(mut house: House) {
    house.campus.signal(0, "KILL");
    house.campus.ended(0);
    house.somebody_works("127.0.0.1", 10).await;

    house.campus.up(0);
    let is_used = |house: &House| house.campus.lines(0).concat().contains("127.0.0.9");
    while !is_used(&house) {
        house.somebody_works("127.0.0.9", 4).await;
    }
    house.campus.signal(1, "KILL");
    house.campus.ended(1);
    house.somebody_works("127.0.0.1", 10).await;
}

/// A node that leaves is there until its door closes, and nobody notices when it does.
pub async fn a_node_leaves(mut house: House) {
    house.somebody_works("127.0.0.1", 4).await;
    house.campus.signal(0, "TERM");
    house.campus.printed(0, "leaving");
    house.somebody_works("127.0.0.1", 10).await;

    house.campus.signal(0, "TERM");
    assert!(house.campus.ended(0));
    house.somebody_works("127.0.0.1", 10).await;
}
