//! Comparing what must not leak through time. Secret text itself is `secrecy::SecretString`: it prints
//! `[REDACTED]` and is wiped when dropped. What lives for seconds and is worth one use is [`Unshown`].

use std::fmt::{self, Debug, Formatter};
use std::ops::Deref;

use subtle::ConstantTimeEq;

/// Text that `Debug` does not show: a ticket on its way through.
#[derive(Clone, PartialEq, Eq)]
pub struct Unshown(String);

impl From<&str> for Unshown {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Deref for Unshown {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Debug for Unshown {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("[REDACTED]")
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
