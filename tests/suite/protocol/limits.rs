//! What malformed and oversized requests get: section 8 of the requirements, and `[S-71]` to `[S-74]`.

use std::time::Duration;

use crate::support::TestServer;

#[tokio::test]
async fn s71_bodies_over_64_kib_are_refused_announced_or_not() {
    let server = TestServer::start().await;
    let announced = "Content-Length: 65537\r\n\r\n".to_owned();
    let chunk = format!("{:x}\r\n{}\r\n", 40_000, "a".repeat(40_000));
    let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");

    for rest in [announced, chunked] {
        let head = format!(
            "POST /cas/login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            server.authority()
        );
        let answer = server.raw(head + &rest).await;

        answer.assert_status(413);
    }
}

#[tokio::test]
async fn s71_headers_over_16_kib_and_over_100_parameters_are_refused() {
    let server = TestServer::start().await;

    let long = format!("X-Long: {}", "a".repeat(17 * 1024));
    server.raw_get("/cas/login", &[&long]).await.assert_status(431);
    let query = "a=1&".repeat(101);
    server
        .raw_get(&format!("/cas/login?{query}"), &[])
        .await
        .assert_status(400);
}

#[tokio::test]
async fn s71_a_head_of_a_megabyte_is_refused_too() {
    let server = TestServer::start().await;

    let long = format!("X-Long: {}", "a".repeat(1024 * 1024));
    let answer = server.raw_get("/cas/login", &[&long]).await;

    assert!(matches!(answer.status(), 400 | 431), "{}", answer.head);
}

#[tokio::test]
async fn s73_a_request_for_another_host_is_misdirected() {
    let server = TestServer::start().await;

    for host in ["evil.example", "localhost.evil.example", "evil.example:80", ""] {
        let request = format!("GET /cas/login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = server.raw(request).await;

        assert!(matches!(answer.status(), 400 | 421), "{host}: {}", answer.head);
        assert!(!answer.body.contains("evil"), "{}", answer.body);
    }
}

#[tokio::test]
async fn s73_without_a_host_or_with_two_a_request_is_malformed() {
    let server = TestServer::start().await;
    let own = format!("Host: {}\r\n", server.authority());

    for hosts in [
        String::new(),
        format!("{own}Host: evil.example\r\n"),
        format!("{own}{own}"),
    ] {
        let request = format!("GET /cas/login HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = server.raw(request).await;

        assert_eq!(answer.status(), 400, "{hosts:?}: {}", answer.head);
    }
}

#[tokio::test]
async fn s73_messages_of_two_meanings_are_malformed_and_the_connection_ends() {
    let server = TestServer::start().await;
    let second = "GET /cas/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let bodies = [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 1a\r\n\r\na",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\na\r\n0\r\n\r\n",
        "Content-Length : 4\r\n\r\nabcd",
    ];

    for body in bodies {
        let request = format!(
            "POST /cas/login HTTP/1.1\r\nHost: {}\r\n{body}{second}",
            server.authority()
        );
        let answer = server.raw(request).await;

        assert_eq!(answer.status(), 400, "{body:?}: {}", answer.head);
        assert!(!answer.body.contains("live\n"), "{body:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn s27_errors_repeat_nothing_of_the_request() {
    let server = TestServer::start().await;
    let marker = "zq9markerzq9";

    let paths = [
        format!("/cas/{marker}"),
        format!("/cas/login?{marker}=%FF"),
        format!("/cas/login?service=https://mail.univ.example/&service={marker}"),
        format!("/cas/login?service=javascript:{marker}"),
        format!("/cas/serviceValidate?service={marker}&ticket=ST-{marker}"),
        format!("/cas/serviceValidate?service={marker}&ticket={marker}&format=JSON"),
        format!("/cas/validate?service={marker}&ticket=ST-{marker}"),
    ];

    for path in paths {
        let answer = server.raw_get(&path, &["Accept-Language: en"]).await;

        assert!(!answer.body.contains(marker), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn s71_a_client_that_does_not_finish_its_head_is_cut_off() {
    let server = TestServer::with()
        .change(|config| config.server.patience.head = Duration::from_millis(50))
        .start()
        .await;

    let answer = server.raw("GET /cas/login HTTP/1.1\r\nHost: local").await;

    assert!(
        answer.head.is_empty() || answer.status() == 408,
        "{}",
        answer.head
    );
}

#[tokio::test]
async fn s71_a_client_that_does_not_finish_its_body_is_cut_off() {
    let server = TestServer::with()
        .change(|config| config.server.patience.body = Duration::from_millis(50))
        .start()
        .await;

    for path in ["/cas/login", "/cas/logout", "/cas/account/activate"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\n", server.authority());
        let unfinished = "Connection: close\r\nContent-Length: 100\r\n\r\nusername=";
        let answer = server.raw(head + unfinished).await;

        answer.assert_status(408);
    }
}
