//! Keyed digests: what the server signs, and what it stores of short secrets.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::secret::same;

/// A keyed digest (HMAC-SHA-256, RFC 2104).
pub type Digest = [u8; 32];

/// One server key of 32 bytes.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A key from its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A key for one purpose, independent of every other purpose's.
    pub fn derive(&self, purpose: &str) -> Self {
        Self::new(self.digest(&[b"derive", purpose.as_bytes()]))
    }

    /// The digest of `parts`. Each part is preceded by its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
    pub fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_ref()).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A short public name for the key, to tell which one made a digest.
    pub fn id(&self) -> String {
        hex::encode(&self.digest(&[b"id"])[..4])
    }

    /// A public name for the key that no other key has, for nodes to see whether they hold the same.
    pub fn fingerprint(&self) -> String {
        hex::encode(self.digest(&[b"fingerprint"]))
    }

    /// The raw bytes, for the cipher that seals the credentials sheet.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([REDACTED])")
    }
}

/// The keys in force: the first signs, all verify, so that a key is replaced without logging anybody out.
#[derive(Clone, Debug)]
pub struct Keyring(Vec<Key>);

impl Keyring {
    /// A ring of `first` and the keys that went before it, newest first.
    pub fn new(first: Key, former: impl IntoIterator<Item = Key>) -> Self {
        Self(std::iter::once(first).chain(former).collect())
    }

    /// The same ring for one purpose.
    pub fn derive(&self, purpose: &str) -> Self {
        Self(self.0.iter().map(|key| key.derive(purpose)).collect())
    }

    /// The digest of `parts` under the key in force.
    pub fn digest(&self, parts: &[&[u8]]) -> Digest {
        self.newest().digest(parts)
    }

    /// Whether `digest` is that of `parts` under any key of the ring.
    pub fn verify(&self, parts: &[&[u8]], digest: &[u8]) -> bool {
        self.0.iter().any(|key| same(&key.digest(parts), digest))
    }

    /// The fingerprints of the keys, newest first.
    pub fn fingerprints(&self) -> Vec<String> {
        self.0.iter().map(Key::fingerprint).collect()
    }

    /// The keys, newest first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }

    /// The key with this name, if it is on the ring.
    pub fn by_id(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id() == id)
    }

    /// The key that signs.
    ///
    /// # Panics
    /// Never: a ring is made with a first key.
    pub fn newest(&self) -> &Key {
        self.0.first().expect("a ring is made with a first key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_one_another() {
        let key = Key::new([7; 32]);
        assert_ne!(key.digest(&[b"ab", b"c"]), key.digest(&[b"a", b"bc"]));
    }

    #[test]
    fn a_former_key_still_verifies_but_no_longer_signs() {
        let (old, new) = (Key::new([1; 32]), Key::new([2; 32]));
        let signed = Keyring::new(old.clone(), []).digest(&[b"form"]);
        let ring = Keyring::new(new, [old]);

        assert!(ring.verify(&[b"form"], &signed));
        assert_ne!(ring.digest(&[b"form"]), signed);
    }

    #[test]
    fn a_key_never_prints_itself() {
        assert_eq!(format!("{:?}", Key::new([42; 32])), "Key([REDACTED])");
    }
}
