//! Cookies: their names, and the exact text that sets and clears them ([C-1] to [C-5]).

use actix_web::HttpRequest;
use actix_web::http::header;
use chrono::Duration;

use crate::config::Cookie;

/// A cookie that this server sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The ticket-granting cookie.
    Session,
    /// The wish to confirm each service.
    Warn,
    /// What form tokens are bound to.
    Form,
    /// An activation or recovery under way.
    Flow,
    /// A browser that its owner signed in with before.
    Device,
    /// The list of services told at the last sign-out.
    Receipt,
    /// The language chosen.
    Language,
}

/// The cookies of one deployment.
#[derive(Debug, Clone)]
pub struct Cookies {
    session: Cookie,
}

impl Cookies {
    /// Cookies named and scoped like the session's.
    pub fn new(session: &Cookie) -> Self {
        Self {
            session: session.clone(),
        }
    }

    /// The name on the wire.
    pub fn name(&self, name: Name) -> String {
        let prefix = if self.session.name.starts_with("__Host-") {
            "__Host-"
        } else {
            ""
        };
        match name {
            Name::Session => self.session.name.clone(),
            Name::Warn => "CASPRIVACY".into(),
            Name::Form => format!("{prefix}CASFORM"),
            Name::Flow => format!("{prefix}CASFLOW"),
            Name::Device => format!("{prefix}CASDEVICE"),
            Name::Receipt => format!("{prefix}CASRECEIPT"),
            Name::Language => "CASLANG".into(),
        }
    }

    /// The value that the browser sent, if any. Of several with one name the first counts: browsers send the one
    /// with the longest path first (RFC 6265 §5.4).
    pub fn read(&self, request: &HttpRequest, name: Name) -> Option<String> {
        let wanted = self.name(name);
        request
            .headers()
            .get_all(header::COOKIE)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.to_owned())
            .filter(|value| !value.is_empty() && value.len() <= 256)
    }

    /// The header value that sets a cookie; `kept_for` as long as the browser is open when `None`.
    pub fn set(&self, name: Name, value: &str, kept_for: Option<Duration>) -> String {
        let age = kept_for
            .map(|kept| format!("; Max-Age={}", kept.num_seconds()))
            .unwrap_or_default();
        format!(
            "{}={value}; Path={}; HttpOnly; SameSite=Lax{}{age}",
            self.name(name),
            self.session.path,
            self.secure()
        )
    }

    /// The header value that clears a cookie.
    pub fn clear(&self, name: Name) -> String {
        self.clear_at(name, &self.session.path)
    }

    /// The header values that clear the session's cookie wherever earlier deployments may have set it ([C-3]).
    pub fn clear_session_everywhere(&self, context: &str) -> Vec<String> {
        if self.session.name.starts_with("__Host-") {
            return vec![self.clear(Name::Session)];
        }
        let mut paths = vec![context.to_owned(), format!("{context}/"), "/".to_owned()];
        paths.retain(|path| !path.is_empty());
        paths.dedup();
        paths
            .iter()
            .map(|path| self.clear_at(Name::Session, path))
            .collect()
    }

    fn clear_at(&self, name: Name, path: &str) -> String {
        let epoch = "Thu, 01 Jan 1970 00:00:00 GMT";
        format!(
            "{}=; Path={path}; HttpOnly; SameSite=Lax{}; Max-Age=0; Expires={epoch}",
            self.name(name),
            self.secure()
        )
    }

    fn secure(&self) -> &'static str {
        if self.session.secure { "; Secure" } else { "" }
    }
}
