//! Single sign-on: `renew`, `gateway`, and services that get neither.

use reqwest::Method;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::{Browser, encode};
use crate::conformance::finding::{Found, Stop, ensure, same};
use crate::conformance::reply::Reply;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "session.second-service",
        "CAS 3.0.3 section 2.1",
        "a second service gets its ticket by 302 without a form",
        second_service
    ),
    clause!(
        "session.no-service",
        "CAS 3.0.3 section 2.1.1",
        "without service, who is signed in sees no form",
        no_service
    ),
    clause!(
        "session.renew",
        "CAS 3.0.3 section 2.1.1",
        "`renew` (`true`, `on`, `1`) shows the form in spite of the session",
        renew
    ),
    clause!(
        "session.renew-false",
        "CAS 3.0.3 section 2.1.1",
        "`renew=false` is no `renew`: a widespread client sends it always",
        renew_false
    ),
    clause!(
        "session.renew-ends-nothing",
        "[L-9]",
        "asking for the form with `renew` leaves the session as it is",
        renew_ends_nothing
    ),
    clause!(
        "session.gateway-with",
        "[L-2]",
        "`gateway` with a session yields a ticket",
        gateway_with
    ),
    clause!(
        "session.gateway-without",
        "[L-1]",
        "`gateway` without session goes back by 302 to exactly the address, without ticket",
        gateway_without
    ),
    clause!(
        "session.gateway-dead",
        "[L-1] [C-3]",
        "`gateway` with a cookie of no session does the same",
        gateway_dead
    ),
    clause!(
        "session.gateway-false",
        "CAS 3.0.3 section 2.1.1",
        "a blank `gateway` is none",
        gateway_blank
    ),
    clause!(
        "session.gateway-no-service",
        "CAS 3.0.3 section 2.1.1",
        "`gateway` without service shows the form",
        gateway_no_service
    ),
    clause!(
        "session.renew-gateway",
        "CAS 3.0.3 section 2.1.1",
        "of `renew` and `gateway` together, `renew` counts",
        renew_gateway
    ),
    clause!(
        "session.unregistered",
        "[S-4] [S-04]",
        "an unregistered service is a 403 without form and without redirect",
        unregistered
    ),
    clause!(
        "session.unregistered-gateway",
        "[S-4] [S-05]",
        "an unregistered service is no redirect with `gateway` either, with a session or without",
        unregistered_gateway
    ),
    clause!(
        "session.hostile",
        "[S-3]",
        "nobody is sent to an address with user-info, backslash, line break, another scheme or none",
        hostile
    ),
    clause!(
        "session.twice",
        "[P-5]",
        "two `service` parameters are refused",
        twice
    ),
    clause!("session.stray", "[E-3]", "unknown parameters are ignored", stray),
    clause!(
        "session.target",
        "[P-8]",
        "an address from `TARGET` gets its ticket as `SAMLart`",
        target
    ),
    clause!(
        "session.made-up-cookie",
        "[C-3]",
        "a made-up cookie gets the form",
        made_up
    ),
    clause!(
        "session.head",
        "[H-5] [S-23]",
        "HEAD hands out no ticket that would be lost",
        head
    ),
];

fn shows_form(reply: &Reply) -> Found {
    ensure(
        reply.status == 200 && reply.sign_in_form().is_some(),
        "200 with the sign-in form",
        reply,
    )
}

async fn second_service(bench: &Bench) -> Found {
    let second = bench.second()?;
    let reply = bench.open(bench.session().await?, second, "").await?;
    ensure(reply.status == 302, "302 with a ticket", &reply)?;
    bench.accepted(second, &reply.must_have_ticket()?).await?;
    Ok(())
}

async fn no_service(bench: &Bench) -> Found {
    let browser = bench.session().await?;
    let reply = browser.get(&bench.url("/login")?).await?;
    let reply = bench.follow(browser, reply).await?;
    let signed = reply.status == 200 && reply.sign_in_form().is_none();
    ensure(signed, "200 without sign-in form", &reply)
}

async fn renew(bench: &Bench) -> Found {
    let browser = bench.session().await?;
    for value in ["true", "on", "1", "True"] {
        let more = format!("&renew={value}");
        shows_form(&bench.open(browser, &bench.options.service, &more).await?)?;
    }
    Ok(())
}

async fn renew_false(bench: &Bench) -> Found {
    let browser = bench.session().await?;
    let reply = bench
        .open(browser, &bench.options.service, "&renew=false")
        .await?;
    bench.follow(browser, reply).await?.must_have_ticket().map(|_| ())
}

async fn renew_ends_nothing(bench: &Bench) -> Found {
    let (browser, _) = bench.fresh(&bench.options.service).await?;
    bench
        .open(&browser, &bench.options.service, "&renew=true")
        .await?;
    bench
        .ticket_of(&browser, &bench.options.service)
        .await
        .map(|_| ())
}

async fn gateway_with(bench: &Bench) -> Found {
    let service = bench.at("conformance/gateway?a=1");
    let reply = bench
        .open(bench.session().await?, &service, "&gateway=true")
        .await?;
    ensure(reply.status == 302, "302 with a ticket", &reply)?;
    bench.accepted(&service, &reply.must_have_ticket()?).await?;
    Ok(())
}

/// Back at once, to the very address.
async fn goes_back(bench: &Bench, browser: &Browser) -> Found {
    let service = bench.at("conformance/gateway?a=%2f&b#c");
    let reply = bench.open(browser, &service, "&gateway=true").await?;
    ensure(reply.status == 302, "302 to the service", &reply)?;
    same(&service, reply.location())
}

async fn gateway_without(bench: &Bench) -> Found {
    goes_back(bench, &bench.browser()).await
}

/// A browser with the cookies of a session that is over.
async fn stale(bench: &Bench) -> Result<Browser, Stop> {
    let (browser, _) = bench.fresh(&bench.options.service).await?;
    let held = browser.cookies();
    bench.sign_out(&browser).await?;
    for cookie in held {
        browser.plant(cookie);
    }
    Ok(browser)
}

async fn gateway_dead(bench: &Bench) -> Found {
    goes_back(bench, &stale(bench).await?).await
}

async fn gateway_blank(bench: &Bench) -> Found {
    shows_form(
        &bench
            .open(&bench.browser(), &bench.options.service, "&gateway=")
            .await?,
    )
}

async fn gateway_no_service(bench: &Bench) -> Found {
    shows_form(&bench.browser().get(&bench.url("/login?gateway=true")?).await?)
}

async fn renew_gateway(bench: &Bench) -> Found {
    let more = "&renew=true&gateway=true";
    for browser in [bench.session().await?, &bench.browser()] {
        shows_form(&bench.open(browser, &bench.options.service, more).await?)?;
    }
    Ok(())
}

async fn unregistered(bench: &Bench) -> Found {
    let reply = bench.open(&bench.browser(), &bench.options.refused, "").await?;
    ensure(reply.sign_in_form().is_none(), "no sign-in form", &reply)?;
    ensure(reply.status == 403 && !reply.is_redirect(), "403", &reply)
}

async fn unregistered_gateway(bench: &Bench) -> Found {
    for browser in [bench.session().await?, &bench.browser()] {
        for more in ["&gateway=true", "", "&method=POST"] {
            let reply = bench.open(browser, &bench.options.refused, more).await?;
            let reply = bench.follow(browser, reply).await?;
            let stays = !reply.is_redirect() && !reply.body.contains("ticket=ST-");
            ensure(stays, "a page, no redirect, no ticket", &reply)?;
        }
    }
    Ok(())
}

async fn hostile(bench: &Bench) -> Found {
    let browser = bench.session().await?;
    let service = &bench.options.service;
    let (scheme, rest) = service.split_once("://").unwrap_or(("https", service));
    let hostile = [
        format!("{scheme}://user@{rest}"),
        format!("{scheme}://user:secret@{rest}"),
        format!("{scheme}:\\\\{rest}"),
        bench.at("a\\b"),
        bench.at("a\r\nSet-Cookie: a=b"),
        bench.at("a\0b"),
        format!("javascript:alert(1)//{service}"),
        format!("data:text/html,{service}"),
        format!("//{rest}"),
        format!("ftp://{rest}"),
    ];
    for address in &hostile {
        for more in ["", "&gateway=true"] {
            let reply = bench.open(browser, address, more).await?;
            let reply = bench.follow(browser, reply).await?;
            let stays = !reply.is_redirect() && reply.ticket().is_none();
            ensure(stays, &format!("no redirect to {address:?}"), &reply)?;
        }
    }
    Ok(())
}

async fn twice(bench: &Bench) -> Found {
    let service = encode(&bench.options.service);
    let url = bench.url(&format!("/login?service={service}&service={service}"))?;
    let reply = bench.session().await?.get(&url).await?;
    let refused = (400..500).contains(&reply.status) && !reply.is_redirect();
    ensure(refused, "400", &reply)
}

async fn stray(bench: &Bench) -> Found {
    let browser = bench.session().await?;
    let more = "&entityId=https%3A%2F%2Fidp.example%2F&locale=fr&_cas_retry=1&authn_method=x";
    let reply = bench.open(browser, &bench.options.service, more).await?;
    let reply = bench.follow(browser, reply).await?;
    reply.must_have_ticket().map(|_| ())
}

async fn target(bench: &Bench) -> Found {
    let service = bench.at("conformance/saml");
    let url = bench.url(&format!("/login?TARGET={}", encode(&service)))?;
    let browser = bench.session().await?;
    let reply = browser.get(&url).await?;
    let reply = bench.follow(browser, reply).await?;
    if reply.status == 200 {
        return Err(Stop::not_offered("`TARGET` is not read at sign-in"));
    }
    let ticket = reply.must_have_ticket()?;
    same(&format!("{service}?SAMLart={ticket}"), reply.location())
}

async fn made_up(bench: &Bench) -> Found {
    let browser = bench.browser();
    for mut cookie in bench.session().await?.cookies() {
        "TGT-1-0000000000000000000000000000000000000000".clone_into(&mut cookie.value);
        browser.plant(cookie);
    }
    shows_form(&bench.open(&browser, &bench.options.service, "").await?)
}

async fn head(bench: &Bench) -> Found {
    let query = format!("/login?service={}", encode(&bench.options.service));
    let url = bench.url(&query)?;
    let reply = bench.session().await?.send(Method::HEAD, &url, None).await?;
    ensure(reply.status < 500, "no server error", &reply)?;
    ensure(reply.ticket().is_none(), "no ticket", &reply)
}
