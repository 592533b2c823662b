//! The clauses that any server can be checked with: on this server, on broken ones, and as the pages tell them.

mod broken;
mod command;
mod here;
mod pages;
