//! The whole suite in one binary: it links once and runs in parallel.

mod attacks;
mod audit;
mod balancers;
mod binary;
mod clients;
mod cluster;
mod conformance;
mod crashes;
mod database_copy;
mod faults;
mod flood;
mod fuzz;
mod house;
mod nodes;
mod pages;
mod postgres;
mod protocol;
mod races;
mod registry;
mod regressions;
mod rolling;
mod schemas;
mod store;
mod stories;
mod supply;
mod support;
