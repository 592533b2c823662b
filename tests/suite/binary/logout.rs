//! `vestibule logout` beside a server, and messages that outlive one.

use crate::support::notices::{registered, session_index};
use crate::support::people::{EMILE, PASSWORD};
use crate::support::program::Program;
use crate::support::{Browser, Listener, encode};

/// The messages that `vestibule logout list` shows.
fn listed(program: &Program, words: &[&str]) -> Vec<serde_json::Value> {
    let all = [&["logout", "list", "--json"], words].concat();
    serde_json::from_str(&program.run(&all)).expect("a list")
}

/// Signs Émile in and lets the service have a session of its own; answers the ticket.
async fn enter(program: &Program, browser: &Browser, url: &str) -> String {
    browser
        .fill("/login", &[("username", EMILE), ("password", PASSWORD)])
        .await
        .assert_status(302);
    let ticket = browser.visit(url).await;
    let verdict = Browser::new(&program.base()).validate(url, &ticket).await;
    verdict.assert_user(EMILE);
    ticket
}

#[tokio::test]
async fn o16_messages_survive_a_killed_server_and_one_that_never_saw_them() {
    let listener = Listener::start(&[500, 500, 200]);
    let program = Program::new();
    program.services(&format!("[[service]]\n{}", registered("app", &listener.url, "")));
    program.user(EMILE, "Émile", "Vaubrunel");
    let mut server = program.serve();
    let (one, two) = (Browser::new(&program.base()), Browser::new(&program.base()));
    let first = enter(&program, &one, &listener.url).await;
    let second = enter(&program, &two, &listener.url).await;

    // The first try is answered 500 and noted; then the server is gone from one moment to the next.
    let away = format!("/logout?service={}", encode(&listener.url));
    one.get(&away).await.assert_status(302);
    listener.heard(1).await;
    while listed(&program, &["--pending"])[0]["status"] != 500 {}
    server.signal("KILL");
    server.ended();
    // This is committed while nobody is there to send it.
    program.run(&["user", "sign-out", EMILE]);
    assert_eq!(listed(&program, &["--pending", "--user", EMILE]).len(), 2);
    let _server = program.serve();

    while !listed(&program, &["--pending"]).is_empty() {}
    let heard = listener.heard(4).await;
    let told: Vec<String> = heard.iter().map(|call| session_index(&call.body)).collect();
    assert_eq!(told[0], first);
    assert!(
        told[1..].contains(&first) && told[1..].contains(&second),
        "{told:?}"
    );
    let table = program.run(&["logout", "list", "--service", "app", "--since", "1h"]);
    assert!(table.starts_with("queued ") && table.contains(EMILE), "{table}");
    assert!(!table.contains(&first) && !table.contains(&second), "{table}");
}
