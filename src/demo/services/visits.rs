//! The application's own sessions. CAS answers one question, once; remembering the answer is the application's work.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;

use crate::kernel::entropy::Entropy;

/// Enough for a demonstration; beyond, everybody signs in again, which single sign-on makes painless.
const MOST: usize = 1_000;

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The name the CAS server gave.
    pub user: String,
    /// What else it told.
    pub attributes: Vec<(String, String)>,
    /// The ticket that opened the session. Worthless by now, but single logout will name the session by it.
    pub ticket: String,
}

/// The sessions of one application, in memory.
pub struct Visits {
    cookie: String,
    open: Mutex<HashMap<String, Visit>>,
}

impl Visits {
    /// No session yet. Cookies ignore ports, so each application on this machine needs a name of its own.
    pub fn new(application: &str) -> Self {
        Self {
            cookie: format!("{application}-session"),
            open: Mutex::default(),
        }
    }

    /// Opens a session and returns the `Set-Cookie` value that names it. The name is always new: one that somebody
    /// else put into the browser beforehand never becomes a session.
    pub fn start(&self, visit: Visit) -> String {
        let name = Entropy::system().alphanumeric(32);
        let mut open = self.open();
        if open.len() >= MOST {
            open.clear();
        }
        let cookie = format!("{}={name}; Path=/; HttpOnly; SameSite=Lax", self.cookie);
        open.insert(name, visit);
        cookie
    }

    /// The session that the request's cookie names.
    pub fn find(&self, request: &HttpRequest) -> Option<Visit> {
        let name = self.name_in(request)?;
        self.open().get(name).cloned()
    }

    /// Ends the session that the request's cookie names.
    pub fn end(&self, request: &HttpRequest) {
        if let Some(name) = self.name_in(request) {
            self.open().remove(name);
        }
    }

    /// Ends the session that `ticket` opened.
    pub fn end_by_ticket(&self, ticket: &str) {
        self.open().retain(|_, visit| visit.ticket != ticket);
    }

    fn name_in<'a>(&self, request: &'a HttpRequest) -> Option<&'a str> {
        let lines = request
            .headers()
            .get_all(COOKIE)
            .filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == self.cookie).then_some(value))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Visit>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
