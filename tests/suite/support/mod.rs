//! The harness: a real server on a real database with a clock that the test moves, browsers, and services.

pub mod browser;
pub mod database;
pub mod journeys;
pub mod listener;
pub mod logs;
pub mod page;
pub mod people;
pub mod postgres;
pub mod server;
pub mod service;

pub use browser::Browser;
pub use page::Reply;
pub use postgres::Postgres;
pub use server::TestServer;
