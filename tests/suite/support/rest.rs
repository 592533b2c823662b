//! A program that speaks the REST protocol: no cookies, no forms, no redirects.

use reqwest::{Client, Method, redirect};

use super::people::PASSWORD;
use super::server::Setup;
use super::{Reply, TestServer, encode};

/// The media type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of an object.
pub const JSON: &str = "application/json";

/// A program.
pub struct Program {
    client: Client,
    base: String,
    headers: Vec<(&'static str, String)>,
}

impl TestServer {
    /// A server that answers the REST protocol.
    pub fn with_rest() -> Setup {
        Self::with().set("rest.enabled", "true")
    }

    /// A program that speaks to this server.
    pub fn program(&self) -> Program {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Program {
            client,
            base: self.base.clone(),
            headers: Vec::new(),
        }
    }
}

impl Program {
    /// The same program sending one more header.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends a body of `media`, whatever it holds.
    pub async fn send(&self, method: Method, path: &str, media: &str, body: impl Into<Vec<u8>>) -> Reply {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !media.is_empty() {
            request = request.header("content-type", media);
        }
        let body = body.into();
        Reply::of(request.body(body).send().await.expect("the server answers")).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, "", "").await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, "", "").await
    }

    /// Posts a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        self.send(Method::POST, path, FORM, pairs.join("&")).await
    }

    /// Presents a login and a password at `path`.
    pub async fn present(&self, path: &str, login: &str, password: &str) -> Reply {
        self.post(path, &[("username", login), ("password", password)])
            .await
    }

    /// Opens a session with everybody's password; answers its ticket.
    pub async fn open(&self, login: &str) -> String {
        let reply = self.present("/v1/tickets", login, PASSWORD).await;
        reply.assert_status(201);
        let last = reply.location().rsplit('/').next();
        last.expect("an address has a last segment").to_owned()
    }

    /// Asks for a ticket for `service`.
    pub async fn ask(&self, granting: &str, service: &str) -> Reply {
        self.post(&format!("/v1/tickets/{granting}"), &[("service", service)])
            .await
    }

    /// Asks for a ticket for `service` and gets it.
    pub async fn ticket(&self, granting: &str, service: &str) -> String {
        let reply = self.ask(granting, service).await;
        reply.assert_status(200);
        reply.body
    }
}
