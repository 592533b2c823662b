//! Attributes: section 9.6 of the protocol.

use chrono::Duration;

use crate::support::people::{CAMILLE, COURSES_URL, MAIL_URL, STAFF};
use crate::support::{Browser, TestServer};

const TIMETABLE_URL: &str = "https://edt.univ.example/";
const BARE_URL: &str = "https://nu.univ.example/";

/// A service that is told the name and nothing else.
const BARE: &str = r#"
key = "bare"
name = { fr = "Nu", en = "Bare" }
url = "https://nu.univ.example/"
"#;

async fn told(server: &TestServer, browser: &Browser, service: &str) -> crate::support::service::Verdict {
    let ticket = browser.visit(service).await;
    server.browser().validate(service, &ticket).await
}

#[tokio::test]
async fn a1_a2_the_three_protocol_attributes_are_always_there_once_and_no_extras() {
    let server = TestServer::with().service(BARE).start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    server.wait(Duration::minutes(5));

    let verdict = told(&server, &browser, BARE_URL).await;

    assert_eq!(verdict.attribute("authenticationDate"), ["2026-10-05T07:30:00Z"]);
    assert_eq!(
        verdict.attribute("longTermAuthenticationRequestTokenUsed"),
        ["false"]
    );
    assert_eq!(verdict.attribute("isFromNewLogin"), ["false"]);
    let inside = verdict.0.split("<cas:attributes>").nth(1).unwrap_or_default();
    assert_eq!(inside.matches("</cas:").count(), 3 + 3, "{}", verdict.0);
}

#[tokio::test]
async fn a3_each_service_is_told_what_it_lists_and_no_more() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let mail = told(&server, &browser, MAIL_URL).await;
    let courses = told(&server, &browser, COURSES_URL).await;

    assert_eq!(mail.attribute("displayName"), ["Camille Orsonneau"]);
    assert!(mail.attribute("sn").is_empty());
    assert!(mail.attribute("eduPersonAffiliation").is_empty());
    assert_eq!(courses.attribute("sn"), ["Orsonneau"]);
    assert_eq!(courses.attribute("givenName"), ["Camille"]);
}

#[tokio::test]
async fn a4_several_values_are_several_elements() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let verdict = told(&server, &browser, COURSES_URL).await;

    let values = verdict.attribute("eduPersonAffiliation");
    assert!(values.contains(&"student".to_owned()) && values.contains(&"member".to_owned()));
    assert_eq!(verdict.attribute("eduPersonPrimaryAffiliation"), ["student"]);
    assert!(
        values
            .iter()
            .all(|value| value.trim() == value && !value.is_empty())
    );
}

#[tokio::test]
async fn a4_an_attribute_without_a_value_is_left_out() {
    let server = TestServer::with()
        .service(
            r#"
            key = "ine"
            name = { fr = "INE", en = "INE" }
            url = "https://ine.univ.example/"
            release = ["supannCodeINE", "displayName"]
            "#,
        )
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(STAFF).await;

    let verdict = told(&server, &browser, "https://ine.univ.example/").await;

    assert!(!verdict.0.contains("supannCodeINE"), "{}", verdict.0);
    assert_eq!(verdict.attribute("displayName").len(), 1);
}

#[tokio::test]
async fn a7_a_value_in_brackets_holds_no_comma_at_which_php_would_split_it() {
    let server = TestServer::with()
        .service(
            r#"
            key = "steps"
            name = { fr = "Étapes", en = "Steps" }
            url = "https://etapes.univ.example/"
            release = ["supannEtuInscription", "supannEtuEtape", "supannEtuCursusAnnee"]
            "#,
        )
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let verdict = told(&server, &browser, "https://etapes.univ.example/").await;

    let values = verdict.attribute("supannEtuInscription");
    assert!(values.iter().any(|value| value.starts_with('[')), "{values:?}");
    assert!(values.iter().all(|value| !value.contains(',')), "{values:?}");
}

#[tokio::test]
async fn a8_the_name_is_the_attribute_that_the_service_names() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    let xml = told(&server, &browser, TIMETABLE_URL).await;
    let ticket = browser.visit(TIMETABLE_URL).await;
    let text = server
        .browser()
        .door("/validate", TIMETABLE_URL, &ticket, "")
        .await;
    let ticket = browser.visit(TIMETABLE_URL).await;
    let json = server
        .browser()
        .validate_at("/serviceValidate", TIMETABLE_URL, &ticket, "&format=JSON")
        .await;

    xml.assert_user("22500001");
    assert_eq!(xml.attribute("numero"), ["22500001"]);
    assert_eq!(text.body, "yes\n22500001\n");
    assert!(json.0.contains("\"user\":\"22500001\""), "{}", json.0);
    assert!(!xml.0.contains(CAMILLE), "the login stays here: {}", xml.0);
}

#[tokio::test]
async fn a8_a_person_without_that_attribute_is_not_given_another_name() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(STAFF).await;

    let verdict = told(&server, &browser, TIMETABLE_URL).await;

    verdict.assert_failure("UNAUTHORIZED_SERVICE");
}
