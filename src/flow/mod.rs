//! The stories: each file tells one, as a function that decides the order of effects.
//!
//! Expected refusals are variants of the outcome; a [`Fault`] means that the machinery broke.

pub mod account;
pub mod activate;
pub mod arrive;
pub mod callback;
pub mod change_password;
mod circle;
pub mod credentials;
pub mod ending;
pub mod expire;
pub mod explain;
pub mod forms;
pub mod grant;
pub mod identity;
pub mod import;
pub mod ledger;
pub mod limits;
pub mod new_password;
pub mod operate;
pub mod proxy;
pub mod recover;
pub mod rest;
pub mod services;
pub mod sheet;
pub mod sign_in;
pub mod sign_out;
pub mod start;
mod tides;
pub mod validate;

use std::net::IpAddr;

use crate::password::Overloaded;
use crate::store::StoreError;

/// The machinery broke. Its words are for the log; a person sees a page that says nothing of them.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Something the server needs is away or too busy; it will pass.
    #[error("the server cannot answer just now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A bug, or a row that nobody can read.
    #[error("the server is broken")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            _ => Self::Broken(error.into()),
        }
    }
}

impl From<Overloaded> for Fault {
    fn from(error: Overloaded) -> Self {
        Self::Unavailable(error.into())
    }
}

/// Who is at the other end, as far as a request tells.
#[derive(Clone)]
pub struct Visitor {
    /// The client's address, behind trusted proxies if any.
    pub address: IpAddr,
    /// Whether it is in a network where many people share an address.
    pub campus: bool,
    /// Whether somebody looks at what is answered: the browser asked for a page.
    pub looks: bool,
    /// Whether it is in a network of self-service computers.
    pub public_computer: bool,
    /// The value of the ticket-granting cookie.
    pub cookie: Option<String>,
    /// The value of the known-device cookie.
    pub device_cookie: Option<String>,
    /// The browser and the system, in words: `Firefox · Linux`.
    pub device: String,
}

impl std::fmt::Debug for Visitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visitor")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Visitor {
    /// The address as text, for the audit.
    pub fn address_text(&self) -> String {
        self.address.to_canonical().to_string()
    }
}
