//! The names of the keys: what one script touches has the same braces, and so lies in one slot.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::cas::ticket::{TicketDigest, Trace};
use crate::kernel::keyring::Digest;

/// Over how many keys the list of all sessions is spread, so that no server of a cluster has it alone.
pub const SHARES: u8 = 16;

/// The keys of one database.
pub struct Keys(String);

impl Keys {
    /// Those that begin with `prefix`.
    pub fn new(prefix: &str) -> Self {
        Self(prefix.to_owned())
    }

    /// A session, and whom to tell of its end.
    pub fn session(&self, digest: &Digest) -> String {
        format!("{}:s:{{{}}}", self.0, short(digest))
    }

    /// The last tickets of a session for a service.
    pub fn recent(&self, digest: &Digest, service_key: &str) -> String {
        format!("{}:r:{{{}}}:{service_key}", self.0, short(digest))
    }

    /// The session of a cookie.
    pub fn cookie(&self, digest: &Digest) -> String {
        format!("{}:c:{{{}}}", self.0, short(digest))
    }

    /// The sessions of an account.
    pub fn account(&self, account: &str) -> String {
        format!("{}:a:{{{account}}}", self.0)
    }

    /// A share of all sessions, in the order in which they have to be looked at.
    pub fn share(&self, number: u8) -> String {
        format!("{}:x:{{{number}}}", self.0)
    }

    /// The share that a session is in.
    pub fn share_of(&self, digest: &Digest) -> String {
        // Its last byte: the first ones are an instant.
        self.share(digest[31] % SHARES)
    }

    /// The tickets with a trace. By its digits, as an operator has them.
    pub fn trace(&self, trace: Trace) -> String {
        format!("{}:t:{{{}}}", self.0, hex::encode(trace.prefix()))
    }

    /// The tickets with the trace of this one.
    pub fn ticket(&self, digest: &Digest) -> String {
        self.trace(TicketDigest::from_bytes(*digest).trace())
    }

    /// A proxy-granting ticket.
    pub fn grant(&self, digest: &Digest) -> String {
        format!("{}:g:{{{}}}", self.0, short(digest))
    }

    /// A ledger of failed tries.
    pub fn ledger(&self, key: &Digest) -> String {
        format!("{}:l:{{{}}}", self.0, short(key))
    }

    /// What nobody reads: written to see whether anything can be.
    pub fn trial(&self, number: u16) -> String {
        format!("{}:w:{{{number}}}", self.0)
    }
}

/// A digest in 43 characters; hexadecimal digits would be a tenth of all memory.
fn short(digest: &Digest) -> String {
    URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::super::slots::slot;
    use super::*;

    #[test]
    fn what_one_script_touches_lies_in_one_slot() {
        let keys = Keys::new("abcdefgh");
        let session = slot(keys.session(&[7; 32]).as_bytes());

        assert_eq!(slot(keys.recent(&[7; 32], "a{b}").as_bytes()), session);
        assert_ne!(slot(keys.session(&[8; 32]).as_bytes()), session);
    }

    #[test]
    fn the_key_of_a_ticket_says_its_trace() {
        let mut digest = [0xff; 32];
        digest[..7].copy_from_slice(&[0x01, 0x9a, 0xb3, 0xc2, 0xd4, 0xe5, 0x3b]);

        assert_eq!(
            Keys::new("abcdefgh").ticket(&digest),
            "abcdefgh:t:{019ab3c2d4e53b}"
        );
    }
}
