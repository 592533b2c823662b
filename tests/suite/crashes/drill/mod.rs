//! The drill: people work, everything is killed, and what was acknowledged is looked for.

pub mod activations;
pub mod book;
pub mod changes;
pub mod client;
pub mod departures;
pub mod guesses;
pub mod imports;
pub mod people;
pub mod recoveries;
pub mod roles;
pub mod run;
pub mod site;
pub mod visits;
