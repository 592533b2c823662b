//! Vestibule: a CAS single sign-on server for a university's digital workspace.
pub mod audit;
pub mod kernel;
pub mod outbound;
pub mod password;
pub mod store;
