//! Unmodified clients from package registries against the real program: Apache's `mod_auth_cas`, phpCAS, python-cas,
//! django-cas-ng, and three of Node.
//!
//! Each is set up with what its page in `docs/guide/clients` tells people to write, read out of the page itself, and
//! speaks https to the server through an Apache in front of it, as in production. `tests/run` installs them.

mod apache;
mod django_cas_ng;
pub mod front;
pub mod guide;
mod installed;
mod journeys;
mod mod_auth_cas;
mod node;
mod php_cas;
mod php_cas_proxy;
mod python_cas;
mod recipes;
pub mod world;
