//! Free ports for programs that must be told one before they start.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Where the search begins and how far it goes: below the ports that the system gives to outgoing connections, so that
/// no connection of another test takes one between this look and the program's own.
const FIRST: u16 = 16_000;
const COUNT: u16 = 16_000;

static TAKEN: AtomicU16 = AtomicU16::new(0);

/// A port of 127.0.0.1 that nobody has, and that is given out once.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` free ports in a row.
pub fn free_ports(count: u16) -> u16 {
    // Two test runs at once begin at different places.
    let start = u16::try_from(std::process::id() * 53 % u32::from(COUNT)).expect("below the count");
    loop {
        let step = TAKEN.fetch_add(count, Ordering::Relaxed);
        assert!(step < COUNT - count, "no port is free");
        let first = FIRST + (start + step) % (COUNT - count);
        if (first..first + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return first;
        }
    }
}
