//! An answer of the server, and what clauses ask of it.

use reqwest::{Response, Url};

use super::finding::Stop;
use super::form::{self, Form};

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The address that was asked.
    pub url: Url,
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    headers: Vec<(String, String)>,
    /// The body; bytes that are no UTF-8 are replaced.
    pub body: String,
}

impl Reply {
    /// Reads an answer to its end.
    ///
    /// # Errors
    /// When it breaks off.
    pub async fn of(url: Url, response: Response) -> Result<Self, Stop> {
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        let bytes = response.bytes().await.map_err(|error| no_answer(&error))?;
        Ok(Self {
            url,
            status,
            headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    /// The value of a header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// All values of a header.
    pub fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.headers.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Where it sends the browser; empty if nowhere.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// Whether the browser is sent on.
    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status) && !self.location().is_empty()
    }

    /// The form that asks for a password.
    pub fn sign_in_form(&self) -> Option<Form> {
        self.forms().into_iter().find(Form::signs_in)
    }

    /// All forms.
    pub fn forms(&self) -> Vec<Form> {
        form::forms(&self.body)
    }

    /// The ticket at the end of the address it sends the browser to.
    pub fn ticket(&self) -> Option<&str> {
        ticket_of(self.location())
    }

    /// The same.
    ///
    /// # Errors
    /// When there is none.
    pub fn must_have_ticket(&self) -> Result<String, Stop> {
        let ticket = self.ticket().filter(|_| self.is_redirect());
        ticket
            .map(str::to_owned)
            .ok_or_else(|| Stop::answered("a redirect to the service with a ticket", self))
    }

    /// The text of the first XML element of this qualified name.
    pub fn element(&self, name: &str) -> Option<&str> {
        element(&self.body, name)
    }

    /// The user of a successful validation, bare.
    pub fn user(&self) -> Option<&str> {
        self.element("cas:authenticationSuccess")
            .and_then(|success| element(success, "cas:user"))
    }

    /// The code of a failed validation.
    pub fn code(&self) -> Option<&str> {
        let (_, rest) = self.body.split_once("<cas:authenticationFailure")?;
        code(rest)
    }

    /// The code of a refused proxy ticket.
    pub fn proxy_code(&self) -> Option<&str> {
        let (_, rest) = self.body.split_once("<cas:proxyFailure")?;
        code(rest)
    }

    /// Status, type, place and the beginning of the body, for the report.
    pub fn shown(&self) -> String {
        let mut text = self.status.to_string();
        if !self.location().is_empty() {
            text = format!("{text}, Location: {}", self.location());
        }
        let kind = self.header("content-type");
        if kind.starts_with("text/html") {
            text = format!("{text}, HTML: {}", form::visible(&self.body));
        } else if !self.body.is_empty() {
            text = format!("{text}, {kind}: {}", self.body);
        }
        text
    }
}

/// The ticket at the end of an address.
pub fn ticket_of(address: &str) -> Option<&str> {
    let address = address.split('#').next().unwrap_or(address);
    let at = ["?ticket=", "&ticket=", "?SAMLart=", "&SAMLart="]
        .iter()
        .filter_map(|name| Some(address.rfind(name)? + name.len()))
        .max()?;
    Some(&address[at..]).filter(|ticket| !ticket.is_empty() && !ticket.contains('&'))
}

/// The text of the first element of this name, which has no attributes.
pub fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner)
}

/// The texts of all elements of this name.
pub fn elements<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    text.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split_once(close.as_str()))
        .map(|(inner, _)| inner)
        .collect()
}

fn code(rest: &str) -> Option<&str> {
    let tag = rest.split('>').next()?;
    ['"', '\''].iter().find_map(|quote| {
        let (_, value) = tag.split_once(&format!("code={quote}"))?;
        value.split_once(*quote).map(|(code, _)| code)
    })
}

/// What went wrong on the way, without the address: it may hold a ticket.
pub fn no_answer(error: &reqwest::Error) -> Stop {
    let mut words = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        "no answer".to_owned()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    Stop::failed("an answer", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticket_is_the_last_parameter_or_none() {
        assert_eq!(ticket_of("https://a/?x=1&ticket=ST-1#f"), Some("ST-1"));
        assert_eq!(ticket_of("https://a/?SAMLart=ST-1"), Some("ST-1"));
        for none in ["https://a/?ticket=ST-1&x=1", "https://a/", "https://a/?ticket="] {
            assert_eq!(ticket_of(none), None, "{none}");
        }
    }

    #[test]
    fn a_code_is_read_in_either_quotes() {
        assert_eq!(code(" code=\"A\">"), Some("A"));
        assert_eq!(code(" code='A' x=\"B\">"), Some("A"));
        assert_eq!(code(">code=\"A\""), None);
    }
}
