//! The ground everything stands on: time, chance, secrets and keys. No business word in here.

pub mod clock;
pub mod entropy;
pub mod keyring;
pub mod secret;
