//! The CAS protocol as pure decisions: no clock, no network, no database. What a request asks, what it is
//! granted, and the exact bytes of the answer.
//!
//! - [`parameters`] decodes a request's query and form once, strictly.
//! - [`request`] turns parameters into what `/login`, `/logout`, `/proxy` and the validators were asked.
//! - [`service`] is an application's address: accepted or refused, compared, and sent back with a ticket.
//! - [`catalogue`] holds the registered applications and finds the one an address belongs to.
//! - [`apereo`] reads the definitions of applications that another server had.
//! - [`arrival`] decides what a browser at `/login` is shown.
//! - [`ticket`] is the shape of every ticket and the digest that the store keeps of it.
//! - [`judge`] decides whether a ticket that was just consumed is good.
//! - [`failure`] names every reason for which a validation is refused.
//! - [`assertion`] is what an application is told of a person.
//! - [`loops`] notices a browser that a service sends round in circles.
//! - [`logout`] says who is told that a session ended, and in which words.
//! - [`render`] writes the answers: CAS 1.0 text, CAS 2.0/3.0 XML, JSON.
//! - [`rest`] is the REST protocol: what programs ask, and the bytes of the answers.
//! - [`saml`] reads and answers SAML 1.1 requests.
//! - [`story`] tells what became of a ticket.
//! - [`percent`] reads and writes percent-encoding.

pub mod apereo;
pub mod arrival;
pub mod assertion;
pub mod catalogue;
pub mod failure;
pub mod judge;
pub mod logout;
pub mod loops;
pub mod parameters;
pub mod percent;
pub mod render;
pub mod request;
pub mod rest;
pub mod saml;
pub mod service;
pub mod story;
pub mod ticket;
