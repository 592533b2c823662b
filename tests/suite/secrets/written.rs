//! Where secrets are not written: the log with all its levels, the database and its journal, the pages of errors.

use vestibule::cas::ticket::TicketGrantingTicketId;

use crate::support::journeys::{PROPOSED, RECOVER};
use crate::support::people::{CAMILLE, CODE, COURSES_URL, LOST, MAIL_URL, PASSWORD, PENDING};
use crate::support::proxies::{IMAP_URL, Proxies};
use crate::support::raw::Exchange;
use crate::support::{TestServer, encode, logs};

const WRONG: &str = "ce n'est pas le bon";
const OTHER_CODE: &str = "22222-22222";

/// The key of these servers: what would stand in a file or a line if it were written there.
const KEY: u8 = 0xb7;

async fn start() -> Proxies {
    logs::keep();
    let setup = TestServer::with_rest().keys(KEY, &[]);
    Proxies::on(setup, &[crate::support::callback::Answer::Status(200)]).await
}

fn ways(code: &str) -> [String; 2] {
    [code.to_owned(), code.replace('-', "")]
}

/// Lives through what people, programs and services do, and answers every secret of it.
async fn live(proxies: &Proxies) -> Vec<String> {
    let server = &proxies.server;
    let mut secrets = vec![PASSWORD.to_owned(), WRONG.to_owned(), hex::encode([KEY; 32])];
    secrets.extend(ways(CODE));
    secrets.extend(ways(OTHER_CODE));

    let person = server.browser();
    secrets.push(person.get("/login").await.value("execution"));
    person.fail(CAMILLE).await.assert_status(401);
    secrets.push(person.sign_in_to(CAMILLE, MAIL_URL).await);
    secrets.push(person.visit(COURSES_URL).await);
    let granted = proxies.grant(&person).await;
    secrets.push(proxies.proxy_ticket(&granted.pgt, IMAP_URL).await);
    secrets.extend([granted.pgt, granted.iou]);
    for cookie in ["TGC", "CASDEVICE", "CASFORM"] {
        secrets.extend(person.cookie(cookie));
    }

    let program = server.program();
    let opened = program.present("/v1/tickets", CAMILLE, PASSWORD).await;
    let (_, session) = opened.location().rsplit_once('/').expect("a session");
    assert!(TicketGrantingTicketId::parse(session).is_ok(), "{session}");
    let path = format!("/v1/tickets/{session}");
    secrets.push(program.post(&path, &[("service", MAIL_URL)]).await.body);
    secrets.push(session.to_owned());
    program.present("/v1/tickets", CAMILLE, WRONG).await;

    let student = server.browser();
    let noted = student.activate(PENDING, &PROPOSED).await;
    secrets.extend(student.cookie("CASFLOW"));
    secrets.extend(ways(&noted.code));
    secrets.extend(noted.password.iter().flat_map(|text| ways(text)));
    let lost = server.browser();
    lost.prove(LOST, OTHER_CODE).await.assert_status(200);
    lost.fill(RECOVER, &[("code", CODE)]).await.assert_status(302);
    secrets.extend(lost.cookie("CASFLOW"));
    secrets
}

/// Requests that go wrong, each with the secret where such a request would carry one.
fn mishaps(server: &TestServer, secret: &str) -> Vec<String> {
    let (host, plain) = (server.authority(), encode(secret));
    let get = |target: String| format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let send = |target: &str, body: String| {
        format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let envelope = format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><Request \
         xmlns='urn:oasis:names:tc:SAML:1.0:protocol'><AssertionArtifact>{secret}</AssertionArtifact></Request>\
         </e:Body></e:Envelope>"
    );
    let service = "service=https%3A%2F%2Fmail.univ.example%2F";
    // A path is logged, but for tickets: nothing else of ours was ever part of one.
    let in_a_path = if ["ST-", "PT-", "TGT-", "PGT-", "PGTIOU-"]
        .iter()
        .any(|kind| secret.starts_with(kind))
    {
        secret
    } else {
        "x"
    };
    vec![
        get(format!("/cas/nothing/{in_a_path}?ticket={plain}")),
        get(format!("/cas/help/{in_a_path}?x")),
        get(format!(
            "/cas/login?service=https://evil.example/{plain}?x={plain}"
        )),
        get(format!("/cas/login?service={plain}&service=a")),
        get(format!(
            "/cas/login?service=https://mail.univ.example/?ticket={plain}&service=a"
        )),
        get(format!("/cas/logout?service={plain}")),
        get(format!("/cas/validate?service=a&ticket={plain}")),
        get(format!("/cas/serviceValidate?{service}&ticket={plain}&ticket=b")),
        get(format!(
            "/cas/p3/serviceValidate?service=a&ticket={plain}&format=JSON"
        )),
        get(format!("/cas/proxyValidate?{service}&ticket=ST-{plain}")),
        get(format!("/cas/proxy?pgt={plain}&targetService=a")),
        get(format!("/cas/v1/tickets/{plain}x")),
        get(format!("/cas/login?ticket={plain}")).replace("GET", "PUT"),
        get("/cas/".to_owned())
            .replace(host, "evil.example")
            .replace("/cas/", &format!("/cas/?t={plain}")),
        send("/cas/samlValidate?TARGET=a", envelope),
        send(
            "/cas/login",
            format!("username=a&password={plain}&execution={plain}"),
        ),
        send(
            "/cas/login",
            format!("username=a&password={plain}&password=b&execution=c"),
        ),
        send("/cas/login", format!("{}{plain}", "a".repeat(70_000))),
        send(
            "/cas/account/activate",
            format!("answer=yes&execution={plain}&newPassword={plain}"),
        ),
        send(
            "/cas/account/recover",
            format!("newPassword={plain}&execution={plain}"),
        ),
        send(&format!("/cas/v1/tickets/{plain}"), "service=a".to_owned()),
        send(
            "/cas/v1/tickets",
            format!("username=a&password={plain}&username=b"),
        ),
        send("/cas/v1/users", format!("{{\"password\":\"{plain}\"")),
    ]
}

/// Whether this answer is about something that did not work.
fn is_a_refusal(answer: &Exchange) -> bool {
    answer.status() >= 400 || answer.body.contains("ailure") || answer.body.starts_with("no")
}

#[tokio::test(flavor = "multi_thread")]
async fn s80_no_secret_of_a_full_journey_is_in_the_log_the_database_or_a_page_of_an_error() {
    let proxies = start().await;
    let server = &proxies.server;
    let secrets = live(&proxies).await;
    assert!(
        secrets.len() > 20 && secrets.iter().all(|secret| secret.len() > 7),
        "{secrets:?}"
    );

    let (mut refusals, mut told) = (0, Vec::new());
    for secret in &secrets {
        for request in mishaps(server, secret) {
            let answer = server.raw(request.clone()).await;
            assert!(!answer.head.is_empty(), "no answer to {request}");
            refusals += usize::from(is_a_refusal(&answer));
            let text = format!("{}\n{}", answer.head, answer.body);
            if text.contains(secret.as_str()) || text.contains(&encode(secret)) {
                told.push((secret, request, text));
            }
        }
    }
    assert!(
        told.is_empty(),
        "{} answers repeat it: {:#?}",
        told.len(),
        told.first()
    );
    assert!(refusals > secrets.len() * 15, "{refusals}");

    let mut kept = logs::kept();
    assert!(kept.contains("/v1/tickets"), "the log was kept");
    let file = server.database();
    for end in ["", "-wal"] {
        let bytes = std::fs::read(format!("{}{end}", file.display())).expect("the file");
        kept.push_str(&String::from_utf8_lossy(&bytes));
        assert!(
            !bytes.windows(32).any(|part| part == [KEY; 32]),
            "the key is in the database"
        );
    }
    assert!(kept.contains("Kerlodoc"), "the database was read");
    for secret in &secrets {
        assert!(!kept.contains(secret.as_str()), "{secret} was written down");
        assert!(
            !kept.contains(&encode(secret)),
            "{secret} was written down as it is encoded"
        );
    }
}
