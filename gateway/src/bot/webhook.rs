//! Receives updates by webhook: one path on the public port. 200 means that the update is stored;
//! after any other status Telegram sends it again.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    routing::post,
};
use runtime::settings::WebhookSettings;
use subtle::ConstantTimeEq as _;

use super::ingress::{BODY_BYTES, Ingress};

/// The header in which Telegram sends the secret.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

#[derive(Clone)]
struct WebhookHandler {
    ingress: Ingress,
    secret: String,
}

pub fn route(ingress: Ingress, webhook: &WebhookSettings) -> Router {
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
    let Ok(body) = to_bytes(request.into_body(), BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE;
    };
    // A body that is not UTF-8 is stored as an invalid update.
    let body = String::from_utf8_lossy(&body).into_owned();
    match door.ingress.accept_webhook(body).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::warn!("an update was not accepted: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
