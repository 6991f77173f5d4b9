//! Webhooks of the HTTP API: their public ids and their secrets.

use crate::IdError;

/// The public id of a webhook: 12 lower-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebhookId(String);

/// What a webhook's calls are signed with: `whsec_` and the key in Base64. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookId {
    /// The number of characters.
    pub const CHARS: usize = 12;

    /// Reads an id.
    ///
    /// # Errors
    /// [`IdError`] if it has another length or other characters.
    pub fn parse(id: &str) -> Result<Self, IdError> {
        let allowed = |c: u8| c.is_ascii_digit() || c.is_ascii_lowercase();
        if id.len() == Self::CHARS && id.bytes().all(allowed) {
            return Ok(Self(id.to_owned()));
        }
        let shown = id.chars().take(80).collect();
        let why = "it has to be 12 lower-case letters and digits";
        Err(IdError { what: "webhook id", id: shown, why })
    }
}

crate::text::wraps_text!(WebhookId);

impl WebhookSecret {
    const PREFIX: &str = "whsec_";

    /// The secret with this key in Base64.
    pub fn of_key(base64: &str) -> Self {
        Self(format!("{}{base64}", Self::PREFIX))
    }

    /// A stored secret.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The key in Base64.
    pub fn key(&self) -> &str {
        self.0.strip_prefix(Self::PREFIX).unwrap_or(&self.0)
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_not_shown_by_debug() {
        let secret = WebhookSecret::of_key("a2V5");
        assert_eq!((secret.expose(), secret.key()), ("whsec_a2V5", "a2V5"));
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        assert!(WebhookId::parse("0123456789ab").is_ok() && WebhookId::parse("../x").is_err());
    }
}
