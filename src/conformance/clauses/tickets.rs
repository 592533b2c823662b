//! Tickets: their form, that each is good once, and for how long.

use std::time::Duration;

use tokio::task::JoinSet;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::finding::{Found, Stop, ensure};

/// How many present one ticket at once.
const CROWD: usize = 50;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "ticket.form",
        "[T-1]",
        "a service ticket is `ST-` and letters, digits and hyphens, at most 256",
        form
    ),
    clause!(
        "ticket.distinct",
        "[T-2]",
        "no two tickets are the same",
        distinct
    ),
    clause!(
        "ticket.once",
        "[T-3] [V-11]",
        "a second validation is `INVALID_TICKET`",
        once
    ),
    clause!(
        "ticket.once-across-doors",
        "[T-3]",
        "a ticket spent at one address is spent at all",
        across_doors
    ),
    clause!(
        "ticket.race",
        "[T-3] [S-10]",
        "of fifty validations at once exactly one succeeds",
        race
    ),
    clause!(
        "ticket.wrong-service",
        "[T-3] [S-11] [S-12]",
        "a wrong service is `INVALID_SERVICE`, and the ticket is spent",
        wrong_service
    ),
    clause!(
        "ticket.unknown",
        "[T-4]",
        "an unknown ticket is `INVALID_TICKET`",
        unknown
    ),
    clause!(
        "ticket.parallel",
        "[T-5]",
        "three tickets for one service are all good",
        parallel
    ),
    clause!(
        "ticket.dies-at-sign-out",
        "[T-6] [S-15]",
        "an unused ticket dies with its session",
        dies
    ),
    clause!(
        "ticket.expires",
        "[S-14]",
        "a ticket is good before its lifetime is over and not after",
        expires
    ),
];

async fn form(bench: &Bench) -> Found {
    let ticket = bench.ticket(&bench.options.service).await?;
    let rest = ticket.strip_prefix("ST-").unwrap_or_default();
    let plain = rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    // Twenty random bytes are 27 characters in the densest alphabet that is allowed.
    if plain && (27..=253).contains(&rest.len()) {
        return Ok(());
    }
    Err(Stop::failed(
        "ST- and 27 to 253 letters, digits and hyphens",
        ticket,
    ))
}

async fn distinct(bench: &Bench) -> Found {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..5 {
        if !seen.insert(bench.ticket(&bench.options.service).await?) {
            return Err(Stop::failed("five different tickets", "one ticket twice"));
        }
    }
    Ok(())
}

async fn once(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    bench.accepted(service, &ticket).await?;
    bench.refused(service, &ticket, "INVALID_TICKET").await?;
    Ok(())
}

async fn across_doors(bench: &Bench) -> Found {
    let service = &bench.options.service;
    for first in ["/validate", "/serviceValidate", "/proxyValidate"] {
        let ticket = bench.ticket(service).await?;
        bench.present(first, service, &ticket, "").await?;
        bench.refused(service, &ticket, "INVALID_TICKET").await?;
    }
    Ok(())
}

async fn race(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let mut crowd = JoinSet::new();
    let url = bench.url(&format!(
        "/p3/serviceValidate?service={}&ticket={ticket}",
        crate::conformance::browser::encode(service)
    ))?;
    for _ in 0..CROWD {
        let (browser, url) = (bench.browser(), url.clone());
        crowd.spawn(async move { browser.get(&url).await });
    }
    let (mut accepted, mut refused) = (0, 0);
    while let Some(reply) = crowd.join_next().await {
        let reply = reply.map_err(|_| Stop::failed("an answer", "none"))??;
        if reply.user().is_some() {
            accepted += 1;
        } else {
            ensure(reply.code() == Some("INVALID_TICKET"), "INVALID_TICKET", &reply)?;
            refused += 1;
        }
    }
    if (accepted, refused) == (1, CROWD - 1) {
        return Ok(());
    }
    Err(Stop::failed(
        format!("1 success and {} refusals", CROWD - 1),
        format!("{accepted} and {refused}"),
    ))
}

async fn wrong_service(bench: &Bench) -> Found {
    let service = bench.at("conformance/right");
    let ticket = bench.ticket(&service).await?;
    let wrong = bench.at("conformance/wrong");
    bench.refused(&wrong, &ticket, "INVALID_SERVICE").await?;
    bench.refused(&service, &ticket, "INVALID_TICKET").await?;
    Ok(())
}

async fn unknown(bench: &Bench) -> Found {
    let ticket = "ST-1-abcdefghijklmnopqrstuvwxyz01234567890";
    bench
        .refused(&bench.options.service, ticket, "INVALID_TICKET")
        .await?;
    Ok(())
}

async fn parallel(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let mut tickets = Vec::new();
    for _ in 0..3 {
        tickets.push(bench.ticket(service).await?);
    }
    for ticket in tickets {
        bench.accepted(service, &ticket).await?;
    }
    Ok(())
}

async fn dies(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let (browser, ticket) = bench.fresh(service).await?;
    bench.sign_out(&browser).await?;
    bench.refused(service, &ticket, "INVALID_TICKET").await?;
    Ok(())
}

async fn expires(bench: &Bench) -> Found {
    let Some(lifetime) = bench.options.ticket_lifetime else {
        return Err(Stop::not_tried("the lifetime of tickets was not named"));
    };
    let service = &bench.options.service;
    let third = lifetime / 3;
    let early = bench.ticket(service).await?;
    let late = bench.ticket(service).await?;
    bench.options.time.pass(third * 2).await;
    bench.accepted(service, &early).await?;
    bench
        .options
        .time
        .pass(third + Duration::from_secs(1) + third / 3)
        .await;
    bench.refused(service, &late, "INVALID_TICKET").await?;
    Ok(())
}
