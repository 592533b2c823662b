//! Services that act for a person who is elsewhere: a portal, a webmail behind it, and what lies behind both.

use super::callback::{Answer, Authority, Callback, Signed};
use super::server::Setup;
use super::service::Verdict;
use super::{Browser, TestServer, encode};

/// The portal, which may act as a proxy.
pub const PORTAL_URL: &str = "https://portail.univ.example/";
/// The webmail: behind the portal, and a proxy itself.
pub const WEBMAIL_URL: &str = "https://webmail.univ.example/";
/// The mail store, which is no web address.
pub const IMAP_URL: &str = "imap://imap.univ.example";
/// The file store, for students only.
pub const FILES_URL: &str = "https://fichiers.univ.example/";

/// A server with these services, and their callbacks on one listener.
pub struct Proxies {
    pub server: TestServer,
    pub callback: Callback,
}

/// A proxy-granting ticket, as its service holds it.
#[derive(Debug)]
pub struct Granted {
    pub pgt: String,
    pub iou: String,
    pub verdict: Verdict,
}

impl Proxies {
    /// Callbacks that answer 200.
    pub async fn start() -> Self {
        Self::answering(&[Answer::Status(200)]).await
    }

    pub async fn answering(answers: &[Answer]) -> Self {
        Self::on(TestServer::with(), answers).await
    }

    /// A server that gives a callback up after a second.
    pub async fn impatient(answers: &[Answer]) -> Self {
        Self::on(TestServer::with().set("outbound.timeout", "1s"), answers).await
    }

    /// On a server with something different.
    pub async fn on(setup: Setup, answers: &[Answer]) -> Self {
        let authority = Authority::new();
        let callback = Callback::start(&authority, Signed::Well, answers).await;
        let mut setup = setup.trusting(&authority).workers(2);
        for definition in definitions(&callback.url) {
            setup = setup.service(&definition);
        }
        Self {
            server: setup.start().await,
            callback,
        }
    }

    /// A callback at this path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.callback.url)
    }

    /// The portal presents a ticket of `browser` with its callback at `path`.
    pub async fn present(&self, browser: &Browser, path: &str) -> Verdict {
        let ticket = browser.visit(PORTAL_URL).await;
        self.validate(PORTAL_URL, &ticket, &self.at(path)).await
    }

    /// Presents a ticket at `/proxyValidate` together with a callback.
    pub async fn validate(&self, service: &str, ticket: &str, callback: &str) -> Verdict {
        let more = format!("&pgtUrl={}", encode(callback));
        let service_side = self.server.browser();
        service_side
            .validate_at("/proxyValidate", service, ticket, &more)
            .await
    }

    /// The portal obtains a proxy-granting ticket for `browser`.
    pub async fn grant(&self, browser: &Browser) -> Granted {
        self.granted(self.present(browser, "portail").await)
    }

    /// What a verdict and the callback say together.
    pub fn granted(&self, verdict: Verdict) -> Granted {
        let ious = verdict.attribute("proxyGrantingTicket");
        let [iou] = ious.as_slice() else {
            panic!("{}", verdict.0)
        };
        Granted {
            pgt: self.callback.granted(iou),
            iou: iou.clone(),
            verdict,
        }
    }

    /// Asks `/proxy`; answers the whole document.
    pub async fn ask(&self, pgt: &str, target: &str) -> String {
        let path = format!("/proxy?pgt={}&targetService={}", encode(pgt), encode(target));
        let reply = self.server.browser().get(&path).await;
        reply.assert_status(200);
        reply.body
    }

    /// A proxy ticket.
    pub async fn proxy_ticket(&self, pgt: &str, target: &str) -> String {
        let answer = Verdict(self.ask(pgt, target).await);
        let tickets = answer.attribute("proxyTicket");
        let [ticket] = tickets.as_slice() else {
            panic!("{}", answer.0)
        };
        ticket.clone()
    }

    /// Asks `/proxy` in vain.
    pub async fn assert_refused(&self, pgt: &str, target: &str, code: &str) {
        let answer = self.ask(pgt, target).await;
        let wanted = format!("<cas:proxyFailure code=\"{code}\">");
        assert!(answer.contains(&wanted), "{answer} is not {code}");
    }
}

/// The definitions, with callbacks below `callback`.
pub fn definitions(callback: &str) -> [String; 4] {
    let callbacks = format!("callbacks = [\"{callback}\"]");
    [
        format!(
            "key = \"portail\"\nname = {{ fr = \"Portail\", en = \"Portal\" }}\nurl = \"{PORTAL_URL}\"\n\
             release = [\"displayName\"]\nlogout = {{ kind = \"none\" }}\nproxy = {{ {callbacks} }}"
        ),
        format!(
            "key = \"webmail\"\nname = {{ fr = \"Webmail\", en = \"Webmail\" }}\nurl = \"{WEBMAIL_URL}\"\n\
             logout = {{ kind = \"none\" }}\nproxy = {{ {callbacks}, accepts_proxy_tickets = true }}"
        ),
        format!(
            "key = \"imap\"\nname = {{ fr = \"IMAP\", en = \"IMAP\" }}\nurl = \"{IMAP_URL}\"\n\
             release = [\"mail\"]\nproxy = {{ accepts_proxy_tickets = true }}"
        ),
        format!(
            "key = \"fichiers\"\nname = {{ fr = \"Fichiers\", en = \"Files\" }}\nurl = \"{FILES_URL}\"\n\
             affiliations = [\"student\"]\nlogout = {{ kind = \"none\" }}\nproxy = {{ accepts_proxy_tickets = true }}"
        ),
    ]
}
