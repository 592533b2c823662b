//! What an application needs of the CAS server: three addresses and one question. Libraries for every language hold
//! the same few lines.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// The CAS server, seen from an application.
pub struct Cas {
    base: Url,
    http: Client,
}

/// Why nobody was let in: shown on a short page rather than as an error.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// A code of the protocol, or `NO_ANSWER` and `UNREADABLE` when the server could not be asked.
    pub code: String,
    /// A sentence for the log.
    pub text: String,
}

impl Refused {
    /// A refusal with this code.
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            text: text.into(),
        }
    }
}

impl Cas {
    /// The server at `base`: `http://localhost:8080/cas`.
    ///
    /// # Errors
    /// When `base` is not an address, or there is no cryptography to make a client with.
    pub fn new(base: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        // The client is compiled without a choice of its own; somebody else may have chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            // The answer to a validation is final. Following a redirect could take it from another server.
            .redirect(Policy::none())
            .no_proxy()
            // A person is waiting behind this call.
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            base: Url::parse(base.trim_end_matches('/'))?,
            http,
        })
    }

    /// Where a browser is sent to sign in. It comes back to `service` with a ticket.
    pub fn login(&self, service: &str) -> String {
        self.address("/login", &[("service", service)])
    }

    /// The same without ever showing a form: the browser comes back at once, with a ticket if it is signed in already.
    pub fn gateway(&self, service: &str) -> String {
        self.address("/login", &[("service", service), ("gateway", "true")])
    }

    /// Where a browser is sent to sign out of every service.
    pub fn logout(&self) -> String {
        self.address("/logout", &[])
    }

    /// Asks the server at `path` about `ticket`. `service` must be the very address the browser was sent to log in
    /// with: it is what ties the ticket to this application.
    ///
    /// # Errors
    /// When there is no answer. A refused ticket is an answer like another.
    pub async fn ask(&self, path: &str, service: &str, ticket: &str) -> Result<String, Refused> {
        let address = self.address(path, &[("service", service), ("ticket", ticket)]);
        // The address holds the ticket, so errors are told without it.
        let failed = |error: reqwest::Error| Refused::new("NO_ANSWER", error.without_url().to_string());
        let answer = self.http.get(address).send().await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(Refused::new(
                "NO_ANSWER",
                format!("the server answered {}", answer.status()),
            ));
        }
        answer.text().await.map_err(failed)
    }

    /// An address on the server, each value escaped: a service address has its own `?` and `&`.
    fn address(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut address = self.base.clone();
        address.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        address.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_escaped_as_one_value() {
        let cas = Cas::new("http://localhost:8080/cas/").unwrap();

        assert_eq!(
            cas.gateway("http://localhost:1/back?a=1&b=é"),
            "http://localhost:8080/cas/login?service=http%3A%2F%2Flocalhost%3A1%2Fback%3Fa%3D1%26b%3D%C3%A9&gateway=true"
        );
        assert_eq!(cas.logout(), "http://localhost:8080/cas/logout");
    }
}
