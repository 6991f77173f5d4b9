//! [`Link`]: the address of a page that somebody wants a carousel about.

use std::fmt;

use crate::{Topic, limits::LINK_CHARS};

/// An address that begins with `http://` or `https://` and holds no spaces. Whether anybody may be
/// sent there is decided where it is dialled, not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

/// Why a string is no [`Link`]; each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Some other scheme, or none.
    #[error("a link begins with http:// or https://")]
    Scheme,
    /// White space or control characters.
    #[error("a link holds no spaces")]
    Spaces,
    /// Nothing that names a host.
    #[error("the link names no page")]
    Empty,
    /// A name or a password in front of the host: it would be kept, and shown in chats.
    #[error("the link carries a name or a password: send it without them")]
    Secret,
    /// Longer than the limit.
    #[error("the link has {0} characters, at most {LINK_CHARS} are taken")]
    TooLong(usize),
}

impl Link {
    /// Checks `raw`.
    ///
    /// # Errors
    /// [`LinkError`], with words for the person who sent it.
    pub fn parse(raw: &str) -> Result<Self, LinkError> {
        let link = raw.trim();
        let lower = link.to_ascii_lowercase();
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| lower.strip_prefix(scheme))
            .ok_or(LinkError::Scheme)?;
        let chars = link.chars().count();
        if chars > LINK_CHARS {
            Err(LinkError::TooLong(chars))
        } else if link.chars().any(|c| c.is_whitespace() || c.is_control()) {
            Err(LinkError::Spaces)
        } else if rest[..rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())].contains('@') {
            Err(LinkError::Secret)
        } else if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            Err(LinkError::Empty)
        } else {
            Ok(Self(link.to_owned()))
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What to call a carousel about it before anybody has read the page: the address without its
    /// scheme and query, as a topic.
    pub fn headline(&self) -> Topic {
        const HEADLINE_CHARS: usize = 90;
        let after = self.0.find("://").map_or(0, |at| at + 3);
        let rest = &self.0[after..];
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let shown: String = rest[..end].chars().take(HEADLINE_CHARS).collect();
        Topic::parse(shown.trim_end_matches('/')).unwrap_or_else(|_| Topic::of_a_link())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_link_is_taken_as_it_is_and_anything_else_says_what_is_wrong() {
        let link = Link::parse(" https://example.com/a?b=c ").unwrap();
        assert_eq!(link.as_str(), "https://example.com/a?b=c");
        assert_eq!(link.headline().as_str(), "example.com/a");
        for (bad, why) in [
            ("example.com", LinkError::Scheme),
            ("file:///etc/passwd", LinkError::Scheme),
            ("https://", LinkError::Empty),
            ("http:///x", LinkError::Empty),
            ("https://a b", LinkError::Spaces),
            ("https://me:secret@example.com/", LinkError::Secret),
            ("https://token@example.com", LinkError::Secret),
            ("http://me:a@b@example.com?x=1", LinkError::Secret),
        ] {
            assert_eq!(Link::parse(bad), Err(why), "{bad}");
        }
        assert!(!LinkError::Secret.to_string().contains("example"));
        for good in ["https://example.com/@me", "https://example.com?to=a@b.c"] {
            assert!(Link::parse(good).is_ok(), "{good}");
        }
        let long = format!("https://{}", "x".repeat(3_000));
        assert_eq!(Link::parse(&long), Err(LinkError::TooLong(3_008)));
    }

    proptest! {
        #[test]
        fn every_link_has_a_headline_that_is_a_topic(rest in "[a-zа-я0-9./?#&=_-]{1,200}") {
            if let Ok(link) = Link::parse(&format!("https://{rest}")) {
                prop_assert!(Topic::parse(link.headline().as_str()).is_ok());
            }
        }
    }
}
