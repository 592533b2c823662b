//! *Mon compte*: the current password, a new one, its confirmation.

use crate::support::TestServer;
use crate::support::journeys::PROPOSED;
use crate::support::listener::Listener;
use crate::support::people::{CAMILLE, EMILE, PASSWORD, PENDING};

const NEW: &str = "trois tasses de thé vert";

#[tokio::test]
async fn s33_a_new_password_takes_the_place_of_the_old_and_ends_the_other_sessions() {
    let heard = Listener::start(&[200]);
    let library = format!(
        "key = \"library\"\nname = {{ fr = \"B\", en = \"L\" }}\nurl = \"{}\"",
        heard.url
    );
    let server = TestServer::with().service(&library).start().await;
    let (own, elsewhere) = (server.browser(), server.browser());
    own.sign_in(CAMILLE).await;
    let before = own.cookie("TGC").unwrap();
    let ticket = elsewhere.sign_in_to(CAMILLE, &heard.url).await;
    server
        .browser()
        .validate(&heard.url, &ticket)
        .await
        .assert_user(CAMILLE);

    let changed = own.change(PASSWORD, NEW, NEW).await;

    changed
        .assert_status(200)
        .assert_says("Votre mot de passe est changé");
    assert!(own.is_in().await, "the session goes on");
    assert!(!elsewhere.is_in().await);
    assert!(heard.heard(1).await[0].body.contains(&ticket));
    assert_ne!(own.cookie("TGC").unwrap(), before);
    let thief = server.browser();
    thief.plant("TGC", &before);
    assert!(!thief.is_in().await);
    server.browser().try_in(CAMILLE).await.assert_status(401);
    let fields = [("username", CAMILLE), ("password", NEW)];
    server.browser().fill("/login", &fields).await.assert_status(302);
    assert!(server.events().await.contains(&"password_changed".to_owned()));
}

#[tokio::test]
async fn s33_the_tickets_of_the_sessions_that_ended_are_dead() {
    let server = TestServer::start().await;
    let (own, elsewhere) = (server.browser(), server.browser());
    own.sign_in(CAMILLE).await;
    let mail = crate::support::people::MAIL_URL;
    let ticket = elsewhere.sign_in_to(CAMILLE, mail).await;

    own.change(PASSWORD, NEW, NEW).await.assert_status(200);

    server
        .browser()
        .validate(mail, &ticket)
        .await
        .assert_failure("INVALID_TICKET");
}

#[tokio::test]
async fn what_is_wrong_with_a_new_password_is_said_and_nothing_changes() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(EMILE).await;
    let long = "é".repeat(200);
    let cases = [
        ("", NEW, NEW, 200, "Saisissez votre mot de passe actuel"),
        (PASSWORD, "", "", 200, "Saisissez un nouveau mot de passe"),
        (PASSWORD, "court", "court", 200, "au moins 12 caractères"),
        (PASSWORD, NEW, "trois tasses de thé noir", 200, "sont différentes"),
        (PASSWORD, PASSWORD, PASSWORD, 200, "différent de l’actuel"),
        (
            PASSWORD,
            "Vaubrunel le grand",
            "Vaubrunel le grand",
            200,
            "ni votre nom",
        ),
        (PASSWORD, &long, &long, 200, "ne peut pas dépasser 128 caractères"),
        (
            "pas le bon mot de passe",
            NEW,
            NEW,
            401,
            "Le mot de passe actuel est incorrect",
        ),
    ];

    for (current, new, again, status, words) in cases {
        browser
            .change(current, new, again)
            .await
            .assert_form_again(status, words);
    }

    server.browser().try_in(EMILE).await.assert_status(302);
    browser.change(PASSWORD, NEW, NEW).await.assert_status(200);
}

#[tokio::test]
async fn s31_a_password_that_is_too_long_is_refused_whole_and_nothing_is_lost() {
    let server = TestServer::start().await;
    let (browser, elsewhere) = (server.browser(), server.browser());
    browser.sign_in(CAMILLE).await;
    elsewhere.sign_in(CAMILLE).await;
    let sentence: Vec<String> = (1..=300)
        .map(|number| format!("{number} tasses de thé"))
        .collect();
    let sentence = sentence.join(", ");
    let of = |length: usize| -> String { sentence.chars().take(length).collect() };
    let (on_the_way, mail) = ("/account/password?service=", crate::support::people::MAIL_URL);
    let on_the_way = format!("{on_the_way}{}", crate::support::encode(mail));
    let change = async |current: &str, new: &str| {
        let fields = [
            ("currentPassword", current),
            ("newPassword", new),
            ("confirmPassword", new),
        ];
        browser.fill(&on_the_way, &fields).await
    };

    // More often than wrong current passwords would be forgiven.
    for length in [129, 130, 199, 200, 201, 1_025, 4_000] {
        let refused = change(PASSWORD, &of(length)).await;

        refused.assert_form_again(200, "ne peut pas dépasser 128 caractères");
        assert!(!refused.body.contains("tasses de thé"), "{length}");
        assert_eq!(refused.value("service"), mail, "{length}");
    }
    change(&of(200), NEW)
        .await
        .assert_form_again(401, "Le mot de passe actuel est incorrect");
    assert!(browser.is_in().await && elsewhere.is_in().await);
    server.browser().try_in(CAMILLE).await.assert_status(302);

    let longest = of(128);
    let changed = change(PASSWORD, &longest).await;
    changed.assert_status(302);
    assert!(
        changed.location().starts_with("/cas/login?service="),
        "{}",
        changed.location()
    );
    for (password, status) in [(of(127), 401), (of(129), 401), (longest, 302)] {
        let fields = [("username", CAMILLE), ("password", &password)];
        server
            .browser()
            .fill("/login", &fields)
            .await
            .assert_status(status);
    }
}

#[tokio::test]
async fn five_wrong_current_passwords_close_the_session() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    for _ in 0..4 {
        browser.change("pas le bon", NEW, NEW).await.assert_status(401);
    }

    let fifth = browser.change("pas le bon", NEW, NEW).await;

    fifth.assert_status(302);
    assert_eq!(fifth.location(), "/cas/login");
    assert_eq!(browser.cookie("TGC"), None);
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn the_current_password_counts_among_the_tries_to_sign_in() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let device = browser.cookie("CASDEVICE").unwrap();
    let thief = server.browser();
    thief.plant("TGC", &browser.cookie("TGC").unwrap());
    for _ in 0..4 {
        thief.change("pas le bon", NEW, NEW).await.assert_status(401);
    }

    thief.change(PASSWORD, NEW, NEW).await.assert_status(423);
    server.browser().try_in(CAMILLE).await.assert_status(423);

    let owner = server.browser();
    owner.plant("CASDEVICE", &device);
    owner.try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn a_proposed_password_is_the_current_one_however_it_is_typed() {
    let server = TestServer::start().await;
    let noted = server.browser().activate(PENDING, &PROPOSED).await;
    let browser = server.browser();
    browser.sign_in_as_noted(&noted).await.assert_status(302);
    let typed = noted.password.unwrap().replace('-', " ").to_uppercase();

    browser
        .change(&typed, &typed, &typed)
        .await
        .assert_form_again(200, "différent de l’actuel");
    browser.change(&typed, NEW, NEW).await.assert_status(200);

    let fields = [("username", noted.login.as_str()), ("password", NEW)];
    server.browser().fill("/login", &fields).await.assert_status(302);
}

#[tokio::test]
async fn a_temporary_password_is_replaced_and_then_everything_opens() {
    let server = TestServer::start().await;
    server.set_temporary(CAMILLE, "bakt-mwez-hvdr").await;
    let browser = server.browser();
    let fields = [("username", CAMILLE), ("password", "bakt-mwez-hvdr")];
    browser.fill("/login", &fields).await.assert_status(302);
    browser
        .get("/account/password")
        .await
        .assert_says("provisoire doit être remplacé");

    browser
        .change("bakt-mwez-hvdr", NEW, NEW)
        .await
        .assert_status(200);

    assert!(browser.is_in().await);
    let again = [("username", CAMILLE), ("password", "bakt-mwez-hvdr")];
    server.browser().fill("/login", &again).await.assert_status(401);
}

#[tokio::test]
async fn s22_a_change_sent_by_another_site_changes_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let page = browser.get("/account/password").await;
    let fields = [
        ("currentPassword", PASSWORD),
        ("newPassword", NEW),
        ("confirmPassword", NEW),
    ];

    let forged = [("execution", "forged")];
    browser
        .post("/account/password", &[&fields[..], &forged[..]].concat())
        .await
        .assert_status(200);
    let browser = browser.with("sec-fetch-site", "cross-site");
    browser
        .submit(&page, "/account/password", &fields)
        .await
        .assert_status(200);

    server.browser().try_in(CAMILLE).await.assert_status(302);
}

#[tokio::test]
async fn a_browser_without_a_session_is_sent_to_sign_in() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for path in ["/account", "/account/password", "/account/sessions"] {
        let reply = browser.get(path).await;
        reply.assert_status(302);
        assert_eq!(reply.location(), "/cas/login", "{path}");
    }
}
