//! Comparing what must not leak through time. Secret text itself is `secrecy::SecretString`: it prints
//! `[REDACTED]` and is wiped when dropped.

use subtle::ConstantTimeEq;

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
