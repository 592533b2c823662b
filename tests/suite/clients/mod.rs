//! Unmodified clients from package registries against the real program: Apache's `mod_auth_cas`, phpCAS, python-cas.
//!
//! Each is set up as its documentation says, from the files in `tests/data/clients`, and speaks https to the server
//! through an Apache in front of it, as in production. `tests/run` installs them.

mod apache;
mod front;
mod journeys;
mod mod_auth_cas;
mod php_cas;
mod python_cas;
mod world;
