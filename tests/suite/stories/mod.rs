//! What people come for, told as they live it.

mod activation;
mod catalogue;
mod clock;
mod disclosure;
mod guessing;
mod loops;
mod migration;
mod outage;
mod password;
mod recovery;
mod rights;
mod secrets;
mod sessions;
mod sheet;
mod sign_in;
mod sign_out;
mod states;
mod stop;
mod throttling;
pub mod tickets;
mod tides;
mod warn;
