//! Validation by CAS 1.0: two lines.

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::encode;
use crate::conformance::finding::{Found, ensure, same};

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "validate.success",
        "[V-3]",
        "`/validate` says `yes`, the login, each with a line feed, and nothing more",
        cas_1
    ),
    clause!(
        "validate.failure",
        "[V-3]",
        "`/validate` says `no` and two line feeds, whatever is wrong",
        cas_1_failure
    ),
    clause!(
        "validate.type",
        "[V-3]",
        "`/validate` answers text/plain",
        cas_1_type
    ),
];

async fn cas_1(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let reply = bench.present("/validate", service, &ticket, "").await?;
    ensure(reply.status == 200, "200", &reply)?;
    same(&format!("yes\n{}\n", bench.options.user), &reply.body)
}

async fn cas_1_failure(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let used = bench.ticket(service).await?;
    bench.present("/validate", service, &used, "").await?;
    let (service, used) = (encode(service), encode(&used));
    for query in [
        format!("?service={service}&ticket={used}"),
        format!("?service={service}&ticket=ST-1-unknown"),
        format!("?service={service}"),
        format!("?ticket={used}"),
        String::new(),
    ] {
        let reply = bench.ask(&format!("/validate{query}")).await?;
        ensure(reply.status == 200, "200", &reply)?;
        same("no\n\n", &reply.body)?;
    }
    Ok(())
}

async fn cas_1_type(bench: &Bench) -> Found {
    let reply = bench.ask("/validate?service=x&ticket=ST-1").await?;
    let plain = reply.header("content-type").starts_with("text/plain");
    ensure(plain, "text/plain", &reply)
}
