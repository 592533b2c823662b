//! Vestibule: a CAS single sign-on server for a university's digital workspace.
pub mod kernel;
pub mod store;
