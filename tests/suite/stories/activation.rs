//! First access: file number and birth date, then an identifier and a password to note.

use chrono::Duration;

use crate::support::TestServer;
use crate::support::journeys::{ACTIVATE, Card, PROPOSED, own};
use crate::support::people::{CODE, LOST, PENDING, STAFF};

/// A new student whose day and month of birth nobody knows.
const PARTIAL: Card = ("22601235", ["00", "00", "2004"]);
const NO_MATCH: &str = "ne correspondent à aucun compte";
const CODE_ASKED: &str = "saisissez aussi le code";

#[tokio::test]
async fn a_new_student_gets_an_identifier_and_a_password_to_note_and_signs_in_with_them() {
    let server = TestServer::start().await;
    let browser = server.browser();

    browser.identify(ACTIVATE, PENDING).await.assert_status(302);
    let page = browser.get(ACTIVATE).await;
    page.assert_says("Jean-Baptiste K.");
    assert!(
        !page.body.contains("Kerlodoc") && !page.body.contains("jkerlodoc"),
        "no more than the initial"
    );
    browser
        .fill(ACTIVATE, &[("answer", "yes")])
        .await
        .assert_status(302);
    let sheet = browser.fill(ACTIVATE, &PROPOSED).await;

    let noted = sheet.noted().unwrap();
    assert_eq!(noted.login, "jkerlodoc");
    assert_eq!(browser.cookie("TGC"), None, "a journey opens no session");
    server.browser().sign_in_as_noted(&noted).await.assert_status(302);
    assert_eq!(
        server.events().await[..3],
        ["signed_in", "code_issued", "activated"]
    );
}

#[tokio::test]
async fn a_proposed_password_is_typed_with_capitals_and_without_hyphens() {
    let server = TestServer::start().await;
    let noted = server.browser().activate(PENDING, &PROPOSED).await;
    let password = noted.password.unwrap();
    let as_typed = [
        password.to_uppercase(),
        password.replace('-', ""),
        password.replace('-', " "),
    ];

    for typed in as_typed {
        let reply = server
            .browser()
            .fill("/login", &[("username", &noted.login), ("password", &typed)])
            .await;
        reply.assert_status(302);
    }
}

#[tokio::test]
async fn a_password_of_ones_own_is_not_shown_on_the_sheet() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.claim(PENDING).await;

    let sheet = browser.fill(ACTIVATE, &own("trois tasses de thé vert")).await;

    sheet
        .assert_status(200)
        .assert_says("Celui que vous venez de choisir");
    assert_eq!(sheet.noted().unwrap().password, None);
    assert!(!sheet.body.contains("trois tasses"));
    let fields = [
        ("username", "jkerlodoc"),
        ("password", "trois tasses de thé vert"),
    ];
    server.browser().fill("/login", &fields).await.assert_status(302);
}

#[tokio::test]
async fn a_password_that_will_not_do_is_refused_in_words_and_the_journey_goes_on() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.claim(PENDING).await;
    let refused = [
        ("", "Saisissez un nouveau mot de passe"),
        ("court", "au moins 12 caractères"),
        ("123456789012345", "uniquement de chiffres"),
        ("motdepasse2026", "trop courant"),
        ("Kerlodoc le magnifique", "ni votre nom"),
        ("né le 27/03/2007 !", "ni votre nom"),
        (&"é".repeat(200), "ne peut pas dépasser 128"),
    ];

    for (password, words) in refused {
        let again = browser.fill(ACTIVATE, &own(password)).await;
        again.assert_form_again(200, words);
        assert!(password.is_empty() || !again.body.contains(&format!("value=\"{password}\"")));
    }
    let different = [
        ("newPassword", "trois tasses de thé vert"),
        ("confirmPassword", "trois tasses de thé vertes"),
    ];
    browser
        .fill(ACTIVATE, &different)
        .await
        .assert_form_again(200, "sont différentes");

    let sheet = browser.fill(ACTIVATE, &own("trois tasses de thé vert")).await;
    assert!(sheet.noted().is_some());
}

#[tokio::test]
async fn an_account_is_activated_once_and_says_so_only_after_a_match() {
    let server = TestServer::start().await;
    server.browser().activate(PENDING, &PROPOSED).await;

    let again = server.browser().identify(ACTIVATE, PENDING).await;
    again
        .assert_status(200)
        .assert_says("Ce compte est déjà activé")
        .assert_says("jamais activé ce compte");

    let (number, _) = PENDING;
    let wrong = server
        .browser()
        .identify(ACTIVATE, (number, ["3", "27", "2007"]))
        .await;
    wrong.assert_identity_again("une date qui existe");
    let wrong = server
        .browser()
        .identify(ACTIVATE, (number, ["26", "3", "2007"]))
        .await;
    wrong.assert_identity_again(NO_MATCH);
}

#[tokio::test]
async fn s40_whatever_does_not_match_gets_one_page() {
    let server = TestServer::with()
        .set("server.trusted_proxies", "127.0.0.0/8")
        .start()
        .await;
    let cards: [Card; 5] = [
        ("29999999", ["27", "3", "2007"]),
        (PENDING.0, ["28", "3", "2007"]),
        (LOST.0, ["28", "3", "2007"]),
        ("22601236", ["2", "1", "2005"]),
        ("22601237", ["5", "5", "2005"]),
    ];
    let mut pages = Vec::new();

    for (place, card) in cards.into_iter().enumerate() {
        let browser = server
            .browser()
            .with("x-forwarded-for", &format!("198.51.100.{place}"));
        let reply = browser.identify(ACTIVATE, card).await;
        reply.assert_identity_again(NO_MATCH);
        let (number, [day, month, year]) = card;
        pages.push(reply.without_tokens(&[number, day, month, year]));
    }

    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
}

#[tokio::test]
async fn what_is_wrong_in_form_costs_no_try_and_is_shown_with_what_was_typed() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let (number, _) = PENDING;
    let cases: [(Card, &str); 10] = [
        (("", ["", "", ""]), "Saisissez votre numéro de dossier"),
        (("", ["", "", ""]), "Saisissez votre date de naissance"),
        ((number, ["27", "", "2007"]), "un jour, un mois et une année"),
        ((number, ["31", "2", "2007"]), "une date qui existe"),
        ((number, ["27", "trente", "2007"]), "une date qui existe"),
        ((number, ["27", "3", "07"]), "4 chiffres"),
        ((number, ["27", "3", "2107"]), "dans le passé"),
        (("2260123", ["27", "3", "2007"]), "doit comporter"),
        (("0812345678A", ["27", "3", "2007"]), "numéro INE"),
        (("22601234'--", ["27", "3", "2007"]), "doit comporter"),
    ];

    for (card, words) in cases {
        let again = browser.identify(ACTIVATE, card).await;
        again.assert_identity_again(words);
        assert_eq!(again.value("fileNumber"), card.0);
        assert_eq!(again.value("year"), card.1[2]);
    }

    browser.identify(ACTIVATE, PENDING).await.assert_status(302);
}

#[tokio::test]
async fn a_number_with_spaces_and_a_month_in_words_are_understood() {
    for (number, month) in [
        (" 2260 1234", "mars"),
        ("22.601.234", "MARCH"),
        ("226-01-234", "03"),
    ] {
        let server = TestServer::start().await;
        let browser = server.browser();
        let fields = [
            ("fileNumber", number),
            ("day", "27"),
            ("month", month),
            ("year", "2007"),
        ];

        let reply = browser.fill(ACTIVATE, &fields).await;

        assert_eq!(reply.status, 302, "{number} {month}: {}", reply.text());
    }
}

#[tokio::test]
async fn s22_a_form_left_open_too_long_is_shown_again_with_what_was_typed() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.get(ACTIVATE).await;
    server.wait(Duration::minutes(61));
    let (number, [day, month, year]) = PENDING;
    let fields = [
        ("fileNumber", number),
        ("day", day),
        ("month", month),
        ("year", year),
    ];

    let again = browser.submit(&page, ACTIVATE, &fields).await;

    assert_eq!(again.value("fileNumber"), number);
    assert_eq!(
        [again.value("day"), again.value("month"), again.value("year")],
        [day, month, year]
    );
    browser.submit(&again, ACTIVATE, &fields).await.assert_status(302);
}

#[tokio::test]
async fn somebody_who_is_not_the_person_stops_and_nothing_has_changed() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.identify(ACTIVATE, PENDING).await.assert_status(302);

    let stopped = browser.fill(ACTIVATE, &[("answer", "no")]).await;

    stopped.assert_status(200).assert_says("Rien n’a été modifié");
    assert_eq!(server.events().await[0], "activation_disowned");
    browser
        .get(ACTIVATE)
        .await
        .assert_identity_again("Numéro de dossier");
    server
        .browser()
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn a_journey_is_forgotten_after_half_an_hour() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.claim(PENDING).await;
    let page = browser.get(ACTIVATE).await;

    server.wait(Duration::minutes(30));

    browser
        .submit(&page, ACTIVATE, &PROPOSED)
        .await
        .assert_status(400);
    browser
        .get(ACTIVATE)
        .await
        .assert_identity_again("Numéro de dossier");
    server.browser().activate(PENDING, &PROPOSED).await;
}

#[tokio::test]
async fn the_rules_for_computers_are_accepted_first_and_their_version_is_kept() {
    let server = TestServer::with()
        .set("activation.charter_url_fr", "https://univ.example/charte")
        .set("activation.charter_url_en", "https://univ.example/rules")
        .set("activation.charter_version", "2026-09")
        .start()
        .await;
    let browser = server.browser();
    browser.identify(ACTIVATE, PENDING).await.assert_status(302);

    let refused = browser.fill(ACTIVATE, &[("answer", "yes")]).await;
    refused.assert_form_again(200, "Acceptez la charte");
    assert_eq!(refused.count("a[href='https://univ.example/charte']"), 1);
    browser
        .fill(ACTIVATE, &[("answer", "yes"), ("charter", "true")])
        .await
        .assert_status(302);
    assert!(browser.fill(ACTIVATE, &PROPOSED).await.noted().is_some());

    let kept = server
        .lines("SELECT charter_version AS line FROM accounts WHERE charter_version IS NOT NULL")
        .await;
    assert_eq!(kept, ["2026-09"]);
}

#[tokio::test]
async fn twins_get_each_their_own_account() {
    let server = TestServer::start().await;
    server
        .execute(
            "UPDATE people SET birth_name = 'Kerlodoc', birth_date = '2007-03-27' WHERE id = 'adiombarka'",
        )
        .await;
    let (_, born) = PENDING;

    let first = server.browser().activate(PENDING, &PROPOSED).await;
    let second = server.browser().activate(("22601235", born), &PROPOSED).await;

    assert_eq!(
        (first.login.as_str(), second.login.as_str()),
        ("jkerlodoc", "adiombarka")
    );
    assert_ne!(first.password, second.password);
    server.browser().sign_in_as_noted(&first).await.assert_status(302);
    server
        .browser()
        .sign_in_as_noted(&second)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn a_birth_date_known_in_part_needs_the_code_as_well() {
    let server = TestServer::start().await;
    let browser = server.browser();

    browser
        .identify(ACTIVATE, PARTIAL)
        .await
        .assert_identity_again(CODE_ASKED);
    browser
        .identify_with(PARTIAL, "")
        .await
        .assert_identity_again("Saisissez le code");
    browser
        .identify_with(PARTIAL, "VZJG4-PH2G9")
        .await
        .assert_identity_again("faute de frappe");
    browser
        .identify_with(PARTIAL, OTHER_CODE)
        .await
        .assert_identity_again(NO_MATCH);
    browser.identify_with(PARTIAL, CODE).await.assert_status(302);

    browser.get(ACTIVATE).await.assert_says("Aïssatou D.");
}

/// Well formed, and nobody's.
const OTHER_CODE: &str = "22222-22222";

#[tokio::test]
async fn staff_always_need_the_code() {
    for policy in ["adaptive", "never"] {
        let server = TestServer::with().set("activation.code", policy).start().await;
        let pending = "UPDATE accounts SET standing = 'pending', password_hash = NULL WHERE id = ";
        server.execute(&format!("{pending}'{STAFF}'")).await;
        let card = ("90000001", ["1", "6", "1970"]);

        server
            .browser()
            .identify(ACTIVATE, card)
            .await
            .assert_identity_again(CODE_ASKED);
        server
            .browser()
            .identify_with(card, CODE)
            .await
            .assert_status(302);
    }
}

#[tokio::test]
async fn the_code_is_asked_of_everybody_from_the_start_when_the_university_says_so() {
    let server = TestServer::with().set("activation.code", "always").start().await;
    let browser = server.browser();

    let page = browser.get(ACTIVATE).await;

    assert_eq!(page.count("input[name=code]"), 1);
    browser
        .identify(ACTIVATE, PENDING)
        .await
        .assert_identity_again("Saisissez le code");
    browser
        .identify_with(PENDING, " vzjg4 ph2g8")
        .await
        .assert_status(302);
}

#[tokio::test]
async fn an_account_can_be_had_a_day_after_enrolment_and_for_four_months() {
    let server = TestServer::start().await;
    let enrolled = |at: chrono::DateTime<chrono::Utc>| {
        format!(
            "UPDATE people SET created_at = {} WHERE id = 'jkerlodoc'",
            at.timestamp_micros()
        )
    };

    server
        .execute(&enrolled(server.now() - Duration::hours(23)))
        .await;
    server
        .browser()
        .identify(ACTIVATE, PENDING)
        .await
        .assert_identity_again(NO_MATCH);
    server
        .execute(&enrolled(server.now() - Duration::days(121)))
        .await;
    server
        .browser()
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(200)
        .assert_says("en ligne pour le moment");
    server
        .execute(&enrolled(server.now() - Duration::hours(24)))
        .await;
    server
        .browser()
        .identify(ACTIVATE, PENDING)
        .await
        .assert_status(302);
}

#[tokio::test]
async fn s22_no_step_of_a_journey_is_taken_by_a_form_that_this_browser_was_not_given() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.identify(ACTIVATE, PENDING).await.assert_status(302);

    let forged = browser
        .post(ACTIVATE, &[("answer", "yes"), ("execution", "forged")])
        .await;
    forged.assert_form_again(200, "restée ouverte trop longtemps");
    browser
        .fill(ACTIVATE, &[("answer", "yes")])
        .await
        .assert_status(302);
    let forged = browser.post(ACTIVATE, &PROPOSED).await;
    forged.assert_form_again(200, "restée ouverte trop longtemps");

    assert!(browser.fill(ACTIVATE, &PROPOSED).await.noted().is_some());
}
