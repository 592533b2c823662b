//! A person with a browser who goes from site to site: redirects are followed, each site keeps its own cookies.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::{Certificate, Client, Method, Url, redirect};
use scraper::{Html, Selector};

use super::browser::encode;
use super::page::Reply;
use super::people::PASSWORD;

/// A browser's redirect limit.
const FAR_ENOUGH: usize = 20;

/// A person with a browser.
pub struct Visitor {
    client: Client,
    jar: BTreeMap<String, BTreeMap<String, String>>,
    /// Every address visited, in order.
    pub trail: Vec<Url>,
}

/// What the person sees in the end.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub reply: Reply,
}

impl Visitor {
    /// A person with a new browser.
    pub fn new() -> Self {
        Self::with([])
    }

    /// A person whose browser trusts the authority in the file.
    pub fn trusting(authority: &Path) -> Self {
        let pem = std::fs::read(authority).expect("the authority's certificate");
        Self::with([Certificate::from_pem(&pem).expect("a certificate")])
    }

    fn with(authorities: impl IntoIterator<Item = Certificate>) -> Self {
        // The client is compiled without a choice of its own; another test may have chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tls_certs_only(authorities)
            .build()
            .expect("a client");
        Self {
            client,
            jar: BTreeMap::new(),
            trail: Vec::new(),
        }
    }

    /// Types an address.
    pub async fn open(&mut self, url: &str) -> Page {
        self.go(Method::GET, Url::parse(url).expect("an address"), None)
            .await
    }

    /// Fills in the login form on `page` with everybody's password.
    pub async fn sign_in(&mut self, page: &Page, login: &str) -> Page {
        self.sign_in_with(page, login, PASSWORD).await
    }

    /// Fills in the login form on `page`.
    pub async fn sign_in_with(&mut self, page: &Page, login: &str, password: &str) -> Page {
        assert!(page.is_login_form(), "at {}: {}", page.url, page.body());
        let fields = [("username", login), ("password", password)];
        self.send_form(page, &fields).await
    }

    /// Sends the form on `page` with `fields` filled in.
    pub async fn send_form(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let (action, mut all) = form(&page.reply.body);
        all.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
        all.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let pairs: Vec<String> = all
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let url = page.url.join(&action).expect("the form has an address");
        self.go(Method::POST, url, Some(pairs.join("&"))).await
    }

    /// Where this person has been with a ticket in the address, the last time.
    pub fn arrival(&self) -> &str {
        let with_ticket = |url: &&Url| url.query().is_some_and(|query| query.contains("ticket=ST-"));
        let found = self.trail.iter().rev().find(with_ticket);
        found.expect("somebody arrived with a ticket").as_str()
    }

    async fn go(&mut self, mut method: Method, mut url: Url, mut body: Option<String>) -> Page {
        for _ in 0..FAR_ENOUGH {
            self.trail.push(url.clone());
            let reply = self.request(&method, &url, body.take()).await;
            self.keep(&url, &reply);
            if !matches!(reply.status, 301..=303) {
                return Page { url, reply };
            }
            url = url.join(reply.location()).expect("a location");
            method = Method::GET;
        }
        panic!("no end of redirects: {:#?}", self.trail);
    }

    async fn request(&self, method: &Method, url: &Url, body: Option<String>) -> Reply {
        let mut request = self
            .client
            .request(method.clone(), url.clone())
            .header("accept-language", "fr");
        let cookies: Vec<String> = self.jar.get(&site(url)).map(pairs).unwrap_or_default();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", url.origin().ascii_serialization())
                .body(body);
        }
        let answer = request.send().await;
        Reply::of(answer.unwrap_or_else(|error| panic!("{url}: {error:?}"))).await
    }

    fn keep(&mut self, url: &Url, reply: &Reply) {
        let jar = self.jar.entry(site(url)).or_default();
        for line in reply.headers.get_all("set-cookie") {
            let line = line.to_str().expect("a cookie is text");
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if attributes.contains("Max-Age=0") || attributes.contains("1970") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Page {
    /// The text as the application wrote it.
    pub fn body(&self) -> &str {
        &self.reply.body
    }

    /// Whether it asks for a password.
    pub fn is_login_form(&self) -> bool {
        self.url.path() == "/cas/login" && self.reply.count("input[name=password]") == 1
    }

    /// That it is the application's page for `login`.
    pub fn assert_shows(&self, application: &str, line: &str) -> &Self {
        assert!(
            self.url.as_str().starts_with(application),
            "at {}: {}",
            self.url,
            self.body()
        );
        assert!(
            self.body().lines().any(|one| one == line),
            "no {line:?} in {}",
            self.body()
        );
        self
    }
}

/// Browsers keep cookies by host, but these sites only differ in their ports.
fn site(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn pairs(jar: &BTreeMap<String, String>) -> Vec<String> {
    jar.iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// The address and the fields of the one form on a page.
fn form(html: &str) -> (String, Vec<(String, String)>) {
    let html = Html::parse_document(html);
    let select = |text: &str| Selector::parse(text).expect("a selector");
    let form = html.select(&select("main form")).next().expect("a form");
    let fields = form
        .select(&select("input[type=hidden]"))
        .filter_map(|input| Some((input.attr("name")?.to_owned(), input.attr("value")?.to_owned())))
        .collect();
    (form.attr("action").expect("an action").to_owned(), fields)
}
