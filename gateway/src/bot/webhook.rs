//! Being called by Telegram: one path on the public port that takes updates and nothing else. 200 says that the decision is stored; everything else has Telegram send the update again.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    routing::post,
};
use runtime::settings::Webhook;
use subtle::ConstantTimeEq as _;
use telegram::types::Update;

use super::ingress::Ingress;

/// Largest body that is read. An update is a message of at most 4,096 characters and what surrounds
/// it; Telegram names no limit.
const BODY_BYTES: usize = 1024 * 1024;

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
    let taken = match serde_json::from_slice::<Update>(&body) {
        Ok(update) => door.ingress.accept(update).await,
        Err(error) => {
            // What it says is left out: it can hold people's words.
            let at = (error.line(), error.column());
            tracing::error!(?at, "what came is no update");
            door.ingress.accept_garbage(&body).await
        }
    };
    match taken {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::warn!("an update was not taken: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
