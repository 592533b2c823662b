//! The program itself, as the person at the terminal meets it.

mod backup;
mod browser;
mod demo;
mod leave;
mod logout;
mod proxy;
mod restart;
mod serve;
