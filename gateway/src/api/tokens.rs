//! The text of a token: `bvc_<id>_<secret>`.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use domain::{ApiScope, ApiTokenId, UserId};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};
use storage::api_tokens::ApiToken;

use crate::requests::hex;

const PREFIX: &str = "bvc_";

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;

/// Bytes that no one can guess.
///
/// # Errors
/// If the system has no random numbers.
pub(super) fn random_bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    let failed = |_| anyhow::anyhow!("the system has no random numbers");
    SystemRandom::new().fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// A token as its holder sends it. It has no `Debug`, so that it can't be logged.
pub(crate) struct TokenText {
    pub(crate) id: ApiTokenId,
    secret: String,
}

impl TokenText {
    /// A new token.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn random() -> anyhow::Result<Self> {
        let bytes = random_bytes::<{ SECRET_BYTES + ApiTokenId::CHARS / 2 }>()?;
        let (secret, id) = bytes.split_at(SECRET_BYTES);
        Ok(Self { id: ApiTokenId::parse(&hex(id))?, secret: BASE64_URL_SAFE_NO_PAD.encode(secret) })
    }

    /// A new token with this text.
    pub(crate) fn token(&self, name: &str, owner: UserId, scopes: Vec<ApiScope>) -> ApiToken {
        ApiToken {
            id: self.id.clone(),
            name: name.to_owned(),
            owner,
            scopes,
            secret_sha256: self.secret_sha256(),
            per_day: 0,
            created_at: Utc::now(),
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        }
    }

    /// `None` if it has another form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        Some(Self { id: ApiTokenId::parse(id).ok()?, secret: secret.to_owned() })
    }

    /// The SHA-256 of the secret, in hexadecimal.
    pub(crate) fn secret_sha256(&self) -> String {
        hex(&Sha256::digest(&self.secret))
    }

    /// The text for its holder.
    pub(crate) fn expose(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_text_is_read_and_written() {
        let token = TokenText::random().unwrap();
        let read = TokenText::parse(&token.expose()).unwrap();
        assert_eq!((&read.id, read.secret_sha256()), (&token.id, token.secret_sha256()));
        assert!(token.expose().len() > 12 + SECRET_BYTES);
        for bad in ["", "bvc_", "bvc_0123456789ab", "xyz_0123456789ab_secret", "bvc_short_secret"] {
            assert!(TokenText::parse(bad).is_none(), "{bad}");
        }
    }
}
