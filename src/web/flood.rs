//! A ceiling on the forms that one address sends for accounts: what no person reaches and a script meets at once.
//!
//! Kept in memory, by this node alone: it protects the disk from rows made up by strangers, not a secret. Secrets have
//! budgets in the database.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// Forms a minute from one address.
const A_MINUTE: u32 = 120;

/// How many addresses a campus network is worth.
const CAMPUS: u32 = 10;

/// Addresses remembered at most; past that everybody starts anew, which costs a flood nothing worth having.
const ADDRESSES: usize = 100_000;

/// The forms of the current minute.
#[derive(Debug, Default)]
pub struct Flood(Mutex<(i64, HashMap<IpAddr, u32>)>);

impl Flood {
    /// Counts a form from `address`; answers whether it may be read.
    pub fn admits(&self, address: IpAddr, campus: bool, now: DateTime<Utc>) -> bool {
        let minute = now.timestamp() / 60;
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if guard.0 != minute || guard.1.len() > ADDRESSES {
            *guard = (minute, HashMap::new());
        }
        let count = guard.1.entry(network(address)).or_default();
        *count = count.saturating_add(1);
        *count <= if campus { A_MINUTE * CAMPUS } else { A_MINUTE }
    }
}

/// The address, or the /64 that one IPv6 subscriber has ([S-45]).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hundred_and_twenty_first_form_of_a_minute_is_not_read() {
        let (flood, now) = (Flood::default(), DateTime::UNIX_EPOCH);
        let script: IpAddr = "203.0.113.7".parse().unwrap();

        let admitted = (0..200).filter(|_| flood.admits(script, false, now)).count();

        assert_eq!(admitted, 120);
        assert!(flood.admits("203.0.113.8".parse().unwrap(), false, now));
        assert!(flood.admits(script, false, now + chrono::Duration::minutes(1)));
    }

    #[test]
    fn a_campus_counts_ten_times_and_a_subscriber_once() {
        let (flood, now) = (Flood::default(), DateTime::UNIX_EPOCH);
        let campus: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(
            (0..2_000).filter(|_| flood.admits(campus, true, now)).count(),
            1_200
        );

        let of_one = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, host]);
        assert_eq!(
            (0..200)
                .filter(|host| flood.admits(of_one(*host), false, now))
                .count(),
            120
        );
    }
}
