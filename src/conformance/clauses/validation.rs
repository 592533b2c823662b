//! Validation by CAS 2.0 and 3.0: exact bytes, codes, and what an application may ask.

use quick_xml::events::Event;
use reqwest::Method;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::encode;
use crate::conformance::finding::{Found, Stop, ensure, same};
use crate::conformance::reply::{Reply, element, elements};

const XML: [&str; 4] = [
    "/serviceValidate",
    "/proxyValidate",
    "/p3/serviceValidate",
    "/p3/proxyValidate",
];

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "xml.doors",
        "[V-5]",
        "all four XML addresses accept a service ticket",
        doors
    ),
    clause!(
        "xml.beginning",
        "[V-4]",
        "a success begins with `<cas:serviceResponse`: no declaration, no byte order mark, no blank line",
        beginning
    ),
    clause!(
        "xml.namespace",
        "[V-4]",
        "the root binds the prefix `cas` in single quotes, once",
        namespace
    ),
    clause!(
        "xml.order",
        "[V-5] [V-6]",
        "`authenticationSuccess` is the only child of the root, and `user` its first, bare",
        order
    ),
    clause!(
        "xml.well-formed",
        "[V-8]",
        "success and failure are well-formed XML without DOCTYPE",
        well_formed
    ),
    clause!(
        "xml.lines",
        "[V-9]",
        "each element stands on a line of its own",
        lines
    ),
    clause!(
        "xml.no-wrappers",
        "[V-7] [X-7]",
        "nothing empty: no `proxies`, no `proxyGrantingTicket` for a plain service ticket",
        no_wrappers
    ),
    clause!(
        "xml.failure",
        "[E-1] [V-10]",
        "every failure is a 200 with a code and a text that is not blank, at all four addresses",
        failure
    ),
    clause!(
        "xml.protocol-attributes",
        "[A-1]",
        "the three protocol attributes are there, each once, at `/serviceValidate` too",
        protocol_attributes
    ),
    clause!(
        "xml.names",
        "[A-5] [A-6]",
        "no attribute has a name of the protocol, and none an empty value",
        names
    ),
    clause!(
        "xml.missing",
        "CAS 3.0.3 section 2.5.3",
        "a missing or blank `service` or `ticket` is `INVALID_REQUEST` and spends no ticket",
        missing
    ),
    clause!(
        "xml.case",
        "[P-1]",
        "names of parameters are case-sensitive",
        case
    ),
    clause!(
        "xml.twice",
        "[P-5]",
        "a ticket given twice is `INVALID_REQUEST` and is not spent",
        twice
    ),
    clause!(
        "xml.renew-met",
        "[L-9]",
        "`renew` is met by a ticket from new credentials, which says so",
        renew_met
    ),
    clause!(
        "xml.renew-unmet",
        "[T-3] [L-9]",
        "`renew` refuses a ticket from single sign-on as `INVALID_TICKET` and spends it",
        renew_unmet
    ),
    clause!("xml.stray", "[E-3]", "unknown parameters are ignored", stray),
    clause!("xml.post", "[V-2]", "parameters may come as a form", post),
    clause!(
        "xml.callback-refused",
        "CAS 3.0.3 section 2.5.4",
        "a callback that cannot be called is `INVALID_PROXY_CALLBACK`, and the ticket is spent",
        callback_refused
    ),
];

/// A success at a door.
async fn success(bench: &Bench, door: &str) -> Result<Reply, Stop> {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let reply = bench.present(door, service, &ticket, "").await?;
    let good = reply.status == 200 && reply.user() == Some(bench.options.user.as_str());
    ensure(good, "200 with the user", &reply)?;
    Ok(reply)
}

async fn doors(bench: &Bench) -> Found {
    for door in XML {
        success(bench, door).await?;
    }
    Ok(())
}

async fn beginning(bench: &Bench) -> Found {
    let reply = success(bench, "/p3/serviceValidate").await?;
    let good = reply.body.starts_with("<cas:serviceResponse");
    ensure(good, "<cas:serviceResponse at the very beginning", &reply)
}

async fn namespace(bench: &Bench) -> Found {
    let reply = success(bench, "/p3/serviceValidate").await?;
    let root = "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>";
    let once = reply.body.matches("xmlns").count() == 1;
    ensure(reply.body.contains(root) && once, root, &reply)
}

async fn order(bench: &Bench) -> Found {
    let reply = success(bench, "/p3/serviceValidate").await?;
    let root = reply.body.trim();
    let inner = root
        .split_once('>')
        .filter(|_| root.starts_with("<cas:serviceResponse"))
        .and_then(|(_, rest)| rest.strip_suffix("</cas:serviceResponse>"))
        .map(str::trim);
    let only = inner.and_then(|inner| {
        inner
            .strip_prefix("<cas:authenticationSuccess>")?
            .strip_suffix("</cas:authenticationSuccess>")
    });
    let user = format!("<cas:user>{}</cas:user>", bench.options.user);
    let first = only.is_some_and(|only| only.trim_start().starts_with(&user));
    ensure(
        first,
        "authenticationSuccess alone in the root, cas:user first in it",
        &reply,
    )
}

fn check_xml(reply: &Reply) -> Found {
    let mut reader = quick_xml::Reader::from_str(&reply.body);
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => break,
            Ok(Event::DocType(_)) => return Err(Stop::answered("no DOCTYPE", reply)),
            Ok(_) => {}
            Err(error) => {
                return Err(Stop::failed(
                    "well-formed XML",
                    format!("{error}: {}", reply.body),
                ));
            }
        }
    }
    ensure(depth == 0 && !reply.body.is_empty(), "well-formed XML", reply)
}

async fn well_formed(bench: &Bench) -> Found {
    check_xml(&success(bench, "/p3/serviceValidate").await?)?;
    let service = &bench.options.service;
    let hostile = "ST-1-<&>\"'";
    let reply = bench.present("/p3/serviceValidate", service, hostile, "").await?;
    check_xml(&reply)
}

async fn lines(bench: &Bench) -> Found {
    let reply = success(bench, "/p3/serviceValidate").await?;
    let crowded = |line: &str| line.matches("</").count() > 1 || line.contains("><cas:");
    let one_each = !reply.body.lines().any(crowded);
    ensure(one_each, "one element a line", &reply)
}

async fn no_wrappers(bench: &Bench) -> Found {
    for door in ["/p3/serviceValidate", "/proxyValidate"] {
        let reply = success(bench, door).await?;
        let body = &reply.body;
        let nothing = !body.contains("cas:prox") && !body.contains("/>");
        ensure(
            nothing,
            "no proxies, no proxyGrantingTicket, nothing empty",
            &reply,
        )?;
    }
    Ok(())
}

async fn failure(bench: &Bench) -> Found {
    let service = encode(&bench.options.service);
    for door in XML {
        for query in [
            format!("?service={service}&ticket=ST-1-unknown"),
            format!("?service={service}"),
            String::new(),
        ] {
            let reply = bench.ask(&format!("{door}{query}")).await?;
            ensure(reply.status == 200, "200", &reply)?;
            let text = reply
                .body
                .split_once("<cas:authenticationFailure code=")
                .and_then(|(_, rest)| rest.split_once('>'))
                .and_then(|(_, rest)| rest.split_once('<'))
                .map_or("", |(text, _)| text);
            let good = !text.trim().is_empty() && reply.code().is_some_and(|code| !code.is_empty());
            ensure(good, "authenticationFailure with a code and a text", &reply)?;
        }
    }
    Ok(())
}

async fn protocol_attributes(bench: &Bench) -> Found {
    for door in ["/serviceValidate", "/p3/serviceValidate"] {
        let reply = success(bench, door).await?;
        let inside = reply.element("cas:attributes").unwrap_or_default();
        for name in [
            "authenticationDate",
            "longTermAuthenticationRequestTokenUsed",
            "isFromNewLogin",
        ] {
            let values = elements(inside, &format!("cas:{name}"));
            ensure(values.len() == 1, &format!("one cas:{name} at {door}"), &reply)?;
        }
        let date = element(inside, "cas:authenticationDate").unwrap_or_default();
        let parsed = chrono::DateTime::parse_from_rfc3339(date);
        ensure(parsed.is_ok(), "a date with its zone", &reply)?;
        for name in ["isFromNewLogin", "longTermAuthenticationRequestTokenUsed"] {
            let value = element(inside, &format!("cas:{name}")).unwrap_or_default();
            ensure(
                matches!(value, "true" | "false"),
                "true or false in lower case",
                &reply,
            )?;
        }
    }
    Ok(())
}

async fn names(bench: &Bench) -> Found {
    let reply = success(bench, "/p3/serviceValidate").await?;
    let inside = reply.element("cas:attributes").unwrap_or_default();
    for name in [
        "user",
        "proxy",
        "proxies",
        "proxyGrantingTicket",
        "attributes",
        "attribute",
    ] {
        let clash = inside.contains(&format!("<cas:{name}>"));
        ensure(!clash, &format!("no attribute called {name}"), &reply)?;
    }
    let empty = inside.contains("/>") || inside.contains("></");
    ensure(!empty, "no empty value", &reply)
}

async fn missing(bench: &Bench) -> Found {
    let raw = &bench.options.service;
    let ticket = bench.ticket(raw).await?;
    let service = encode(raw);
    for query in [
        format!("?ticket={ticket}"),
        format!("?ticket={ticket}&service="),
        format!("?ticket={ticket}&service=%20"),
        format!("?service={service}"),
        format!("?service={service}&ticket="),
        String::new(),
    ] {
        let reply = bench.ask(&format!("/serviceValidate{query}")).await?;
        let good = reply.status == 200 && reply.code() == Some("INVALID_REQUEST");
        ensure(good, "200, INVALID_REQUEST", &reply)?;
    }
    bench.accepted(raw, &ticket).await?;
    Ok(())
}

async fn case(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let query = format!("/serviceValidate?Service={}&TICKET={ticket}", encode(service));
    let reply = bench.ask(&query).await?;
    ensure(reply.code() == Some("INVALID_REQUEST"), "INVALID_REQUEST", &reply)
}

async fn twice(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let more = format!("&ticket={ticket}");
    let reply = bench.present("/serviceValidate", service, &ticket, &more).await?;
    ensure(reply.code() == Some("INVALID_REQUEST"), "INVALID_REQUEST", &reply)?;
    bench.accepted(service, &ticket).await?;
    Ok(())
}

async fn renew_met(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let (_, ticket) = bench.fresh(service).await?;
    let reply = bench
        .present("/p3/serviceValidate", service, &ticket, "&renew=true")
        .await?;
    let good = reply.user() == Some(bench.options.user.as_str())
        && reply.element("cas:isFromNewLogin") == Some("true");
    ensure(good, "a success with isFromNewLogin true", &reply)
}

async fn renew_unmet(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let plain = bench.ticket(service).await?;
    let reply = bench.accepted(service, &plain).await?;
    let old = reply.element("cas:isFromNewLogin").unwrap_or("false");
    same("false", old)?;
    let ticket = bench.ticket(service).await?;
    let reply = bench
        .present("/p3/serviceValidate", service, &ticket, "&renew=true")
        .await?;
    let refused = reply.status == 200 && reply.code() == Some("INVALID_TICKET");
    ensure(refused, "200, INVALID_TICKET", &reply)?;
    bench.refused(service, &ticket, "INVALID_TICKET").await?;
    Ok(())
}

async fn stray(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let more = "&locale=fr&entityId=x&foo";
    let reply = bench.present("/serviceValidate", service, &ticket, more).await?;
    ensure(reply.user().is_some(), "a success", &reply)
}

async fn post(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let body = format!("service={}&ticket={ticket}", encode(service));
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let reply = bench
        .request(Method::POST, "/serviceValidate", &kind, Some(body))
        .await?;
    let page = reply.header("content-type").starts_with("text/html");
    if page || matches!(reply.status, 403..=405) {
        return Err(Stop::not_offered(format!("POST is answered {}", reply.status)));
    }
    ensure(reply.user().is_some(), "a success", &reply)
}

async fn callback_refused(bench: &Bench) -> Found {
    let service = &bench.options.service;
    for callback in [
        "https://no-such-host.invalid/callback",
        "http://no-such-host.invalid/callback",
        "not-an-address",
    ] {
        let ticket = bench.ticket(service).await?;
        let more = format!("&pgtUrl={}", encode(callback));
        let reply = bench.present("/serviceValidate", service, &ticket, &more).await?;
        let refused = reply.status == 200 && reply.code() == Some("INVALID_PROXY_CALLBACK");
        ensure(
            refused,
            &format!("200, INVALID_PROXY_CALLBACK for {callback}"),
            &reply,
        )?;
        bench.refused(service, &ticket, "INVALID_TICKET").await?;
    }
    Ok(())
}
