//! A browser on a string: it keeps cookies and follows nothing that it was not told to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::{Client, Method, Url};

use super::finding::Stop;
use super::form::Form;
use super::reply::{Reply, no_answer};

/// A cookie as it was set.
#[derive(Debug, Clone)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its attributes, as written, without the value.
    pub attributes: String,
}

impl Cookie {
    fn read(line: &str) -> Option<Self> {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=')?;
        Some(Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            attributes: attributes.trim().to_owned(),
        })
    }

    /// The value of an attribute: empty if it has none, nothing if it is not there.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.split(';').find_map(|part| {
            let (known, value) = part.split_once('=').unwrap_or((part, ""));
            known.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Whether it is set in order to be forgotten.
    pub fn is_deletion(&self) -> bool {
        let age = self.attribute("max-age").and_then(|age| age.parse::<i64>().ok());
        let long_ago = self
            .attribute("expires")
            .is_some_and(|date| date.contains("1970") || date.contains("-70 "));
        age.is_some_and(|age| age <= 0) || long_ago || self.value.is_empty()
    }
}

/// The cookies that an answer sets.
pub fn cookies(reply: &Reply) -> Vec<Cookie> {
    reply.every("set-cookie").filter_map(Cookie::read).collect()
}

/// A browser.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    jar: Mutex<Vec<Cookie>>,
}

impl Browser {
    /// One without cookies.
    pub fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            jar: Mutex::default(),
        }
    }

    fn jar(&self) -> MutexGuard<'_, Vec<Cookie>> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cookies it holds.
    pub fn cookies(&self) -> Vec<Cookie> {
        self.jar().clone()
    }

    /// Puts one in, replacing that of its name.
    pub fn plant(&self, cookie: Cookie) {
        let mut jar = self.jar();
        jar.retain(|known| known.name != cookie.name);
        jar.push(cookie);
    }

    /// Opens an address.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, url: &Url) -> Result<Reply, Stop> {
        self.send(Method::GET, url, None).await
    }

    /// Sends a form to an address.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, url: &Url, fields: &[(String, String)]) -> Result<Reply, Stop> {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        self.send(Method::POST, url, Some(body.join("&"))).await
    }

    /// Sends the form of `page` with these values.
    ///
    /// # Errors
    /// When its address is none, or there is no answer.
    pub async fn submit(
        &self,
        page: &Reply,
        form: &Form,
        fields: &[(String, String)],
    ) -> Result<Reply, Stop> {
        let action = form.action.as_deref().unwrap_or_default();
        let url = page
            .url
            .join(action)
            .map_err(|_| Stop::failed("a form that goes somewhere", format!("action={action:?}")))?;
        if form.method == "post" {
            return self.post(&url, fields).await;
        }
        let mut url = url;
        url.query_pairs_mut().clear().extend_pairs(fields);
        self.get(&url).await
    }

    /// Sends any request; a body is a form.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, method: Method, url: &Url, body: Option<String>) -> Result<Reply, Stop> {
        let mut request = self
            .client
            .request(method, url.clone())
            // Scripts ask so. A server may stop a person whose browser goes in circles, which is what clauses look like.
            .header("accept", "*/*")
            .header("accept-language", "en");
        let cookies: Vec<String> = self
            .jar()
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(body) = body {
            // Some servers look whether a form came from a page of theirs.
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", url.origin().ascii_serialization())
                .header("referer", format!("{}/", url.origin().ascii_serialization()))
                .body(body);
        }
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let reply = Reply::of(url.clone(), response).await?;
        for cookie in cookies_of(&reply) {
            if cookie.is_deletion() {
                self.jar().retain(|known| known.name != cookie.name);
            } else {
                self.plant(cookie);
            }
        }
        Ok(reply)
    }
}

fn cookies_of(reply: &Reply) -> Vec<Cookie> {
    cookies(reply)
}

/// Percent-encodes everything but letters, digits, `-` and `.`.
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to text does not fail");
        }
    }
    encoded
}
