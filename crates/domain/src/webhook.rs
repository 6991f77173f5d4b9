//! Webhooks of the HTTP API: their public ids and their secrets.

use crate::api_token::public_id;

public_id!(
    /// The public id of a webhook.
    WebhookId,
    "webhook id"
);

/// What a webhook's calls are signed with: `whsec_` and the key in Base64. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

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
