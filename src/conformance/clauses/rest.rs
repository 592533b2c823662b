//! Tickets by REST.

use std::time::Duration;

use reqwest::Method;

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::{Cookie, encode};
use crate::conformance::finding::{Found, Stop, ensure};
use crate::conformance::reply::Reply;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "rest.created",
        "CAS REST",
        "good credentials are a 201 with the ticket's address in `Location`",
        created
    ),
    clause!(
        "rest.accept",
        "CAS REST",
        "the 201 is a page with a form for browsers and the bare ticket for others",
        accept
    ),
    clause!(
        "rest.refused",
        "CAS REST",
        "missing credentials are a 400 and wrong ones a 401 with a JSON list of reasons",
        refused
    ),
    clause!("rest.get", "[H-5]", "GET on the collection is a 405", get),
    clause!(
        "rest.service-ticket",
        "CAS REST",
        "a service ticket is the whole body of a 200, and is good once",
        service_ticket
    ),
    clause!(
        "rest.service-ticket-refused",
        "CAS REST",
        "no service is a 400, an unregistered one a 403, an unknown ticket a 404",
        service_ticket_refused
    ),
    clause!(
        "rest.state",
        "CAS REST",
        "asking whether a ticket lives is a 200 or 404 and spends nothing",
        state
    ),
    clause!(
        "rest.not-from-new-login",
        "[L-9]",
        "a service ticket by REST is not from new credentials",
        not_new
    ),
    clause!(
        "rest.delete",
        "[O-7]",
        "DELETE is a 200, ends the session and tells its services",
        delete
    ),
    clause!(
        "rest.no-cookie",
        "[S-20]",
        "the ticket's name is no browser's cookie",
        no_cookie
    ),
    clause!(
        "rest.users",
        "CAS REST",
        "`/v1/users` answers who somebody is, without a session",
        users
    ),
];

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn post(bench: &Bench, path: &str, accept: &str, body: String) -> Result<Reply, Stop> {
    let headers = [FORM, ("accept", accept)];
    bench.request(Method::POST, path, &headers, Some(body)).await
}

fn credentials(bench: &Bench) -> String {
    format!(
        "username={}&password={}",
        encode(&bench.options.user),
        encode(bench.password())
    )
}

/// Answers whether there is REST at all, before a password is sent.
async fn offered(bench: &Bench) -> Found {
    let reply = post(bench, "/v1/tickets", "*/*", String::new()).await?;
    if matches!(reply.status, 404 | 405 | 501) || reply.is_redirect() {
        return Err(Stop::not_offered(format!(
            "POST /v1/tickets is answered {}",
            reply.status
        )));
    }
    Ok(())
}

/// A ticket-granting ticket's name.
async fn granting(bench: &Bench) -> Result<String, Stop> {
    offered(bench).await?;
    let reply = post(bench, "/v1/tickets", "*/*", credentials(bench)).await?;
    let name = reply.location().rsplit('/').next().unwrap_or_default();
    let good = reply.status == 201 && name.starts_with("TGT-");
    ensure(good, "201, Location: .../v1/tickets/TGT-...", &reply)?;
    Ok(name.to_owned())
}

async fn service_ticket_for(bench: &Bench, granting: &str, service: &str) -> Result<String, Stop> {
    let body = format!("service={}", encode(service));
    let reply = post(bench, &format!("/v1/tickets/{granting}"), "*/*", body).await?;
    let good = reply.status == 200 && reply.body.starts_with("ST-") && !reply.body.contains('\n');
    ensure(good, "200, the ticket alone", &reply)?;
    Ok(reply.body)
}

async fn created(bench: &Bench) -> Found {
    granting(bench).await.map(|_| ())
}

async fn accept(bench: &Bench) -> Found {
    offered(bench).await?;
    let page = post(bench, "/v1/tickets", "text/html", credentials(bench)).await?;
    let wanted = format!("action=\"{}\"", page.location());
    let good = page.status == 201 && page.header("content-type").starts_with("text/html");
    ensure(
        good && page.body.contains(&wanted),
        &format!("201, HTML with {wanted}"),
        &page,
    )?;
    let bare = post(bench, "/v1/tickets", "application/json", credentials(bench)).await?;
    let name = bare.location().rsplit('/').next().unwrap_or_default();
    ensure(
        bare.status == 201 && bare.body.trim_end() == name,
        "201, the bare ticket",
        &bare,
    )
}

async fn refused(bench: &Bench) -> Found {
    offered(bench).await?;
    let reply = post(
        bench,
        "/v1/tickets",
        "*/*",
        format!("username={}", encode(&bench.options.user)),
    )
    .await?;
    ensure(reply.status == 400, "400", &reply)?;
    let wrong = bench.wrong_password()?;
    let body = format!("username={}&password={wrong}", encode(&bench.options.user));
    let reply = post(bench, "/v1/tickets", "*/*", body).await?;
    let good = reply.status == 401 && reply.body.contains("authentication_exceptions");
    ensure(good, "401, {\"authentication_exceptions\":[...]}", &reply)
}

async fn get(bench: &Bench) -> Found {
    offered(bench).await?;
    let reply = bench.ask("/v1/tickets").await?;
    ensure(reply.status == 405, "405", &reply)
}

async fn service_ticket(bench: &Bench) -> Found {
    let granting = granting(bench).await?;
    let service = &bench.options.service;
    let ticket = service_ticket_for(bench, &granting, service).await?;
    bench.accepted(service, &ticket).await?;
    bench.refused(service, &ticket, "INVALID_TICKET").await?;
    Ok(())
}

async fn service_ticket_refused(bench: &Bench) -> Found {
    let granting = granting(bench).await?;
    let path = format!("/v1/tickets/{granting}");
    let reply = post(bench, &path, "*/*", String::new()).await?;
    ensure(reply.status == 400, "400 without service", &reply)?;
    let body = format!("service={}", encode(&bench.options.refused));
    let reply = post(bench, &path, "*/*", body).await?;
    ensure(reply.status == 403, "403 for an unregistered service", &reply)?;
    let unknown = "/v1/tickets/TGT-1-abcdefghijklmnopqrstuvwxyz0123456789";
    let body = format!("service={}", encode(&bench.options.service));
    let reply = post(bench, unknown, "*/*", body).await?;
    ensure(reply.status == 404, "404 for an unknown ticket", &reply)
}

async fn state(bench: &Bench) -> Found {
    let granting = granting(bench).await?;
    let service = &bench.options.service;
    let ticket = service_ticket_for(bench, &granting, service).await?;
    for name in [&granting, &ticket] {
        let reply = bench.ask(&format!("/v1/tickets/{name}")).await?;
        ensure(
            reply.status == 200 && reply.body == *name,
            "200, its name",
            &reply,
        )?;
    }
    bench.accepted(service, &ticket).await?;
    let reply = bench.ask("/v1/tickets/TGT-1-unknown").await?;
    ensure(reply.status == 404, "404", &reply)
}

async fn not_new(bench: &Bench) -> Found {
    let granting = granting(bench).await?;
    let service = &bench.options.service;
    let ticket = service_ticket_for(bench, &granting, service).await?;
    let reply = bench.accepted(service, &ticket).await?;
    ensure(
        reply.element("cas:isFromNewLogin") == Some("false"),
        "isFromNewLogin false",
        &reply,
    )
}

async fn delete(bench: &Bench) -> Found {
    let granting = granting(bench).await?;
    let told = bench.listening("conformance/rest").ok();
    let service = told
        .as_ref()
        .map_or_else(|| bench.options.service.clone(), |(service, ..)| service.clone());
    let ticket = service_ticket_for(bench, &granting, &service).await?;
    bench.accepted(&service, &ticket).await?;
    let path = format!("/v1/tickets/{granting}");
    for _ in 0..2 {
        let reply = bench.request(Method::DELETE, &path, &[], None).await?;
        ensure(reply.status == 200, "200", &reply)?;
    }
    let reply = bench.ask(&path).await?;
    ensure(reply.status == 404, "404 afterwards", &reply)?;
    let Some((_, at, listener)) = told else {
        return Ok(());
    };
    let heard = listener.wait(&at, 1, Duration::from_secs(10)).await;
    if heard.iter().any(|heard| heard.body.contains(&ticket)) {
        return Ok(());
    }
    Err(Stop::failed("a sign-out message with the ticket", "none"))
}

async fn no_cookie(bench: &Bench) -> Found {
    let granting = granting(bench).await?;
    let browser = bench.browser();
    let mut names: Vec<String> = bench
        .session()
        .await?
        .cookies()
        .into_iter()
        .map(|cookie| cookie.name)
        .collect();
    names.push("TGC".to_owned());
    for name in names {
        browser.plant(Cookie {
            name,
            value: granting.clone(),
            attributes: String::new(),
        });
    }
    let reply = bench.open(&browser, &bench.options.service, "").await?;
    ensure(reply.ticket().is_none(), "no ticket", &reply)
}

async fn users(bench: &Bench) -> Found {
    offered(bench).await?;
    let reply = post(bench, "/v1/users", "application/json", credentials(bench)).await?;
    if matches!(reply.status, 404 | 405) {
        return Err(Stop::not_offered(format!(
            "POST /v1/users is answered {}",
            reply.status
        )));
    }
    let value: serde_json::Value =
        serde_json::from_str(&reply.body).map_err(|_| Stop::answered("200, JSON", &reply))?;
    let id = value["authentication"]["principal"]["id"].as_str();
    ensure(
        reply.status == 200 && id == Some(bench.options.user.as_str()),
        "the principal's id",
        &reply,
    )
}
