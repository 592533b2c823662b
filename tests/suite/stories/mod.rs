//! What people come for, told as they live it.

mod activation;
mod catalogue;
mod disclosure;
mod sessions;
mod sign_in;
mod states;
mod throttling;
