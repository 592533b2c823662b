//! An answer, and what can be read in it.

use reqwest::header::HeaderMap;
use scraper::{Html, Selector};

/// An answer of the server.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.text().await.expect("the body is text"),
        }
    }

    /// A header's value, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The `Location`, empty when absent.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The `Set-Cookie` lines of one cookie.
    pub fn cookies(&self, name: &str) -> Vec<&str> {
        let lines = self
            .headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok());
        lines
            .filter(|line| line.starts_with(&format!("{name}=")))
            .collect()
    }

    /// The ticket that the browser is sent away with.
    pub fn ticket(&self) -> &str {
        let (_, rest) = self.location().split_once("ticket=").unwrap_or_default();
        assert!(
            rest.starts_with("ST-"),
            "no ticket in {} {:?}",
            self.status,
            self.location()
        );
        rest.split('#').next().unwrap_or_default()
    }

    /// The text of the page, as a person reads it.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.body);
        let main = Selector::parse("main").expect("a selector");
        let words: Vec<&str> = html
            .select(&main)
            .flat_map(|main| main.text())
            .flat_map(str::split_whitespace)
            .collect();
        words.join(" ")
    }

    /// The value of an input or an empty text.
    pub fn value(&self, name: &str) -> String {
        let html = Html::parse_document(&self.body);
        let input = Selector::parse(&format!("input[name=\"{name}\"]")).expect("a selector");
        html.select(&input)
            .next()
            .and_then(|input| input.attr("value"))
            .unwrap_or_default()
            .to_owned()
    }

    /// The values that the elements that match have for an attribute.
    pub fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector)
            .filter_map(|element| element.attr(attribute))
            .map(str::to_owned)
            .collect()
    }

    /// How many elements match.
    pub fn count(&self, selector: &str) -> usize {
        Html::parse_document(&self.body)
            .select(&Selector::parse(selector).expect("a selector"))
            .count()
    }

    /// The texts of the elements that match.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector)
            .map(|element| element.text().collect::<String>().trim().to_owned())
            .collect()
    }

    pub fn assert_says(&self, words: &str) -> &Self {
        assert!(
            self.text().contains(words),
            "status {}: {:?} is not in {:?}",
            self.status,
            words,
            self.text()
        );
        self
    }

    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

/// What every page carries that changes from one to the next.
const CHANGING: [&str; 3] = ["date", "set-cookie", "content-length"];

impl Reply {
    /// Status, headers and body without what changes from one answer to the next (form token, date, cookies) and
    /// without what the person typed: what an observer who compares two answers is left with.
    pub fn without_tokens(&self, typed: &[&str]) -> String {
        let mut body = self.body.replace(&self.value("execution"), "TOKEN");
        for word in typed {
            body = body.replace(&format!("value=\"{word}\""), "value=\"TYPED\"");
        }
        let mut headers: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| !CHANGING.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
            .collect();
        headers.sort();
        let cookies: Vec<&str> = self
            .headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok()?.split('=').next())
            .collect();
        format!("{}\n{}\n{cookies:?}\n\n{body}", self.status, headers.join("\n"))
    }

    /// Checks that this is the form again, with a word about what is wrong and without the password.
    pub fn assert_form_again(&self, status: u16, words: &str) -> &Self {
        self.assert_status(status);
        let html = Html::parse_document(&self.body);
        let all: Vec<&str> = html
            .root_element()
            .text()
            .flat_map(str::split_whitespace)
            .collect();
        assert!(all.join(" ").contains(words), "{words:?} is not in {all:?}");
        assert!(
            !self.body.contains(super::people::PASSWORD),
            "the page repeats the password"
        );
        self
    }
}
