//! The whole suite in one binary: it links once and runs in parallel.

mod protocol;
mod stories;
mod support;
