//! Tests of `cas::rest`.

use chrono::TimeZone;
use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

fn asked(media: Media, body: &str) -> Asked {
    Asked::parse(&media.decode(body.as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_form_and_an_object_with_the_same_keys_ask_the_same() {
    let form = asked(
        Media::Form,
        "username=camille&password=a+b%26c&service=https%3A%2F%2Fa%2F&renew=true&rememberMe=on",
    );
    let object = asked(
        Media::Json,
        r#"{"username":"camille","password":"a b&c","service":"https://a/","renew":true,"rememberMe":"on"}"#,
    );

    for asked in [form, object] {
        let credentials = asked.credentials.unwrap();
        assert_eq!(credentials.login, "camille");
        assert_eq!(credentials.password.expose_secret(), "a b&c");
        assert_eq!(asked.service.as_deref(), Some("https://a/"));
        assert!(asked.renew && asked.remember_me);
    }
}

#[test]
fn a_blank_or_missing_half_is_no_credentials() {
    for body in [
        "",
        "username=a",
        "password=a",
        "username=&password=a",
        "username=a&password=%20",
    ] {
        assert!(asked(Media::Form, body).credentials.is_none(), "{body}");
    }
    for body in [
        "{}",
        r#"{"username":"a","password":null}"#,
        r#"{"username":" ","password":"a"}"#,
    ] {
        assert!(asked(Media::Json, body).credentials.is_none(), "{body}");
    }
}

#[test]
fn the_service_comes_before_target() {
    assert_eq!(asked(Media::Form, "TARGET=b").service.as_deref(), Some("b"));
    assert_eq!(
        asked(Media::Form, "TARGET=b&service=a").service.as_deref(),
        Some("a")
    );
}

#[test]
fn what_is_neither_form_nor_object_is_of_no_known_media() {
    assert_eq!(Media::of(""), Some(Media::Form));
    assert_eq!(Media::of("Application/JSON; charset=UTF-8"), Some(Media::Json));
    for other in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/xml",
    ] {
        assert_eq!(Media::of(other), None, "{other}");
    }
}

#[test]
fn the_page_is_for_those_who_ask_for_anything_or_for_a_page() {
    for accept in [None, Some(""), Some("*/*"), Some("text/html,application/xml")] {
        assert!(wants_page(accept), "{accept:?}");
    }
    for accept in ["application/json", "text/plain", "application/json, text/html"] {
        assert!(!wants_page(Some(accept)), "{accept}");
    }
}

#[test]
fn the_answers_have_exactly_these_bytes() {
    let at = Utc.with_ymd_and_hms(2026, 1, 5, 9, 30, 10).unwrap();
    let attributes = vec![("mail".to_owned(), vec!["a@univ.example".to_owned()])];

    assert_eq!(
        user("camille", &attributes, at),
        r#"{"authentication":{"authenticationDate":"2026-01-05T09:30:10Z","principal":{"id":"camille","attributes":{"mail":["a@univ.example"]}},"attributes":{}}}"#
    );
    assert_eq!(
        refused("invalid credentials"),
        r#"{"authentication_exceptions":["invalid credentials"]}"#
    );
    assert_eq!(
        created("https://sso.univ.example/cas/v1/tickets/TGT-1"),
        r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>201 CREATED</title></head><body><h1>TGT Created</h1><form action="https://sso.univ.example/cas/v1/tickets/TGT-1" method="POST">Service:<input type="text" name="service" value=""><br><input type="submit" value="Submit"></form></body></html>"#
    );
    assert!(created("https://a/\"><script>").contains("action=\"https://a/&quot;&gt;&lt;script&gt;\""));
}

#[test]
fn what_was_asked_never_prints_a_password() {
    let printed = format!("{:?}", asked(Media::Form, "username=camille&password=s3cret"));

    assert!(!printed.contains("s3cret"), "{printed}");
}

proptest! {
    #[test]
    fn any_body_is_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for media in [Media::Form, Media::Json] {
            if let Ok(parameters) = media.decode(&body) {
                let _ = Asked::parse(&parameters);
            }
        }
    }
}
