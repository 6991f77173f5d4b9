//! Receives updates by webhook: one path on the public port. 200 means that the update is stored;
//! after any other status Telegram sends it again.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    routing::post,
};
use chrono::{TimeDelta, Utc};
use runtime::{settings::WebhookSettings, shutdown::Shutdown};
use subtle::ConstantTimeEq as _;
use telegram::{Bot, WebhookStatus};

use super::{
    ingress::{BODY_BYTES, Ingress},
    reception::{Reception, ReceptionError},
};

/// Interval between two checks of the webhook.
const WATCH_INTERVAL: Duration = Duration::from_secs(30);

/// How long Telegram's last failed delivery counts. Telegram repeats a failed delivery within a
/// minute at first.
const ERROR_AGE: TimeDelta = TimeDelta::minutes(3);

/// The header in which Telegram sends the secret.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

#[derive(Clone)]
struct WebhookHandler {
    /// Empty until the bot is connected.
    ingress: Arc<OnceLock<Ingress>>,
    secret: String,
}

pub fn route(ingress: Arc<OnceLock<Ingress>>, webhook: &WebhookSettings) -> Router {
    let secret = webhook.secret.expose().to_owned();
    Router::new()
        .route(webhook.url.expose().path(), post(receive))
        .with_state(WebhookHandler { ingress, secret })
}

async fn receive(State(door): State<WebhookHandler>, request: Request) -> StatusCode {
    let given = request.headers().get(SECRET_HEADER);
    let given = given.map_or(&[][..], |value| value.as_bytes());
    // Checked before the body is read.
    if !bool::from(given.ct_eq(door.secret.as_bytes())) {
        return StatusCode::UNAUTHORIZED;
    }
    let Some(ingress) = door.ingress.get() else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let Ok(body) = to_bytes(request.into_body(), BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE;
    };
    // A body that is not UTF-8 is stored as an invalid update.
    let body = String::from_utf8_lossy(&body).into_owned();
    match ingress.accept_webhook(body).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::warn!("an update was not accepted: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Asks Telegram about the webhook until `shutdown` begins: another program can replace it, and
/// Telegram may not reach it.
pub async fn watch(
    bot: &Bot,
    webhook: &WebhookSettings,
    reception: &Reception,
    shutdown: &Shutdown,
) {
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            () = tokio::time::sleep(WATCH_INTERVAL) => {}
        }
        let now = Utc::now();
        let state = match bot.webhook_status().await {
            Ok(status) => judge(&status, webhook.url.expose(), now - ERROR_AGE),
            Err(fault) => Err(fault.into()),
        };
        match state {
            Ok(()) => reception.succeeded(),
            Err(error) => reception.failed(error, now),
        }
    }
}

/// Whether updates arrive; errors before `since` do not count.
fn judge(
    status: &WebhookStatus,
    url: &url::Url,
    since: chrono::DateTime<Utc>,
) -> Result<(), ReceptionError> {
    if status.url.as_ref() != Some(url) {
        return Err(ReceptionError::WebhookReplaced);
    }
    match &status.last_error {
        Some((at, reason)) if status.pending > 0 && *at >= since => {
            Err(ReceptionError::WebhookUnreachable(reason.clone()))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_is_judged_by_what_telegram_reports() {
        let ours = url::Url::parse("https://bot.example/telegram").unwrap();
        let now = Utc::now();
        let since = now - ERROR_AGE;
        let judged = |url: &str, pending, last_error: Option<chrono::DateTime<Utc>>| {
            let url = url::Url::parse(url).ok();
            let last_error = last_error.map(|at| (at, "Connection refused".to_owned()));
            judge(&WebhookStatus { url, pending, last_error }, &ours, since)
        };
        let address = ours.as_str();
        assert_eq!(judged(address, 0, None), Ok(()));
        assert_eq!(judged(address, 5, None), Ok(()), "they are on their way");
        assert_eq!(judged(address, 0, Some(now)), Ok(()), "all arrived since");
        let old = now - ERROR_AGE - TimeDelta::seconds(1);
        assert_eq!(judged(address, 5, Some(old)), Ok(()));
        let unreachable = ReceptionError::WebhookUnreachable("Connection refused".to_owned());
        assert_eq!(judged(address, 5, Some(now)), Err(unreachable));
        for other in ["", "https://other.example/telegram"] {
            assert_eq!(judged(other, 0, None), Err(ReceptionError::WebhookReplaced));
        }
    }
}
