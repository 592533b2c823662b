//! Answers: pages, redirects, and the cookies that go with them.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};

use super::Web;
use super::cookies::{Cookies, Name};
use super::pages::{ErrorPage, Frame, Page, Trouble};
use super::request::Browser;
use crate::flow::Fault;
use chrono::Duration;

/// An answer in the making: what it sets and clears besides its body.
pub struct Answer<'a> {
    web: &'a Web,
    browser: &'a Browser,
    cookies: Cookies,
    set: Vec<String>,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Answer<'a> {
    /// An answer to `browser`.
    pub fn new(web: &'a Web, browser: &'a Browser) -> Self {
        let cookies = Cookies::new(&web.app.config.sessions.cookie);
        let mut set = Vec::new();
        if browser.language_chosen {
            set.push(cookies.set(Name::Language, browser.locale.code(), Some(Duration::days(365))));
        }
        Self {
            web,
            browser,
            cookies,
            set,
            headers: Vec::new(),
        }
    }

    /// Sets a cookie.
    pub fn set(mut self, name: Name, value: &str, kept_for: Option<Duration>) -> Self {
        self.set.push(self.cookies.set(name, value, kept_for));
        self
    }

    /// Clears a cookie.
    pub fn clear(mut self, name: Name) -> Self {
        self.set.push(self.cookies.clear(name));
        self
    }

    /// Clears the session's cookie wherever it may be.
    pub fn clear_session(mut self) -> Self {
        self.set
            .extend(self.cookies.clear_session_everywhere(&self.web.context));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Gives the browser something that form tokens can be bound to, when it has nothing yet; answers the value.
    pub fn bind_forms(mut self) -> (Self, String) {
        if let Some(value) = &self.browser.form_cookie {
            let value = value.clone();
            return (self, value);
        }
        let value = self.web.app.entropy.alphanumeric(32);
        self.set.push(self.cookies.set(Name::Form, &value, None));
        (self, value)
    }

    /// A page with status 200.
    pub fn page<P: Page>(self, page: &P, frame: &Frame) -> HttpResponse {
        self.page_with(StatusCode::OK, page, frame)
    }

    /// A page.
    pub fn page_with<P: Page>(self, status: StatusCode, page: &P, frame: &Frame) -> HttpResponse {
        match self.web.pages.render(page, frame) {
            Ok(html) => self.finish(status, Some(("text/html;charset=UTF-8", html))),
            Err(error) => {
                tracing::error!(%error, template = P::TEMPLATE, "a page could not be rendered");
                HttpResponse::InternalServerError()
                    .content_type("text/plain;charset=UTF-8")
                    .body("500")
            }
        }
    }

    /// A page about what cannot be done.
    pub fn trouble(self, trouble: &Trouble) -> HttpResponse {
        let reference = matches!(trouble, Trouble::Broken | Trouble::Unavailable).then(|| self.incident());
        self.trouble_with(trouble, reference)
    }

    /// The page for a story that broke; its sources are logged once, here, under the reference that the page shows.
    pub fn fault(self, fault: &Fault) -> HttpResponse {
        let reference = self.incident();
        let source = std::error::Error::source(fault).map(|source| match source.source() {
            Some(deeper) => format!("{source}: {deeper}"),
            None => source.to_string(),
        });
        tracing::error!(reference, source, "{fault}");
        let trouble = match fault {
            Fault::Unavailable(_) => Trouble::Unavailable,
            Fault::Broken(_) => Trouble::Broken,
        };
        self.trouble_with(&trouble, Some(reference))
    }

    fn trouble_with(mut self, trouble: &Trouble, reference: Option<String>) -> HttpResponse {
        let status = StatusCode::from_u16(trouble.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match trouble {
            Trouble::Unavailable => self.headers.push(("Retry-After", "5".into())),
            Trouble::TooMany(minutes) => self.headers.push(("Retry-After", (minutes * 60).to_string())),
            _ => {}
        }
        // The page in the other language is the home page: an error has no address of its own.
        let frame = self.browser.frame_at(&self.web.path("/"));
        self.page_with(status, &ErrorPage::new(trouble, reference), &frame)
    }

    /// A redirect by GET (`[D21]`).
    pub fn redirect(mut self, location: &str) -> HttpResponse {
        self.headers.push(("Location", location.to_owned()));
        self.finish(StatusCode::FOUND, None)
    }

    /// An empty answer with the headers gathered so far.
    pub fn empty(self, status: StatusCode) -> HttpResponse {
        self.finish(status, None)
    }

    fn finish(self, status: StatusCode, body: Option<(&'static str, String)>) -> HttpResponse {
        let mut builder = HttpResponse::build(status);
        for cookie in self.set {
            builder.append_header((header::SET_COOKIE, cookie));
        }
        for (name, value) in self.headers {
            match header::HeaderValue::from_bytes(value.as_bytes()) {
                Ok(value) => {
                    builder.insert_header((name, value));
                }
                Err(_) => return HttpResponse::BadRequest().finish(),
            }
        }
        match body {
            Some((media, text)) => builder.content_type(media).body(text),
            None => builder.finish(),
        }
    }

    fn incident(&self) -> String {
        let text = self.web.app.entropy.alphanumeric(8).to_uppercase();
        format!("{}-{}", &text[..4], &text[4..])
    }
}
