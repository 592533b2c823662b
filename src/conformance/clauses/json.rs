//! Validation answered in JSON.

use serde_json::Value;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::finding::{Found, Stop, ensure, same};
use crate::conformance::reply::Reply;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "json.success",
        "[V-12] [V-13]",
        "a success has `user` and `attributes`, whose values are lists, and no unknown key",
        success
    ),
    clause!(
        "json.failure",
        "[V-12]",
        "a failure is a 200 with `code` and `description` alone",
        failure
    ),
    clause!(
        "json.case",
        "[P-1]",
        "`format` is read in any case, at all four addresses",
        case
    ),
    clause!(
        "json.unknown-format",
        "CAS 3.0.3 section 2.5.1",
        "an unknown `format` is `INVALID_REQUEST` in XML",
        unknown
    ),
];

async fn ask(bench: &Bench, door: &str, ticket: &str, format: &str) -> Result<(Reply, Value), Stop> {
    let more = format!("&format={format}");
    let reply = bench.present(door, &bench.options.service, ticket, &more).await?;
    if reply.body.trim_start().starts_with('<') {
        return Err(Stop::not_offered("`format=JSON` is answered in XML"));
    }
    ensure(reply.status == 200, "200", &reply)?;
    let kind = reply.header("content-type").starts_with("application/json");
    ensure(kind, "application/json", &reply)?;
    let value = serde_json::from_str(&reply.body).map_err(|_| Stop::answered("JSON", &reply))?;
    Ok((reply, value))
}

fn keys(value: &Value) -> String {
    let keys = value
        .as_object()
        .map(|object| object.keys().map(String::as_str).collect::<Vec<_>>());
    keys.unwrap_or_default().join(", ")
}

async fn success(bench: &Bench) -> Found {
    let ticket = bench.ticket(&bench.options.service).await?;
    let (reply, value) = ask(bench, "/p3/serviceValidate", &ticket, "JSON").await?;
    same("serviceResponse", &keys(&value))?;
    same("authenticationSuccess", &keys(&value["serviceResponse"]))?;
    let inner = &value["serviceResponse"]["authenticationSuccess"];
    same("attributes, user", &keys(inner))?;
    same(&bench.options.user, inner["user"].as_str().unwrap_or_default())?;
    let lists = inner["attributes"]
        .as_object()
        .is_some_and(|attributes| attributes.values().all(Value::is_array));
    ensure(lists, "attributes, each a list", &reply)
}

async fn failure(bench: &Bench) -> Found {
    let (reply, value) = ask(bench, "/p3/serviceValidate", "ST-1-unknown", "JSON").await?;
    let inner = &value["serviceResponse"]["authenticationFailure"];
    same("authenticationFailure", &keys(&value["serviceResponse"]))?;
    same("code, description", &keys(inner))?;
    same("INVALID_TICKET", inner["code"].as_str().unwrap_or_default())?;
    let described = inner["description"]
        .as_str()
        .is_some_and(|text| !text.trim().is_empty());
    ensure(described, "a description that is not blank", &reply)
}

async fn case(bench: &Bench) -> Found {
    for door in [
        "/serviceValidate",
        "/proxyValidate",
        "/p3/serviceValidate",
        "/p3/proxyValidate",
    ] {
        for format in ["json", "Json"] {
            ask(bench, door, "ST-1-unknown", format).await?;
        }
    }
    Ok(())
}

async fn unknown(bench: &Bench) -> Found {
    ask(bench, "/p3/serviceValidate", "ST-1-unknown", "JSON").await?;
    let service = &bench.options.service;
    let ticket = bench.ticket(service).await?;
    let reply = bench
        .present("/p3/serviceValidate", service, &ticket, "&format=yaml")
        .await?;
    let good = reply.status == 200 && reply.code() == Some("INVALID_REQUEST");
    ensure(good, "200, INVALID_REQUEST", &reply)
}
