//! The protocol, clause by clause, over HTTP. A test that shows a clause carries its label.
//!
//! `s1` to `s7` are clauses on service identifiers, `s04` to `s86` security requirements.

mod attributes;
mod bad_input;
mod cookies;
mod credentials;
mod front_channel;
mod handover;
mod http;
mod ledger;
mod limits;
mod login;
mod logout;
mod logout_policy;
mod long_sessions;
mod notify;
mod parameters;
mod proxy;
mod proxy_callback;
mod proxy_logout;
pub mod rest;
mod robustness;
mod saml;
mod service;
mod tickets;
mod validation;
