//! The edge towards browsers and services: parse the request, tell the story, match its outcome, render the answer.

pub mod account;
pub mod activation;
pub mod answer;
pub mod assets;
pub mod cookies;
pub mod flood;
pub mod guard;
pub mod health;
pub mod home;
pub mod login;
pub mod logout;
pub mod origin;
pub mod pages;
pub mod password_form;
pub mod proxy;
pub mod recovery;
pub mod request;
pub mod rest;
pub mod routes;
pub mod run;
pub mod saml;
pub mod server;
pub mod sessions;
pub mod site;
pub mod slashes;
pub mod user_agent;
pub mod validate;

use std::sync::Arc;

use crate::app::App;
use pages::{Pages, PagesError};

/// What every handler needs.
pub struct Web {
    /// The server's parts.
    pub app: Arc<App>,
    /// The pages.
    pub pages: Pages,
    /// The ceiling on account forms.
    pub flood: flood::Flood,
    /// Empty, or like `/cas`: the path under which everything is.
    pub context: String,
}

impl Web {
    /// Readies the pages for `app`.
    ///
    /// # Errors
    /// When the university's colour cannot be used, or a template is broken.
    pub fn new(app: Arc<App>) -> Result<Self, PagesError> {
        let pages = Pages::new(site::of(&app.config))?;
        let context = app.config.server.public_url.context().to_owned();
        Ok(Self {
            app,
            pages,
            flood: flood::Flood::default(),
            context,
        })
    }

    /// The address of `path` on this host.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.context)
    }
}
