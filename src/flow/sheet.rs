//! The credentials sheet: shown in the answer that makes it, and for ten minutes again to the same browser.
//!
//! What waits in the database is sealed with a key that only that browser's flow cookie gives.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::app::App;
use crate::kernel::entropy::Entropy;
use crate::kernel::keyring::{Digest, Key};
use crate::store::journeys::Journey;
use crate::store::{self};
use sha2::{Digest as _, Sha256};

/// How long a sheet may be shown again.
pub const SHOWN_AGAIN: Duration = Duration::minutes(10);

/// What a person notes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The login.
    pub login: String,
    /// The university mail address.
    pub mail: String,
    /// The password, when the server made it up, in groups.
    pub password: Option<String>,
    /// The backup code, in groups.
    pub code: String,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// What the store keeps of a flow cookie.
pub fn journey_digest(cookie: &str) -> Digest {
    Sha256::digest([b"journey ".as_slice(), cookie.as_bytes()].concat()).into()
}

/// Seals a sheet for the browser that holds `cookie`. The nonce is drawn at random and the key serves one journey.
pub(super) fn seal(sheet: &Sheet, cookie: &str, entropy: &Entropy) -> Vec<u8> {
    let nonce: [u8; 12] = entropy.bytes();
    let plain = serde_json::to_vec(sheet).unwrap_or_default();
    let sealed = cipher(cookie)
        .encrypt(&Nonce::from(nonce), plain.as_slice())
        .unwrap_or_default();
    [nonce.as_slice(), &sealed].concat()
}

fn unseal(sealed: &[u8], cookie: &str) -> Option<Sheet> {
    let (nonce, sealed) = sealed.split_first_chunk::<12>()?;
    let plain = cipher(cookie).decrypt(&Nonce::from(*nonce), sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

fn cipher(cookie: &str) -> ChaCha20Poly1305 {
    let secret: [u8; 32] = Sha256::digest(cookie.as_bytes()).into();
    let key = Key::new(secret).derive("credentials sheet");
    ChaCha20Poly1305::new(key.expose().into())
}

/// A journey in a browser: what its flow cookie leads to.
///
/// # Errors
/// When the database does not answer.
pub async fn journey(app: &App, cookie: Option<&str>, kind: &'static str) -> Result<Option<Journey>, Fault> {
    let Some(cookie) = cookie else {
        return Ok(None);
    };
    let (digest, now) = (journey_digest(cookie), app.clock.now());
    let found = app
        .db
        .read(move |conn| store::journeys::find(conn, &digest, now))
        .await?;
    Ok(found.filter(|journey| journey.kind == kind))
}

/// The sheet of a finished journey, while it may be shown again.
pub fn reopen(journey: &Journey, cookie: &str) -> Option<Sheet> {
    unseal(journey.sheet.as_deref()?, cookie)
}

/// The person has noted everything: the sheet is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn acknowledge(app: &App, journey: &Journey) -> Result<(), Fault> {
    let digest = journey.digest;
    Ok(app
        .db
        .write(move |conn| store::journeys::end(conn, &digest))
        .await?)
}

/// A new flow cookie's value.
pub(super) fn new_cookie(entropy: &Entropy) -> String {
    entropy.alphanumeric(43)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s48_a_sheet_opens_with_its_own_cookie_and_no_other() {
        let entropy = Entropy::seeded(1);
        let sheet = Sheet {
            login: "corsonneau".into(),
            mail: "c@x".into(),
            password: Some("bakt-mwez-hvdr".into()),
            code: "VZJG4-PH2G8".into(),
        };

        let sealed = seal(&sheet, "cookie", &entropy);

        assert!(!String::from_utf8_lossy(&sealed).contains("bakt"));
        assert_eq!(unseal(&sealed, "cookie"), Some(sheet));
        assert_eq!(unseal(&sealed, "another"), None);
        assert_eq!(unseal(&sealed[..sealed.len() - 1], "cookie"), None);
    }
}
