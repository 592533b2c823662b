//! What is written down of a journey, and what never is.

use crate::support::journeys::{ACTIVATE, PROPOSED, RECOVER, own};
use crate::support::people::{CAMILLE, CODE, COURSES_URL, LOST, MAIL_URL, PASSWORD, PENDING};
use crate::support::{TestServer, logs};

const NEW: &str = "trois tasses de thé vert";
const WRONG: &str = "ce n'est pas le bon";
const OTHER_CODE: &str = "22222-22222";

/// Lives through every journey with its mistakes; answers every secret there was, each in the ways it may be written.
async fn live(server: &TestServer) -> Vec<String> {
    let mut secrets: Vec<String> = [PASSWORD, NEW, WRONG].map(str::to_owned).to_vec();
    let code = |code: &str| [code.to_owned(), code.replace('-', "")];
    secrets.extend([CODE, OTHER_CODE].iter().flat_map(|text| code(text)));

    let student = server.browser();
    student
        .identify(ACTIVATE, (PENDING.0, ["28", "3", "2007"]))
        .await
        .assert_status(200);
    let noted = student.activate(PENDING, &PROPOSED).await;
    secrets.extend(student.cookie("CASFLOW"));
    student.sign_in_as_noted(&noted).await.assert_status(302);
    server.browser().fail("jkerlodoc").await.assert_status(401);

    let camille = server.browser();
    camille.fail(CAMILLE).await.assert_status(401);
    let presented = camille.sign_in_to(CAMILLE, MAIL_URL).await;
    secrets.push(camille.visit(COURSES_URL).await);
    let refused = camille.visit(COURSES_URL).await;
    server
        .browser()
        .validate(MAIL_URL, &presented)
        .await
        .assert_user(CAMILLE);
    server
        .browser()
        .validate(MAIL_URL, &refused)
        .await
        .assert_failure("INVALID_SERVICE");
    server
        .browser()
        .validate(MAIL_URL, &refused)
        .await
        .assert_failure("INVALID_TICKET");
    secrets.push(refused);
    secrets.extend(camille.cookie("TGC"));
    camille.change(WRONG, NEW, NEW).await.assert_status(401);
    camille.change(PASSWORD, NEW, NEW).await.assert_status(200);
    secrets.extend(camille.cookie("TGC"));
    secrets.extend(camille.cookie("CASDEVICE"));

    let lost = server.browser();
    lost.prove(LOST, OTHER_CODE).await.assert_status(200);
    let again = lost.recover(LOST, CODE, &own("quatre tasses de thé vert")).await;
    lost.fill(RECOVER, &[("answer", "yes")]).await.assert_status(302);
    secrets.push("quatre tasses".to_owned());
    for sheet in [noted, again] {
        secrets.extend(code(&sheet.code));
        secrets.extend(sheet.password.iter().flat_map(|text| code(text)));
    }
    camille.get("/logout").await;
    secrets
}

#[tokio::test]
async fn s80_no_secret_is_in_the_database_nor_in_the_log() {
    logs::keep();
    let server = TestServer::start().await;
    let file = server.database();

    let secrets = live(&server).await;

    assert!(secrets.len() >= 20, "{secrets:?}");
    let mut kept = logs::kept();
    assert!(kept.contains("/account/recover"), "the log was kept");
    for end in ["", "-wal"] {
        let path = format!("{}{end}", file.display());
        kept.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
    }
    assert!(kept.contains("Kerlodoc"), "the database was read");
    for secret in secrets {
        assert!(!kept.contains(&secret), "{secret} was written down");
    }
}

#[tokio::test]
async fn s80_no_birth_date_and_no_ticket_is_in_the_audit_nor_in_the_log() {
    logs::keep();
    let server = TestServer::start().await;

    live(&server).await;

    let lines = server
        .lines("SELECT id || event || coalesce(account_id, '') || actor || coalesce(service, '') || detail AS line FROM audit")
        .await;
    let kept = logs::kept() + &lines.join("\n");
    for part in [
        "2007-03-27",
        "2006-02-14",
        "27/3/2007",
        "27/03/2007",
        "year=2007",
        "ST-",
        "TGT-",
    ] {
        assert!(!kept.contains(part), "{part} was written down");
    }
}

#[tokio::test]
async fn s81_each_step_of_a_life_is_in_the_audit_with_whom_it_is_about() {
    let server = TestServer::start().await;

    live(&server).await;

    let events =
        "SELECT event || ' ' || coalesce(account_id, '-') || ' ' || actor AS line FROM audit ORDER BY rowid";
    assert_eq!(
        server.lines(events).await,
        [
            "identity_refused jkerlodoc person",
            "activated jkerlodoc person",
            "code_issued jkerlodoc person",
            "signed_in jkerlodoc person",
            "sign_in_refused jkerlodoc person",
            "sign_in_refused corsonneau person",
            "signed_in corsonneau person",
            "service_mismatch - service",
            "ticket_replayed - service",
            "password_change_refused corsonneau person",
            "password_changed corsonneau person",
            "code_refused corsonneau person",
            "session_closed corsonneau person",
            "recovered corsonneau person",
            "code_issued corsonneau person",
        ]
    );
}
