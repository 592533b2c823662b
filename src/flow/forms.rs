//! Form tokens: signed, expiring, for one form of one browser, and good once ([S-22], [L-5]).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest as _, Sha256};

use super::Fault;
use crate::app::App;
use crate::kernel::clock::from_micros;
use crate::kernel::keyring::Digest;
use crate::store;

/// How long a page may stay open before its form is shown again: an hour, twice what accessibility asks for.
pub const LIFETIME: Duration = Duration::hours(1);

/// A token that was found good and has still to be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What is spent.
    pub digest: Digest,
    /// When it need not be remembered any longer.
    pub expires_at: DateTime<Utc>,
}

/// Makes a token for the form `purpose` in the browser that holds `browser`.
pub fn issue(app: &App, purpose: &str, browser: &str, now: DateTime<Utc>) -> String {
    let nonce: [u8; 16] = app.entropy.bytes();
    let issued = now.timestamp_micros().to_be_bytes();
    let mac = app
        .keys
        .forms
        .digest(&[purpose.as_bytes(), browser.as_bytes(), &issued, &nonce]);
    let mut token = [0_u8; 56];
    token[..8].copy_from_slice(&issued);
    token[8..24].copy_from_slice(&nonce);
    token[24..].copy_from_slice(&mac);
    URL_SAFE_NO_PAD.encode(token)
}

/// Checks a token; `None` when it is missing, forged, for another form or browser, or too old.
pub fn check(app: &App, purpose: &str, browser: &str, token: &str, now: DateTime<Utc>) -> Option<Token> {
    let bytes: [u8; 56] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    let (issued, rest) = bytes.split_first_chunk::<8>()?;
    let (nonce, mac) = rest.split_first_chunk::<16>()?;
    if !app
        .keys
        .forms
        .verify(&[purpose.as_bytes(), browser.as_bytes(), issued, nonce], mac)
    {
        return None;
    }
    let issued = from_micros(i64::from_be_bytes(*issued));
    let age = now - issued;
    // A token from the future means that the clock was set back; it is as suspect as an old one.
    let fresh = age < LIFETIME && age > -Duration::minutes(1);
    fresh.then(|| Token {
        digest: Sha256::digest(bytes).into(),
        expires_at: issued + LIFETIME,
    })
}

/// Spends the token of a form that does nothing else in a transaction of its own; answers whether this call was the first to.
///
/// # Errors
/// When the database does not answer.
pub async fn spend(app: &App, token: Token) -> Result<bool, Fault> {
    let spent = app
        .db
        .write(move |conn| store::forms::spend(conn, &token.digest, token.expires_at));
    Ok(spent.await?)
}
