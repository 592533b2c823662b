//! More connections than anybody needs: idle ones, and ones that say a letter now and then.

use std::io::Write;
use std::net::TcpStream;

use crate::support::Listener;
use crate::support::browser::Browser;
use crate::support::people::EMILE;
use crate::support::program::Program;

/// Connections that say nothing.
const IDLE: usize = 900;

/// Connections that say one letter more each time somebody else was served.
const DRIBBLING: usize = 200;

/// What a connection may cost, in KiB of memory.
const EACH: u64 = 24;

/// So many people visit while the crowd is there.
const VISITS: usize = 20;

fn connect(program: &Program) -> TcpStream {
    TcpStream::connect(("127.0.0.1", program.port)).expect("the server listens")
}

/// A program with somebody who has an account, and a service that hears of sign-outs.
fn program(service: &str) -> Program {
    let program = Program::new();
    program.services(&format!(
        "[[service]]\nkey = \"app\"\nname = {{ fr = \"Appli\", en = \"App\" }}\nurl = \"{service}\"\n"
    ));
    program.user(EMILE, "Émile", "Vaubrunel");
    program
}

#[tokio::test]
async fn idle_and_dribbling_connections_stop_nobody_and_cost_little() {
    let service = "https://app.univ.example/";
    let program = program(service);
    // The limit that a shell or a service manager gives unasked, in short.
    let server = program.serve_behind("ulimit -Sn 256");
    server.printed("passwords are hashed this fast");
    let browser = Browser::new(&program.base());
    browser.sign_in(EMILE).await;
    let before = server.own_memory_kib();

    let _idle: Vec<TcpStream> = (0..IDLE).map(|_| connect(&program)).collect();
    let mut dribbling: Vec<TcpStream> = (0..DRIBBLING).map(|_| connect(&program)).collect();
    let mut head = "GET /cas/login HTTP/1.1\r\nHost: localhost\r\nX-Letter: "
        .bytes()
        .chain(std::iter::repeat(b'a'));

    for _ in 0..VISITS {
        let letter = head.next().expect("there is no last letter");
        for connection in &mut dribbling {
            // Some may have been cut off by now: nobody waits for them for ever.
            let _ = connection.write_all(&[letter]);
        }
        let ticket = browser.visit(service).await;
        let visitor = Browser::new(&program.base());
        visitor.validate(service, &ticket).await.assert_user(EMILE);
    }

    let cost = server.own_memory_kib().saturating_sub(before);
    let most = EACH * u64::try_from(IDLE + DRIBBLING).expect("a small number");
    assert!(cost < most, "{cost} KiB, more than {most}");
}

#[tokio::test]
async fn where_files_are_few_a_crowd_of_connections_leaves_enough_for_everything_else() {
    let listener = Listener::start(&[200]);
    let program = program(&listener.url);
    let _server = program.serve_behind("ulimit -n 128");
    let browser = Browser::new(&program.base());
    browser.sign_in(EMILE).await;
    let ticket = browser.visit(&listener.url).await;
    browser.validate(&listener.url, &ticket).await.assert_user(EMILE);

    let _crowd: Vec<TcpStream> = (0..IDLE / 4).map(|_| connect(&program)).collect();
    browser.get("/logout").await.assert_status(200);

    // To be told, it takes a file that the crowd has not got.
    assert!(listener.heard(1).await[0].body.contains(&ticket));
}
