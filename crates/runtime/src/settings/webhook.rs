//! Being called by Telegram instead of asking it.

use url::Url;

use super::{Secret, TELEGRAM_WEBHOOK_DELETE, TELEGRAM_WEBHOOK_SECRET, TELEGRAM_WEBHOOK_URL, text};
use crate::env::{Env, Problems};

/// Where Telegram delivers updates.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The address that Telegram is told; its path is served.
    pub url: Url,
    /// What proves that it is Telegram who calls.
    pub secret: Secret,
    /// Whether a gateway that stops tells Telegram to keep the updates.
    pub delete: bool,
}

pub(super) fn read(problems: &mut Problems, env: &Env) -> Option<Webhook> {
    let url: Option<Url> = problems.read(env, TELEGRAM_WEBHOOK_URL);
    let delete = problems.read(env, TELEGRAM_WEBHOOK_DELETE);
    let url = url?;
    if !matches!(url.scheme(), "https" | "http") {
        problems.add(format!(
            "TELEGRAM_WEBHOOK_URL={url}: it has to look like https://host/path"
        ));
    }
    let secret = text(env, TELEGRAM_WEBHOOK_SECRET).unwrap_or_default();
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    // Bot API, `setWebhook`; longer than it has to be there, because it is all that is asked for.
    if !(16..=256).contains(&secret.len()) || !secret.bytes().all(allowed) {
        problems.add(
            "TELEGRAM_WEBHOOK_SECRET: 16 to 256 letters, digits, “_” and “-”, such as \
             `openssl rand -hex 32` prints",
        );
    }
    Some(Webhook {
        url,
        secret: Secret(secret),
        delete: delete.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use crate::{env::Env, settings::Settings};

    #[test]
    fn a_webhook_has_a_web_address_and_a_secret() {
        let read = |url: &str, secret: &str| {
            let env = Env::of([
                ("TELEGRAM_WEBHOOK_URL", url),
                ("TELEGRAM_WEBHOOK_SECRET", secret),
            ]);
            Settings::read(&env).map(|settings| settings.telegram.webhook)
        };
        let secret = "0123456789abcdef";
        let hook = read("https://bot.example/telegram", secret)
            .unwrap()
            .unwrap();
        assert_eq!((hook.url.path(), hook.delete), ("/telegram", false));
        assert!(!format!("{hook:?}").contains(secret));
        assert!(read("ftp://bot.example/telegram", secret).is_err());
        assert!(read("https://bot.example/telegram", "short").is_err());
        assert!(read("", "").unwrap().is_none());
    }
}
