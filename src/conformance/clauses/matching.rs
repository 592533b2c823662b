//! Which address a ticket may be presented for, and how it may be spelled.

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::encode;
use crate::conformance::finding::{Found, Stop, ensure};

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "xml.equal",
        "[S-12]",
        "addresses that differ in spelling alone are the same service",
        equal
    ),
    clause!(
        "xml.unequal",
        "[S-12]",
        "addresses that differ in scheme, path or query are not",
        unequal
    ),
    clause!(
        "xml.spelling",
        "[P-2] [P-3]",
        "unencoded and lower-case encoded services and the ticket first are accepted",
        spelling
    ),
    clause!(
        "xml.slashes",
        "[E-2]",
        "repeated slashes in the path count as one",
        slashes
    ),
];

async fn equal(bench: &Bench) -> Found {
    let pairs = [
        ("c/x;jsessionid=9?b=1", "c/x?b=1"),
        ("c/#/home", "c/"),
        ("c/?u=x%2fy", "c/?u=x/y"),
        ("c/?u=x%2fy", "c/?u=x%2Fy"),
        ("c/?q=a+b", "c/?q=a%20b"),
        ("c/my docs/", "c/my%20docs/"),
    ];
    for (issued, presented) in pairs {
        let (issued, presented) = (bench.at(issued), bench.at(presented));
        let ticket = bench.ticket(&issued).await?;
        bench
            .accepted(&presented, &ticket)
            .await
            .map_err(|stop| told(stop, &format!("{presented} accepted for a ticket of {issued}")))?;
    }
    let loud = loud_host(&bench.options.service);
    let ticket = bench.ticket(&bench.options.service).await?;
    bench
        .accepted(&loud, &ticket)
        .await
        .map_err(|stop| told(stop, &format!("{loud} accepted")))?;
    Ok(())
}

/// The address with its host in capitals.
fn loud_host(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let end = rest.find('/').unwrap_or(rest.len());
    format!("{scheme}://{}{}", rest[..end].to_uppercase(), &rest[end..])
}

fn told(stop: Stop, expected: &str) -> Stop {
    match stop {
        Stop::Failed { received, .. } => Stop::failed(expected, received),
        other => other,
    }
}

async fn unequal(bench: &Bench) -> Found {
    let pairs = [
        ("c/x", "c/x/"),
        ("c/x", "c/X"),
        ("c/x", "c/"),
        ("c/x?p=1&q=2", "c/x?q=2&p=1"),
        ("c/x?p=1&q=2", "c/x?p=1"),
        ("c/x?p=1", "c/x"),
        ("c/?u", "c/?u="),
    ];
    let mut pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(issued, presented)| (bench.at(issued), bench.at(presented)))
        .collect();
    let service = bench.at("c/x");
    let other = match service.split_once("://") {
        Some(("https", rest)) => format!("http://{rest}"),
        Some((_, rest)) => format!("https://{rest}"),
        None => service.clone(),
    };
    pairs.push((service, other));
    for (issued, presented) in pairs {
        let ticket = bench.ticket(&issued).await?;
        let reply = bench.validate(&presented, &ticket).await?;
        let expected = format!("{presented} refused for a ticket of {issued}: INVALID_SERVICE");
        ensure(reply.code() == Some("INVALID_SERVICE"), &expected, &reply)?;
    }
    Ok(())
}

async fn spelling(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let lower = encode(service).replace("%3A", "%3a").replace("%2F", "%2f");
    for spelled in [service, &lower] {
        let ticket = bench.ticket(service).await?;
        let reply = bench
            .ask(&format!("/serviceValidate?ticket={ticket}&service={spelled}"))
            .await?;
        ensure(
            reply.user().is_some(),
            &format!("service={spelled} accepted"),
            &reply,
        )?;
    }
    Ok(())
}

async fn slashes(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let reply = bench.present("//serviceValidate", service, &ticket, "").await?;
    ensure(reply.user().is_some(), "a success", &reply)
}
