//! Secrets: where they are not written, and what becomes of them when a key is replaced.

mod rotation;
mod types;
mod written;
