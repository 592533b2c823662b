//! Vestibule: a CAS single sign-on server for a university's digital workspace.
pub mod app;
pub mod audit;
pub mod cas;
pub mod cli;
pub mod config;
pub mod conformance;
pub mod demo;
pub mod flow;
pub mod jobs;
pub mod kernel;
pub mod outbound;
pub mod password;
pub mod people;
pub mod roster;
pub mod store;
pub mod telemetry;
pub mod web;
