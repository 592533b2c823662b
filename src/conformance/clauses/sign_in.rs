//! The sign-in page and what comes of sending it.

use super::{Clause, clause};
use crate::conformance::bench::Bench;
use crate::conformance::browser::{Browser, Cookie, cookies};
use crate::conformance::finding::{Found, Stop, ensure, same};
use crate::conformance::form::{Field, visible};
use crate::conformance::reply::Reply;

pub(super) const CLAUSES: &[Clause] = &[
    clause!(
        "sign-in.form",
        "[L-3]",
        "the page is HTML in UTF-8 with one POST form, its action, a field for the login and one for the password",
        form
    ),
    clause!(
        "sign-in.names",
        "CAS 3.0.3 section 2.2.1",
        "the fields are called `username` and `password`",
        names
    ),
    clause!(
        "sign-in.token",
        "[L-3]",
        "the token stands on the page with exactly the bytes that scripts look for",
        token
    ),
    clause!(
        "sign-in.escapes",
        "[L-4]",
        "the page repeats no markup of the service address",
        escapes
    ),
    clause!(
        "sign-in.success",
        "[L-9] [L-12]",
        "good credentials lead to the service by 302 with a ticket",
        success
    ),
    clause!(
        "sign-in.wrong-password",
        "[L-7] [H-8]",
        "a wrong password is a 401 with the form, without ticket and without challenge",
        wrong
    ),
    clause!(
        "sign-in.unknown-login",
        "[L-7]",
        "an unknown login is answered like a wrong password",
        unknown
    ),
    clause!(
        "sign-in.blank-password",
        "[L-8]",
        "a blank password shows the form again with 200",
        blank
    ),
    clause!(
        "sign-in.sent-twice",
        "[L-5]",
        "a form sent a second time authenticates nobody",
        sent_twice
    ),
    clause!(
        "sign-in.without-token",
        "[L-5]",
        "credentials without the hidden fields of a form authenticate nobody",
        without_token
    ),
    clause!(
        "sign-in.service-in-address",
        "[P-4]",
        "a form without service uses that of the address it is sent to",
        service_in_address
    ),
    clause!(
        "sign-in.no-credentials",
        "CAS 3.0.3 section 2.2",
        "a POST without credentials shows the form with 200",
        no_credentials
    ),
    clause!(
        "sign-in.password-in-address",
        "[P-6]",
        "a password in the address authenticates nobody",
        in_address
    ),
    clause!(
        "sign-in.cookie-alone",
        "[C-4]",
        "one cookie alone is enough for single sign-on",
        cookie_alone
    ),
    clause!(
        "sign-in.cookie-attributes",
        "[C-1]",
        "that cookie has HttpOnly, SameSite=Lax and a path, no Domain, no age, and Secure under https",
        cookie_attributes
    ),
    clause!(
        "sign-in.cookie-changes",
        "[C-5]",
        "that cookie has another value after credentials were given again",
        cookie_changes
    ),
    clause!(
        "sign-in.warn",
        "CAS 3.0.3 section 2.2.1",
        "who ticked `warn` is asked before each service, and gets the ticket on agreeing",
        warn
    ),
    clause!(
        "sign-in.remember-me",
        "CAS 3.0.3 section 2.2.1",
        "who ticked `rememberMe` gets a cookie with an age, and services are told",
        remember
    ),
];

async fn form(bench: &Bench) -> Found {
    let page = bench.open(&bench.browser(), &bench.options.service, "").await?;
    ensure(page.status == 200, "200", &page)?;
    let kind = page.header("content-type").to_lowercase().replace([' ', '"'], "");
    same("text/html;charset=utf-8", &kind)?;
    let forms = page.forms();
    ensure(forms.len() == 1, "exactly one form", &page)?;
    let form = &forms[0];
    same("post", &form.method)?;
    ensure(form.action.is_some(), "a form with an action", &page)?;
    let fields = form.signs_in();
    ensure(fields, "a field for the login and one for the password", &page)
}

async fn names(bench: &Bench) -> Found {
    let page = bench.open(&bench.browser(), &bench.options.service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let name = |field: Option<&Field>| field.map(|field| field.name.clone()).unwrap_or_default();
    same(
        "username, password",
        &format!("{}, {}", name(form.user()), name(form.password())),
    )
}

async fn token(bench: &Bench) -> Found {
    let page = bench.open(&bench.browser(), &bench.options.service, "").await?;
    let known = page
        .sign_in_form()
        .is_some_and(|form| form.field("execution").is_some());
    if !known {
        return Err(Stop::not_offered("the form has no field `execution`"));
    }
    let exact = page
        .body
        .contains("<input type=\"hidden\" name=\"execution\" value=\"")
        && page
            .body
            .contains("<input type=\"hidden\" name=\"_eventId\" value=\"submit\"/>");
    let expected = "<input type=\"hidden\" name=\"execution\" value=\"TOKEN\"/> and \
                    <input type=\"hidden\" name=\"_eventId\" value=\"submit\"/>";
    ensure(exact, expected, &page)
}

async fn escapes(bench: &Bench) -> Found {
    let service = bench.at("?q=\"><i id=conformance>'");
    let page = bench.open(&bench.browser(), &service, "").await?;
    let clean = !page.body.contains("<i id=conformance>");
    if clean {
        return Ok(());
    }
    Err(Stop::failed(
        "no markup of the address on the page",
        "<i id=conformance> on the page",
    ))
}

async fn success(bench: &Bench) -> Found {
    let service = &bench.options.service;
    let reply = bench.submit(&bench.browser(), service, "", &[]).await?;
    ensure(reply.status == 302, "302 with a ticket", &reply)?;
    reply.must_have_ticket()?;
    let to_service = reply.location().starts_with(service.as_str());
    ensure(to_service, &format!("Location: {service}?ticket=..."), &reply)
}

/// Signs in with a wrong password; answers what came.
async fn try_wrong(bench: &Bench, user: Option<&str>) -> Result<Reply, Stop> {
    let password = bench.wrong_password()?;
    let browser = bench.browser();
    let service = &bench.options.service;
    let page = bench.open(&browser, service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let values = form
        .signed(user.unwrap_or(&bench.options.user), password)
        .ok_or_else(|| Stop::answered("fields for login and password", &page))?;
    browser.submit(&page, &form, &values).await
}

async fn wrong(bench: &Bench) -> Found {
    let reply = try_wrong(bench, None).await?;
    ensure(reply.ticket().is_none(), "no ticket", &reply)?;
    ensure(
        reply.sign_in_form().is_some(),
        "the sign-in form again with 401",
        &reply,
    )?;
    ensure(reply.status == 401, "401", &reply)?;
    ensure(
        reply.header("www-authenticate").is_empty(),
        "no WWW-Authenticate",
        &reply,
    )
}

async fn unknown(bench: &Bench) -> Found {
    const NOBODY: &str = "nobody-has-this-login";
    let reply = try_wrong(bench, Some(NOBODY)).await?;
    ensure(reply.ticket().is_none(), "no ticket", &reply)?;
    let other = try_wrong(bench, None).await?;
    let words = |reply: &Reply, login: &str| {
        format!(
            "{}: {}",
            reply.status,
            visible(&reply.body).replace(login, "LOGIN")
        )
    };
    same(&words(&other, &bench.options.user), &words(&reply, NOBODY))
}

async fn blank(bench: &Bench) -> Found {
    let browser = bench.browser();
    let service = &bench.options.service;
    let page = bench.open(&browser, service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let values = form.signed(&bench.options.user, "").unwrap_or_default();
    let reply = browser.submit(&page, &form, &values).await?;
    ensure(reply.ticket().is_none(), "no ticket", &reply)?;
    ensure(
        reply.status == 200 && reply.sign_in_form().is_some(),
        "200 with the form",
        &reply,
    )
}

/// The answer must not have signed anybody in.
async fn nobody_in(bench: &Bench, browser: &Browser, reply: &Reply) -> Found {
    ensure(reply.ticket().is_none(), "no ticket", reply)?;
    let again = bench.open(browser, &bench.options.service, "").await?;
    ensure(again.ticket().is_none(), "no session", &again)
}

async fn sent_twice(bench: &Bench) -> Found {
    let first = bench.browser();
    let page = bench.open(&first, &bench.options.service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let values = form
        .signed(&bench.options.user, bench.password())
        .unwrap_or_default();
    // Whoever sends the form again has the cookies from before it was sent, too.
    let second = bench.browser();
    for cookie in first.cookies() {
        second.plant(cookie);
    }
    let reply = first.submit(&page, &form, &values).await?;
    bench.follow(&first, reply).await?.must_have_ticket()?;
    // Whatever comes now comes of the form, not of a session that took over the cookies from before.
    bench.sign_out(&first).await?;
    let reply = second.submit(&page, &form, &values).await?;
    nobody_in(bench, &second, &reply).await
}

async fn without_token(bench: &Bench) -> Found {
    let browser = bench.browser();
    let page = bench.open(&browser, &bench.options.service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let (Some(user), Some(password)) = (form.user(), form.password()) else {
        return Err(Stop::answered("fields for login and password", &page));
    };
    let values = [
        (user.name.clone(), bench.options.user.clone()),
        (password.name.clone(), bench.password().to_owned()),
    ];
    let reply = browser.post(&page.url, &values).await?;
    nobody_in(bench, &browser, &reply).await
}

async fn service_in_address(bench: &Bench) -> Found {
    let browser = bench.browser();
    let service = bench.at("conformance/scripted");
    let page = bench.open(&browser, &service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let mut values = form
        .signed(&bench.options.user, bench.password())
        .unwrap_or_default();
    values.retain(|(name, _)| name != "service");
    let reply = browser.post(&page.url, &values).await?;
    let reply = bench.follow(&browser, reply).await?;
    reply.must_have_ticket()?;
    ensure(
        reply.location().starts_with(&service),
        &format!("Location: {service}?ticket=..."),
        &reply,
    )
}

async fn no_credentials(bench: &Bench) -> Found {
    let browser = bench.browser();
    let service = ("service".to_owned(), bench.options.service.clone());
    let reply = browser.post(&bench.url("/login")?, &[service]).await?;
    ensure(
        reply.status == 200 && reply.sign_in_form().is_some(),
        "200 with the form",
        &reply,
    )
}

async fn in_address(bench: &Bench) -> Found {
    let browser = bench.browser();
    let page = bench.open(&browser, &bench.options.service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let values = form
        .signed(&bench.options.user, bench.password())
        .unwrap_or_default();
    let mut url = page.url.clone();
    url.query_pairs_mut().extend_pairs(&values);
    let reply = browser.get(&url).await?;
    nobody_in(bench, &browser, &reply).await
}

/// The cookie that is enough by itself, of the shared session.
async fn session_cookie(bench: &Bench) -> Result<Cookie, Stop> {
    let held = bench.session().await?.cookies();
    for cookie in &held {
        let browser = bench.browser();
        browser.plant(cookie.clone());
        let reply = bench.open(&browser, &bench.options.service, "").await?;
        if bench.follow(&browser, reply).await?.ticket().is_some() {
            return Ok(cookie.clone());
        }
    }
    let names: Vec<&str> = held.iter().map(|cookie| cookie.name.as_str()).collect();
    Err(Stop::failed(
        "one cookie that signs in by itself",
        format!("none of {}", names.join(", ")),
    ))
}

async fn cookie_alone(bench: &Bench) -> Found {
    session_cookie(bench).await.map(|_| ())
}

async fn cookie_attributes(bench: &Bench) -> Found {
    let cookie = session_cookie(bench).await?;
    let has = |name: &str| cookie.attribute(name).is_some();
    let lax = cookie
        .attribute("samesite")
        .is_some_and(|value| value.eq_ignore_ascii_case("lax"));
    let secure = has("secure") || bench.base().scheme() != "https";
    let good = has("httponly")
        && lax
        && has("path")
        && secure
        && !has("domain")
        && !has("max-age")
        && !has("expires");
    if good {
        return Ok(());
    }
    let expected = "Path, HttpOnly, SameSite=Lax, no Domain, no Max-Age, no Expires, Secure under https";
    Err(Stop::failed(
        expected,
        format!("{}=...; {}", cookie.name, cookie.attributes),
    ))
}

async fn cookie_changes(bench: &Bench) -> Found {
    let name = session_cookie(bench).await?.name;
    let service = &bench.options.service;
    let (browser, _) = bench.fresh(service).await?;
    let value = || {
        let held = browser.cookies();
        held.into_iter()
            .find(|cookie| cookie.name == name)
            .map(|cookie| cookie.value)
    };
    let before = value();
    bench.sign_in(&browser, service, "&renew=true", &[]).await?;
    if before == value() {
        return Err(Stop::failed(
            format!("another value of {name}"),
            "the value from before",
        ));
    }
    Ok(())
}

async fn warn(bench: &Bench) -> Found {
    let browser = bench.browser();
    let service = bench.at("conformance/warned");
    let page = bench.open(&browser, &service, "").await?;
    let form = page
        .sign_in_form()
        .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
    let Some(field) = form.field("warn") else {
        return Err(Stop::not_offered("the form has no field `warn`"));
    };
    let value = if field.value.is_empty() {
        "true"
    } else {
        &field.value
    };
    bench.sign_in(&browser, &service, "", &[("warn", value)]).await?;
    let question = bench.open(&browser, &service, "").await?;
    ensure(
        question.status == 200 && question.ticket().is_none(),
        "200 with a question",
        &question,
    )?;
    let form = question
        .forms()
        .into_iter()
        .find(|form| !form.signs_in())
        .ok_or_else(|| Stop::answered("a form to agree with", &question))?;
    let reply = browser.submit(&question, &form, &form.values()).await?;
    let reply = bench.follow(&browser, reply).await?;
    bench.accepted(&service, &reply.must_have_ticket()?).await?;
    Ok(())
}

async fn remember(bench: &Bench) -> Found {
    let browser = bench.browser();
    let service = &bench.options.service;
    let page = bench.open(&browser, service, "").await?;
    let offered = page
        .sign_in_form()
        .is_some_and(|form| form.field("rememberMe").is_some());
    if !offered {
        return Err(Stop::not_offered("the form has no field `rememberMe`"));
    }
    let reply = bench
        .submit(&browser, service, "", &[("rememberMe", "true")])
        .await?;
    let aged = |cookie: &Cookie| cookie.attribute("max-age").is_some() && !cookie.is_deletion();
    ensure(cookies(&reply).iter().any(aged), "a cookie with Max-Age", &reply)?;
    let ticket = reply.must_have_ticket()?;
    let told = bench.accepted(service, &ticket).await?;
    let value = told.element("cas:longTermAuthenticationRequestTokenUsed");
    ensure(
        value == Some("true"),
        "longTermAuthenticationRequestTokenUsed true",
        &told,
    )?;
    bench.sign_out(&browser).await?;
    Ok(())
}
