//! Being called by Telegram: one path on the public port that takes updates and nothing else. 200 says
//! that the update is stored; everything else has Telegram send it again.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    routing::post,
};
use runtime::settings::Webhook;
use subtle::ConstantTimeEq as _;

use super::ingress::{BODY_BYTES, Ingress};

/// What Telegram sends the secret in.
const SECRET: &str = "x-telegram-bot-api-secret-token";

#[derive(Clone)]
struct Door {
    ingress: Ingress,
    secret: String,
}

/// The path of this webhook.
pub fn route(ingress: Ingress, webhook: &Webhook) -> Router {
    let secret = webhook.secret.expose().to_owned();
    Router::new()
        .route(webhook.url.path(), post(take))
        .with_state(Door { ingress, secret })
}

async fn take(State(door): State<Door>, request: Request) -> StatusCode {
    let given = request.headers().get(SECRET);
    let given = given.map_or(&[][..], |value| value.as_bytes());
    // Before anything is read.
    if !bool::from(given.ct_eq(door.secret.as_bytes())) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(body) = to_bytes(request.into_body(), BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE;
    };
    // What is no text is no update either, and is stored as such.
    let body = String::from_utf8_lossy(&body).into_owned();
    match door.ingress.accept(body).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::warn!("an update was not taken: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
