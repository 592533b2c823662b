//! How the browser is sent to a service: the address keeps every byte, and the ticket comes last.

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::encode;
use crate::conformance::finding::{Found, Stop, ensure, same};
use crate::conformance::reply::ticket_of;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "address.plain",
        "[S-5]",
        "`?ticket=` follows an address without query",
        plain
    ),
    clause!(
        "address.query",
        "[S-5]",
        "`&ticket=` follows an address with a query, which stays as it is",
        query
    ),
    clause!(
        "address.bare-key",
        "[S-1]",
        "`?url` does not become `?url=`",
        bare_key
    ),
    clause!(
        "address.fragment",
        "[S-5]",
        "the ticket stands before the fragment",
        fragment
    ),
    clause!(
        "address.non-ascii",
        "[S-6]",
        "spaces and non-ASCII letters are percent-encoded, and what is encoded stays",
        non_ascii
    ),
    clause!(
        "address.jsessionid",
        "[S-1]",
        "`;jsessionid` stays in the redirect",
        jsessionid
    ),
    clause!(
        "address.decoded-once",
        "[P-2]",
        "`%252F` in the request is `%2F` in the address and stays so",
        decoded_once
    ),
    clause!(
        "address.spelling",
        "[P-2]",
        "an address sent unencoded or in lower-case hexadecimal digits is the same",
        spelling
    ),
    clause!(
        "address.order",
        "[P-3]",
        "other parameters may come before the service",
        order
    ),
    clause!(
        "address.method-post",
        "[L-11]",
        "`method=POST` hands the ticket over by a form that goes to the address itself",
        method_post
    ),
    clause!(
        "address.method-header",
        "[L-11]",
        "`method=HEADER` hands the ticket over in headers",
        method_header
    ),
    clause!(
        "address.method-unknown",
        "[L-11]",
        "an unknown `method` means a redirect",
        method_unknown
    ),
    clause!(
        "address.method-kept",
        "[L-11]",
        "`method` survives the sign-in form",
        method_kept
    ),
];

/// The redirect to `service` must be `before`, the ticket, `after`; the ticket must be good for `service`.
async fn handed(bench: &Bench, service: &str, before: &str, after: &str) -> Found {
    let browser = bench.session().await?;
    let reply = bench.open(browser, service, "").await?;
    let reply = bench.follow(browser, reply).await?;
    let ticket = reply.must_have_ticket()?;
    same(&format!("{before}{ticket}{after}"), reply.location())?;
    bench.accepted(service, &ticket).await?;
    Ok(())
}

async fn plain(bench: &Bench) -> Found {
    let service = bench.at("conformance/plain");
    handed(bench, &service, &format!("{service}?ticket="), "").await
}

async fn query(bench: &Bench) -> Found {
    let service = bench.at("conformance/query?b=2&a=1&empty=&x=%41");
    handed(bench, &service, &format!("{service}&ticket="), "").await
}

async fn bare_key(bench: &Bench) -> Found {
    let service = bench.at("conformance/callback?url");
    handed(bench, &service, &format!("{service}&ticket="), "").await
}

async fn fragment(bench: &Bench) -> Found {
    let service = bench.at("conformance/app?a=1");
    let with = format!("{service}#/home?x=1");
    handed(bench, &with, &format!("{service}&ticket="), "#/home?x=1").await
}

async fn non_ascii(bench: &Bench) -> Found {
    let service = bench.at("conformance/d\u{e9}p\u{f4}t de/?q=\u{153}&r=%C3%a9");
    let before = bench.at("conformance/d%C3%A9p%C3%B4t%20de/?q=%C5%93&r=%C3%a9&ticket=");
    handed(bench, &service, &before, "").await
}

async fn jsessionid(bench: &Bench) -> Found {
    let service = bench.at("conformance/java;jsessionid=1F.node?y=2");
    handed(bench, &service, &format!("{service}&ticket="), "").await
}

async fn decoded_once(bench: &Bench) -> Found {
    let service = bench.at("conformance/next?to=%2Fpath%3Fa%3D1");
    handed(bench, &service, &format!("{service}&ticket="), "").await
}

async fn spelling(bench: &Bench) -> Found {
    let service = bench.at("conformance/spelled");
    let lower = encode(&service).replace("%3A", "%3a").replace("%2F", "%2f");
    for spelled in [&service, &lower] {
        let url = bench.url(&format!("/login?service={spelled}"))?;
        let browser = bench.session().await?;
        let reply = browser.get(&url).await?;
        let reply = bench.follow(browser, reply).await?;
        let ticket = reply.must_have_ticket()?;
        same(&format!("{service}?ticket={ticket}"), reply.location())?;
    }
    Ok(())
}

async fn order(bench: &Bench) -> Found {
    let service = bench.at("conformance/order");
    let url = bench.url(&format!(
        "/login?renew=&gateway=true&service={}",
        encode(&service)
    ))?;
    let browser = bench.session().await?;
    let reply = browser.get(&url).await?;
    bench.follow(browser, reply).await?.must_have_ticket().map(|_| ())
}

async fn method_post(bench: &Bench) -> Found {
    let service = bench.at("conformance/posted?a=1&b=%2f");
    for value in ["POST", "post"] {
        let more = format!("&method={value}");
        let reply = bench.open(bench.session().await?, &service, &more).await?;
        if reply.ticket().is_some() {
            return Err(Stop::not_offered("`method=POST` is answered with a redirect"));
        }
        let form = reply
            .forms()
            .into_iter()
            .find(|form| form.field("ticket").is_some())
            .ok_or_else(|| Stop::answered("200 with a form that holds the ticket", &reply))?;
        same("post", &form.method)?;
        same(&service, form.action.as_deref().unwrap_or_default())?;
        let ticket = form
            .field("ticket")
            .map(|field| field.value.clone())
            .unwrap_or_default();
        bench.accepted(&service, &ticket).await?;
    }
    Ok(())
}

async fn method_header(bench: &Bench) -> Found {
    let service = bench.at("conformance/headers?a=1");
    let reply = bench
        .open(bench.session().await?, &service, "&method=HEADER")
        .await?;
    if reply.ticket().is_some() {
        return Err(Stop::not_offered("`method=HEADER` is answered with a redirect"));
    }
    ensure(reply.status == 200, "200", &reply)?;
    same(&service, reply.header("service"))?;
    bench.accepted(&service, reply.header("ticket")).await?;
    Ok(())
}

async fn method_unknown(bench: &Bench) -> Found {
    let browser = bench.session().await?;
    let reply = bench
        .open(browser, &bench.options.service, "&method=bogus")
        .await?;
    let reply = bench.follow(browser, reply).await?;
    reply.must_have_ticket().map(|_| ())
}

async fn method_kept(bench: &Bench) -> Found {
    let service = bench.at("conformance/kept");
    let browser = bench.browser();
    let reply = bench.submit(&browser, &service, "&method=POST", &[]).await?;
    let form = reply
        .forms()
        .into_iter()
        .find(|form| form.field("ticket").is_some());
    match form {
        Some(form) => same(&service, form.action.as_deref().unwrap_or_default()),
        None if ticket_of(reply.location()).is_some() => {
            method_post(bench).await?;
            Err(Stop::answered("200 with a form that holds the ticket", &reply))
        }
        None => Err(Stop::answered("200 with a form that holds the ticket", &reply)),
    }
}
