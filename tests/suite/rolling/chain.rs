//! A full chain: a session's redirect, the ticket in it, and its validation, each at any node.

use reqwest::Method;

use super::front::{Answer, Front, Request};

const SERVICE: &str = "https%3A%2F%2Fmail.univ.example%2F";

/// What a chain took besides the straight way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Detours {
    /// Redirects more than one: the answer to a validation was lost, and its ticket with it.
    pub redirects: usize,
    /// Forms filled in again: the answer to the first was lost.
    pub forms: usize,
}

/// Somebody who is signed in.
pub struct Visitor {
    login: String,
    /// What the browser sends with each request.
    pub cookies: String,
}

impl Visitor {
    /// Signs in: the form, and the password.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn sign_in(front: &Front, login: &str, password: &str) -> Result<(Self, Detours), String> {
        let mut detours = Detours::default();
        loop {
            let page = get(front, "/cas/login", "").await?;
            let request = Request {
                method: Method::POST,
                path: "/cas/login",
                cookies: &page.cookies.join("; "),
                body: format!(
                    "execution={}&_eventId=submit&username={login}&password={}",
                    encode(&field(&page.body, "execution")),
                    encode(password)
                ),
            };
            let sent = match front.send(&request).await {
                Ok(sent) => sent,
                // A person who is told "502" opens the page again, once.
                Err(_) if detours.forms == 0 => {
                    detours.forms += 1;
                    continue;
                }
                Err(lost) => return Err(lost),
            };
            let is_session = |cookie: &&String| cookie.contains("TGC=");
            let Some(cookies) = sent.cookies.iter().find(is_session).cloned() else {
                return Err(format!("the sign-in is answered with {}", sent.status));
            };
            let login = login.to_owned();
            return Ok((Self { login, cookies }, detours));
        }
    }

    /// Visits the service, which validates the ticket.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn visit(&self, front: &Front) -> Result<Detours, String> {
        let mut detours = Detours::default();
        loop {
            let sent = get(front, &format!("/cas/login?service={SERVICE}"), &self.cookies).await?;
            let Some((_, ticket)) = sent.location.split_once("ticket=") else {
                return Err(format!("the redirect is a {}", sent.status));
            };
            let path = format!("/cas/p3/serviceValidate?service={SERVICE}&ticket={ticket}");
            let verdict = get(front, &path, "").await?;
            if verdict
                .body
                .contains(&format!("<cas:user>{}</cas:user>", self.login))
            {
                return Ok(detours);
            }
            // The first time it was sent it may have spent the ticket: the service sends the browser for another.
            let is_spent = verdict.repeated && verdict.body.contains("INVALID_TICKET");
            if !is_spent || detours.redirects > 0 {
                return Err(refused(&sent, &verdict));
            }
            detours.redirects += 1;
        }
    }

    /// Signs out; the cookie then opens nothing any more, at any node.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn sign_out(self, front: &Front) -> Result<(), String> {
        let page = get(front, "/cas/logout", &self.cookies).await?;
        if page.status != 200 {
            return Err(format!("the sign-out is answered with {}", page.status));
        }
        let late = get(front, &format!("/cas/login?service={SERVICE}"), &self.cookies).await?;
        if late.status != 200 {
            return Err(format!(
                "after the sign-out the session still gets a {}",
                late.status
            ));
        }
        Ok(())
    }
}

/// A sign-in, a visit and a sign-out.
///
/// # Errors
/// What went wrong.
pub async fn come_and_go(front: &Front, login: &str, password: &str) -> Result<Detours, String> {
    let (visitor, signing_in) = Visitor::sign_in(front, login, password).await?;
    let visiting = visitor.visit(front).await?;
    visitor.sign_out(front).await?;
    Ok(Detours {
        forms: signing_in.forms,
        ..visiting
    })
}

fn refused(sent: &Answer, verdict: &Answer) -> String {
    let code = verdict.body.split("code=\"").nth(1).unwrap_or_default();
    format!(
        "a ticket of node {} at node {}: {} {}",
        sent.node,
        verdict.node,
        verdict.status,
        code.split('"').next().unwrap_or_default()
    )
}

async fn get(front: &Front, path: &str, cookies: &str) -> Result<Answer, String> {
    let request = Request {
        method: Method::GET,
        path,
        cookies,
        body: String::new(),
    };
    front.send(&request).await
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> String {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    let value = rest.and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

/// Percent-encodes everything but letters and digits.
fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
