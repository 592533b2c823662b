//! A browser, or a service, whose server may be killed before it answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Client as Http, Method, RequestBuilder, redirect};
use tokio::net::TcpStream;
use tokio::time::interval;

/// The service that everybody visits, percent-encoded.
const SERVICE: &str = "https%3A%2F%2Fmail.univ.example%2F";

/// No answer came, or one that says nothing of what was done.
#[derive(Debug)]
pub struct Lost {
    /// Whether the server may have done what it was asked for.
    pub sent: bool,
    /// What came instead.
    pub why: String,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    /// Where the browser is sent; empty for nowhere.
    pub location: String,
    pub body: String,
}

/// What came of a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    In,
    Wrong,
    /// No try is left for now.
    Waits,
}

/// A browser with its cookies, at an address of its own: no limit of one person touches another.
#[derive(Clone)]
pub struct Client {
    http: Http,
    base: String,
    address: String,
    jar: BTreeMap<String, String>,
    /// Until when it asks once more; never, for most.
    asks_twice_until: Option<Arc<AtomicBool>>,
}

impl Client {
    /// A browser without cookies.
    pub fn new(http: &Http, base: &str, address: &str) -> Self {
        Self {
            http: http.clone(),
            base: base.to_owned(),
            address: address.to_owned(),
            jar: BTreeMap::new(),
            asks_twice_until: None,
        }
    }

    /// The same, who asks once more, when the server is there again, for what no answer came to; until this is set.
    pub fn asking_twice_until(self, over: &Arc<AtomicBool>) -> Self {
        Self {
            asks_twice_until: Some(Arc::clone(over)),
            ..self
        }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Result<Answer, Lost> {
        let asking = self.http.request(Method::GET, format!("{}{path}", self.base));
        self.send(asking).await
    }

    /// Opens the form at `path` and sends it back with `fields` filled in.
    pub async fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Lost> {
        // A page that does not come leaves nothing undone or done.
        let page = self
            .get(path)
            .await
            .map_err(|lost| Lost { sent: false, ..lost })?;
        let hidden = ["execution", "_eventId"].map(|name| (name, value(&page.body, name)));
        let all = hidden.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs = all.chain(fields.iter().copied());
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let asking = self
            .http
            .request(Method::POST, format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(pairs.join("&"));
        self.send(asking).await
    }

    /// Presents a name and a password.
    pub async fn enter(&mut self, login: &str, password: &str) -> Result<Entry, Lost> {
        let answer = self
            .fill("/login", &[("username", login), ("password", password)])
            .await?;
        match answer.status {
            302 => Ok(Entry::In),
            401 => Ok(Entry::Wrong),
            423 | 429 => Ok(Entry::Waits),
            status => Err(unexpected(status)),
        }
    }

    /// Asks for a ticket with the session there is; none where there is no session.
    pub async fn ticket(&mut self) -> Result<Option<String>, Lost> {
        let answer = self.get(&format!("/login?service={SERVICE}")).await?;
        let ticket = answer.location.split_once("ticket=");
        Ok(ticket.map(|(_, ticket)| ticket.to_owned()))
    }

    /// Presents a ticket, as the service does; answers whose it is, and nobody when it is refused.
    pub async fn validate(&self, ticket: &str) -> Result<Option<String>, Lost> {
        let path = format!("/p3/serviceValidate?service={SERVICE}&ticket={ticket}");
        let mut service = Self {
            jar: BTreeMap::new(),
            ..self.clone()
        };
        let Answer { status, body, .. } = service.get(&path).await?;
        if let Some(user) = between(&body, "<cas:user>", "</cas:user>") {
            return Ok(Some(user.to_owned()));
        }
        if body.contains("code=\"INVALID_TICKET\"") {
            return Ok(None);
        }
        Err(Lost {
            sent: true,
            why: format!("{status} {body}"),
        })
    }

    async fn send(&mut self, asking: RequestBuilder) -> Result<Answer, Lost> {
        let cookies: Vec<String> = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut asking = asking
            .header("x-forwarded-for", &self.address)
            .header("accept-language", "fr");
        if !cookies.is_empty() {
            asking = asking.header("cookie", cookies.join("; "));
        }
        let lost = |error: reqwest::Error| Lost {
            sent: !error.is_connect(),
            why: error.without_url().to_string(),
        };
        let again = asking.try_clone();
        let reply = match (asking.send().await, again) {
            (Err(_), Some(again)) if self.server_is_there_again().await => again.send().await,
            (reply, _) => reply,
        };
        let reply = reply.map_err(lost)?;
        let status = reply.status().as_u16();
        let location = reply.headers().get("location");
        let location = location.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let location = location.to_owned();
        let lines = reply.headers().get_all("set-cookie").iter();
        let lines: Vec<String> = lines
            .filter_map(|line| line.to_str().ok())
            .map(str::to_owned)
            .collect();
        let body = reply.text().await.map_err(lost)?;
        if status >= 500 {
            return Err(unexpected(status));
        }
        for line in &lines {
            self.keep(line);
        }
        Ok(Answer {
            status,
            location,
            body,
        })
    }

    /// Waits until the server lets somebody in; answers whether it is worth asking again.
    async fn server_is_there_again(&self) -> bool {
        let Some(over) = &self.asks_twice_until else {
            return false;
        };
        let address = self.base.trim_start_matches("http://").trim_end_matches("/cas");
        let mut clock = interval(Duration::from_millis(10));
        while !over.load(Ordering::SeqCst) {
            clock.tick().await;
            if TcpStream::connect(address).await.is_ok() {
                return true;
            }
        }
        false
    }

    fn keep(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if attributes.contains("Max-Age=0") {
            self.jar.remove(name);
        } else {
            self.jar.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Answer {
    /// The text of the element with this `id`, where the page has it.
    pub fn element(&self, id: &str) -> Option<&str> {
        between(&self.body, &format!("id=\"{id}\">"), "<")
    }
}

/// A client with a connection for each request, so that what could not be connected was never sent.
pub fn http() -> Http {
    // The server installs this too, but it is a program of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Http::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0);
    http.build().expect("a client")
}

fn unexpected(status: u16) -> Lost {
    Lost {
        sent: true,
        why: format!("the answer is a {status}"),
    }
}

/// The value of a hidden field.
fn value(page: &str, name: &str) -> String {
    let value = between(page, &format!("name=\"{name}\" value=\""), "\"");
    value.unwrap_or_default().to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split(after).next()
}

/// Percent-encodes everything but letters and digits.
fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
