//! A browser: it keeps cookies, follows nothing by itself, and fills forms.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;

use reqwest::{Client, Method, redirect};

use super::headers;
use super::page::Reply;
use super::people::PASSWORD;

/// A browser with its cookies.
pub struct Browser {
    client: Client,
    pub base: String,
    jar: Mutex<BTreeMap<String, String>>,
    headers: Vec<(&'static str, String)>,
    /// Whether nobody stands between it and this server, who could add to an answer.
    is_direct: bool,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        // The server installs this too, but where it is a program of its own it does so elsewhere.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        let headers = vec![("accept-language", "fr".to_owned())];
        Self {
            client,
            base: base.to_owned(),
            jar: Mutex::default(),
            headers,
            is_direct: false,
        }
    }

    /// The same browser at a server of this program, whose every answer is looked at.
    pub fn direct(self) -> Self {
        Self {
            is_direct: true,
            ..self
        }
    }

    /// The same browser sending one more header.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same browser at another node.
    pub fn at(&self, base: &str) -> Self {
        let moved = Self::new(base);
        moved
            .jar
            .lock()
            .expect("the jar")
            .extend(self.jar.lock().expect("the jar").clone());
        moved
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().expect("the jar").get(name).cloned()
    }

    /// Puts a cookie in, as a thief or an old deployment would.
    pub fn plant(&self, name: &str, value: &str) {
        self.jar
            .lock()
            .expect("the jar")
            .insert(name.to_owned(), value.to_owned());
    }

    /// Forgets every cookie.
    pub fn forget(&self) {
        self.jar.lock().expect("the jar").clear();
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        self.send(Method::POST, path, Some(body.join("&"))).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<String>) -> Reply {
        let path = path.strip_prefix("/cas").unwrap_or(path);
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let cookies: Vec<String> = self
            .jar
            .lock()
            .expect("the jar")
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body);
        }
        let reply = Reply::of(request.send().await.expect("the server answers")).await;
        if self.is_direct {
            headers::are_in_order(&reply);
        }
        self.keep(&reply);
        reply
    }

    fn keep(&self, reply: &Reply) {
        let mut jar = self.jar.lock().expect("the jar");
        for line in reply.headers.get_all("set-cookie") {
            let line = line.to_str().expect("a cookie is text");
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Opens the form at `path` and sends it back with `fields` filled in.
    pub async fn fill(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let page = self.get(path).await;
        self.submit(&page, path, fields).await
    }

    /// Sends the form on `page` to `path` with `fields` filled in, hidden fields included.
    pub async fn submit(&self, page: &Reply, path: &str, fields: &[(&str, &str)]) -> Reply {
        let path = path.split('?').next().unwrap_or(path);
        let hidden: Vec<(String, String)> = ["execution", "_eventId", "service", "TARGET", "method", "renew"]
            .iter()
            .map(|name| ((*name).to_owned(), page.value(name)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Signs in with everybody's password, on the way to nowhere.
    pub async fn sign_in(&self, login: &str) -> &Self {
        let reply = self
            .fill("/login", &[("username", login), ("password", PASSWORD)])
            .await;
        reply.assert_status(302);
        self
    }

    /// Signs in on the way to `service`; answers the ticket.
    pub async fn sign_in_to(&self, login: &str, service: &str) -> String {
        let path = format!("/login?service={}", encode(service));
        let reply = self
            .fill(&path, &[("username", login), ("password", PASSWORD)])
            .await;
        reply.ticket().to_owned()
    }

    /// Visits `service` with the session there is; answers the ticket.
    pub async fn visit(&self, service: &str) -> String {
        self.get(&format!("/login?service={}", encode(service)))
            .await
            .ticket()
            .to_owned()
    }
}

/// Percent-encodes everything but letters and digits.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to text does not fail");
        }
    }
    encoded
}

impl Browser {
    /// Tries to sign in with a wrong password.
    pub async fn fail(&self, login: &str) -> Reply {
        self.fill(
            "/login",
            &[("username", login), ("password", "ce n'est pas le bon")],
        )
        .await
    }

    /// Tries to sign in with the right one.
    pub async fn try_in(&self, login: &str) -> Reply {
        self.fill("/login", &[("username", login), ("password", PASSWORD)])
            .await
    }

    /// Whether the session still opens services.
    pub async fn is_in(&self) -> bool {
        let reply = self
            .get("/login?service=https%3A%2F%2Fmail.univ.example%2F&gateway=true")
            .await;
        reply.assert_status(302);
        reply.location().contains("ticket=")
    }
}
