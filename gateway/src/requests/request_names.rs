//! The names that requests of other systems give to their work, and the users of that work.

use domain::{CarouselId, IdError, RequestSource, UserId};
use sha2::{Digest as _, Sha256};

/// The names that a request gives to its work. They contain a digest of who asks, so that no one can name the work of
/// another one, or act as a person on Telegram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The carousel, if the request makes one.
    pub carousel: CarouselId,
    /// The request itself: its admission, its edit, the correlation of its event.
    pub name: String,
    /// Of the content, if the same key with other content is refused.
    pub digest: Option<String>,
}

impl RequestKey {
    /// The names of a request that `requester` identifies by `key`.
    ///
    /// # Errors
    /// [`IdError`] if they are too long.
    pub fn new(source: RequestSource, requester: &str, key: &str) -> Result<Self, IdError> {
        let key = format!("{}-{}", digest(requester), id_part(key));
        let carousel = CarouselId::new(source, &key)?;
        let name = match source {
            RequestSource::Event => format!("request-{key}"),
            other => format!("request-{other}-{key}"),
        };
        Ok(Self { carousel, name, digest: None })
    }
}

/// The name of the request that asked for a carousel, if another system did.
pub(super) fn request_name(carousel: &CarouselId) -> Option<String> {
    let key = carousel.as_str().strip_prefix("carousel-")?;
    match carousel.source() {
        RequestSource::Event => Some(format!("request-{}", key.strip_prefix("event-")?)),
        RequestSource::Api => Some(format!("request-{key}")),
        RequestSource::Telegram
        | RequestSource::Again
        | RequestSource::Schedule
        | RequestSource::Cli => None,
    }
}

/// The user of a source's work: `event-<digest of the source>[-<its userid>]`.
pub(crate) fn user_of_source(source: &str, user: Option<&str>) -> Result<UserId, IdError> {
    let source = digest(source);
    UserId::parse(&match user {
        Some(user) => format!("event-{source}-{user}"),
        None => format!("event-{source}"),
    })
}

/// Whether `source` asked for the work of `user`.
pub(crate) fn is_user_of(source: &str, user: &UserId) -> bool {
    let rest = user.as_str().strip_prefix("event-").and_then(|id| id.strip_prefix(&digest(source)));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The key, if it can be a part of an id of ours; otherwise its digest.
fn id_part(key: &str) -> String {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    if key.len() <= 100 && key.bytes().all(allowed) {
        key.to_owned()
    } else {
        format!("sha256-{}", hex(&Sha256::digest(key)))
    }
}

/// The first 64 bits of the SHA-256, in hexadecimal.
fn digest(text: &str) -> String {
    hex(&Sha256::digest(text)[..8])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_a_request_follows_from_its_carousel() {
        for source in [RequestSource::Event, RequestSource::Api] {
            for key in ["order-1", "an order/1", &"x".repeat(300)] {
                let key = RequestKey::new(source, "/shop", key).unwrap();
                assert_eq!(request_name(&key.carousel), Some(key.name));
            }
        }
        let other = CarouselId::new(RequestSource::Cli, "api-1").unwrap();
        assert_eq!(request_name(&other), None);
    }

    #[test]
    fn requesters_share_no_names() {
        let name = |requester: &str| RequestKey::new(RequestSource::Api, requester, "1").unwrap();
        assert_ne!(name("a"), name("b"));
        let user = user_of_source("/shop", Some("ann")).unwrap();
        assert!(is_user_of("/shop", &user) && !is_user_of("/sho", &user));
    }
}
