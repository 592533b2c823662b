//! Single logout through the browser: section 8.4 of the protocol, as the page makes it and as services receive it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use vestibule::store::outbox::Outcome;

use crate::support::notices::{enter, form_decoded, messages, registered};
use crate::support::people::{CAMILLE, EMILE, MAIL_URL, PASSWORD};
use crate::support::{Listener, Reply, TestServer, encode};

const APP: &str = "https://app.univ.example/x?a=1#top";
const FRONT: &str = "logout = { kind = \"front_channel\" }";

/// A server with one service of the front channel.
async fn server(more: &str) -> TestServer {
    TestServer::with()
        .service(&registered("app", "https://app.univ.example/", more))
        .start()
        .await
}

/// The addresses that the page calls.
fn calls(page: &Reply) -> Vec<String> {
    page.attributes(".states img", "src")
}

/// The document in a call, and what it was inflated from.
fn document(call: &str) -> (String, Vec<u8>) {
    let (_, value) = call.split_once("logoutRequest=").expect("the parameter");
    let value = value.split(['&', '#']).next().unwrap_or_default();
    let packed = STANDARD.decode(form_decoded(value)).expect("standard base64");
    let text = decompress_to_vec_zlib(&packed).expect("a zlib stream");
    (String::from_utf8(text).expect("a document"), packed)
}

#[tokio::test]
async fn o5_the_page_makes_the_browser_take_the_message_in_a_zlib_stream() {
    let server = server(FRONT).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = enter(&server, &browser, APP).await;

    let page = browser.get("/logout").await;

    page.assert_status(200)
        .assert_says("Service app demande transmise par votre navigateur");
    let calls = calls(&page);
    let [call] = calls.as_slice() else {
        panic!("{calls:?}")
    };
    assert!(
        call.starts_with("https://app.univ.example/x?a=1&logoutRequest=eAEB") && call.ends_with("#top"),
        "{call}"
    );
    let (document, packed) = document(call);
    assert!(document.starts_with("<samlp:LogoutRequest ") && document.contains(">corsonneau</saml:NameID>"));
    assert!(document.contains(&format!("<samlp:SessionIndex>{ticket}</samlp:SessionIndex>")));
    assert!(
        document.len() < 10 * packed.len(),
        "what clients are ready to inflate"
    );
    assert_eq!(
        page.attributes(".states a", "href"),
        calls,
        "and a link, for what images cannot"
    );
    let kept = messages(&server, &browser).await;
    assert_eq!((kept[0].outcome, kept[0].tries), (Outcome::Front, 0));
    assert!(document.contains(&format!(" ID=\"{}\"", kept[0].id)));
}

#[tokio::test]
async fn o5_s25_the_page_may_show_images_of_the_services_called_and_is_never_kept() {
    let server = TestServer::with()
        .service(&registered("app", "https://app.univ.example/", FRONT))
        .service(&registered("lab", "http://lab.univ.example:8080/", FRONT))
        .service(&registered("never", "https://never.univ.example/", FRONT))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, APP).await;
    enter(&server, &browser, "http://lab.univ.example:8080/").await;
    let usual = browser.get("/login").await;

    let page = browser.get("/logout").await;
    let elsewhere = browser.get("/login").await;

    let policy = usual.header("content-security-policy");
    assert!(policy.contains("img-src 'self';"), "{policy}");
    assert_eq!(
        page.header("content-security-policy"),
        policy.replace(
            "img-src 'self'",
            "img-src 'self' http://lab.univ.example:8080 https://app.univ.example"
        )
    );
    assert_eq!(elsewhere.header("content-security-policy"), policy);
    assert!(page.header("cache-control").contains("no-store"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn o5_a_service_that_follows_is_offered_as_a_button_after_the_calls() {
    let server = server(FRONT).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, APP).await;
    let away = format!("/logout?service={}", encode(MAIL_URL));

    let page = browser.get(&away).await;
    let again = browser.get(&away).await;

    page.assert_status(200).assert_says("Revenir à Messagerie");
    assert_eq!(calls(&page).len(), 1);
    assert_eq!(page.count(&format!("a.button[href='{MAIL_URL}']")), 1);
    assert_eq!(
        (again.status, again.location()),
        (302, MAIL_URL),
        "nothing is left to call"
    );
}

#[tokio::test]
async fn o5_signing_out_of_a_session_that_has_gone_idle_makes_the_calls_too() {
    let server = server(FRONT).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, APP).await;
    server.wait(Duration::hours(3));

    let page = browser.get("/logout").await;

    assert_eq!(calls(&page).len(), 1);
    assert_eq!(calls(&browser.get("/logout").await), calls(&page));
}

#[tokio::test]
async fn o5_the_calls_are_made_wherever_the_way_back_was_to_lead() {
    let server = server(FRONT).await;
    let carries_ticket = format!("{MAIL_URL}?ticket=ST-1");
    for back in ["https://nobody.example/", carries_ticket.as_str()] {
        let browser = server.browser();
        browser.sign_in(CAMILLE).await;
        enter(&server, &browser, APP).await;

        let page = browser.get(&format!("/logout?service={}", encode(back))).await;

        page.assert_status(200);
        assert_eq!(calls(&page).len(), 1, "{back}");
        assert_eq!(page.count(&format!("a[href='{back}']")), 0);
    }
}

#[tokio::test]
async fn o5_the_list_seen_again_makes_the_calls_again() {
    let server = server(FRONT).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, APP).await;

    let page = browser.get("/logout").await;
    let again = browser.get("/logout").await;
    let stranger = server.browser().get("/logout").await;

    assert_eq!(calls(&again), calls(&page));
    assert!(
        again
            .header("content-security-policy")
            .contains("https://app.univ.example")
    );
    assert!(calls(&stranger).is_empty());
}

#[tokio::test]
async fn o5_the_definitions_addresses_take_the_place_of_the_tickets() {
    let more = "logout = { kind = \"front_channel\", dialect = \"nameless\", url = \"https://out.univ.example/1\", \
                urls = [\"https://out.univ.example/2?x\"] }";
    let server = server(more).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, APP).await;

    let page = browser.get("/logout").await;

    let mut calls = calls(&page);
    calls.sort();
    assert!(
        calls[0].starts_with("https://out.univ.example/1?logoutRequest="),
        "{calls:?}"
    );
    assert!(
        calls[1].starts_with("https://out.univ.example/2?x&logoutRequest="),
        "{calls:?}"
    );
    assert_eq!(calls.len(), 2);
    assert!(document(&calls[0]).0.contains(">@NOT_USED@</saml:NameID>"));
}

#[tokio::test]
async fn o5_the_server_itself_never_calls_a_service_of_the_front_channel() {
    let (front, back) = (Listener::start(&[200]), Listener::start(&[200]));
    let server = TestServer::with()
        .service(&registered("front", &front.url, FRONT))
        .service(&registered("back", &back.url, ""))
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, &front.url).await;
    enter(&server, &browser, &back.url).await;

    let page = browser.get("/logout").await;
    back.heard(1).await;

    assert!(front.heard(0).await.is_empty());
    // What the browser does with the image, done by hand.
    reqwest::get(&calls(&page)[0]).await.expect("the service answers");
    let heard = front.heard(1).await;
    assert_eq!(heard[0].method, "GET");
    assert!(
        heard[0].path.starts_with("/?logoutRequest=eAEB"),
        "{}",
        heard[0].path
    );
    assert!(heard[0].path.len() < 2_048, "{}", heard[0].path.len());
}

#[tokio::test]
async fn o5_o7_where_no_page_follows_a_service_of_the_front_channel_is_not_told() {
    let server = server(FRONT).await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    enter(&server, &browser, APP).await;

    let fields = [("username", EMILE), ("password", PASSWORD)];
    browser
        .fill("/login?renew=true", &fields)
        .await
        .assert_status(302);

    let lines = server
        .lines("SELECT outcome || ' ' || address AS line FROM logout_messages")
        .await;
    assert_eq!(lines, ["unsupported "]);
}
