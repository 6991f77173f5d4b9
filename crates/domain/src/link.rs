//! [`Link`]: the address of a page to make a carousel from.

use crate::{Topic, limits::LINK_CHARS};

/// An address that begins with `http://` or `https://` and has no spaces. Whether connecting to it
/// is allowed is decided by the code that connects, not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

/// Why a string is not a valid [`Link`]. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Another scheme, or none.
    #[error("a link begins with http:// or https://")]
    Scheme,
    /// White space or control characters.
    #[error("a link holds no spaces")]
    Spaces,
    /// No host.
    #[error("the link names no page")]
    Empty,
    /// A user name or password before the host. It would be stored and shown in chats.
    #[error("the link carries a name or a password: send it without them")]
    Secret,
    /// The number of characters, above [`LINK_CHARS`].
    #[error("the link has {0} characters, at most {LINK_CHARS} are taken")]
    TooLong(usize),
}

impl Link {
    ///
    ///
    /// # Errors
    /// [`LinkError`], with a message for the sender.
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

    /// The host, without a port and `www.`: where a text comes from, for people.
    pub fn host(&self) -> &str {
        let after = self.0.find("://").map_or(0, |at| at + 3);
        let rest = &self.0[after..];
        let host = &rest[..rest.find(['/', '\\', '?', '#', ':']).unwrap_or(rest.len())];
        host.strip_prefix("www.").unwrap_or(host)
    }

    /// The topic until the page is read: the address without its scheme and query.
    pub fn headline(&self) -> Topic {
        const HEADLINE_CHARS: usize = 90;
        let after = self.0.find("://").map_or(0, |at| at + 3);
        let rest = &self.0[after..];
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let shown: String = rest[..end].chars().take(HEADLINE_CHARS).collect();
        Topic::parse(shown.trim_end_matches('/')).unwrap_or_else(|_| Topic::untitled_page())
    }
}

crate::text::wraps_text!(Link);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn link_parse_names_what_is_wrong() {
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
        fn link_headline_is_a_valid_topic(rest in "[a-zа-я0-9./?#&=_-]{1,200}") {
            if let Ok(link) = Link::parse(&format!("https://{rest}")) {
                prop_assert!(Topic::parse(link.headline().as_str()).is_ok());
            }
        }
    }
}
