//! The protocol, clause by clause, over HTTP. A test that shows a clause carries its label.

mod validation;
