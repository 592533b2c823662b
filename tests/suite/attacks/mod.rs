//! Months of guessing, against the very rules: what each attack takes in a year, and who keeps working meanwhile.
//!
//! Whose ledgers a try is written into is decided by `flow::limits`, and whether it may be made by `people::throttle`; only the
//! place where the ledgers are kept is a table in memory, and the clock jumps from one free try to the next.

mod assumptions;
mod codes;
mod dates;
mod owners;
mod page;
mod passwords;
mod replay;
mod shelf;

use std::net::{IpAddr, Ipv4Addr};

use vestibule::flow::Visitor;

/// Somebody at one of as many addresses as one likes.
fn at(place: u32) -> Visitor {
    Visitor {
        looks: true,
        address: IpAddr::V4(Ipv4Addr::from_bits(0x0B00_0000 + place)),
        campus: false,
        public_computer: false,
        cookie: None,
        device_cookie: None,
        device: String::new(),
    }
}

/// Somebody on the campus, where everybody has one address.
fn on_campus() -> Visitor {
    Visitor {
        address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
        campus: true,
        ..at(0)
    }
}
