//! `vestibule demo`: what it prints can be tried, and nothing of it stays.

use std::net::TcpListener;

use tempfile::TempDir;

use crate::support::port::free_ports;
use crate::support::process::{self, Process};
use crate::support::program::command;
use crate::support::visitor::{Page, Visitor};

/// A demonstration on five free ports, and the folder that it may write to.
struct Demo {
    process: Process,
    port: u16,
    folder: TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let port = free_ports(5);
        let words = ["demo", "--people", "200", "--port", &port.to_string()];
        let process = Process::start(command(folder.path(), &words), "Ctrl-C stops the server");
        Self {
            process,
            port,
            folder,
        }
    }

    fn cas(&self, path: &str) -> String {
        format!("http://localhost:{}/cas{path}", self.port)
    }

    /// Mail, courses, timetable and records are on the ports after the server's.
    fn service(&self, step: u16) -> String {
        format!("http://localhost:{}/", self.port + step)
    }

    /// The words of the first line printed under a title.
    fn hint(&self, title: &str) -> Vec<String> {
        let lines = self.process.lines();
        let mut under = lines.iter().skip_while(|line| !line.starts_with(title)).skip(1);
        let line = under.next().expect("a line under the title");
        line.split_whitespace()
            .map(|word| word.trim_end_matches(',').to_owned())
            .collect()
    }

    /// The first login and password printed.
    fn credentials(&self) -> [String; 2] {
        let [login, password, ..] = &self.hint("Sign in")[..] else {
            panic!("a login and a password");
        };
        [login.clone(), password.clone()]
    }

    /// Somebody signed in to mail with the first login printed.
    async fn signed_in(&self) -> (Visitor, Page) {
        let [login, password] = self.credentials();
        let mut visitor = Visitor::new();
        let form = visitor.open(&self.service(1)).await;
        let page = visitor.sign_in_with(&form, &login, &password).await;
        (visitor, page)
    }
}

/// `file number 26000001, born 27/03/2008` as the fields of the first form.
fn identity(hint: &[String]) -> [(&'static str, &str); 4] {
    let (number, born) = (&hint[2], &hint[4]);
    let parts: Vec<&str> = born.split('/').collect();
    [
        ("fileNumber", number),
        ("day", parts[0]),
        ("month", parts[1]),
        ("year", parts[2]),
    ]
}

fn text(page: &Page, selector: &str) -> String {
    let texts = page.reply.texts(selector);
    texts
        .first()
        .cloned()
        .unwrap_or_else(|| panic!("no {selector} in {}", page.body()))
}

#[tokio::test]
async fn the_printed_password_opens_all_four_services() {
    let demo = Demo::start();

    let (mut visitor, mail) = demo.signed_in().await;

    let [login, _] = demo.credentials();
    mail.reply.assert_says(&format!("Session ouverte pour {login}"));
    mail.reply.assert_says("displayName");
    for step in 2..=4 {
        let page = visitor.open(&demo.service(step)).await;
        page.reply.assert_says(&format!("Session ouverte pour {login}"));
    }
}

#[tokio::test]
async fn a_stranger_reads_the_public_page_of_the_student_record_without_seeing_a_form() {
    let demo = Demo::start();
    let mut stranger = Visitor::new();

    let page = stranger.open(&demo.service(4)).await;

    page.reply.assert_says("Vous n’êtes pas connecté.");
    assert!(
        stranger
            .trail
            .iter()
            .any(|url| url.query().is_some_and(|query| query.contains("gateway=true")))
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_of_mail() {
    let demo = Demo::start();
    let (mut visitor, _) = demo.signed_in().await;

    let goodbye = visitor.open(&demo.cas("/logout")).await;

    goodbye.reply.assert_says("Messagerie");
    assert!(visitor.open(&demo.service(1)).await.is_login_form());
}

#[tokio::test]
async fn the_printed_file_number_opens_a_new_account() {
    let demo = Demo::start();
    let hint = demo.hint("Get an account");
    let mut newcomer = Visitor::new();

    let page = newcomer.open(&demo.cas("/account/activate")).await;
    let page = newcomer.send_form(&page, &identity(&hint)).await;
    let page = newcomer
        .send_form(&page, &[("answer", "yes"), ("charter", "true")])
        .await;
    let sheet = newcomer.send_form(&page, &[("choice", "generated")]).await;

    let (login, password) = (text(&sheet, "#creds-username"), text(&sheet, "#creds-password"));
    let form = newcomer.open(&demo.service(1)).await;
    let mail = newcomer.sign_in_with(&form, &login, &password).await;
    mail.reply.assert_says(&format!("Session ouverte pour {login}"));
}

#[tokio::test]
async fn the_printed_code_brings_lost_credentials_back() {
    let demo = Demo::start();
    let hint = demo.hint("Get lost credentials");
    let code = hint
        .iter()
        .skip_while(|word| *word != "code")
        .nth(1)
        .expect("a code");
    let mut forgetful = Visitor::new();

    let page = forgetful.open(&demo.cas("/account/recover")).await;
    let page = forgetful.send_form(&page, &identity(&hint)).await;
    let page = forgetful.send_form(&page, &[("code", code)]).await;
    let sheet = forgetful.send_form(&page, &[("choice", "generated")]).await;

    let (login, password) = (text(&sheet, "#creds-username"), text(&sheet, "#creds-password"));
    let form = forgetful.open(&demo.service(1)).await;
    let mail = forgetful.sign_in_with(&form, &login, &password).await;
    mail.reply.assert_says(&format!("Session ouverte pour {login}"));
}

#[tokio::test]
async fn ctrl_c_leaves_nothing_behind() {
    let mut demo = Demo::start();
    demo.signed_in().await;

    demo.process.signal("INT");

    assert!(demo.process.ended().success(), "{:#?}", demo.process.lines());
    let left: Vec<_> = std::fs::read_dir(demo.folder.path())
        .expect("the folder")
        .collect();
    assert!(left.is_empty(), "{left:?}");
    for port in demo.port..demo.port + 5 {
        TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    }
}

#[test]
fn a_busy_port_is_named_in_one_line_with_the_flag_to_change_it() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let port = free_ports(5);

    for busy in [port, port + 3] {
        let _somebody = TcpListener::bind(("localhost", busy)).expect("a free port");
        let words = ["demo", "--people", "20", "--port", &port.to_string()];
        let refused = process::output(command(folder.path(), &words), "");

        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.contains(&format!("port {busy} is busy")) && said.contains("--port"),
            "{said}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
