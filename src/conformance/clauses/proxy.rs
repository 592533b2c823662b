//! Proxy authentication: the callback, proxy tickets, and the chain that a back-end service is told.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::{Browser, encode};
use crate::conformance::finding::{Found, Stop, ensure, same};
use crate::conformance::listener::Answer;
use crate::conformance::reply::{Reply, elements};

/// How many proxy tickets are asked for at once.
const CROWD: usize = 100;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "proxy.callback",
        "[X-1] [X-2]",
        "the callback is called once, with both parameters and its own query, before the answer",
        callback
    ),
    clause!(
        "proxy.iou",
        "[T-1] [V-7]",
        "the answer holds the IOU (`PGTIOU-`), which has nothing of the ticket (`PGT-`)",
        iou
    ),
    clause!(
        "proxy.callback-fails",
        "CAS 3.0.3 section 2.5.4",
        "a callback that answers 404 or 500 is `INVALID_PROXY_CALLBACK`, and the ticket is spent",
        callback_fails
    ),
    clause!(
        "proxy.ticket",
        "CAS 3.0.3 section 2.7.2",
        "`/proxy` hands out a ticket `PT-` that is good once at `/proxyValidate`",
        ticket
    ),
    clause!(
        "proxy.chain",
        "[V-7] [V-8]",
        "the back-end service is told the callback exactly as it was sent, escaped",
        chain
    ),
    clause!(
        "proxy.two-levels",
        "[V-7]",
        "a proxy behind a proxy is told the most recent one first",
        two_levels
    ),
    clause!(
        "proxy.not-at-service-validate",
        "[T-3]",
        "a proxy ticket is `INVALID_TICKET` at the addresses for service tickets, and is spent",
        not_at_service_validate
    ),
    clause!(
        "proxy.never-new",
        "[X-6]",
        "a proxy ticket is never from new credentials, and `renew` refuses it",
        never_new
    ),
    clause!(
        "proxy.codes",
        "[X-4]",
        "`/proxy` names what is wrong: `INVALID_REQUEST`, `INVALID_TICKET`, `UNAUTHORIZED_SERVICE`",
        codes
    ),
    clause!(
        "proxy.many",
        "[X-5]",
        "a hundred proxy tickets at once are a hundred tickets",
        many
    ),
    clause!(
        "proxy.other-scheme",
        "[X-4]",
        "a target may be no web address",
        other_scheme
    ),
    clause!(
        "proxy.dies-at-sign-out",
        "[X-3] [T-6]",
        "a proxy-granting ticket dies with its session",
        dies
    ),
];

/// A proxy: what the listening service holds after its callback was called.
struct Proxy {
    browser: Browser,
    callback: String,
    iou: String,
    granting: String,
}

/// Presents a ticket with a callback at `path` of the listening service.
async fn with_callback(
    bench: &Bench,
    door: &str,
    service: &str,
    ticket: &str,
    callback: &str,
) -> Result<Reply, Stop> {
    let more = format!("&pgtUrl={}", encode(callback));
    bench.present(door, service, ticket, &more).await
}

/// A fresh session and a proxy-granting ticket in it, called back at `path` (with its query) of the listening service.
async fn proxy(bench: &Bench, path: &str) -> Result<Proxy, Stop> {
    let (service, _, _) = bench.listening("conformance/proxy")?;
    let (browser, ticket) = bench.fresh(&service).await?;
    let reply = call_back(bench, "/p3/serviceValidate", &service, &ticket, path).await?;
    Ok(Proxy { browser, ..reply })
}

async fn call_back(
    bench: &Bench,
    door: &str,
    service: &str,
    ticket: &str,
    path: &str,
) -> Result<Proxy, Stop> {
    let (callback, at, listener) = bench.callback(path)?;
    let before = listener.heard(&at).len();
    let reply = with_callback(bench, door, service, ticket, &callback).await?;
    let heard = listener.heard(&at);
    let calls: Vec<_> = heard[before..]
        .iter()
        .filter(|one| one.parameter("pgtId").is_some())
        .collect();
    if calls.is_empty() && reply.code() == Some("INVALID_PROXY_CALLBACK") {
        return Err(Stop::not_offered(format!(
            "an {} callback is refused without being called",
            callback.split(':').next().unwrap_or_default()
        )));
    }
    let iou = reply.element("cas:proxyGrantingTicket");
    let (Some(iou), [.., call]) = (iou, calls.as_slice()) else {
        return Err(Stop::answered(
            "a success with proxyGrantingTicket, and a call to the callback",
            &reply,
        ));
    };
    Ok(Proxy {
        browser: bench.browser(),
        callback,
        iou: iou.to_owned(),
        granting: call.parameter("pgtId").unwrap_or_default(),
    })
}

/// A proxy ticket for a target.
async fn proxied(bench: &Bench, proxy: &Proxy, target: &str) -> Result<String, Stop> {
    let query = format!(
        "/proxy?pgt={}&targetService={}",
        encode(&proxy.granting),
        encode(target)
    );
    let reply = bench.ask(&query).await?;
    let ticket = reply
        .element("cas:proxySuccess")
        .and_then(|_| reply.element("cas:proxyTicket"));
    match ticket {
        Some(ticket) if reply.status == 200 => Ok(ticket.to_owned()),
        _ => Err(Stop::answered("proxySuccess with a proxyTicket", &reply)),
    }
}

/// The service that is proxied to: the second one if there is one.
fn back_end(bench: &Bench) -> &str {
    bench.options.second.as_deref().unwrap_or(&bench.options.service)
}

async fn callback(bench: &Bench) -> Found {
    let path = "conformance/called?proxyResponse=true";
    proxy(bench, path).await?;
    let (_, at, listener) = bench.callback(path)?;
    let heard = listener.heard(&at);
    let shown: Vec<&str> = heard.iter().map(|one| one.target.as_str()).collect();
    let once = heard.len() == 1
        && heard[0].method == "GET"
        && heard[0].parameter("proxyResponse").as_deref() == Some("true")
        && heard[0].parameter("pgtIou").is_some()
        && heard[0].parameter("pgtId").is_some();
    if once {
        return Ok(());
    }
    let expected = format!("one GET {at}?proxyResponse=true&pgtIou=...&pgtId=...");
    Err(Stop::failed(expected, shown.join(" | ")))
}

async fn iou(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/iou").await?;
    let plain = |text: &str, prefix: &str| {
        let rest = text.strip_prefix(prefix).unwrap_or_default();
        !rest.is_empty() && text.len() <= 64 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let tail = |text: &str| text.rsplit('-').next().unwrap_or_default().to_owned();
    let apart = !tail(&proxy.granting).contains(&tail(&proxy.iou));
    if plain(&proxy.iou, "PGTIOU-") && plain(&proxy.granting, "PGT-") && apart {
        return Ok(());
    }
    Err(Stop::failed(
        "PGTIOU- and PGT- with letters, digits and hyphens, at most 64, unrelated",
        format!(
            "{} ({} long) and {} ({} long)",
            proxy.iou,
            proxy.iou.len(),
            proxy.granting,
            proxy.granting.len()
        ),
    ))
}

async fn callback_fails(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/works").await?;
    let (service, _, _) = bench.listening("conformance/proxy")?;
    for status in [404, 500] {
        let (callback, at, listener) = bench.callback(&format!("conformance/answers-{status}"))?;
        listener.answer(&at, Answer::Status(status));
        let ticket = bench.ticket_of(&proxy.browser, &service).await?;
        let reply = with_callback(bench, "/serviceValidate", &service, &ticket, &callback).await?;
        let refused = reply.status == 200 && reply.code() == Some("INVALID_PROXY_CALLBACK");
        ensure(refused, "200, INVALID_PROXY_CALLBACK", &reply)?;
        bench.refused(&service, &ticket, "INVALID_TICKET").await?;
    }
    Ok(())
}

async fn ticket(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/ticket").await?;
    let target = back_end(bench);
    let ticket = proxied(bench, &proxy, target).await?;
    if !ticket.starts_with("PT-") {
        return Err(Stop::failed("PT-...", ticket));
    }
    let reply = bench.present("/proxyValidate", target, &ticket, "").await?;
    ensure(
        reply.user() == Some(bench.options.user.as_str()),
        "a success with the user",
        &reply,
    )?;
    let reply = bench.present("/proxyValidate", target, &ticket, "").await?;
    ensure(
        reply.code() == Some("INVALID_TICKET"),
        "INVALID_TICKET the second time",
        &reply,
    )
}

async fn chain(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance//chain?a=1&b=2").await?;
    let target = back_end(bench);
    let ticket = proxied(bench, &proxy, target).await?;
    let reply = bench.present("/p3/proxyValidate", target, &ticket, "").await?;
    let escaped = proxy.callback.replace('&', "&amp;");
    let proxies = elements(reply.element("cas:proxies").unwrap_or_default(), "cas:proxy");
    ensure(reply.user().is_some(), "a success", &reply)?;
    same(&escaped, &proxies.join(" | "))
}

async fn two_levels(bench: &Bench) -> Found {
    let outer = proxy(bench, "conformance/outer").await?;
    let (service, _, _) = bench.listening("conformance/inner")?;
    let ticket = proxied(bench, &outer, &service).await?;
    let inner = call_back(
        bench,
        "/proxyValidate",
        &service,
        &ticket,
        "conformance/inner-callback",
    )
    .await?;
    let target = back_end(bench);
    let ticket = proxied(bench, &inner, target).await?;
    let reply = bench.present("/proxyValidate", target, &ticket, "").await?;
    let proxies = elements(reply.element("cas:proxies").unwrap_or_default(), "cas:proxy");
    ensure(reply.user().is_some(), "a success", &reply)?;
    let expected = format!("{} | {}", inner.callback, outer.callback);
    same(&expected, &proxies.join(" | "))
}

async fn not_at_service_validate(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/doors").await?;
    let target = back_end(bench);
    for door in ["/serviceValidate", "/p3/serviceValidate"] {
        let ticket = proxied(bench, &proxy, target).await?;
        for door in [door, "/proxyValidate"] {
            let reply = bench.present(door, target, &ticket, "").await?;
            let refused = reply.status == 200 && reply.code() == Some("INVALID_TICKET");
            ensure(refused, &format!("INVALID_TICKET at {door}"), &reply)?;
        }
    }
    let ticket = proxied(bench, &proxy, target).await?;
    let reply = bench.present("/validate", target, &ticket, "").await?;
    same("no\n\n", &reply.body)
}

async fn never_new(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/never-new").await?;
    let target = back_end(bench);
    let ticket = proxied(bench, &proxy, target).await?;
    let reply = bench.present("/p3/proxyValidate", target, &ticket, "").await?;
    ensure(
        reply.element("cas:isFromNewLogin") == Some("false"),
        "isFromNewLogin false",
        &reply,
    )?;
    let ticket = proxied(bench, &proxy, target).await?;
    let reply = bench
        .present("/p3/proxyValidate", target, &ticket, "&renew=true")
        .await?;
    ensure(
        reply.code() == Some("INVALID_TICKET"),
        "INVALID_TICKET with renew",
        &reply,
    )
}

async fn codes(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/codes").await?;
    let target = encode(back_end(bench));
    let unknown = "PGT-1-abcdefghijklmnopqrstuvwxyz0123456789";
    let granting = encode(&proxy.granting);
    let refused = encode(&bench.options.refused);
    for (query, code) in [
        (format!("pgt={granting}"), "INVALID_REQUEST"),
        (format!("targetService={target}"), "INVALID_REQUEST"),
        (format!("pgt={unknown}&targetService={target}"), "INVALID_TICKET"),
        (
            format!("pgt={granting}&targetService={refused}"),
            "UNAUTHORIZED_SERVICE",
        ),
    ] {
        let reply = bench.ask(&format!("/proxy?{query}")).await?;
        let good = reply.status == 200 && reply.proxy_code() == Some(code);
        ensure(good, &format!("200, proxyFailure {code}"), &reply)?;
    }
    Ok(())
}

async fn many(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/many").await?;
    let url = bench.url(&format!(
        "/proxy?pgt={}&targetService={}",
        encode(&proxy.granting),
        encode(back_end(bench))
    ))?;
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let (browser, url) = (bench.browser(), url.clone());
        crowd.spawn(async move { browser.get(&url).await });
    }
    let mut tickets = BTreeSet::new();
    while let Some(reply) = crowd.join_next().await {
        let reply = reply.map_err(|_| Stop::failed("an answer", "none"))??;
        let ticket = reply
            .element("cas:proxyTicket")
            .ok_or_else(|| Stop::answered("a proxyTicket", &reply))?;
        tickets.insert(ticket.to_owned());
    }
    same(&CROWD.to_string(), &tickets.len().to_string())
}

async fn other_scheme(bench: &Bench) -> Found {
    let Some(target) = &bench.options.target else {
        return Err(Stop::not_tried("no target that is no web address was named"));
    };
    let proxy = proxy(bench, "conformance/other-scheme").await?;
    let ticket = proxied(bench, &proxy, target).await?;
    let reply = bench.present("/proxyValidate", target, &ticket, "").await?;
    ensure(reply.user().is_some(), "a success", &reply)
}

async fn dies(bench: &Bench) -> Found {
    let proxy = proxy(bench, "conformance/dies").await?;
    let target = back_end(bench);
    let early = proxied(bench, &proxy, target).await?;
    bench.sign_out(&proxy.browser).await?;
    let reply = bench.present("/proxyValidate", target, &early, "").await?;
    ensure(
        reply.code() == Some("INVALID_TICKET"),
        "INVALID_TICKET for the proxy ticket",
        &reply,
    )?;
    let query = format!(
        "/proxy?pgt={}&targetService={}",
        encode(&proxy.granting),
        encode(target)
    );
    let reply = bench.ask(&query).await?;
    ensure(
        reply.proxy_code() == Some("INVALID_TICKET"),
        "proxyFailure INVALID_TICKET",
        &reply,
    )
}
