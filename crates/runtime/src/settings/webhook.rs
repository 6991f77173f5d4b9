//! The settings of the webhook.

use super::{
    PrivateUrl, Secret, TELEGRAM_WEBHOOK_DELETE, TELEGRAM_WEBHOOK_SECRET, TELEGRAM_WEBHOOK_URL,
    text,
};
use crate::env::{Env, SettingsErrors};

/// How Telegram delivers updates.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// The URL that is registered at Telegram; the gateway serves its path.
    pub url: PrivateUrl,
    /// Telegram sends it with every update.
    pub secret: Secret,
    /// Whether a stopping gateway removes the webhook, so that Telegram keeps the updates.
    pub delete: bool,
}

pub(super) fn read(problems: &mut SettingsErrors, env: &Env) -> Option<WebhookSettings> {
    let url: Option<PrivateUrl> = problems.read(env, TELEGRAM_WEBHOOK_URL);
    let delete = problems.read(env, TELEGRAM_WEBHOOK_DELETE);
    let url = url?;
    if !matches!(url.expose().scheme(), "https" | "http") {
        problems.add("TELEGRAM_WEBHOOK_URL: it has to look like https://host/path");
    }
    let secret = text(env, TELEGRAM_WEBHOOK_SECRET).unwrap_or_default();
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    // The characters of `setWebhook` in the Bot API. The minimum length is ours, because the secret
    // is the only authentication.
    if !(16..=256).contains(&secret.len()) || !secret.bytes().all(allowed) {
        problems.add(
            "TELEGRAM_WEBHOOK_SECRET: 16 to 256 letters, digits, “_” and “-”, such as \
             `openssl rand -hex 32` prints",
        );
    }
    Some(WebhookSettings { url, secret: Secret(secret), delete: delete.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use crate::{env::Env, settings::Settings};

    #[test]
    fn webhook_needs_web_address_and_secret() {
        let read = |url: &str, secret: &str| {
            let env = Env::of([("TELEGRAM_WEBHOOK_URL", url), ("TELEGRAM_WEBHOOK_SECRET", secret)]);
            Settings::read(&env).map(|settings| settings.telegram.webhook)
        };
        let secret = "0123456789abcdef";
        let hook = read("https://bot.example/telegram", secret).unwrap().unwrap();
        assert_eq!((hook.url.expose().path(), hook.delete), ("/telegram", false));
        assert!(!format!("{hook:?}").contains(secret));
        assert!(read("ftp://bot.example/telegram", secret).is_err());
        assert!(read("https://bot.example/telegram", "short").is_err());
        assert!(read("", "").unwrap().is_none());
    }
}
