//! Which server of a cluster has a key.

use std::collections::BTreeSet;

/// How many slots the keys of a cluster fall into.
pub const SLOTS: u16 = 16_384;

/// The slot of a key: that of the part in braces, so that keys which belong together lie together.
pub fn slot(key: &[u8]) -> u16 {
    crc16(tag(key)) % SLOTS
}

fn tag(key: &[u8]) -> &[u8] {
    let Some(open) = key.iter().position(|byte| *byte == b'{') else {
        return key;
    };
    let rest = &key[open + 1..];
    match rest.iter().position(|byte| *byte == b'}') {
        None | Some(0) => key,
        Some(close) => &rest[..close],
    }
}

/// CRC16 as XMODEM has it: polynomial 0x1021, nothing reflected.
fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0_u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
        }
    }
    crc
}

/// The servers of the slots, by their place in a list.
pub struct Map(Vec<Option<usize>>);

impl Map {
    /// Nobody has anything.
    pub fn empty() -> Self {
        Self(vec![None; SLOTS.into()])
    }

    /// Gives the slots from `first` to `last` to a server.
    pub fn assign(&mut self, first: u16, last: u16, server: usize) {
        for slot in first..=last.min(SLOTS - 1) {
            self.0[usize::from(slot)] = Some(server);
        }
    }

    /// The server of a slot.
    pub fn owner(&self, slot: u16) -> Option<usize> {
        self.0.get(usize::from(slot)).copied().flatten()
    }

    /// The servers that have any.
    pub fn owners(&self) -> BTreeSet<usize> {
        self.0.iter().flatten().copied().collect()
    }

    /// How many slots nobody has.
    pub fn missing(&self) -> usize {
        self.0.iter().filter(|owner| owner.is_none()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_falls_into_the_slot_that_redis_says() {
        // As `CLUSTER KEYSLOT` answers.
        for (key, expected) in [
            ("123456789", 12_739),
            ("foo", 12_182),
            ("{foo}bar", 12_182),
            ("x{foo}{bar}", 12_182),
            ("", 0),
        ] {
            assert_eq!(slot(key.as_bytes()), expected, "{key}");
        }
        assert_eq!(slot(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_ne!(slot(b"foo{bar"), slot(b"bar"));
    }

    #[test]
    fn slots_that_nobody_has_are_counted() {
        let mut map = Map::empty();
        map.assign(0, 8_000, 0);
        map.assign(8_002, 16_383, 1);

        assert_eq!(map.missing(), 1);
        assert_eq!(
            (map.owner(8_000), map.owner(8_001), map.owner(8_002)),
            (Some(0), None, Some(1))
        );
    }
}
