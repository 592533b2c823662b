//! What the clauses have in hand: addresses of the server, browsers, tickets and a listening service.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, Url, redirect};
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;

use super::browser::{Browser, encode};
use super::finding::Stop;
use super::listener::{self, Heard, Listener};
use super::reply::{Reply, no_answer};
use super::{CannotRun, Options};

/// How long the server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many redirects on the server itself lie between the form and the service at most.
const HOPS: usize = 5;

/// Everything that the clauses share.
pub struct Bench {
    /// What was asked for.
    pub options: Options,
    client: Client,
    base: Url,
    /// The listening service, if there is one.
    pub listener: Option<Listener>,
    shared: OnceCell<Browser>,
    message: OnceCell<(String, Heard)>,
    wrong_passwords: AtomicU32,
}

impl Bench {
    /// Looks at the addresses, listens, and asks once for the sign-in page.
    ///
    /// # Errors
    /// When an address is none, nothing can listen, or nobody answers.
    pub async fn new(mut options: Options) -> Result<Self, CannotRun> {
        options.base.truncate(options.base.trim_end_matches('/').len());
        let listening = options.listening.as_ref().map(|one| one.url.as_str());
        let services = [
            Some(options.service.as_str()),
            options.second.as_deref(),
            listening,
        ];
        if let Some(at) = &options.callback {
            web_address(&at.url)?;
        }
        for address in services.into_iter().flatten().chain([options.base.as_str()]) {
            web_address(address)?;
        }
        let base = web_address(&options.base)?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            // An answer with a body too many must not spoil the next one.
            .pool_max_idle_per_host(0)
            .build()?;
        let mut listener = match &options.listening {
            Some(one) => {
                let started = Listener::start(one.bind).await;
                Some(started.map_err(|error| CannotRun::Listen(one.bind, error))?)
            }
            None => None,
        };
        if let (Some(at), Some(listener)) = (&options.callback, &mut listener) {
            let tls = listener::certificate(&at.certificate, &at.key).map_err(CannotRun::Certificate)?;
            let started = listener.also(at.bind, tls).await;
            started.map_err(|error| CannotRun::Listen(at.bind, error))?;
        }
        let bench = Self {
            client,
            base,
            listener,
            shared: OnceCell::new(),
            message: OnceCell::new(),
            wrong_passwords: AtomicU32::new(options.wrong_passwords),
            options,
        };
        let page = bench.open(&bench.browser(), &bench.options.service, "").await;
        match page {
            Ok(page) if page.sign_in_form().is_some() => Ok(bench),
            Ok(page) => Err(CannotRun::NoForm(bench.options.base, page.status)),
            Err(stop) => Err(CannotRun::NoAnswer(bench.options.base, stop.words())),
        }
    }

    /// The base address.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// An address on the server: `path` begins with a slash and may have a query.
    pub fn url(&self, path: &str) -> Result<Url, Stop> {
        Url::parse(&format!("{}{path}", self.options.base))
            .map_err(|_| Stop::not_tried(format!("{path} makes no address")))
    }

    /// An address below the service.
    pub fn at(&self, path: &str) -> String {
        below(&self.options.service, path)
    }

    /// The other service.
    pub fn second(&self) -> Result<&str, Stop> {
        let second = self.options.second.as_deref();
        second.ok_or_else(|| Stop::not_tried("no second service was named"))
    }

    /// An address below the listening service, and its path.
    pub fn listening(&self, path: &str) -> Result<(String, String, &Listener), Stop> {
        let (Some(one), Some(listener)) = (&self.options.listening, &self.listener) else {
            return Err(Stop::not_tried("no listening service was named"));
        };
        let address = below(&one.url, path);
        let path = Url::parse(&address).map_err(|_| Stop::not_tried("no address"))?;
        Ok((address, path.path().to_owned(), listener))
    }

    /// A callback address for proxy-granting tickets, and its path.
    pub fn callback(&self, path: &str) -> Result<(String, String, &Listener), Stop> {
        let (address, path_there, listener) = self.listening(path)?;
        let Some(at) = &self.options.callback else {
            return Ok((address, path_there, listener));
        };
        let address = below(&at.url, path);
        let url = Url::parse(&address).map_err(|_| Stop::not_tried("no address"))?;
        Ok((address, url.path().to_owned(), listener))
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.client)
    }

    /// Takes one of the wrong passwords that may be tried.
    pub fn wrong_password(&self) -> Result<&'static str, Stop> {
        let take = |left: u32| left.checked_sub(1);
        self.wrong_passwords
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .map_err(|_| Stop::not_tried("no more wrong passwords may be tried"))?;
        Ok("wrong-0-password")
    }

    /// The account's password.
    pub fn password(&self) -> &str {
        self.options.password.expose_secret()
    }

    /// The browser that everybody shares, signed in. Who ends its session takes one of their own.
    pub async fn session(&self) -> Result<&Browser, Stop> {
        let sign_in = || async {
            let browser = self.browser();
            self.sign_in(&browser, &self.options.service, "", &[]).await?;
            Ok(browser)
        };
        self.shared.get_or_try_init(sign_in).await
    }

    /// Opens `/login` for a service.
    pub async fn open(&self, browser: &Browser, service: &str, more: &str) -> Result<Reply, Stop> {
        let url = self.url(&format!("/login?service={}{more}", encode(service)))?;
        browser.get(&url).await
    }

    /// Opens `/login` for a service and sends the form with the account, changed by `fields`. Answers what the form
    /// was answered with.
    pub async fn submit(
        &self,
        browser: &Browser,
        service: &str,
        more: &str,
        fields: &[(&str, &str)],
    ) -> Result<Reply, Stop> {
        let page = self.open(browser, service, more).await?;
        let form = page
            .sign_in_form()
            .ok_or_else(|| Stop::answered("a sign-in form", &page))?;
        let mut values = form
            .signed(&self.options.user, self.password())
            .ok_or_else(|| Stop::answered("a form with fields for login and password", &page))?;
        for (name, value) in fields {
            values.retain(|(known, _)| known != name);
            values.push(((*name).to_owned(), (*value).to_owned()));
        }
        browser.submit(&page, &form, &values).await
    }

    /// Signs in on the way to a service; answers the ticket.
    pub async fn sign_in(
        &self,
        browser: &Browser,
        service: &str,
        more: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, Stop> {
        let reply = self.submit(browser, service, more, fields).await?;
        self.follow(browser, reply).await?.must_have_ticket()
    }

    /// Follows redirects as long as they stay on the server.
    pub async fn follow(&self, browser: &Browser, mut reply: Reply) -> Result<Reply, Stop> {
        for _ in 0..HOPS {
            let Some(next) = self.own(&reply) else { break };
            reply = browser.get(&next).await?;
        }
        Ok(reply)
    }

    /// Where a redirect leads, if that is on the server.
    pub fn own(&self, reply: &Reply) -> Option<Url> {
        let next = reply
            .is_redirect()
            .then(|| reply.url.join(reply.location()).ok())??;
        (next.origin() == self.base.origin()).then_some(next)
    }

    /// Signs a new browser in; answers it and the ticket.
    pub async fn fresh(&self, service: &str) -> Result<(Browser, String), Stop> {
        let browser = self.browser();
        let ticket = self.sign_in(&browser, service, "", &[]).await?;
        Ok((browser, ticket))
    }

    /// A ticket from the shared session.
    pub async fn ticket(&self, service: &str) -> Result<String, Stop> {
        self.ticket_of(self.session().await?, service).await
    }

    /// A ticket from a session.
    pub async fn ticket_of(&self, browser: &Browser, service: &str) -> Result<String, Stop> {
        let reply = self.open(browser, service, "").await?;
        self.follow(browser, reply).await?.must_have_ticket()
    }

    /// Presents a ticket at a door.
    pub async fn present(&self, door: &str, service: &str, ticket: &str, more: &str) -> Result<Reply, Stop> {
        let query = format!(
            "{door}?service={}&ticket={}{more}",
            encode(service),
            encode(ticket)
        );
        self.ask(&query).await
    }

    /// Presents a ticket at `/p3/serviceValidate`.
    pub async fn validate(&self, service: &str, ticket: &str) -> Result<Reply, Stop> {
        self.present("/p3/serviceValidate", service, ticket, "").await
    }

    /// GET without cookies, as an application asks.
    pub async fn ask(&self, path: &str) -> Result<Reply, Stop> {
        self.request(Method::GET, path, &[], None).await
    }

    /// Any request without cookies.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Reply, Stop> {
        let url = self.url(path)?;
        let mut request = self.client.request(method, url.clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        Reply::of(url, response).await
    }

    /// Ends a session.
    pub async fn sign_out(&self, browser: &Browser) -> Result<Reply, Stop> {
        browser.get(&self.url("/logout")?).await
    }

    /// The sign-out message that the listening service gets for one validated ticket, with that ticket.
    pub async fn message(&self) -> Result<&(String, Heard), Stop> {
        let get = || async {
            let (service, path, listener) = self.listening("conformance/message")?;
            let (browser, ticket) = self.fresh(&service).await?;
            self.accepted(&service, &ticket).await?;
            self.sign_out(&browser).await?;
            let heard = listener.wait(&path, 1, Duration::from_secs(10)).await;
            let first = heard.into_iter().next();
            first
                .map(|heard| (ticket, heard))
                .ok_or_else(|| Stop::failed("a message to the service that validated a ticket", "none"))
        };
        self.message.get_or_try_init(get).await
    }

    /// Presents a ticket that must be good.
    pub async fn accepted(&self, service: &str, ticket: &str) -> Result<Reply, Stop> {
        let reply = self.validate(service, ticket).await?;
        if reply.user() == Some(self.options.user.as_str()) {
            Ok(reply)
        } else {
            Err(Stop::answered(
                format!("200, <cas:user>{}</cas:user>", self.options.user),
                &reply,
            ))
        }
    }

    /// Presents a ticket that must be refused with this code.
    pub async fn refused(&self, service: &str, ticket: &str, code: &str) -> Result<Reply, Stop> {
        let reply = self.validate(service, ticket).await?;
        if reply.status == 200 && reply.code() == Some(code) {
            Ok(reply)
        } else {
            Err(Stop::answered(format!("200, {code}"), &reply))
        }
    }
}

/// An address below another.
pub fn below(address: &str, path: &str) -> String {
    format!("{}/{path}", address.trim_end_matches('/'))
}

fn web_address(text: &str) -> Result<Url, CannotRun> {
    let url = Url::parse(text).map_err(|_| CannotRun::Address(text.to_owned()))?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.host_str().is_some();
    if plain && matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(CannotRun::Address(text.to_owned()))
    }
}
