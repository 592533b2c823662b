//! The command itself: its exit codes, and what it prints.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::TestServer;
use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};

/// Runs `vestibule conformance` with the password on standard input.
fn check(base: &str, more: &[&str]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args([
            "conformance",
            "--url",
            base,
            "--user",
            CAMILLE,
            "--password-file",
            "-",
        ])
        .args(["--service", MAIL_URL])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("its input");
    writeln!(input, "{PASSWORD}").expect("it reads the password");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (
        output.status.code().expect("an exit code"),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test]
async fn the_command_says_by_its_exit_code_how_a_server_stands() {
    let server = TestServer::start().await;
    let base = server.base.replace("127.0.0.1", "localhost");

    let run = move |base: String, more: &'static [&'static str]| {
        tokio::task::spawn_blocking(move || check(&base, more))
    };
    let good = run(base.clone(), &["--only", "validate."]).await.expect("it ran");
    // A registered address where an unregistered one is expected.
    let bad = [
        "--only",
        "session.unregistered",
        "--unregistered-service",
        MAIL_URL,
    ];
    let bad: &'static [&'static str] = Box::leak(Box::new(bad));
    let failed = run(base.clone(), bad).await.expect("it ran");
    let nobody = run("http://127.0.0.1:9/cas".to_owned(), &[])
        .await
        .expect("it ran");
    let unknown = run(base, &["--only", "nothing."]).await.expect("it ran");

    assert_eq!(good.0, 0, "{good:?}");
    assert!(good.1.contains("pass        validate.success"), "{}", good.1);
    assert!(
        good.1.ends_with("3 pass, 0 fail, 0 not offered, 0 not tried\n"),
        "{}",
        good.1
    );
    assert_eq!(failed.0, 1, "{failed:?}");
    assert!(
        failed.1.contains("expected: ") && failed.1.contains("received: "),
        "{}",
        failed.1
    );
    assert!(!failed.1.contains(PASSWORD) && !failed.2.contains(PASSWORD));
    assert_eq!((nobody.0, unknown.0), (2, 2), "{nobody:?} {unknown:?}");
}
