//! `Idempotency-Key`: the same key with the same body is the same request; with another body it is refused.

use axum::http::{HeaderMap, HeaderName};
use domain::{RequestSource, UserId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;
use uuid::Uuid;

use super::problem::ApiProblem;
use crate::requests::{RequestKey, hex};

pub(super) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Longest key, as Stripe's.
const KEY_CHARS: usize = 255;

/// The header, in the description of calls.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct IdempotencyKeyHeader {
    /// A key of yours for this request
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    key: Option<String>,
}

/// The names of a call's work. Without a key, the call gets a new one.
///
/// # Errors
/// [`ApiProblem::Malformed`] for a key that is empty, too long, or has other than visible ASCII characters.
pub(super) fn request_key(
    headers: &HeaderMap,
    owner: &UserId,
    digest: String,
) -> Result<RequestKey, ApiProblem> {
    let key = match headers.get(HEADER) {
        Some(key) => {
            let is_plain = (1..=KEY_CHARS).contains(&key.len())
                && key.as_bytes().iter().all(u8::is_ascii_graphic);
            let key = key.to_str().ok().filter(|_| is_plain).ok_or_else(|| {
                let words = "Idempotency-Key has 1 to 255 visible ASCII characters, without spaces";
                ApiProblem::Malformed(words.to_owned())
            })?;
            key.to_owned()
        }
        None => Uuid::now_v7().to_string(),
    };
    let key = RequestKey::new(RequestSource::Api, owner.as_str(), &key);
    let key = key.map_err(|error| ApiProblem::Malformed(error.to_string()))?;
    Ok(RequestKey { digest: Some(digest), ..key })
}

/// A digest of what a call asks for: its path, its body, and an uploaded file.
pub(super) fn digest(path: &str, body: &impl Serialize, file: Option<&[u8]>) -> String {
    let body = serde_json::to_vec(body).expect("bodies are plain data");
    let mut digest = Sha256::new();
    for part in [path.as_bytes(), &body, file.unwrap_or_default()] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex(&digest.finalize())
}
