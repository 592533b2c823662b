//! Calls to services: bounded in time and size, never redirected to where nobody allowed it, and only to networks that
//! are allowed.

mod lines;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
pub use lines::{Line, Lines};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::LOCATION;
use reqwest::{Certificate, Client, Response, Url, redirect};

/// How often a call to a callback may be redirected.
const REDIRECTS: usize = 3;

/// What is read of the answer of a callback, in bytes, before the rest is left unread.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Makes the server's own HTTP requests.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    allowed: Arc<[IpNet]>,
    patience: Duration,
    lines: Arc<Lines>,
}

/// Why a call brought no answer. The reason is for the operator; a caller over HTTP learns nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum CallFailed {
    /// The address is no http or https URL.
    #[error("the address is not an http or https URL")]
    Address,
    /// The address lies in a network that nobody allowed.
    #[error("the address lies in a network that is not allowed")]
    Forbidden,
    /// The address, which a redirect may have named, is none that the service may be called at.
    #[error("the address is not among those that the service registered")]
    Unlisted,
    /// Redirected once too often.
    #[error("more than {REDIRECTS} redirects")]
    Redirects,
    /// Connection, TLS or time-out.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

impl Outbound {
    /// A caller that waits at most `patience` for a whole answer and reaches, besides public addresses, only the
    /// `allowed` networks.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(patience: Duration, allowed: &[IpNet]) -> Result<Self, reqwest::Error> {
        Self::trusting(patience, allowed, [])
    }

    /// The same, trusting these authorities besides the system's.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn trusting(
        patience: Duration,
        allowed: &[IpNet],
        authorities: impl IntoIterator<Item = Certificate>,
    ) -> Result<Self, reqwest::Error> {
        // Both this client and PostgreSQL's use the same cryptography; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allowed: Arc<[IpNet]> = allowed.into();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(patience)
            .connect_timeout(patience.min(Duration::from_secs(2)))
            .no_proxy()
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(15))
            .user_agent("Vestibule")
            .dns_resolver(Arc::new(Guard(Arc::clone(&allowed))))
            .tls_certs_merge(authorities)
            .build()?;
        Ok(Self {
            client,
            allowed,
            patience,
            lines: Arc::default(),
        })
    }

    /// Whether the operator listed a network of this very machine.
    pub fn reaches_loopback(&self) -> bool {
        let loopback = [
            IpAddr::from([127, 0, 0, 1]),
            IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
        ];
        let listed = |address| self.allowed.iter().any(|network| network.contains(address));
        loopback.iter().any(listed)
    }

    /// The lines that its calls share. Whoever posts takes one first.
    pub fn lines(&self) -> &Arc<Lines> {
        &self.lines
    }

    /// Gets `address` once, goes where redirects lead, three times at most, and answers the last status.
    ///
    /// `may_call` is asked about each address before it is called. The answer's body means nothing; it is waited for,
    /// to 64 KiB and no further, so that the other side has done its work. All of it, the wait for a free line
    /// included, ends with the patience of this caller.
    ///
    /// # Errors
    /// When no answer came, or an address may not be called.
    pub async fn deliver(&self, address: &str, may_call: impl Fn(&str) -> bool) -> Result<u16, CallFailed> {
        let outcome = tokio::time::timeout(self.patience, self.follow(address, may_call)).await;
        outcome.unwrap_or_else(|_| Err(CallFailed::NoAnswer("time-out".into())))
    }

    async fn follow(&self, address: &str, may_call: impl Fn(&str) -> bool) -> Result<u16, CallFailed> {
        let mut url = Url::parse(address).map_err(|_| CallFailed::Address)?;
        for _ in 0..=REDIRECTS {
            if !may_call(url.as_str()) {
                return Err(CallFailed::Unlisted);
            }
            self.check_literal(&url)?;
            // Given back before the next address is called: nobody holds a line while waiting for another host's.
            let _line = self.lines.free(url.as_str()).await;
            let answer = self.client.get(url.clone()).send().await;
            let answer = answer.map_err(|error| CallFailed::NoAnswer(cause(&error)))?;
            let status = answer.status().as_u16();
            let Some(next) = redirection(&url, &answer) else {
                wait_for_the_end(answer).await;
                return Ok(status);
            };
            url = next;
        }
        Err(CallFailed::Redirects)
    }

    /// Posts `body`, which is of the type `media`, and answers the HTTP status; the answer's body is never read.
    ///
    /// # Errors
    /// When no answer came, or the address may not be called.
    pub async fn post(&self, address: &str, media: &'static str, body: String) -> Result<u16, CallFailed> {
        let url = Url::parse(address).map_err(|_| CallFailed::Address)?;
        self.check_literal(&url)?;
        let answer = self
            .client
            .post(url)
            .header("Content-Type", media)
            .body(body)
            .send()
            .await
            .map_err(|error| CallFailed::NoAnswer(cause(&error)))?;
        Ok(answer.status().as_u16())
    }

    /// A host written as a number is connected to without being resolved, so the resolver's guard never sees it.
    fn check_literal(&self, url: &Url) -> Result<(), CallFailed> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(CallFailed::Address);
        }
        let host = url.host_str().ok_or(CallFailed::Address)?;
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if !may_reach(address, &self.allowed) => Err(CallFailed::Forbidden),
            _ => Ok(()),
        }
    }
}

/// Where the answer of `url` sends its caller, if it does.
fn redirection(url: &Url, answer: &Response) -> Option<Url> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    url.join(location).ok()
}

/// Reads an answer to its end, or to where it is too long. One that breaks off has ended: its status had come.
async fn wait_for_the_end(mut answer: Response) {
    let mut read = 0;
    while read < LONGEST_ANSWER {
        match answer.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            Ok(None) | Err(_) => return,
        }
    }
}

/// The innermost reason: reqwest's own words name the URL, and a logout address may be nobody else's business.
fn cause(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    if error.is_timeout() {
        "time-out".into()
    } else {
        source.to_string()
    }
}

/// Resolves names and keeps the addresses that may be reached: the check holds for the address connected to, not for
/// a second look-up that may answer something else.
struct Guard(Arc<[IpNet]>);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found
                .filter(|address| may_reach(address.ip(), &allowed))
                .collect();
            if kept.is_empty() {
                return Err(CallFailed::Forbidden.into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

/// Whether `address` is public, or in a network that the operator listed ([S-61]).
pub fn may_reach(address: IpAddr, allowed: &[IpNet]) -> bool {
    let address = address.to_canonical();
    allowed.iter().any(|network| network.contains(&address)) || is_public(address)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let carrier_grade = a == 100 && (64..128).contains(&b);
            let benchmarking = a == 198 && (b == 18 || b == 19);
            let assigned = v4.octets()[..3] == [192, 0, 0];
            let reserved = a == 0 || a >= 240;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_documentation()
                || carrier_grade
                || benchmarking
                || assigned
                || reserved)
        }
        IpAddr::V6(v6) => {
            // Everything that is routed today (RFC 4291 section 2.4), which leaves out every way to write an IPv4
            // address of the house in a prefix of its own: `::`, `::ffff:0:0:0`, NAT64. Then Teredo and its
            // neighbours, documentation, 6to4.
            let routed = matches!(v6.segments(), [0x2000..=0x3fff, ..]);
            let special = matches!(
                v6.segments(),
                [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..]
            );
            routed && !special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s61_networks_of_the_house_are_out_of_reach_unless_listed() {
        let house = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "::ffff:0:0:127.0.0.1",
            "fec0::1",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "2002:7f00:1::1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
        ];
        for text in house {
            assert!(!may_reach(text.parse().unwrap(), &[]), "{text}");
        }
        for text in ["193.49.117.1", "2001:660::1"] {
            assert!(may_reach(text.parse().unwrap(), &[]), "{text}");
        }
        let listed: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        assert!(may_reach("10.1.2.3".parse().unwrap(), &listed));
        assert!(!may_reach("127.0.0.1".parse().unwrap(), &listed));
    }

    #[tokio::test]
    async fn s61_a_name_and_a_number_in_any_spelling_meet_the_same_guard() {
        let outbound = Outbound::new(Duration::from_secs(1), &[]).unwrap();
        for address in [
            "http://127.0.0.1:9/",
            "http://localhost:9/",
            "http://[::1]:9/",
            "http://0x7f.1:9/",
            "http://2130706433:9/",
        ] {
            let outcome = outbound.post(address, "text/plain", String::new()).await;
            assert!(
                matches!(&outcome, Err(CallFailed::Forbidden | CallFailed::NoAnswer(_))),
                "{address}: {outcome:?}"
            );
            let words = outcome.unwrap_err().to_string();
            assert!(words.contains("not allowed"), "{address}: {words}");
        }
    }
}
