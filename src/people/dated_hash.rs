//! Password hashes that another directory made: read, bounded in what they may cost, and compared.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use sha_crypt::{PasswordVerifier as _, ShaCrypt};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The dearest bcrypt that is taken: about a second of one core.
const MOST_COST: u32 = 14;
/// The most rounds of SHA-crypt that are taken: about a second of one core.
const MOST_ROUNDS: u32 = 1_000_000;
const LONGEST_SALT: usize = 64;

/// Directories write base64 with and without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a hash is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatedHashError {
    /// Another scheme, or none.
    #[error(
        "the scheme is not one of SSHA, SSHA256, SSHA512, SHA, SHA256, SHA512, CRYPT ($5$, $6$, $2a$, $2b$, $2y$)"
    )]
    Scheme,
    /// The text of the scheme is damaged.
    #[error("the hash is damaged")]
    Damaged,
    /// A sign-in would cost too much.
    #[error("the hash costs too much: bcrypt up to 14, SHA-crypt up to 1000000 rounds")]
    Cost,
}

/// A hash as a directory (RFC 2307 and the schemes that `OpenLDAP` added) or `crypt(3)` writes it.
///
/// It never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct DatedHash {
    text: String,
    scheme: Scheme,
}

#[derive(Clone, PartialEq, Eq)]
enum Scheme {
    Digest {
        of: Algorithm,
        digest: Vec<u8>,
        salt: Vec<u8>,
    },
    /// `$5$` and `$6$`.
    ShaCrypt,
    /// `$2a$`, `$2b$`, `$2y$`.
    Bcrypt,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    fn digest(self, password: &[u8], salt: &[u8]) -> Vec<u8> {
        fn salted<D: Digest>(password: &[u8], salt: &[u8]) -> Vec<u8> {
            D::new()
                .chain_update(password)
                .chain_update(salt)
                .finalize()
                .to_vec()
        }
        match self {
            Self::Sha1 => salted::<Sha1>(password, salt),
            Self::Sha256 => salted::<Sha256>(password, salt),
            Self::Sha512 => salted::<Sha512>(password, salt),
        }
    }
}

impl DatedHash {
    /// Reads a hash.
    ///
    /// # Errors
    /// When the scheme is not known, the text damaged, or the price of a comparison too high.
    pub fn parse(text: &str) -> Result<Self, DatedHashError> {
        let text = text.trim();
        let scheme = match text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((name, rest)) => match name.to_ascii_uppercase().as_str() {
                "CRYPT" => crypt(rest)?,
                "SSHA" => digest(Algorithm::Sha1, rest, true)?,
                "SSHA256" => digest(Algorithm::Sha256, rest, true)?,
                "SSHA512" => digest(Algorithm::Sha512, rest, true)?,
                "SHA" => digest(Algorithm::Sha1, rest, false)?,
                "SHA256" => digest(Algorithm::Sha256, rest, false)?,
                "SHA512" => digest(Algorithm::Sha512, rest, false)?,
                _ => return Err(DatedHashError::Scheme),
            },
            None => crypt(text)?,
        };
        Ok(Self {
            text: text.to_owned(),
            scheme,
        })
    }

    /// The text to be stored. It is a secret: fast schemes are guessed by the billion.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whether it was made of this password as it was typed or, since a letter may be one sign or two, in its composed
    /// form: directories hashed the bytes that they were sent. Takes as long as the hash asks for, twice at most: on a
    /// hashing thread only.
    pub fn is_of(&self, password: &str) -> bool {
        if self.matches(password.as_bytes()) {
            return true;
        }
        let composed: Zeroizing<String> = Zeroizing::new(password.nfc().collect());
        *composed != password && self.matches(composed.as_bytes())
    }

    fn matches(&self, password: &[u8]) -> bool {
        match &self.scheme {
            Scheme::Digest { of, digest, salt } => of.digest(password, salt).ct_eq(digest).into(),
            Scheme::ShaCrypt => ShaCrypt::default()
                .verify_password(password, bare(&self.text))
                .is_ok(),
            Scheme::Bcrypt => bcrypt::verify(password, bare(&self.text)).unwrap_or(false),
        }
    }
}

impl fmt::Debug for DatedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatedHash(..)")
    }
}

/// Without `{CRYPT}`.
fn bare(text: &str) -> &str {
    text.find('$').map_or(text, |at| &text[at..])
}

fn digest(of: Algorithm, text: &str, salted: bool) -> Result<Scheme, DatedHashError> {
    let mut digest = BASE64.decode(text).map_err(|_| DatedHashError::Damaged)?;
    if digest.len() < of.length() {
        return Err(DatedHashError::Damaged);
    }
    let salt = digest.split_off(of.length());
    if salt.is_empty() == salted || salt.len() > LONGEST_SALT {
        return Err(DatedHashError::Damaged);
    }
    Ok(Scheme::Digest { of, digest, salt })
}

fn crypt(text: &str) -> Result<Scheme, DatedHashError> {
    let fields: Vec<&str> = text.split('$').collect();
    match fields.as_slice() {
        ["", "5" | "6", rest @ ..] => sha_crypt(fields[1], rest),
        ["", "2a" | "2b" | "2y", cost, rest] => {
            let is_sound = text.len() == 60 && rest.bytes().all(is_crypt_base64) && is_number(cost);
            let cost: u32 = cost.parse().map_err(|_| DatedHashError::Damaged)?;
            // Parsed in full here, so that nothing is left to fail when somebody signs in.
            let parsed = text.parse::<bcrypt::HashParts>();
            match cost {
                4..=MOST_COST if is_sound && parsed.is_ok() => Ok(Scheme::Bcrypt),
                15..=31 => Err(DatedHashError::Cost),
                _ => Err(DatedHashError::Damaged),
            }
        }
        _ => Err(DatedHashError::Scheme),
    }
}

/// `rounds=5000` may be missing, then salt and hash.
fn sha_crypt(kind: &str, fields: &[&str]) -> Result<Scheme, DatedHashError> {
    let (rounds, salt, hash) = match fields {
        [salt, hash] => ("5000", salt, hash),
        [rounds, salt, hash] => {
            let rounds = rounds.strip_prefix("rounds=").ok_or(DatedHashError::Damaged)?;
            (rounds, salt, hash)
        }
        _ => return Err(DatedHashError::Damaged),
    };
    if !is_number(rounds) {
        return Err(DatedHashError::Damaged);
    }
    let rounds: u32 = rounds.parse().map_err(|_| DatedHashError::Damaged)?;
    let length = if kind == "5" { 43 } else { 86 };
    let salt_is_sound = salt.len() <= 16 && salt.bytes().all(is_crypt_base64);
    match rounds {
        1_000..=MOST_ROUNDS if salt_is_sound && hash.len() == length && hash.bytes().all(is_crypt_base64) => {
            Ok(Scheme::ShaCrypt)
        }
        0..=MOST_ROUNDS => Err(DatedHashError::Damaged),
        _ => Err(DatedHashError::Cost),
    }
}

/// Without a sign, which `parse` alone would take.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_crypt_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/')
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    const PASSWORD: &str = "correct horse";

    /// What `openssl passwd` and `crypt(3)` of the GNU library make of it.
    const MADE: [&str; 8] = [
        "$6$abcdefgh$yIZAF3gQPvtKZO/9qOJKffAKKbtS3ef3qmwyugk4uWVjX8YZf/GV3A8SkFxEPY0T56CcilGrHKLffBsp6dLMG.",
        "$5$abcdefgh$ruMep1ijHnJPZbETDNiumskxcX3kN4lzZd5VlsqE7eB",
        "$6$rounds=1000$abcdefgh$DbXqPck5ABZumVXwcH5eMVHsPZwvQ3jylSxpJmKkZVxcoCiC3N0rPerjHmAqL7r6PK6CIeYnO9.vxpbsevscg/",
        "$5$rounds=1400$anotherlongsalts$0KT8xKdzAzHA/GLeLkewBNfWJasAb9.GxP2bbi2wnX1",
        "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "{CRYPT}$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    ];

    /// As slapd makes it: the digest of password and salt, then the salt.
    fn slapd(scheme: &str, password: &str, salt: &[u8]) -> String {
        let bytes = [password.as_bytes(), salt].concat();
        let digest = match scheme.trim_start_matches('S') {
            "HA" => Sha1::digest(bytes).to_vec(),
            "HA256" => Sha256::digest(bytes).to_vec(),
            _ => Sha512::digest(bytes).to_vec(),
        };
        format!("{{{scheme}}}{}", STANDARD.encode([&digest, salt].concat()))
    }

    fn reads(text: &str) -> DatedHash {
        DatedHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn the_hashes_of_other_programs_are_read_and_compared() {
        for made in MADE {
            for text in [made.to_owned(), format!("{{crypt}}{}", bare(made))] {
                let hash = reads(&text);
                assert!(hash.matches(PASSWORD.as_bytes()), "{text}");
                for wrong in ["correct house", "", "correct horse ", "Correct horse"] {
                    assert!(!hash.matches(wrong.as_bytes()), "{text} {wrong:?}");
                }
                assert_eq!(hash.expose(), text);
            }
        }
        // `printf secretsalt | openssl sha1 -binary`, then `salt`.
        assert!(reads("{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0").matches(b"secret"));
        for scheme in ["SSHA", "SSHA256", "SSHA512"] {
            for salt in [b"abcd".as_slice(), &[0xff; 16]] {
                let hash = reads(&slapd(scheme, "é", salt));
                assert!(hash.matches("é".as_bytes()), "{scheme}");
                assert!(!hash.matches(b"e"), "{scheme}");
            }
        }
        for scheme in ["SHA", "SHA256", "SHA512"] {
            assert!(reads(&slapd(scheme, "x", b"")).matches(b"x"), "{scheme}");
        }
    }

    #[test]
    fn a_letter_of_two_signs_is_the_letter_of_one() {
        let hash = reads(&slapd("SSHA", "\u{e9}t\u{e9}", b"abcd"));

        assert!(hash.is_of("e\u{301}te\u{301}"));
        assert!(hash.is_of("\u{e9}t\u{e9}"));
        assert!(!hash.is_of("ete"));
        assert!(reads(&slapd("SSHA", "e\u{301}", b"abcd")).is_of("e\u{301}"));
    }

    #[test]
    fn bcrypt_reads_72_bytes_as_it_always_did() {
        let hash = reads("$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i");

        assert!(hash.matches("x".repeat(80).as_bytes()));
        assert!(hash.matches("x".repeat(72).as_bytes()));
        assert!(!hash.matches("x".repeat(71).as_bytes()));
    }

    #[test]
    fn a_hash_that_would_cost_too_much_or_is_damaged_is_not_taken() {
        use DatedHashError::*;
        let bcrypt = |cost: &str| format!("$2y${cost}$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e");
        let sha = |rounds: &str| format!("$5${rounds}$abcdefgh$ruMep1ijHnJPZbETDNiumskxcX3kN4lzZd5VlsqE7eB");
        for (text, why) in [
            (bcrypt("15"), Cost),
            (bcrypt("31"), Cost),
            (bcrypt("99"), Damaged),
            (bcrypt("03"), Damaged),
            (bcrypt("+9"), Damaged),
            (bcrypt("10") + "x", Damaged),
            (sha("rounds=1000001"), Cost),
            (sha("rounds=4294967296"), Damaged),
            (sha("rounds=999"), Damaged),
            (sha("rounds=+5000"), Damaged),
            (sha("round=5000"), Damaged),
            ("$5$abcdefgh$short".to_owned(), Damaged),
            ("$6$a$b$c$d".to_owned(), Damaged),
            ("$1$abcdefgh$x".to_owned(), Scheme),
            ("$2x$04$x".to_owned(), Scheme),
            ("{CRYPT}abJnggxhB/yWI".to_owned(), Scheme),
            ("{SSHA}".to_owned(), Damaged),
            ("{SSHA}%%%".to_owned(), Damaged),
            (slapd("SSHA", "x", b""), Damaged),
            (slapd("SSHA", "x", &[1; 65]), Damaged),
            (format!("{{SHA}}{}", STANDARD_NO_PAD.encode([0; 21])), Damaged),
            ("{MD5}rL0Y20zC+Fzt72VPzMSk2A==".to_owned(), Scheme),
            ("{CLEARTEXT}secret".to_owned(), Scheme),
            ("secret".to_owned(), Scheme),
            ("k$argon2id$v=19$m=64,t=1,p=1$x$y".to_owned(), Scheme),
            (String::new(), Scheme),
        ] {
            assert_eq!(DatedHash::parse(&text), Err(why), "{text}");
        }
        assert!(DatedHash::parse(&sha("rounds=1000000")).is_ok());
        assert!(DatedHash::parse(&bcrypt("14")).is_ok());
    }

    #[test]
    fn a_hash_never_prints_itself() {
        let hash = reads(MADE[0]);

        assert_eq!(
            format!("{hash:?} {:?}", Some(&hash)),
            "DatedHash(..) Some(DatedHash(..))"
        );
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "(\\{(SSHA|SHA512|CRYPT)\\})?(\\$(2y|6|5|rounds=1000|04)){0,3}[$./a-zA-Z0-9=é]{0,90}") {
            if let Ok(hash) = DatedHash::parse(&text) {
                prop_assert!(DatedHash::parse(hash.expose()).is_ok());
            }
        }
    }
}
