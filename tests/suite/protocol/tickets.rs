//! Tickets: section 5 of the protocol.

use std::collections::HashSet;

use chrono::Duration;
use futures_util::future::join_all;

use crate::support::people::{CAMILLE, COURSES_URL, EMILE, MAIL_URL};
use crate::support::service::untraced;
use crate::support::{TestServer, encode};

#[tokio::test]
async fn t1_t2_s13_a_ticket_is_a_prefix_and_random_letters_and_digits() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let mut seen = HashSet::new();

    for _ in 0..20 {
        let ticket = browser.visit(MAIL_URL).await;
        let random = ticket.strip_prefix("ST-").expect("the prefix");

        assert!(ticket.len() <= 64, "{ticket}");
        assert!(
            random
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
        // Behind the instant, 62 letters and digits: 32 of them are 190 bits.
        let (instant, random) = random.split_once('-').expect("the instant");
        assert!(instant.len() == 12 && random.len() >= 32, "{ticket}");
        assert!(!ticket.to_lowercase().contains(CAMILLE));
        assert!(seen.insert(ticket));
    }
}

#[tokio::test]
async fn t3_s10_of_fifty_validations_at_once_exactly_one_succeeds() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for crowd in [16, 50] {
        let ticket = browser.visit(MAIL_URL).await;
        let services: Vec<_> = (0..crowd).map(|_| server.browser()).collect();
        let verdicts = join_all(services.iter().map(|one| one.validate(MAIL_URL, &ticket))).await;

        let (good, bad): (Vec<_>, Vec<_>) = verdicts.iter().partition(|verdict| verdict.is_success());
        assert_eq!(good.len(), 1, "of {crowd}");
        for verdict in bad {
            verdict.assert_failure("INVALID_TICKET");
        }
    }
}

#[tokio::test]
async fn t3_s10_the_doors_race_for_one_ticket_too() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let doors = [
        "/validate",
        "/serviceValidate",
        "/p3/serviceValidate",
        "/proxyValidate",
    ];
    let service = server.browser();

    let asked = doors.iter().cycle().take(16);
    let answers = join_all(asked.map(|door| service.door(door, MAIL_URL, &ticket, ""))).await;

    let good = answers
        .iter()
        .filter(|reply| reply.body.starts_with("yes\n") || reply.body.contains("<cas:user>"));
    assert_eq!(good.count(), 1);
}

#[tokio::test]
async fn t3_s11_a_ticket_is_spent_whatever_the_verdict() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = server.browser();

    let ticket = browser.visit(MAIL_URL).await;
    let elsewhere = service.validate(COURSES_URL, &ticket).await;
    elsewhere.assert_failure("INVALID_SERVICE");
    let after = service.validate(MAIL_URL, &ticket).await;
    after.assert_failure("INVALID_TICKET");

    let ticket = browser.visit(MAIL_URL).await;
    let renewed = service
        .validate_at("/serviceValidate", MAIL_URL, &ticket, "&renew=true")
        .await;
    renewed.assert_failure("INVALID_TICKET");
    let after = service.validate(MAIL_URL, &ticket).await;
    after.assert_failure("INVALID_TICKET");

    let ticket = browser.visit(MAIL_URL).await;
    let callback = format!("&pgtUrl={}", encode("https://mail.univ.example/pgt"));
    let proxied = service
        .validate_at("/serviceValidate", MAIL_URL, &ticket, &callback)
        .await;
    proxied.assert_failure("INVALID_PROXY_CALLBACK");
    let after = service.validate(MAIL_URL, &ticket).await;
    after.assert_failure("INVALID_TICKET");

    let ticket = browser.visit(MAIL_URL).await;
    assert_eq!(
        service.door("/validate", COURSES_URL, &ticket, "").await.body,
        "no\n\n"
    );
    let after = service.validate(MAIL_URL, &ticket).await;
    after.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn t3_a_missing_parameter_spends_nothing() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;
    let service = server.browser();

    for query in [
        format!("ticket={ticket}"),
        format!("ticket={ticket}&service="),
        format!("ticket={ticket}&service={}&format=YAML", encode(MAIL_URL)),
    ] {
        let reply = service.get(&format!("/serviceValidate?{query}")).await;
        assert!(reply.body.contains("\"INVALID_REQUEST\""), "{}", reply.body);
    }

    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
}

#[tokio::test]
async fn t4_unknown_used_expired_and_orphaned_tickets_get_the_same_bytes() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = server.browser();

    let used = browser.visit(MAIL_URL).await;
    service.validate(MAIL_URL, &used).await.assert_user(CAMILLE);
    let late = browser.visit(MAIL_URL).await;
    server.wait(Duration::seconds(30));
    let orphan = browser.visit(MAIL_URL).await;
    browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;
    let unknown = format!("ST-{}", "a".repeat(orphan.len() - 3));
    let mut answers = HashSet::new();
    for ticket in [used.as_str(), &late, &orphan, &unknown, "ST-1", "x", "TGT-1"] {
        let verdict = service.validate(MAIL_URL, ticket).await;
        verdict.assert_failure("INVALID_TICKET");
        answers.insert(untraced(&verdict.0));
    }

    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn t4_s14_a_ticket_lives_thirty_seconds() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = server.browser();

    let ticket = browser.visit(MAIL_URL).await;
    server.wait(Duration::milliseconds(29_999));
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);

    let ticket = browser.visit(MAIL_URL).await;
    server.wait(Duration::seconds(30));
    let verdict = service.validate(MAIL_URL, &ticket).await;
    verdict.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn t4_s14_the_lifetime_can_be_set() {
    let server = TestServer::with()
        .set("tickets.service_ticket", "10s")
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let service = server.browser();

    let (first, second) = (browser.visit(MAIL_URL).await, browser.visit(MAIL_URL).await);
    server.wait(Duration::seconds(7));
    service.validate(MAIL_URL, &first).await.assert_user(CAMILLE);
    server.wait(Duration::seconds(4));
    let verdict = service.validate(MAIL_URL, &second).await;

    verdict.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn t4_s14_a_clock_set_back_keeps_no_ticket_alive() {
    let server = TestServer::start().await;
    let ticket = server.browser().sign_in_to(CAMILLE, MAIL_URL).await;

    server.wait(Duration::hours(-1));
    let verdict = server.browser().validate(MAIL_URL, &ticket).await;

    verdict.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn t5_parallel_tickets_for_one_service_are_all_good() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let tickets = join_all((0..3).map(|_| browser.visit(MAIL_URL))).await;
    let service = server.browser();

    for ticket in tickets.iter().rev() {
        service.validate(MAIL_URL, ticket).await.assert_user(CAMILLE);
    }
}

#[tokio::test]
async fn t6_s15_tickets_die_with_their_session_and_no_other() {
    let server = TestServer::start().await;
    let (browser, other) = (server.browser(), server.browser());
    let dead = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let alive = other.sign_in_to(CAMILLE, MAIL_URL).await;

    browser
        .get(&format!("/logout?service={}", encode(MAIL_URL)))
        .await;
    let service = server.browser();

    let verdict = service.validate(MAIL_URL, &dead).await;
    verdict.assert_failure("INVALID_TICKET");
    service.validate(MAIL_URL, &alive).await.assert_user(CAMILLE);
}

#[tokio::test]
async fn t6_s15_a_session_that_ran_out_takes_its_tickets_along() {
    let server = TestServer::with()
        .set("session.idle", "5m")
        .set("session.public_idle", "5m")
        .set("tickets.service_ticket", "5m")
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    server.wait(Duration::seconds(30));
    let ticket = browser.visit(MAIL_URL).await;

    // A ticket granted within a minute does not restart the idle clock, so the session ends before the ticket.
    server.wait(Duration::seconds(271));
    let verdict = server.browser().validate(MAIL_URL, &ticket).await;

    verdict.assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn t8_s24_a_session_ends_unused_after_two_hours_and_each_ticket_restarts_that_clock() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for _ in 0..3 {
        server.wait(Duration::minutes(119));
        assert!(browser.visit(MAIL_URL).await.starts_with("ST-"));
    }
    server.wait(Duration::minutes(121));
    let reply = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;

    reply.assert_status(200);
    assert_eq!(reply.count("input[name=password]"), 1);
}

#[tokio::test]
async fn s24_a_session_ends_after_ten_hours_however_busy() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for _ in 0..9 {
        server.wait(Duration::hours(1));
        browser.visit(MAIL_URL).await;
    }
    server.wait(Duration::hours(1));
    let reply = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;

    reply.assert_status(200);
}

#[tokio::test]
async fn s24_on_a_public_computer_twenty_minutes_are_the_limit() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [
        ("username", EMILE),
        ("password", crate::support::people::PASSWORD),
        ("publicComputer", "true"),
    ];
    browser.fill("/login", &fields).await.assert_status(302);

    server.wait(Duration::minutes(19));
    assert!(browser.visit(MAIL_URL).await.starts_with("ST-"));
    server.wait(Duration::minutes(21));
    let reply = browser.get(&format!("/login?service={}", encode(MAIL_URL))).await;

    reply.assert_status(200);
}

#[tokio::test]
async fn s16_the_database_holds_no_ticket_and_no_cookie_that_works() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let ticket = browser.sign_in_to(CAMILLE, MAIL_URL).await;
    let cookie = browser.cookie("TGC").expect("a session");

    let folder = server.database();
    let folder = folder.parent().expect("a directory");
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder).expect("the directory") {
        bytes.extend(std::fs::read(file.expect("a file").path()).expect("its bytes"));
    }
    let holds = |needle: &str| {
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    };

    assert!(holds(MAIL_URL), "the search finds what is there");
    assert!(!holds(&ticket) && !holds(ticket.trim_start_matches("ST-")));
    assert!(!holds(&cookie));
}

#[tokio::test]
async fn s72_asking_for_pages_and_services_writes_nothing() {
    let server = TestServer::start().await;
    let count = || async {
        let written = server
            .app
            .db
            .read(|conn| vestibule::store::audit::newest(conn, None, 50));
        written.await.expect("the audit").len()
    };
    let before = count().await;

    for path in [
        "/login",
        "/login?service=https://evil.example/",
        "/login?service=https://mail.univ.example/&gateway=true",
        "/logout?service=https://mail.univ.example/",
        "/serviceValidate?service=https://mail.univ.example/&ticket=ST-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        server.browser().get(path).await;
    }

    assert_eq!(count().await, before);
}

#[tokio::test]
async fn s2_s14_a_service_may_have_a_time_of_its_own_to_present_a_ticket() {
    let slow = r#"
        key = "slow"
        name = { fr = "Lent", en = "Slow" }
        url = "https://lent.univ.example/"
        ticket_seconds = 120
    "#;
    let server = TestServer::with().service(slow).start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let url = "https://lent.univ.example/";
    let (usual, in_time, late) = (
        browser.visit(MAIL_URL).await,
        browser.visit(url).await,
        browser.visit(url).await,
    );

    server.wait(Duration::seconds(119));
    let service = server.browser();
    service.validate(url, &in_time).await.assert_user(CAMILLE);
    let verdict = service.validate(MAIL_URL, &usual).await;
    verdict.assert_failure("INVALID_TICKET");
    server.wait(Duration::seconds(1));

    let verdict = service.validate(url, &late).await;
    verdict.assert_failure("INVALID_TICKET");
}
