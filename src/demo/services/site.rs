//! What the four applications share: their place among the others and the pages they show, in French or English.

use std::fmt::Write;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, LOCATION, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::catalogue::{Definition, LogoutKind};
use super::client::{Cas, Refused};
use super::visits::{Visit, Visits};

/// One application: what it is, whom it asks, whom it knows.
pub struct Site {
    /// Itself.
    pub me: Definition,
    /// All four, for the links.
    pub all: Vec<Definition>,
    /// The CAS server.
    pub cas: Cas,
    /// Its sessions.
    pub visits: Visits,
}

/// How a browser comes back from the CAS server.
#[derive(Deserialize)]
pub struct Arrival {
    /// The ticket; absent when somebody just opens the page.
    pub ticket: Option<String>,
}

/// A single-logout notice, as the form that carries it.
#[derive(Deserialize)]
pub struct LogoutNotice {
    /// The SAML document.
    #[serde(rename = "logoutRequest")]
    pub document: String,
}

impl Site {
    /// Opens a session and shows the page at its clean address: a ticket left in the address bar would be presented
    /// again at the next reload, and be refused.
    pub fn enter(&self, visit: Visit) -> HttpResponse {
        let cookie = self.visits.start(visit);
        HttpResponse::Found()
            .insert_header((SET_COOKIE, cookie))
            .insert_header((LOCATION, self.me.url.as_str()))
            .finish()
    }

    /// The page of somebody who signed in: who, and what the CAS server told.
    pub fn welcome(&self, request: &HttpRequest, visit: &Visit) -> HttpResponse {
        let lang = Lang::of(request);
        let mut text = format!(
            "<p role=\"status\">{} <strong>{}</strong>.</p>\n<h2>{}</h2>\n<dl>\n",
            lang.say("Session ouverte pour", "Signed in as"),
            escape(&visit.user),
            lang.say("Ce que ce service a appris", "What this service learnt"),
        );
        let login = [(lang.say("Identifiant", "Login").to_owned(), visit.user.clone())];
        for (name, value) in login.iter().chain(&visit.attributes) {
            line(
                &mut text,
                &format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value)),
            );
        }
        text.push_str("</dl>\n");
        let sign_out = match self.me.logout {
            LogoutKind::BackChannel => self.cas.logout(),
            // Nobody will tell this application, so it ends its own session first.
            LogoutKind::None => "/sign-out".to_owned(),
        };
        let words = lang.say("Se déconnecter de tous les services", "Sign out of every service");
        line(&mut text, &link(&sign_out, words));
        self.page(lang, StatusCode::OK, &text)
    }

    /// The page of somebody who did not sign in, with a way to.
    pub fn public(&self, request: &HttpRequest) -> HttpResponse {
        let lang = Lang::of(request);
        let text = format!(
            "<p role=\"status\">{}</p>\n<p>{}</p>\n{}\n",
            lang.say("Vous n’êtes pas connecté.", "You are not signed in."),
            lang.say(
                "Le calendrier des inscriptions est public.",
                "The enrolment calendar is public."
            ),
            link("/sign-in", lang.say("Se connecter", "Sign in")),
        );
        self.page(lang, StatusCode::OK, &text)
    }

    /// The page of somebody whose ticket was refused. Most often a page was reloaded or a bookmark holds an old
    /// ticket: starting again is all there is to do.
    pub fn refuse(&self, request: &HttpRequest, refused: &Refused) -> HttpResponse {
        tracing::info!(
            service = self.me.key,
            code = refused.code,
            reason = refused.text,
            "ticket refused"
        );
        let lang = Lang::of(request);
        let text = format!(
            "<p role=\"alert\">{} (<code>{}</code>).</p>\n<p>{}</p>\n{}\n",
            lang.say("La connexion n’a pas abouti", "You could not be signed in"),
            escape(&refused.code),
            lang.say(
                "Un ticket ne sert qu’une fois et peu de temps. Recommencez.",
                "A ticket is good once and for a short time. Try again.",
            ),
            link(&self.me.url, lang.say("Recommencer", "Try again")),
        );
        self.page(lang, StatusCode::FORBIDDEN, &text)
    }

    fn page(&self, lang: Lang, status: StatusCode, text: &str) -> HttpResponse {
        let name = lang.say(self.me.name_fr, self.me.name_en);
        let mut links = String::new();
        for other in self.all.iter().filter(|other| other.key != self.me.key) {
            line(
                &mut links,
                &format!(
                    "<li>{}</li>",
                    link(&other.url, lang.say(other.name_fr, other.name_en))
                ),
            );
        }
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width\">\n<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>{name}</h1>\n<p>{about} · {protocol}</p>\n{text}</main>\n<nav aria-label=\"{others}\">\n<ul>\n{links}\
             </ul>\n<p>{language}</p>\n</nav>\n</body>\n</html>\n",
            code = lang.say("fr", "en"),
            about = lang.say(self.me.description_fr, self.me.description_en),
            protocol = self.me.protocol,
            others = lang.say("Autres services", "Other services"),
            language = lang.say(
                "<a href=\"/?lang=en\" lang=\"en\" hreflang=\"en\">English</a>",
                "<a href=\"/?lang=fr\" lang=\"fr\" hreflang=\"fr\">Français</a>"
            ),
        );
        HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'",
            ))
            // The address may hold a ticket, the page holds personal data.
            .insert_header(("Referrer-Policy", "no-referrer"))
            .insert_header(("Cache-Control", "no-store"))
            .insert_header(("X-Content-Type-Options", "nosniff"))
            .body(html)
    }
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;\
                     margin:2rem auto;padding:0 1rem}dt{font-weight:bold}dd{overflow-wrap:anywhere}";

/// Sends the browser elsewhere. `302` and never `307`: whatever was posted is not sent on.
pub fn redirect(address: &str) -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, address)).finish()
}

/// The language of one answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lang {
    Fr,
    En,
}

impl Lang {
    /// What the address asks for, else what the browser prefers, else French.
    fn of(request: &HttpRequest) -> Self {
        let asked = request
            .query_string()
            .split('&')
            .find_map(|pair| pair.strip_prefix("lang="));
        let preferred = request
            .headers()
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let language = asked.or(preferred).unwrap_or("fr");
        if language.starts_with("en") {
            Self::En
        } else {
            Self::Fr
        }
    }

    fn say<'a>(self, fr: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("writing to text does not fail");
}

fn link(address: &str, words: &str) -> String {
    format!("<a href=\"{}\">{words}</a>", escape(address))
}

/// Text as text: a name is whatever its owner wants it to be.
fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
