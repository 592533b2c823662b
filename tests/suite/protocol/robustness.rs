//! What stays inside: secrets out of the log, a panic out of the other requests.

use actix_web::body::to_bytes;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
use actix_web::{App, HttpResponse, web};
use vestibule::web::Web;
use vestibule::web::guard::guard;

use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};
use crate::support::{TestServer, encode, logs};

async fn panics() -> HttpResponse {
    panic!("the secret reason")
}

async fn answers() -> HttpResponse {
    HttpResponse::Ok().body("well")
}

#[tokio::test]
async fn s74_a_panic_is_a_plain_500_and_harms_no_other_request() {
    let server = TestServer::start().await;
    let state = web::Data::new(Web::new(server.app.clone()).expect("the pages"));
    let app = App::new()
        .app_data(state)
        .wrap(from_fn(guard))
        .route("/cas/broken", web::get().to(panics))
        .route("/cas/sound", web::get().to(answers));
    let app = init_service(app).await;
    let ask = |path: &str| {
        let request = TestRequest::get().uri(path).insert_header(("host", "localhost"));
        request.to_request()
    };

    for _ in 0..2 {
        let broken = try_call_service(&app, ask("/cas/broken")).await;
        let broken = broken.expect_err("a panic is an error").error_response();
        assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(broken.headers().contains_key("content-security-policy"));
        let body = to_bytes(broken.into_body()).await.expect("a body");
        assert_eq!(body, "500");

        let sound = call_service(&app, ask("/cas/sound")).await;
        assert_eq!(sound.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn s74_s80_a_request_that_panics_has_its_line_in_the_log() {
    logs::keep();
    let server = TestServer::start().await;
    let state = web::Data::new(Web::new(server.app.clone()).expect("the pages"));
    let app = App::new()
        .app_data(state)
        .wrap(from_fn(guard))
        .route("/cas/panics", web::get().to(panics));
    let app = init_service(app).await;
    let ask = TestRequest::get()
        .uri("/cas/panics")
        .insert_header(("host", "localhost"));

    let broken = try_call_service(&app, ask.to_request()).await;

    assert!(broken.is_err());
    let log = logs::kept();
    let line = log
        .lines()
        .find(|line| line.contains("vestibule::request") && line.contains("/cas/panics"));
    assert!(line.is_some_and(|line| line.contains("status=500")), "{line:?}");
}

#[tokio::test]
async fn s18_s80_the_log_has_a_line_for_each_request_and_no_secret() {
    logs::keep();
    let server = TestServer::start().await;
    let browser = server.browser();
    let path = format!("/login?service={}&s18marker=1", encode(MAIL_URL));
    let fields = [("username", CAMILLE), ("password", "s18 wrong password")];
    browser.fill(&path, &fields).await.assert_status(401);
    let fields = [("username", CAMILLE), ("password", PASSWORD)];
    let ticket = browser.fill(&path, &fields).await.ticket().to_owned();
    let cookie = browser.cookie("TGC").expect("a session");
    let token = browser.get("/login?renew=true").await.value("execution");

    let service = server.browser();
    service.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
    let replay = service.validate(MAIL_URL, &ticket).await;
    replay.assert_failure("INVALID_TICKET");
    service.get(&format!("/{ticket}")).await.assert_status(404);
    service
        .get(&format!("/login?service=https://evil.example/{ticket}"))
        .await;

    let log = logs::kept();
    assert!(log.contains("/cas/p3/serviceValidate"), "the requests are logged");
    for secret in [
        ticket.as_str(),
        ticket.trim_start_matches("ST-"),
        &cookie,
        &token,
        PASSWORD,
        "s18 wrong password",
        "s18marker",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
