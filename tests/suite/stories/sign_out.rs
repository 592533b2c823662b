//! *Déconnexion*.

use crate::support::TestServer;
use crate::support::listener::Listener;
use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};

const TIMETABLE_URL: &str = "https://edt.univ.example/";

#[tokio::test]
async fn signing_out_ends_the_session_and_lists_each_service_with_what_it_heard() {
    let heard = Listener::start(&[200]);
    let library = format!(
        "key = \"library\"\nname = {{ fr = \"Bibliothèque\", en = \"Library\" }}\nurl = \"{}\"",
        heard.url
    );
    let server = TestServer::with().service(&library).start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    for service in [heard.url.as_str(), TIMETABLE_URL] {
        let ticket = browser.visit(service).await;
        assert!(server.browser().validate(service, &ticket).await.is_success());
    }

    let home = browser.get("/login").await;
    let done = browser.submit(&home, "/logout", &[]).await;

    done.assert_status(200).assert_says("Déconnexion terminée");
    done.assert_says("Bibliothèque demande de déconnexion reçue");
    done.assert_says("Emploi du temps déconnexion à faire dans le service");
    assert_eq!(browser.cookie("TGC"), None);
    assert_eq!(server.sessions().await, 0);
    heard.heard(1).await;
    assert_eq!(server.events().await[0], "signed_out");
    browser.get("/logout").await.assert_says("Bibliothèque");
}

#[tokio::test]
async fn a_service_that_is_dead_does_not_keep_anybody_waiting() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let library = format!(
        "key = \"library\"\nname = {{ fr = \"Bibliothèque\", en = \"Library\" }}\nurl = \"http://{nobody}/\""
    );
    let server = TestServer::with().service(&library).start().await;
    let browser = server.browser();
    let service = format!("http://{nobody}/");
    let ticket = browser.sign_in_to(CAMILLE, &service).await;
    assert!(server.browser().validate(&service, &ticket).await.is_success());

    let begun = std::time::Instant::now();
    let done = browser.get("/logout").await;

    done.assert_status(200)
        .assert_says("Bibliothèque réponse en attente");
    assert_eq!(done.count("a[href$='/logout']"), 1, "a way to look again");
    assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_public_computer_is_told_to_close_its_windows_and_forgets_the_pages() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let fields = [
        ("username", CAMILLE),
        ("password", PASSWORD),
        ("publicComputer", "true"),
    ];
    browser.fill("/login", &fields).await.assert_status(302);

    let done = browser.get("/logout").await;

    done.assert_says("fermez maintenant toutes les fenêtres");
    assert_eq!(done.header("clear-site-data"), "\"cache\"");
}

#[tokio::test]
async fn somebody_sent_here_by_another_site_is_asked_first() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let browser = browser.with("sec-fetch-site", "cross-site");

    let question = browser.get("/logout").await;
    question.assert_status(200).assert_says("Se déconnecter ?");
    assert_eq!(server.sessions().await, 1);

    let browser = browser.with("sec-fetch-site", "same-origin");
    let stay = browser.submit(&question, "/logout", &[("answer", "no")]).await;
    assert_eq!(stay.location(), "/cas/login");
    assert_eq!(server.sessions().await, 1);
    browser
        .submit(&question, "/logout", &[("answer", "yes")])
        .await
        .assert_says("Déconnexion terminée");
    assert_eq!(server.sessions().await, 0);
}

#[tokio::test]
async fn signing_out_without_a_session_says_so() {
    let server = TestServer::start().await;

    let done = server.browser().get("/logout").await;

    done.assert_status(200)
        .assert_says("Aucune session n’était ouverte");
}

#[tokio::test]
async fn the_back_button_after_signing_out_opens_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let cookie = browser.cookie("TGC").unwrap();
    let home = browser.get("/login").await;
    assert!(home.header("cache-control").contains("no-store"));
    browser.get("/logout").await;

    browser.plant("TGC", &cookie);

    assert_eq!(browser.get("/login").await.count("input[name=password]"), 1);
    assert_eq!(
        browser
            .get(&format!("/login?service={MAIL_URL}&gateway=true"))
            .await
            .location(),
        MAIL_URL
    );
}
