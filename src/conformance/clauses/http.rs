//! HTTP itself: caching, protective headers, old versions, odd methods.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::encode;
use crate::conformance::finding::{Found, Stop, ensure, same};

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "http.uncacheable",
        "[H-1]",
        "sign-in, sign-out and validation are kept by nobody (`no-store`)",
        uncacheable
    ),
    clause!(
        "http.headers",
        "[H-2] [S-25]",
        "pages forbid sniffing, framing and referrers and have a content security policy",
        headers
    ),
    clause!(
        "http.version-1-0",
        "[H-3]",
        "an HTTP/1.0 request is answered and the connection closed",
        version_1_0
    ),
    clause!(
        "http.length",
        "[H-3]",
        "a validation has a `Content-Length`, is not chunked, and is below 16 KB",
        length
    ),
    clause!(
        "http.plain",
        "[H-4]",
        "nothing is compressed unasked, and header names have their usual capitals",
        plain
    ),
    clause!("http.head", "[H-5]", "HEAD on the sign-in page is a 200", head),
    clause!(
        "http.methods",
        "[H-5]",
        "other methods are a 405 with `Allow`",
        methods
    ),
    clause!(
        "http.root",
        "[H-5]",
        "the base address leads to the sign-in page or a page of its own",
        root
    ),
];

async fn uncacheable(bench: &Bench) -> Found {
    let service = encode(&bench.options.service);
    for path in [
        format!("/login?service={service}"),
        "/logout".to_owned(),
        format!("/serviceValidate?service={service}&ticket=ST-1-unknown"),
        format!("/validate?service={service}&ticket=ST-1-unknown"),
    ] {
        let reply = bench.ask(&path).await?;
        let control = reply.header("cache-control").to_lowercase();
        if !control.contains("no-store") {
            let name = path.split('?').next().unwrap_or(&path);
            return Err(Stop::failed(
                format!("Cache-Control with no-store at {name}"),
                format!("Cache-Control: {control}"),
            ));
        }
    }
    Ok(())
}

async fn headers(bench: &Bench) -> Found {
    let reply = bench.open(&bench.browser(), &bench.options.service, "").await?;
    let policy = reply.header("content-security-policy");
    let framing = policy.contains("frame-ancestors") || !reply.header("x-frame-options").is_empty();
    let referrer = reply.header("referrer-policy");
    let quiet = matches!(referrer, "no-referrer" | "same-origin");
    let good = reply.header("x-content-type-options") == "nosniff" && framing && quiet && !policy.is_empty();
    if good {
        return Ok(());
    }
    let received = [
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "content-security-policy",
    ]
    .map(|name| format!("{name}: {}", reply.header(name)))
    .join(" | ");
    Err(Stop::failed(
        "nosniff, no frames, no referrer elsewhere, a content security policy",
        received,
    ))
}

/// Sends lines on a connection of its own and reads until the server closes it.
async fn raw(bench: &Bench, request: &str) -> Result<String, Stop> {
    let base = bench.base();
    if base.scheme() != "http" {
        return Err(Stop::not_tried("only done without TLS"));
    }
    let host = base.host_str().unwrap_or_default();
    let port = base.port_or_known_default().unwrap_or(80);
    let talk = async {
        let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    match tokio::time::timeout(Duration::from_secs(10), talk).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Stop::failed("an answer", error.to_string())),
        Err(_) => Err(Stop::failed(
            "an answer and the end of the connection",
            "neither within 10 s",
        )),
    }
}

fn authority(bench: &Bench) -> String {
    let base = bench.base();
    let host = base.host_str().unwrap_or_default();
    base.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

async fn version_1_0(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let path = bench.base().path();
    let request = format!(
        "GET {path}/serviceValidate?ticket={ticket}&service={service} HTTP/1.0\r\nHost: {}\r\n\r\n",
        authority(bench)
    );
    let answer = raw(bench, &request).await?;
    let user = format!("<cas:user>{}</cas:user>", bench.options.user);
    let status = answer.split("\r\n").next().unwrap_or_default();
    let good = status.starts_with("HTTP/1.") && status.contains(" 200") && answer.contains(&user);
    if good && !answer.to_lowercase().contains("transfer-encoding") {
        return Ok(());
    }
    Err(Stop::failed(
        format!("200 with {user}, not chunked, then the end"),
        answer,
    ))
}

async fn length(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let reply = bench.accepted(service, &ticket).await?;
    same(&reply.body.len().to_string(), reply.header("content-length"))?;
    ensure(reply.body.len() < 15_000, "less than 16 KB", &reply)
}

async fn plain(bench: &Bench) -> Found {
    let path = bench.base().path();
    let request = format!(
        "GET {path}/serviceValidate?ticket=ST-1&service=x HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        authority(bench)
    );
    let answer = raw(bench, &request).await?;
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let names: Vec<&str> = head
        .split("\r\n")
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    let usual = |name: &&str| name.starts_with(|c: char| c.is_ascii_uppercase());
    let squeezed = names
        .iter()
        .any(|name| name.eq_ignore_ascii_case("content-encoding"));
    if names.iter().all(usual) && !squeezed {
        return Ok(());
    }
    Err(Stop::failed("Content-Type, Content-Length, ...", head))
}

async fn head(bench: &Bench) -> Found {
    let path = format!("/login?service={}", encode(&bench.options.service));
    let reply = bench.request(Method::HEAD, &path, &[], None).await?;
    ensure(reply.status == 200 && reply.body.is_empty(), "200", &reply)
}

async fn methods(bench: &Bench) -> Found {
    for path in ["/login", "/serviceValidate"] {
        let reply = bench.request(Method::DELETE, path, &[], None).await?;
        let good = reply.status == 405 && !reply.header("allow").is_empty();
        ensure(good, &format!("405 with Allow at {path}"), &reply)?;
    }
    Ok(())
}

async fn root(bench: &Bench) -> Found {
    let browser = bench.browser();
    let reply = browser.get(&bench.url("/")?).await?;
    let reply = bench.follow(&browser, reply).await?;
    ensure(reply.status == 200, "200 in the end", &reply)
}
