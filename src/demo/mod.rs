//! The demonstration: a throw-away server with fictitious people and four sample services.

pub mod services;
