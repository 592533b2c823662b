//! A service that validates a ticket is given a proxy-granting ticket at its callback.
//!
//! The call is made between two transactions: the first has consumed the ticket and judged it, the second keeps the
//! proxy-granting ticket, if the session still lives. In between, what the callback was told opens nothing.

use std::sync::Arc;

use super::Fault;
use super::validate::Verdict;
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::cas::assertion::Assertion;
use crate::cas::catalogue::Service;
use crate::cas::failure::Cause;
use crate::cas::judge::IssuedTicket;
use crate::cas::service::ServiceUrl;
use crate::cas::ticket::{AnyTicket, ProxyGrantingTicketId, ProxyGrantingTicketIou};
use crate::kernel::keyring::Digest;
use crate::store;
use crate::store::proxy_grants::NewGrant;

/// Bytes of all callbacks in one chain: a thousand of the usual length. Real chains have two or three; each link is
/// stored with every ticket that follows, and told at every validation.
const LONGEST_CHAIN: usize = 64 * 1024;

/// The statuses by which a callback says that it has the ticket (CAS 3.0.3 section 2.5.4).
const TAKEN: [u16; 4] = [200, 202, 204, 304];

/// A proxy-granting ticket on its way.
pub(super) struct Delivery {
    ticket: AnyTicket,
    session: Digest,
    account: String,
    service: Service,
    callback: ServiceUrl,
    proxies: Vec<String>,
}

impl Delivery {
    /// A delivery to `callback`, which `service` asked for with `ticket`, presented as `text`.
    pub(super) fn new(
        text: &AnyTicket,
        ticket: &IssuedTicket,
        session: (Digest, String),
        service: &Service,
        callback: &str,
        loopback: bool,
    ) -> Result<Self, Cause> {
        let callback = ServiceUrl::parse(callback).map_err(|_| Cause::CallbackRefused)?;
        let chain: usize = ticket.proxies.iter().map(String::len).sum();
        if !may_receive(service, &callback, loopback) || chain + callback.original().len() > LONGEST_CHAIN {
            return Err(Cause::CallbackRefused);
        }
        let mut proxies = vec![callback.original().to_owned()];
        proxies.extend_from_slice(&ticket.proxies);
        let (session, account) = session;
        Ok(Self {
            ticket: text.clone(),
            session,
            account,
            service: service.clone(),
            callback,
            proxies,
        })
    }

    /// Calls the callback, once, and keeps the ticket that it took ([X-1], [X-2]).
    ///
    /// # Errors
    /// When the database does not answer; then nothing is kept.
    pub(super) async fn deliver(
        self,
        app: &App,
        mut assertion: Assertion,
        address: &str,
    ) -> Result<Verdict, Fault> {
        let now = app.clock.now();
        let pgt = ProxyGrantingTicketId::mint(&app.entropy, now);
        let iou = ProxyGrantingTicketIou::mint(&app.entropy);
        let scene = Scene::service(address).about(&self.account).at(&self.service.key);
        if let Err(reason) = self.call(app, &pgt, &iou).await {
            tracing::warn!(
                service = self.service.key,
                reason,
                "a proxy callback did not take its ticket"
            );
            let failed = Event::ProxyCallbackFailed.record(&scene, &app.entropy, app.clock.now());
            app.db
                .write(move |conn| store::audit::append(conn, &failed))
                .await?;
            return Ok(Err(Cause::CallbackFailed.into()));
        }
        assertion.proxy_granting_ticket_iou = Some(iou.expose().to_owned());
        if self.keep(app, &pgt, scene).await? {
            Ok(Ok(assertion))
        } else {
            Ok(Err(Cause::SessionEnded.into()))
        }
    }

    async fn call(
        &self,
        app: &App,
        pgt: &ProxyGrantingTicketId,
        iou: &ProxyGrantingTicketIou,
    ) -> Result<(), String> {
        let parameters = format!("pgtIou={}&pgtId={}", iou.expose(), pgt.expose());
        let loopback = app.outbound.reaches_loopback();
        let may_call =
            |url: &str| ServiceUrl::parse(url).is_ok_and(|url| may_receive(&self.service, &url, loopback));
        let address = self.callback.with_query(&parameters);
        match app.outbound.deliver(&address, may_call).await {
            Ok(status) if TAKEN.contains(&status) => Ok(()),
            Ok(status) => Err(format!("status {status}")),
            Err(failed) => Err(failed.to_string()),
        }
    }

    /// Keeps the proxy-granting ticket and remembers the validated one for single logout, unless the session ended
    /// while the callback was called.
    async fn keep(self, app: &App, pgt: &ProxyGrantingTicketId, scene: Scene) -> Result<bool, Fault> {
        let now = app.clock.now();
        let entropy = Arc::clone(&app.entropy);
        let ticket = *self.ticket.digest().as_bytes();
        let grant = NewGrant {
            digest: *pgt.digest().as_bytes(),
            session: self.session,
            ticket,
            service_key: self.service.key,
            proxies: self.proxies,
            issued_at: now,
        };
        let kept = app.db.write(move |conn| {
            let held = store::sessions::kept_by_digest(conn, &grant.session)?;
            if !held.is_some_and(|held| held.is_live(now)) {
                store::tickets::refuse(conn, &ticket, Cause::SessionEnded.as_str(), None)?;
                return Ok(false);
            }
            store::proxy_grants::add(conn, &grant)?;
            store::tickets::accept(conn, &ticket, self.ticket.expose())?;
            store::audit::append(conn, &Event::ProxyGranted.record(&scene, &entropy, now))?;
            Ok(true)
        });
        Ok(kept.await?)
    }
}

/// Whether a proxy-granting ticket may travel to `url`: encrypted, or not leaving a machine whose operator listed
/// its own network, and to a callback that the service registered ([S-60], [S-62]).
fn may_receive(service: &Service, url: &ServiceUrl, loopback: bool) -> bool {
    let protected = match url.scheme() {
        "https" => true,
        "http" => loopback && matches!(url.host(), "localhost" | "127.0.0.1"),
        _ => false,
    };
    protected && service.allows_callback(url)
}
