//! The program itself, as the person at the terminal meets it.

mod demo;
mod serve;
