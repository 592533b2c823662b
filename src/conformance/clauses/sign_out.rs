//! The end of a session, as the browser sees it.

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::{Cookie, cookies, encode};
use crate::conformance::finding::{Found, Stop, ensure, same};

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "sign-out.ends",
        "[O-2]",
        "one GET ends the session: its old cookies get the form",
        ends
    ),
    clause!(
        "sign-out.page",
        "CAS 3.0.3 section 2.3.2",
        "without service it is a page with 200",
        page
    ),
    clause!(
        "sign-out.without-session",
        "[O-1]",
        "it works without a session, as often as one likes",
        without_session
    ),
    clause!(
        "sign-out.cookie",
        "[C-2]",
        "the cookie is deleted with its path, `Max-Age=0` and a date in 1970",
        cookie
    ),
    clause!(
        "sign-out.redirect",
        "CAS 3.0.3 section 2.3.1",
        "a registered service gets the browser back by 302, its address unchanged",
        redirect
    ),
    clause!(
        "sign-out.unregistered",
        "[S-06]",
        "an unregistered service gets nobody, and the session ends all the same",
        unregistered
    ),
    clause!("sign-out.url", "[S-06]", "`url` is ignored", url),
];

async fn ends(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let (browser, _) = bench.fresh(service).await?;
    let held = browser.cookies();
    bench.sign_out(&browser).await?;
    for cookie in held {
        browser.plant(cookie);
    }
    let reply = bench.open(&browser, service, "").await?;
    ensure(
        reply.status == 200 && reply.sign_in_form().is_some(),
        "200 with the sign-in form",
        &reply,
    )
}

async fn page(bench: &Bench) -> Found {
    let (browser, _) = bench.fresh(&bench.options.service).await?;
    let reply = bench.sign_out(&browser).await?;
    let html = reply.header("content-type").starts_with("text/html");
    ensure(reply.status == 200 && html, "200, HTML", &reply)
}

async fn without_session(bench: &Bench) -> Found {
    let browser = bench.browser();
    for _ in 0..2 {
        let reply = bench.sign_out(&browser).await?;
        ensure(reply.status == 200, "200", &reply)?;
    }
    Ok(())
}

async fn cookie(bench: &Bench) -> Found {
    let (browser, _) = bench.fresh(&bench.options.service).await?;
    let held = browser.cookies();
    let reply = bench.sign_out(&browser).await?;
    let deleted: Vec<Cookie> = cookies(&reply).into_iter().filter(Cookie::is_deletion).collect();
    let good = deleted.iter().any(|cookie| {
        let same_place = held
            .iter()
            .any(|known| known.name == cookie.name && known.attribute("path") == cookie.attribute("path"));
        let long_ago = cookie
            .attribute("expires")
            .is_some_and(|date| date.contains("1970"));
        same_place && cookie.attribute("max-age") == Some("0") && long_ago
    });
    if good {
        return Ok(());
    }
    let lines: Vec<String> = deleted
        .iter()
        .map(|cookie| format!("{}=; {}", cookie.name, cookie.attributes))
        .collect();
    let received = if lines.is_empty() {
        "no cookie is deleted".to_owned()
    } else {
        lines.join(" | ")
    };
    Err(Stop::failed(
        "the session cookie with its path, Max-Age=0 and Expires in 1970",
        received,
    ))
}

async fn redirect(bench: &Bench) -> Found {
    let (browser, _) = bench.fresh(&bench.options.service).await?;
    let service = bench.at("conformance/bye?a=%2f&b");
    let url = bench.url(&format!("/logout?service={}", encode(&service)))?;
    let reply = browser.get(&url).await?;
    ensure(reply.status == 302, &format!("302 to {service}"), &reply)?;
    same(&service, reply.location())
}

async fn unregistered(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let (browser, ticket) = bench.fresh(service).await?;
    let url = bench.url(&format!("/logout?service={}", encode(&bench.options.refused)))?;
    let reply = browser.get(&url).await?;
    ensure(!reply.is_redirect(), "no redirect", &reply)?;
    bench.refused(service, &ticket, "INVALID_TICKET").await?;
    Ok(())
}

async fn url(bench: &Bench) -> Found {
    let (browser, _) = bench.fresh(&bench.options.service).await?;
    for address in [&bench.options.refused, &bench.options.service] {
        let url = bench.url(&format!("/logout?url={}", encode(address)))?;
        let reply = browser.get(&url).await?;
        ensure(
            !reply.is_redirect() && reply.status == 200,
            "200, no redirect",
            &reply,
        )?;
    }
    Ok(())
}
