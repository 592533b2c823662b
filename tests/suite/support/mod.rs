//! The harness: a real server on a real database with a clock that the test moves, browsers, and services.

pub mod browser;
pub mod callback;
pub mod database;
pub mod headers;
pub mod journeys;
pub mod listener;
pub mod logs;
pub mod notices;
pub mod page;
pub mod paper;
pub mod people;
pub mod port;
pub mod postgres;
pub mod process;
pub mod program;
pub mod proxies;
pub mod raw;
pub mod redis;
pub mod rest;
pub mod server;
pub mod service;
pub mod tables;
pub mod traces;
pub mod visitor;
pub mod wire;

pub use browser::{Browser, encode};
pub use listener::Listener;
pub use page::Reply;
pub use postgres::Postgres;
pub use server::TestServer;
pub use wire::Wire;
