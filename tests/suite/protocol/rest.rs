//! The REST protocol: section 12 of the protocol, row by row.

mod refusals;

use chrono::Duration;
use futures_util::future::join_all;
use reqwest::Method;

use crate::support::people::{CAMILLE, COURSES_URL, EMILE, MAIL_URL, PASSWORD, STAFF};
use crate::support::rest::JSON;
use crate::support::{Listener, TestServer, logs};

const TICKETS: &str = "/v1/tickets";
const RECORDS_URL: &str = "https://scolarite.univ.example/";
const WRONG: &str = "ce n'est pas le bon";

fn at(granting: &str) -> String {
    format!("{TICKETS}/{granting}")
}

fn no_sso() -> &'static str {
    "key = \"vault\"\nname = { fr = \"Coffre\", en = \"Vault\" }\nurl = \"https://coffre.univ.example/\"\nsso = false"
}

#[tokio::test]
async fn r1_unless_it_is_switched_on_its_paths_are_unknown_pages() {
    let server = TestServer::start().await;
    let unknown = server.program().get("/nothing-here").await;

    for path in [TICKETS, "/v1/tickets/TGT-1", "/v1/users", "/v1/services"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let reply = server.program().send(method, path, "", "").await;

            reply.assert_status(404);
            assert_eq!(reply.header("content-type"), unknown.header("content-type"));
            assert_eq!(reply.body.len(), unknown.body.len(), "{path}");
        }
    }
}

#[tokio::test]
async fn r2_a_session_is_created_and_its_address_is_that_of_the_public_url() {
    let server = TestServer::with_rest()
        .set("server.public_url", "https://sso.univ.example/cas")
        .start()
        .await;
    let program = server.program().with("host", "sso.univ.example");

    let reply = program.present(TICKETS, CAMILLE, PASSWORD).await;

    reply.assert_status(201);
    let start = "https://sso.univ.example/cas/v1/tickets/TGT-";
    assert!(reply.location().starts_with(start), "{}", reply.location());
    assert_eq!(
        reply.header("cache-control"),
        "no-cache, no-store, max-age=0, must-revalidate"
    );
    assert_eq!(reply.header("set-cookie"), "", "no browser, no cookie");
    assert_eq!(reply.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn r2_the_body_of_a_201_depends_on_what_the_client_accepts() {
    let server = TestServer::with_rest().start().await;
    let body = format!("username={CAMILLE}&password={}", crate::support::encode(PASSWORD));
    let form = "Content-Type: application/x-www-form-urlencoded";

    for accept in ["", "Accept: */*", "Accept: text/html,*/*", "Accept: */*;q=0.8"] {
        let headers: Vec<&str> = [form, accept]
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect();
        let page = server
            .raw_request("POST", "/cas/v1/tickets", &headers, &body)
            .await;

        page.assert_status(201);
        let address = page.header("Location").expect("an address");
        assert_eq!(page.header("Content-Type"), Some("text/html;charset=UTF-8"));
        assert!(page.body.contains("<title>201 CREATED</title>"), "{}", page.body);
        assert!(page.body.contains("<h1>TGT Created</h1>"), "{}", page.body);
        assert!(page.body.contains(&format!(
            "<form action=\"{address}\" method=\"POST\">Service:<input type=\"text\" name=\"service\" value=\"\">\
             <br><input type=\"submit\" value=\"Submit\"></form>"
        )));
    }
    for accept in [
        "Accept: application/json",
        "Accept: text/plain",
        "Accept: application/json, text/html",
    ] {
        let bare = server
            .raw_request("POST", "/cas/v1/tickets", &[form, accept], &body)
            .await;

        bare.assert_status(201);
        let address = bare.header("Location").expect("an address");
        assert_eq!(address.rsplit('/').next(), Some(bare.body.as_str()));
    }
}

#[tokio::test]
async fn r5_r14_a_ticket_is_the_whole_body_and_is_not_from_a_new_login() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;

    let reply = program.ask(&granting, MAIL_URL).await;

    reply.assert_status(200);
    assert!(reply.body.starts_with("ST-"), "{:?}", reply.body);
    assert!(
        reply
            .body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    );
    let verdict = server.browser().validate(MAIL_URL, &reply.body).await;
    verdict.assert_user(CAMILLE);
    assert_eq!(verdict.attribute("isFromNewLogin"), ["false"]);
    assert_eq!(
        verdict.attribute("longTermAuthenticationRequestTokenUsed"),
        ["false"]
    );
    let strict = program.ticket(&granting, MAIL_URL).await;
    let verdict = server
        .browser()
        .validate_at("/serviceValidate", MAIL_URL, &strict, "&renew=true")
        .await;
    verdict.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn r5_target_names_the_service_as_well() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;

    let reply = program.post(&at(&granting), &[("TARGET", MAIL_URL)]).await;

    reply.assert_status(200);
    let verdict = server.browser().validate(MAIL_URL, &reply.body).await;
    verdict.assert_user(CAMILLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_sixteen_tickets_asked_for_at_once_are_sixteen_tickets() {
    let server = TestServer::with_rest().workers(4).start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;

    let mut tickets = join_all((0..16).map(|_| program.ticket(&granting, MAIL_URL))).await;

    let service = server.browser();
    for verdict in join_all(tickets.iter().map(|ticket| service.validate(MAIL_URL, ticket))).await {
        verdict.assert_user(CAMILLE);
    }
    tickets.sort();
    tickets.dedup();
    assert_eq!(tickets.len(), 16);
}

#[tokio::test]
async fn r6_r14_with_renew_the_ticket_is_from_a_new_login() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    server.wait(Duration::minutes(30));

    let fields = [
        ("service", MAIL_URL),
        ("renew", "true"),
        ("username", CAMILLE),
        ("password", PASSWORD),
    ];
    let reply = program.post(&at(&granting), &fields).await;

    reply.assert_status(200);
    let verdict = server
        .browser()
        .validate_at("/p3/serviceValidate", MAIL_URL, &reply.body, "&renew=true")
        .await;
    assert_eq!(verdict.assert_user(CAMILLE).attribute("isFromNewLogin"), ["true"]);
    assert_eq!(verdict.attribute("authenticationDate"), ["2026-10-05T08:00:00Z"]);
    // The session is the same, and still there.
    assert_eq!(server.sessions().await, 1);
    program.ticket(&granting, MAIL_URL).await;
}

#[tokio::test]
async fn r6_renew_without_right_credentials_of_the_same_person_is_refused() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let renew = async |more: &[(&str, &str)]| {
        let mut fields = vec![("service", MAIL_URL), ("renew", "true")];
        fields.extend_from_slice(more);
        program.post(&at(&granting), &fields).await
    };

    renew(&[]).await.assert_status(400);
    renew(&[("username", CAMILLE)]).await.assert_status(400);
    renew(&[("username", CAMILLE), ("password", WRONG)])
        .await
        .assert_status(401);
    renew(&[("username", EMILE), ("password", PASSWORD)])
        .await
        .assert_status(403);
    assert_eq!(server.sessions().await, 1);
}

#[tokio::test]
async fn r6_a_service_outside_single_sign_on_gets_tickets_with_renew_only() {
    let server = TestServer::with_rest().service(no_sso()).start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let vault = "https://coffre.univ.example/";

    program.ask(&granting, vault).await.assert_status(403);
    let fields = [
        ("service", vault),
        ("renew", "true"),
        ("username", CAMILLE),
        ("password", PASSWORD),
    ];

    program.post(&at(&granting), &fields).await.assert_status(200);
}

#[tokio::test]
async fn r7_looking_at_a_ticket_repeats_it_and_spends_nothing() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let ticket = program.ticket(&granting, MAIL_URL).await;

    for _ in 0..3 {
        for id in [&granting, &ticket] {
            let reply = program.get(&at(id)).await;
            reply.assert_status(200);
            assert_eq!(reply.body, **id);
            assert_eq!(reply.header("content-type"), "text/plain;charset=UTF-8");
        }
    }

    let verdict = server.browser().validate(MAIL_URL, &ticket).await;
    verdict.assert_user(CAMILLE);
    program.get(&at(&ticket)).await.assert_status(404);
}

#[tokio::test]
async fn r7_a_ticket_that_is_no_longer_good_is_not_found() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let ticket = program.ticket(&granting, MAIL_URL).await;

    server.wait(Duration::seconds(30));
    program.get(&at(&ticket)).await.assert_status(404);
    server.wait(Duration::hours(2));

    program.get(&at(&granting)).await.assert_status(404);
    program.ask(&granting, MAIL_URL).await.assert_status(404);
}

#[tokio::test]
async fn r8_o7_to_delete_a_ticket_is_to_end_its_session_everywhere() {
    let listener = Listener::start(&[200]);
    let toml = format!(
        "key = \"local\"\nname = {{ fr = \"Local\", en = \"Local\" }}\nurl = \"{}\"",
        listener.url
    );
    let server = TestServer::with_rest().service(&toml).start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let validated = program.ticket(&granting, &listener.url).await;
    server
        .browser()
        .validate(&listener.url, &validated)
        .await
        .assert_user(CAMILLE);
    let waiting = program.ticket(&granting, MAIL_URL).await;

    let reply = program.delete(&at(&granting)).await;

    reply.assert_status(200);
    assert_eq!(reply.body, "[]");
    assert!(reply.header("content-type").starts_with("application/json"));
    let heard = listener.heard(1).await;
    assert!(heard[0].body.contains(&validated), "{}", heard[0].body);
    let verdict = server.browser().validate(MAIL_URL, &waiting).await;
    verdict.assert_failure("INVALID_TICKET");
    program.get(&at(&granting)).await.assert_status(404);
    program.ask(&granting, MAIL_URL).await.assert_status(404);
    assert_eq!(server.sessions().await, 0);
    assert_eq!(server.events().await[0], "signed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn r8_deleted_sixteen_times_at_once_a_session_ends_once() {
    let server = TestServer::with_rest().workers(4).start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let path = at(&granting);

    let replies = join_all((0..16).map(|_| program.delete(&path))).await;

    assert!(
        replies
            .iter()
            .all(|reply| reply.status == 200 && reply.body == "[]")
    );
    let ended = server.events().await;
    assert_eq!(ended.iter().filter(|event| *event == "signed_out").count(), 1);
}

#[tokio::test]
async fn r8_deleting_what_is_not_there_is_a_success_and_ends_nothing() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let ticket = program.ticket(&granting, MAIL_URL).await;

    for id in [
        "TGT-unknown",
        "rubbish",
        "%00",
        ticket.as_str(),
        &"x".repeat(4_000),
    ] {
        let reply = program.delete(&at(id)).await;
        reply.assert_status(200);
        assert_eq!(reply.body, "[]", "{id}");
    }

    program.get(&at(&granting)).await.assert_status(200);
    program.get(&at(&ticket)).await.assert_status(200);
}

#[tokio::test]
async fn r9_credentials_are_judged_without_a_ticket() {
    let server = TestServer::with_rest().start().await;

    let reply = server.program().present("/v1/users", CAMILLE, PASSWORD).await;

    reply.assert_status(200);
    assert!(reply.header("content-type").starts_with("application/json"));
    let principal = format!(r#"{{"id":"{CAMILLE}","attributes":{{}}}}"#);
    assert_eq!(
        reply.body,
        format!(
            r#"{{"authentication":{{"authenticationDate":"2026-10-05T07:30:00Z","principal":{principal},"attributes":{{}}}}}}"#
        )
    );
    assert_eq!(server.sessions().await, 0);
    assert_eq!(server.events().await[0], "credentials_confirmed");
}

#[tokio::test]
async fn r9_the_named_service_decides_what_is_told_of_a_person() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let asked = async |login: &str, service: &str| {
        let fields = [("username", login), ("password", PASSWORD), ("service", service)];
        program.post("/v1/users", &fields).await
    };

    let mail = asked(CAMILLE, MAIL_URL).await;
    let timetable = asked(CAMILLE, "https://edt.univ.example/").await;

    assert!(
        mail.body.contains(r#""mail":["corsonneau@etu.univ.example"]"#),
        "{}",
        mail.body
    );
    assert!(
        timetable.body.contains(r#""id":"22500001""#),
        "{}",
        timetable.body
    );
    asked(STAFF, RECORDS_URL).await.assert_status(403);
    asked(STAFF, "https://nowhere.example/").await.assert_status(403);
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn r12_a_session_is_listed_limited_and_audited_like_any_other() {
    let server = TestServer::with_rest().start().await;
    let granting = server.program().open(CAMILLE).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let page = browser.get("/account/sessions").await;

    page.assert_says("REST");
    let actors = server
        .lines("SELECT actor AS line FROM audit WHERE event = 'signed_in' ORDER BY rowid")
        .await;
    assert_eq!(actors, ["rest", "person"]);
    browser
        .submit(&page, "/account/sessions", &[("session", "others")])
        .await
        .assert_status(200);
    server.program().get(&at(&granting)).await.assert_status(404);
}

#[tokio::test]
async fn r12_a_session_lasts_two_hours_unused_and_ten_in_all() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;

    for _ in 0..5 {
        server.wait(Duration::minutes(119));
        program.ticket(&granting, MAIL_URL).await;
    }
    server.wait(Duration::minutes(5));

    program.ask(&granting, MAIL_URL).await.assert_status(404);
}

#[tokio::test]
async fn r12_remember_me_is_honoured_where_it_is_configured() {
    let remember = async |server: &TestServer| {
        let fields = [
            ("username", CAMILLE),
            ("password", PASSWORD),
            ("rememberMe", "true"),
        ];
        let reply = server.program().post(TICKETS, &fields).await;
        reply.assert_status(201);
        server.wait(Duration::hours(11));
        let granting = reply.location().rsplit('/').next().unwrap_or_default().to_owned();
        server.program().ask(&granting, COURSES_URL).await
    };
    let off = TestServer::with_rest().start().await;
    let on = TestServer::with_rest()
        .set("session.remember_me", "14d")
        .start()
        .await;

    remember(&off).await.assert_status(404);
    let ticket = remember(&on).await;

    ticket.assert_status(200);
    let verdict = on.browser().validate(COURSES_URL, &ticket.body).await;
    assert_eq!(
        verdict.attribute("longTermAuthenticationRequestTokenUsed"),
        ["true"]
    );
}

#[tokio::test]
async fn r12_on_a_public_computer_nobody_is_remembered() {
    let server = TestServer::with_rest()
        .set("session.remember_me", "14d")
        .set("throttle.public_computers", "127.0.0.0/8")
        .start()
        .await;
    let fields = [
        ("username", CAMILLE),
        ("password", PASSWORD),
        ("rememberMe", "true"),
    ];
    let opened = server.program().post(TICKETS, &fields).await;
    let granting = opened.location().rsplit('/').next().unwrap_or_default();

    server.wait(Duration::minutes(20));

    server.program().ask(granting, MAIL_URL).await.assert_status(404);
}

#[tokio::test]
async fn r13_a_granting_ticket_is_no_cookie_and_a_cookie_no_granting_ticket() {
    let server = TestServer::with_rest().start().await;
    let granting = server.program().open(CAMILLE).await;
    let thief = server.browser();
    thief.plant("TGC", &granting);
    assert!(!thief.is_in().await);

    let browser = server.browser();
    browser.sign_in(EMILE).await;
    let cookie = browser.cookie("TGC").expect("a session");
    for id in [cookie.clone(), format!("TGT-{cookie}")] {
        server.program().get(&at(&id)).await.assert_status(404);
        server.program().ask(&id, MAIL_URL).await.assert_status(404);
        server.program().delete(&at(&id)).await.assert_status(200);
    }
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn r13_cookies_are_neither_read_nor_set() {
    let server = TestServer::with_rest().start().await;
    let browser = server.browser();
    browser.sign_in(EMILE).await;
    let cookies = format!("TGC={}", browser.cookie("TGC").expect("a session"));
    let program = server.program().with("cookie", &cookies);

    let refused = program.present(TICKETS, EMILE, WRONG).await;
    let opened = program.present(TICKETS, CAMILLE, PASSWORD).await;

    refused.assert_status(401);
    assert_eq!(opened.assert_status(201).header("set-cookie"), "");
    assert!(browser.is_in().await, "another person's session is not replaced");
    assert_eq!(server.sessions().await, 2);
}

/// Sign in, open a service, look, renew, sign out.
pub async fn a_journey(server: &TestServer) {
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let ticket = program.ticket(&granting, MAIL_URL).await;
    program.get(&at(&ticket)).await.assert_status(200);
    let verdict = server.browser().validate(MAIL_URL, &ticket).await;
    verdict.assert_user(CAMILLE);
    program.get(&at(&ticket)).await.assert_status(404);
    let renew = [
        ("service", MAIL_URL),
        ("renew", "true"),
        ("username", CAMILLE),
        ("password", PASSWORD),
    ];
    program.post(&at(&granting), &renew).await.assert_status(200);
    program
        .present("/v1/users", CAMILLE, PASSWORD)
        .await
        .assert_status(200);

    program.delete(&at(&granting)).await.assert_status(200);

    program.ask(&granting, MAIL_URL).await.assert_status(404);
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn s16_the_database_holds_no_ticket_that_works() {
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let ticket = program.ticket(&granting, MAIL_URL).await;

    let mut bytes = Vec::new();
    for end in ["", "-wal"] {
        let path = format!("{}{end}", server.database().display());
        bytes.extend(std::fs::read(path).expect("the database"));
    }

    let kept = String::from_utf8_lossy(&bytes);
    assert!(kept.contains(MAIL_URL), "the search finds what is there");
    assert!(!kept.contains(granting.trim_start_matches("TGT-")));
    assert!(!kept.contains(ticket.trim_start_matches("ST-")));
}

#[tokio::test]
async fn s18_a_granting_ticket_in_a_path_is_never_logged() {
    logs::keep();
    let server = TestServer::with_rest().start().await;
    let program = server.program();
    let granting = program.open(CAMILLE).await;
    let secret = granting.trim_start_matches("TGT-").to_owned();

    for path in [
        at(&granting),
        format!("//v1//tickets//{granting}"),
        format!("/v1/%74ickets/{granting}"),
        format!("/v1/tickets/%54GT%2D{secret}"),
        format!("/v1/elsewhere/TGT%2D{secret}"),
    ] {
        program.get(&path).await;
        program.send(Method::PUT, &path, JSON, "{}").await;
        program.delete(&format!("{path}x")).await;
    }

    let log = logs::kept();
    assert!(log.contains("/v1/tickets"), "the log was kept");
    assert!(!log.contains(&secret));
}
